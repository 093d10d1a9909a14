"""Each role's main job, of one test a role from the sign-in page on, in a real browser."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Segment, Touchpoint, User
from config.outbox.models import Outbox
from playbooks.models import Playbook, Task
from renewals.models import ForecastCall, PrepPart, Renewal
from tests.browser import company
from tests.browser.company import PASSWORD, enter, settle, sign_in
from tests.factories import DAY, customer

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    return company.build()


def toast(page: Page) -> Locator:
    return page.locator("#toasts [data-toast]").last


def renewal_of(office: SimpleNamespace, name: str) -> Renewal:
    return Renewal.objects.get(customer=office.customers[name])


def test_a_csm_goes_from_the_day_into_a_customer_by_key(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    sign_in(page, live_server, office.csm)
    expect(page.locator("h1")).to_have_text("My day")
    first = page.locator("ol.day > li").first
    expect(first).to_contain_text("Cobalt Freight")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/|/renewals/\d+/"))
    expect(page.locator("h1")).to_have_text("Cobalt Freight")
    page.goto(f"{live_server.url}/customers/{office.customers['Cobalt Freight'].pk}/")
    settle(page)
    health = page.locator("#health-panel")
    health.get_by_text("Parts of the score", exact=True).first.click()
    shares = [float(text) for text in health.locator("tr.group td:nth-child(3)").all_inner_texts()]
    total = float(health.locator("tfoot b").inner_text())
    assert sum(shares) == pytest.approx(total, abs=0.3)
    health.get_by_role("link", name="Usage trend").click()
    expect(page.locator("h1")).to_have_text("Usage trend")
    rows = page.locator("#rows tbody tr")
    expect(rows.first).to_contain_text("23 Nov")
    expect(rows.first).to_contain_text("8")


def test_a_csm_logs_a_touch_and_takes_it_back(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    granite = office.customers["Granite Bank"]
    enter(page, live_server, office.csm, f"/customers/{granite.pk}/")
    settle(page)
    page.keyboard.press("l")
    page.locator("#ask").get_by_label("Note").fill("Ana asked for the plan")
    page.get_by_label("Ana Ruiz").check()
    page.locator("#ask").get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("Touch logged.")
    expect(page.locator("#ask")).not_to_be_visible()
    timeline = page.locator("#timeline-panel")
    expect(timeline).to_have_count(1)
    expect(timeline).to_contain_text("Ana asked for the plan")
    settle(page)
    page.keyboard.press("z")
    expect(timeline).not_to_contain_text("Ana asked for the plan")
    settle(page)
    assert not Touchpoint.objects.filter(note="Ana asked for the plan").exists()


def test_a_csm_logs_a_touch_from_the_day(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    page = browser_page
    enter(page, live_server, office.csm)
    settle(page)
    page.keyboard.press("j")
    page.keyboard.press("l")
    page.get_by_label("Note").fill("Left word")
    page.locator("#ask").get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("Touch logged.")
    expect(page.locator("#ask")).not_to_be_visible()
    expect(page.locator("h1")).to_have_text("My day")
    settle(page)
    assert Touchpoint.objects.filter(note="Left word").count() == 1


def test_a_task_of_renewal_prep_completes_its_part(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, watch = watched_page
    granite = office.customers["Granite Bank"]
    enter(page, live_server, office.csm, f"/customers/{granite.pk}/")
    settle(page)
    expect(page.locator("#renewal-panel")).to_contain_text("0 of 4 ready")
    page.get_by_label("Done: Review health and usage for the renewal").click()
    ask = page.locator("#ask")
    ask.get_by_label("Note").fill("Use is up by a tenth; the sponsor is new")
    ask.get_by_role("button", name="Close the task").click()
    expect(toast(page)).to_contain_text("is closed.")
    watch.allow("status of 422")
    expect(page.locator("#renewal-panel")).to_contain_text("1 of 4 ready")
    settle(page)
    part = PrepPart.objects.get(renewal__customer=granite, part="health")
    assert (part.done_on, part.done_by) == (DAY, office.csm)


def test_a_csm_moves_a_renewal_by_key_and_by_drag(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    granite = renewal_of(office, "Granite Bank")
    card = page.locator(f"#renewal-{granite.pk}")
    enter(page, live_server, office.csm, "/renewals/")
    card.locator("[data-open]").focus()
    page.keyboard.press("]")
    expect(toast(page)).to_contain_text("Granite Bank moved to In discussion.")
    expect(page.locator("[data-stage=discussion]")).to_contain_text("Granite Bank")
    settle(page)
    page.keyboard.press("z")
    expect(page.locator("[data-stage=preparing]")).to_contain_text("Granite Bank")
    settle(page)
    card.drag_to(page.locator("[data-stage=proposed]"))
    expect(toast(page)).to_contain_text("moved to Proposed.")
    settle(page)
    card.locator("[data-open]").focus()
    page.keyboard.press("[")
    expect(toast(page)).to_contain_text("moved to In discussion.")
    settle(page)
    granite.refresh_from_db()
    assert granite.stage == "discussion"


def test_a_csm_calls_and_closes_a_renewal_and_the_next_play_starts(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    cobalt = renewal_of(office, "Cobalt Freight")
    enter(page, live_server, office.csm, f"/renewals/{cobalt.pk}/")
    page.get_by_role("link", name="Make a call").click()
    page.get_by_label("Likelihood to renew").fill("80")
    page.get_by_label("Category").select_option(label="Commit")
    page.locator("#ask").get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("Call recorded.")
    expect(page.locator("#renewal")).to_contain_text("CSM 80%, Commit")
    settle(page)
    page.get_by_role("link", name="Renewed…").click()
    page.get_by_label("Platform, a year").fill("600000")
    page.get_by_role("button", name="Close as renewed").click()
    expect(toast(page)).to_contain_text("Cobalt Freight: Expanded.")
    expect(page.locator("#renewal")).to_contain_text("$540,000 → $600,000")
    settle(page)
    cobalt.refresh_from_db()
    assert (cobalt.outcome, cobalt.closed_arr, cobalt.closed_by) == ("expanded", Decimal(600_000), office.csm)
    company.night(DAY + dt.timedelta(days=1))
    tasks = Task.objects.filter(customer=cobalt.customer, enrolment__playbook__key="post-renewal")
    assert tasks.exists()
    page.goto(f"{live_server.url}/customers/{cobalt.customer_id}/")
    settle(page)
    expect(page.locator("#plays-panel")).to_contain_text(tasks.first().shown_title)


def test_a_manager_works_through_the_forecast(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    granite = renewal_of(office, "Granite Bank")
    said = {"likelihood": Decimal("0.30"), "category": "", "note": "The sponsor has left"}
    company.call(granite, office.csm, **said)
    sign_in(page, live_server, office.manager)
    page.goto(f"{live_server.url}/forecast/?period=all")
    tally = page.locator(".tally")
    expect(tally).to_contain_text("6 renewals")
    before = tally.inner_text()
    expect(page.locator("[data-row]")).to_have_count(6)
    decision = page.locator("ul.decide > li", has_text="Granite Bank")
    decision.get_by_label("Reason").fill("A new sponsor is named")
    decision.get_by_role("button", name=re.compile("^Model")).click()
    expect(toast(page)).to_contain_text("Decided.")
    expect(page.locator("ul.decide")).to_have_count(0)
    settle(page)
    granite.refresh_from_db()
    assert (granite.final_likelihood, granite.final_reason) == (granite.model_likelihood, "A new sponsor is named")
    assert tally.inner_text() != before
    row = page.locator("tr[data-row]", has_text="Fathom Labs")
    expect(row.get_by_role("button", name="CSM’s call on Fathom Labs")).to_have_count(0)  # the CSM's word is the CSM's
    company.call(renewal_of(office, "Fathom Labs"), office.other, likelihood=Decimal("0.10"), category="", note="")
    page.get_by_label("Owner", exact=True).select_option(label="Yuki Tanaka")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".tally")).to_contain_text("2 renewals")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.locator(".tally a", has_text="At risk").click()
    page.wait_for_url("**category=at_risk*")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("tr[data-row]")).to_contain_text("Fathom Labs")
    page.goto(f"{live_server.url}/customers/?owner={office.other.pk}")
    expect(page.locator("[data-row]")).to_have_count(2)
    settle(page)


def test_a_csm_calls_in_the_forecast(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    page = browser_page
    enter(page, live_server, office.other, "/forecast/?period=all")
    tally = page.locator(".tally")
    row = page.locator("tr[data-row]", has_text="Fathom Labs")
    before = tally.inner_text()
    row.get_by_label("CSM’s call on Fathom Labs").click()
    row.locator("input.edit").fill("10")
    page.keyboard.press("Enter")
    expect(row.get_by_label("CSM’s call on Fathom Labs")).to_have_text("10%")
    expect(tally).not_to_have_text(before)
    settle(page)
    row.get_by_label("Note on Fathom Labs").click()
    row.locator("input.edit").fill("Use fell in October")
    page.keyboard.press("Enter")
    expect(page.locator("#forecast")).to_contain_text("Use fell in October")
    settle(page)
    assert ForecastCall.objects.filter(renewal__customer__name="Fathom Labs", by=office.other).count() == 2


def test_an_admin_changes_a_segment(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    page = browser_page
    enter(page, live_server, office.admin, "/settings/segments/")
    page.get_by_role("link", name="Enterprise").click()
    value = page.get_by_label("Value").first
    expect(value).to_have_value("100000")
    value.fill("300000")
    page.get_by_role("button", name="Who would move").click()
    expect(page.locator("h2", has_text="Dry run")).to_be_visible()
    expect(page.locator(".panel", has_text="Dry run")).to_contain_text("Fathom Labs")
    assert Segment.objects.get(name="Enterprise").rule[0]["value"] == 100_000
    page.get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("Saved.")
    expect(page.locator("tr", has_text="Enterprise")).to_contain_text(re.compile("300.?000"))
    assert Decimal(Segment.objects.get(name="Enterprise").rule[0]["value"]) == 300_000
    settle(page)


def test_an_admin_invites_and_lets_somebody_go(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    sign_in(page, live_server, office.admin)
    page.goto(f"{live_server.url}/settings/users/")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("Name").fill("Nora Quist")
    page.get_by_label("Email").fill("nora@demo.example")
    page.get_by_label("Role").select_option(label="CSM")
    page.get_by_role("button", name="Send invitation").click()
    expect(toast(page)).to_contain_text("Invitation sent to nora@demo.example")
    assert Outbox.objects.filter(kind="mail", payload__to=["nora@demo.example"]).count() == 1
    page.locator("tr", has_text="Yuki Tanaka").get_by_role("link", name="Deactivate").click()
    page.get_by_label("Take over the customers").select_option(label="Nora Quist")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="2 customers move")).to_be_visible()
    page.get_by_role("button", name="Deactivate and hand over").click()
    expect(toast(page)).to_contain_text("Deactivated and handed over.")
    gone, heir = User.objects.get(pk=office.other.pk), User.objects.get(name="Nora Quist")
    assert (gone.is_active, heir.customers.count()) == (False, 2)
    settle(page)


def test_an_admin_edits_and_publishes_a_playbook(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page = browser_page
    enter(page, live_server, office.admin, "/playbooks/")
    page.get_by_role("link", name="New playbook").click()
    page.get_by_label("Name").fill("Watch the large ones")
    page.get_by_role("button", name="Go on").click()
    page.locator("#id_trigger_kind").select_option(label="Score fell")
    page.get_by_role("button", name="Show the fields of this trigger").click()
    page.get_by_label("Field").select_option(label="ARR")
    page.get_by_label("Value").fill("100000")
    page.get_by_label("Task").fill("Ask what changed")
    page.get_by_role("button", name="Save draft").click()
    expect(toast(page)).to_contain_text("The draft is saved.")
    expect(page.locator(".flow")).to_contain_text("Ask what changed")
    page.get_by_role("button", name="Publish v1").click()
    expect(toast(page)).to_contain_text("Version 1 runs now.")
    page.get_by_label("Why, or why not, for one customer?").fill("Juniper")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#why")).to_contain_text("would not enter")
    expect(page.locator("#why li.risk").first).to_be_visible()
    assert Playbook.objects.get(name="Watch the large ones").state == "active"
    settle(page)
    page.goto(f"{live_server.url}/playbooks/{Playbook.objects.get(key='onboarding').pk}/dry-run/")
    expect(page.locator("h1")).to_have_text("Dry run")
    page.goto(f"{live_server.url}/scorecards/")
    expect(page.locator("h1")).to_have_text("Scorecards")
    expect(page.locator("section.panel", has_text="Standard")).to_contain_text("Usage trend")
    settle(page)


def test_a_viewer_reads_and_cannot_write(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, watch = watched_page
    granite = office.customers["Granite Bank"]
    renewal = renewal_of(office, "Granite Bank")
    sign_in(page, live_server, office.viewer)
    play = Playbook.objects.get(key="onboarding").pk
    for path in ("/", "/tasks/", "/customers/", f"/customers/{granite.pk}/", "/renewals/", f"/renewals/{renewal.pk}/",
                 "/forecast/?period=all", "/playbooks/", f"/playbooks/{play}/", "/scorecards/", "/qbrs/"):  # fmt: skip
        page.goto(live_server.url + path)
        settle(page)
        writes = page.locator("form[method=post]:visible:not([action*='sign-in']):not([action*='language'])")
        assert writes.count() == 0, (path, writes.first.evaluate("e => e.outerHTML"))
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    for path in (f"/customers/{granite.pk}/touches/new/", f"/renewals/{renewal.pk}/stage/"):
        form = {"csrfmiddlewaretoken": token, "stage": "agreed", "kind": "call", "happened_on": str(DAY)}
        answer = page.request.post(live_server.url + path, form=form, headers={"Referer": live_server.url})
        assert answer.status == 403
    watch.allow("403")
    renewal.refresh_from_db()
    assert renewal.stage == "preparing"


def test_the_state_of_the_portfolio_stands_in_its_address(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, _watch = watched_page
    for number in range(60):
        customer(name=f"Row {number:02}", owner=office.csm, arr=1_000 + number)
    enter(page, live_server, office.manager, "/customers/")
    page.keyboard.press("f")
    page.locator("#ask").get_by_label("Field").select_option("name")
    settle(page)
    page.locator("#ask").get_by_label("Test").select_option("contains")
    settle(page)
    page.locator("#ask").get_by_label("Value").fill("row")
    page.keyboard.press("Enter")
    page.wait_for_url("**if=name~contains~row*")
    expect(page.locator("[data-row]")).to_have_count(50)
    expect(page.locator(".chip b")).to_have_text("row")
    settle(page)
    page.get_by_role("link", name="Save as a view").click()
    page.locator("#ask").get_by_label("Name").fill("Rows")
    page.locator("#ask").get_by_label("Shared with").select_option("all")
    page.locator("#ask").get_by_role("button", name="Save view").click()
    page.wait_for_url("**view=*")
    expect(page.locator("h1")).to_have_text("Rows")
    expect(page.locator("#rail-views .view")).to_contain_text([re.compile(r"Rows\s*shared\s*60")])
    settle(page)
    page.get_by_role("link", name="ARR").click()
    page.wait_for_url("**sort=-arr*")
    expect(page.locator("[data-row]").first).to_contain_text("Row 59")
    expect(page.locator("header.bar .badge")).to_have_text("1 change not saved")
    settle(page)
    page.get_by_role("link", name="Next", exact=True).click()
    page.wait_for_url("**after=*")
    expect(page.locator("[data-row]")).to_have_count(10)
    expect(page.locator("[data-row]").first).to_contain_text("Row 09")
    settle(page)
    shared = page.url
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("[data-row]").first).to_contain_text("Row 59")
    settle(page)
    page.go_back()
    expect(page.locator("[data-row]").first).to_contain_text("Row 09")
    settle(page)
    page.goto(shared)
    expect(page.locator("[data-row]").first).to_contain_text("Row 09")
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert download.value.path().read_text(encoding="utf-8-sig").count("Row ") == 60
    page.goto(f"{live_server.url}/customers/?arr_min=lots&q=row+5")
    expect(page.get_by_role("alert").first).to_contain_text("number")
    expect(page.locator("[data-row]")).to_have_count(10)
    settle(page)


class TestWithoutScript:
    @pytest.fixture
    def page_options(self) -> dict[str, object]:
        return {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "java_script_enabled": False}

    def test_the_main_jobs_work(self, browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
        page = browser_page
        page.goto(live_server.url)
        page.get_by_label("Email").fill(office.csm.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("h1")).to_have_text("My day")
        title = page.locator("ol.day .act").first.inner_text()
        page.locator("ol.day > li").first.get_by_role("button", name="Done").click()
        expect(page.locator("#toasts")).to_contain_text(f"“{title}” is closed.")
        page.get_by_role("link", name="Customers").first.click()
        page.get_by_role("link", name="Filter").click()
        page.get_by_label("Field").select_option("name")
        page.get_by_role("button", name="Show the tests and values that fit").click()
        page.get_by_label("Test").select_option("contains")
        page.get_by_label("Value").fill("granite")
        page.get_by_role("button", name="Show", exact=True).click()
        page.get_by_role("link", name="Granite Bank", exact=True).click()
        page.get_by_role("link", name="Log touch").click()
        page.get_by_label("Note").fill("By hand")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#toasts")).to_contain_text("Touch logged.")
        assert Touchpoint.objects.get(note="By hand").kind == "call"
        granite = renewal_of(office, "Granite Bank")
        page.goto(f"{live_server.url}/renewals/{granite.pk}/")
        page.get_by_role("link", name="Renewed…").click()
        page.get_by_role("button", name="Close as renewed").click()
        expect(page.locator("#toasts")).to_contain_text("Granite Bank: Renewed")
        granite.refresh_from_db()
        assert granite.outcome == "renewed"
