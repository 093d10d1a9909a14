"""The day as a CSM works through it: done by a key, taken back, put off with a reason, a play started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Customer, User
from health.models import CaseRule
from playbooks import enrolment, shipped
from playbooks.models import Task
from renewals.models import Qbr
from tests import factories
from tests.browser.company import enter
from tests.factories import DAY
from tests.playbooks import rows

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def book() -> User:
    """A CSM with a customer in renewal prep, one whose use fell, one that is new."""
    factories.organisation()
    shipped.install(DAY)
    csm = factories.user(name="Mara Lindqvist")
    fields = {"owner": csm, "first_contract_on": rows.before(400)}
    granite = factories.customer(name="Granite Bank", arr=312_000, **fields)
    rows.parts(rows.renewal(granite, 68, arr=312_000, notice_on=rows.before(-9)))
    cobalt = factories.customer(name="Cobalt Freight", arr=540_000, **fields)
    rows.score(cobalt, 80, 40)
    rows.score(cobalt, 58, 1, parts={"usage_trend": (-0.42, 13)})
    Customer.objects.filter(pk=cobalt.pk).update(score=58, band="yellow")
    falling = CaseRule.objects.get(key="usage-falling")
    fields = {"rule": falling, "reason": falling.reason, "kind": "risk", "title": falling.name, "value": 540_000}
    rows.case(cobalt, 1, due_on=rows.before(-3), **fields)
    fathom = factories.customer(name="Fathom Labs", arr=96_000, owner=csm)
    rows.stage(fathom, "onboarding", 2)
    Qbr.objects.create(customer=granite, due_on=rows.before(-3))
    enrolment.sweep(DAY)
    return csm


def test_a_csm_works_through_the_day(browser_page: Page, live_server: LiveServer) -> None:
    page = browser_page
    enter(page, live_server, book())
    first = page.locator("ol.day > li").first
    expect(first).to_contain_text("Cobalt Freight")
    expect(first).to_contain_text("Low-usage re-engagement")
    title = first.locator(".act").inner_text()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("e")
    expect(page.locator("[data-toast]")).to_contain_text(f"“{title}” is closed.")
    expect(page.locator("ol.day > li.done")).to_contain_text(title)
    page.keyboard.press("z")
    expect(page.locator("ol.day > li.done")).to_have_count(0)
    lines = page.locator("ol.day > li:not(.done)")
    there = lines.count()
    lines.first.locator("[data-open]").focus()
    page.keyboard.press("s")
    page.get_by_label("Why it waits").fill("The champion is on leave")
    page.locator("#ask").get_by_role("button", name="Snooze").click()
    expect(page.locator("[data-toast]")).to_contain_text("waits until 1 Dec")
    expect(page.locator("#ask")).not_to_be_visible()
    assert Task.objects.get(snooze_reason="The champion is on leave").snoozed_until == rows.before(-7)
    expect(lines).to_have_count(there - 1)
    page.get_by_role("button", name="Why this order?").click()
    expect(page.locator("#order")).to_be_visible()


def test_a_play_is_started_from_the_customer_and_its_task_closed_there(
    browser_page: Page, live_server: LiveServer
) -> None:
    page = browser_page
    csm = book()
    fathom = Customer.objects.get(name="Fathom Labs")
    enter(page, live_server, csm, f"/customers/{fathom.pk}/")
    panel = page.locator("#plays-panel")
    expect(panel).to_contain_text("Hold the kick-off call")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.keyboard.press("p")
    page.get_by_label("Playbook").select_option(label="Feature adoption")
    page.locator("#ask").get_by_role("button", name="Start").click()
    expect(panel).to_contain_text("Feature adoption")
    boxes = panel.locator("input[type=checkbox]")
    there = boxes.count()
    boxes.first.check()
    expect(page.locator("[data-toast]")).to_contain_text("is closed.")
    expect(boxes).to_have_count(there - 1)


def test_a_day_on_a_phone(browser_page: Page, live_server: LiveServer) -> None:
    """At 390 px: what one does counts at once, comes off again, and what arrives is offered, not pushed in."""
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    csm = book()
    enter(page, live_server, csm)
    head, lines, done = (
        page.locator(".headline"),
        page.locator("ol.day > li:not(.done)"),
        page.locator("ol.day > li.done"),
    )
    due = page.locator("#day-tabs a").first.locator(".count")
    there = int(due.inner_text())
    expect(head).to_contain_text(f"0 of {there} done")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    lines.first.get_by_role("link", name="Log a touch").click()
    page.locator("#ask").get_by_label("Note").fill("Rang the finance lead")
    page.locator("#ask").locator("button[type=submit]").last.click()
    expect(done).to_contain_text("Call logged")
    expect(head).to_contain_text(f"1 of {there} done")
    expect(due).to_have_text(str(there - 1))  # the cadence had asked for it

    # A tap on a line brings up its acts, wherever it stands.
    line = lines.filter(has=page.locator("input[type=checkbox]")).last
    title = line.locator(".act").inner_text()
    line.locator(".reason").click()
    expect(line).to_contain_text("Why now:")
    line.get_by_role("link", name="Snooze").click()
    page.get_by_label("Why it waits").fill("The champion is on leave")
    page.locator("#ask").get_by_role("button", name="Snooze").click()
    expect(done.filter(has_text=f"{title}: waits until")).to_have_count(1)
    expect(head).to_contain_text(f"2 of {there} done")
    expect(due).to_have_text(str(there - 2))
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(head).to_contain_text(f"1 of {there} done")
    expect(due).to_have_text(str(there - 1))

    shown = lines.count()
    rows.case(Customer.objects.get(name="Fathom Labs"), 0, title="The champion left", owner=csm)
    page.evaluate("htmx.trigger('#day-arrived', 'poll')")
    offered = page.get_by_role("link", name="1 new")
    expect(offered).to_be_visible()
    expect(lines).to_have_count(shown)
    offered.click()
    expect(lines.filter(has_text="The champion left")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
