"""Every page and dialog, in light, dark and on a phone: accessible, inside its width, silent, reachable by key.

The data and the browser are shared by all pages of one screen, and a page is loaded once for light, dark and both widths.
The suite takes every screen once, each pair of light or dark, language and width in turn. `make crawl` goes through the
questions too (one frame, many forms), everything in the dark, on a phone and in Japanese.
"""

from __future__ import annotations

from itertools import cycle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import Segment, User
from config import clock
from health import digests, publishing
from health.cases import acts, tuning
from health.models import Case, CaseRule, Scorecard
from playbooks.models import Playbook, Task
from renewals.models import Qbr, Renewal
from tests.browser import company
from tests.browser.company import settle, sign_in
from tests.factories import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NARROW: Final[Any] = {"width": 390, "height": 844}
WIDE: Final[Any] = {"width": 1280, "height": 800}
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "desk": {"viewport": WIDE},
    "phone": {"viewport": NARROW, "has_touch": True},
}
# Every pair of two of the three choices is among these four.
LOOKS: Final = [("light", "en", WIDE), ("dark", "ja", WIDE), ("light", "ja", NARROW), ("dark", "en", NARROW)]
# Dark differs from light in its colours only.
COLOURS: Final = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# What fits is measured; what runs past the edge scrolls inside itself.
INSIDE: Final = "document.documentElement.scrollWidth <= window.innerWidth"
# The elements that Tab stops at, in its order, and whether the ring shows on the one that has the focus.
STOP: Final = """() => {
  const on = document.activeElement;
  if (on === document.body) return null;
  const style = getComputedStyle(on);
  const shown = on.checkVisibility() && (style.outlineStyle !== "none" || style.boxShadow !== "none");
  return [on.dataset.stop ??= String(Math.random()), shown, on.outerHTML.slice(0, 120)];
}"""
REACHABLE: Final = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
  (e) => e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0 && !e.disabled && e.type !== "hidden"
    && !e.closest("dialog:not([open]), [popover]") && !(e.type === "radio" && !e.checked)
    && getComputedStyle(e).display !== "none").length"""


@pytest.fixture
def page_options(request: pytest.FixtureRequest) -> dict[str, object]:
    screen = SCREENS[getattr(request, "param", "desk")]
    return screen | {"locale": "en-GB", "reduced_motion": "reduce"}


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    return company.build()


def pages(office: SimpleNamespace) -> tuple[list[str], list[str]]:
    """An address of every screen an admin sees, and of every question asked on one."""
    cobalt = office.customers["Cobalt Freight"]
    renewal = Renewal.objects.get(customer=cobalt).pk
    play = Playbook.objects.get(key="low-usage").pk
    task = Task.objects.filter(customer=cobalt).first()
    assert task
    qbr = Qbr.objects.create(customer=cobalt, due_on=DAY) if not Qbr.objects.exists() else Qbr.objects.first()
    assert qbr
    segment = Segment.objects.get(name="Enterprise").pk
    card = Scorecard.objects.get(key="standard", is_published=True)
    rule = a_rule_with_cases(office)
    planned = {"title": "Budget cut", "kind": "risk", "type": "value", "plan": "Meet finance", "due_on": DAY}
    case = acts.open_by_hand(cobalt, user=office.admin, day=DAY, **planned).pk
    draft = publishing.begin_draft(card, office.admin, clock.now(), DAY).pk
    screens = [
        "/",
        "/?scope=all",
        "/tasks/?scope=all",
        "/customers/",
        "/customers/?q=nobody+at+all",
        f"/customers/{cobalt.pk}/",
        f"/customers/{cobalt.pk}/health/usage_trend/",
        "/cases/",
        f"/cases/{case}/",
        "/?kind=case",
        "/renewals/",
        f"/renewals/{renewal}/",
        "/qbrs/",
        f"/qbrs/{qbr.pk}/",
        "/forecast/?period=all",
        "/playbooks/",
        f"/playbooks/{play}/?customer=Cobalt",
        f"/playbooks/{play}/edit/",
        f"/playbooks/{play}/runs/",
        f"/playbooks/{play}/dry-run/",
        "/scorecards/",
        f"/scorecards/{card.pk}/",
        f"/scorecards/{draft}/",
        f"/scorecards/{draft}/versions/",
        f"/scorecards/{draft}/movers/",
        f"/scorecards/{card.pk}/compare/{draft}/",
        "/scorecards/own/new/?source=attribute",
        "/case-rules/",
        "/case-rules/churns/",
        f"/case-rules/{rule.pk}/?customer=Cobalt",
        f"/case-rules/{rule.pk}/edit/",
        f"/case-rules/{rule.pk}/dry-run/",
        f"/case-rules/cases/?rule={rule.pk}",
        "/digest/",
        "/settings/segments/",
        f"/settings/segments/{segment}/",
        "/settings/users/",
        "/settings/organisation/",
        "/settings/rates/",
        "/me/",
        "/covers/",
        "/team/",
        f"/team/hand-over/?owner={office.csm.pk}&heirs={office.other.pk}&split=arr",
        "/contracts/to-settle/",
        "/history/",
        f"/history/case/{case}/",
    ]
    questions = [
        f"/tasks/{task.pk}/done/",
        "/customers/filters/",
        "/customers/new/",
        f"/customers/{cobalt.pk}/edit/",
        f"/customers/{cobalt.pk}/touches/new/",
        f"/customers/{cobalt.pk}/contacts/new/",
        f"/customers/{cobalt.pk}/cases/new/",
        f"/cases/{case}/plan/",
        f"/cases/{case}/close/",
        f"/renewals/{renewal}/renew/",
        f"/renewals/{renewal}/churn/",
        f"/renewals/{renewal}/call/",
        f"/renewals/{renewal}/decide/",
        "/playbooks/new/",
        "/scorecards/new/",
        f"/scorecards/{draft}/measures/",
        f"/scorecards/{draft}/measures/usage_trend/",
        f"/scorecards/{draft}/ceilings/",
        f"/scorecards/{draft}/scope/",
        "/case-rules/new/",
        "/settings/users/new/",
        f"/settings/users/{office.other.pk}/deactivate/",
        "/settings/rates/EUR/2026/",
    ]
    return screens, questions


def a_rule_with_cases(office: SimpleNamespace) -> CaseRule:
    """A rule with a case of each customer, one of them closed as not valid, a change, and the day's digests."""
    fields = {"reason": "quiet-weeks", "detector": "silence", "least_judged": 1}
    rule = CaseRule.objects.create(key="quiet-weeks", name="Quiet weeks", **fields)
    tuning.tune(rule, {"values": {"days": 21}}, by=office.admin, day=DAY, now=clock.now())
    days = {"opened_on": DAY, "due_on": DAY, "newest_evidence_on": DAY}
    for of in office.customers.values():
        Case.objects.create(
            customer=of, rule=rule, kind="risk", reason=rule.reason, title=rule.name, owner=of.owner, **days
        )
    judged = {"state": "closed", "resolution": "not_valid", "closed_on": DAY, "closed_by": office.admin}
    Case.objects.filter(pk=rule.cases.latest("pk").pk).update(**judged)
    digests.sweep(DAY)
    return rule


def violations(page: Page, where: str, rules: Any) -> list[str]:
    """What axe finds by the rules; its script is read once a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(
        "options => axe.run(options)", {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    )
    return [
        f"{where}: {one['id']} ({one['help']}) at "
        + "; ".join(f"{node['target']} {node['html'][:160]}" for node in one["nodes"][:3])
        for one in found["violations"]
    ]


def check(page: Page, where: str, *, dark: bool = True) -> list[str]:
    """What is wrong with the page as it stands, in its own width and on a phone's."""
    wrong = [] if page.evaluate(INSIDE) else [f"{where}: runs past the edge"]
    wrong += violations(page, where, TAGS)
    if dark:
        page.emulate_media(color_scheme="dark")
        wrong += violations(page, f"{where} in the dark", COLOURS)
        page.emulate_media(color_scheme="light")
    if page.locator("h1").count() != 1:
        wrong.append(f"{where}: {page.locator('h1').count()} h1")
    wide = page.viewport_size
    if wide and wide != NARROW:
        page.set_viewport_size(NARROW)
        if not page.evaluate(INSIDE):
            wrong.append(f"{where}: runs past the edge of a phone")
        page.set_viewport_size(wide)
    return wrong


def test_every_screen(watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace) -> None:
    screens, _ = pages(office)
    go_through(watched_page, live_server, office, list(zip(screens, cycle(LOOKS), strict=False)))


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("page_options", SCREENS, indirect=True)
def test_every_page(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace, language: str
) -> None:
    screens, questions = pages(office)
    size = watched_page[0].viewport_size
    go_through(
        watched_page,
        live_server,
        office,
        [(path, ("light", language, size)) for path in [*screens, *questions]],
        dark=True,
    )


def go_through(
    watched_page: tuple[Page, Watch],
    live_server: LiveServer,
    office: SimpleNamespace,
    looks: list[tuple[str, tuple[Any, str, Any]]],
    *,
    dark: bool = False,
) -> None:
    """Open and check the pages, each in its look, and in the ``dark`` again; those before the sign-in and those of an error too."""
    page, watch = watched_page
    page.goto(live_server.url)
    wrong = check(page, "sign-in")
    page.goto(f"{live_server.url}/sign-in/password/reset/")
    wrong += check(page, "password reset")
    sign_in(page, live_server, office.admin)
    for path, (scheme, language, size) in looks:
        User.objects.filter(pk=office.admin.pk).update(language=language)
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        answer = page.goto(live_server.url + path)
        assert answer
        assert answer.status == 200, path
        settle(page)
        wrong += check(page, f"{path} ({scheme}, {language}, {size['width']})", dark=dark)
    for path in ("/nothing/here/", "/customers/?arr_min=lots", "/forecast/?period=never"):
        page.goto(live_server.url + path)
        wrong += check(page, path)
    watch.allow("404 (Not Found)", "400 (Bad Request)", "cannot be parsed")
    assert not wrong, "\n".join(wrong)


def dialogs(office: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    """(page, what is pressed on it, the dialog that opens)."""
    cobalt = office.customers["Cobalt Freight"]
    here, renewal = f"/customers/{cobalt.pk}/", Renewal.objects.get(customer=cobalt).pk
    yield "/", "[data-dialog=order]", "#order"
    yield "/", ".day-acts a[hx-get*=snooze] >> nth=0", "#ask"
    yield "/customers/", "a.chip.add", "#ask"
    yield "/customers/", "a[href='/customers/new/']", "#ask"
    yield here, "a[data-key=l]", "#ask"
    yield here, "a[data-key=t]", "#ask"
    yield f"/renewals/{renewal}/", "a[hx-get$='/decide/']", "#ask"


def test_every_dialog(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    go_through_dialogs(browser_page, live_server, office)


@pytest.mark.long
@pytest.mark.parametrize("page_options", ["phone"], indirect=True)
def test_every_dialog_on_a_phone(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    go_through_dialogs(browser_page, live_server, office)


def go_through_dialogs(page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    """Open and check every dialog."""
    wrong: list[str] = []
    sign_in(page, live_server, office.manager)
    for path, opener, dialog in dialogs(office):
        page.goto(live_server.url + path)
        settle(page)
        page.locator(opener).click()
        expect(page.locator(dialog)).to_be_visible()
        settle(page)
        wrong += check(page, f"{path} {opener}")
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).not_to_be_visible()
    page.keyboard.press("Control+k")
    page.locator("#command input").fill("granite")
    expect(page.locator("#command [aria-selected=true]")).to_contain_text("Granite Bank")
    wrong += check(page, "command")
    page.locator("#command input").fill("nobody at all")
    expect(page.locator("#command-results")).to_contain_text("Nothing has")
    wrong += check(page, "command, nothing found")
    page.locator("#command input").fill("")  # Escape empties a search field before it closes the dialog
    page.keyboard.press("Escape")
    expect(page.locator("#command")).not_to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    wrong += check(page, "keys")
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('me').showPopover()")
    wrong += check(page, "own menu")
    settle(page)
    assert not wrong, "\n".join(wrong)


def test_tab_reaches_every_control_and_shows_where_it_is(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, wrong = browser_page, []
    cobalt = office.customers["Cobalt Freight"]
    renewal = Renewal.objects.get(customer=cobalt).pk
    play = Playbook.objects.get(key="low-usage").pk
    sign_in(page, live_server, office.admin)
    for path in ("/?scope=all", "/customers/", f"/customers/{cobalt.pk}/", "/renewals/", f"/renewals/{renewal}/",
                 "/forecast/?period=all", f"/playbooks/{play}/edit/", "/settings/segments/"):  # fmt: skip
        page.goto(live_server.url + path)
        settle(page)
        there = page.evaluate(REACHABLE)
        reached: dict[str, str] = {}
        for _stop in range(there + 20):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None or stop[0] in reached:
                break
            reached[stop[0]] = stop[2]
            if not stop[1]:
                wrong.append(f"{path}: no ring on {stop[2]}")
        if len(reached) < there:
            wrong.append(f"{path}: {len(reached)} of {there} reached")
    assert not wrong, "\n".join(wrong)
