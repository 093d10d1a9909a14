"""Every page in one look of four, every dialog: accessible, inside its width, silent, reachable by key.

The suite opens every screen once, each pair of light or dark, language and width in turn. On a desk it measures the contrast
of one text of each look, on a phone the size of what a finger presses, as each takes a third of the time. `make crawl`
(test_crawl.py) goes through the questions too (one frame, many forms), each in every look and width, and measures both.
"""

from __future__ import annotations

from itertools import cycle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import User
from playbooks.models import Playbook
from renewals.models import Renewal
from tests.access import site
from tests.access import world as worlds
from tests.access.policy import API, PAGE, POLICY, SIGN_IN
from tests.browser import company
from tests.browser.company import admit, settle, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

OK: Final = 200
# Pages as they look with nothing on them, and with an answer to a question.
OTHERWISE: Final = ["/customers/?q=nobody+at+all", "/?kind=case"]
# Addresses that cannot be answered, or not whole, and what the browser logs of them.
ERRORS: Final = ("/nothing/here/", "/customers/?arr_min=lots", "/forecast/?period=never")
PROVOKED: Final = ("404 (Not Found)", "400 (Bad Request)", "cannot be parsed")
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NARROW: Final[Any] = {"width": 390, "height": 844}
WIDE: Final[Any] = {"width": 1280, "height": 800}
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "desk": {"viewport": WIDE},
    "phone": {"viewport": NARROW, "has_touch": True},
}
# Every pair of two of the three choices is among these four. A wide page ends narrow, as the next one begins.
LOOKS: Final = [("light", "en", WIDE), ("light", "ja", NARROW), ("dark", "ja", WIDE), ("dark", "en", NARROW)]
# The dearest rule of each width is left to the other one, where more can be wrong with it.
LEFT_OUT: Final = {WIDE["width"]: "target-size", NARROW["width"]: "color-contrast"}
# Dark differs from light in its colours only.
COLOURS: Final = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Four fifths of axe's time is the contrast of texts that look alike: mark the first of each look that
# was not measured on this page before (in another width or theme), and ask about these.
SAMPLE: Final = """() => {
  const looks = new Map([[null, ""]]), seen = (window.measured ??= new Set());
  const look = (e) => {
    if (!looks.has(e)) {
      const {color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, position} = getComputedStyle(e);
      const own = [e.localName, e.className.baseVal ?? e.className, color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, position];
      looks.set(e, look(e.parentElement) + own.join());
    }
    return looks.get(e);
  };
  for (const e of document.querySelectorAll("[data-measured]")) delete e.dataset.measured;
  for (const e of document.body.querySelectorAll("*")) {
    const speaks = e.matches("input, select, textarea") || [...e.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
    if (!speaks || !e.checkVisibility({visibilityProperty: true})) continue;
    if (!seen.has(look(e))) e.dataset.measured = "";
    seen.add(look(e));
  }
  axe.configure({rules: [{id: "color-contrast", selector: "[data-measured]"}]});
}"""
# Rows of one table, and resources of the reference of the API (26,000 elements), are drawn alike: the ninth says nothing new.
ALIKE: Final = ["tbody > tr:nth-child(n+9)", "section[lang=en]:nth-of-type(n+9)"]
# They are out of the page while axe reads it: to leave them out of its answer takes as long as to have them in.
RUN: Final = """async ([alike, context, options]) => {
  const out = [...document.querySelectorAll(alike.join())].map((e) => [e, document.createComment("alike")]);
  for (const [e, mark] of out) e.replaceWith(mark);
  try { return await axe.run({include: ["html"], ...context}, options); }
  finally { for (const [e, mark] of out.reverse()) mark.replaceWith(e); }
}"""
AXE: Final = Axe().axe_script
# What fits is measured; what runs past the edge scrolls inside itself.
INSIDE: Final = "document.documentElement.scrollWidth <= window.innerWidth"
# Note the elements that Tab stops at, in its order, and whether the ring shows on the one that has the focus.
STOPS: Final = """() => {
  window.stops = [];
  window.addEventListener("keyup", () => {
    const on = document.activeElement;
    if (on === document.body) return window.stops.push(null);
    const style = getComputedStyle(on);
    const shown = on.checkVisibility() && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    window.stops.push([on.dataset.stop ??= String(Math.random()), shown, on.outerHTML.slice(0, 120)]);
  });
}"""
ROUND: Final = (
    "window.stops.some((stop, place) => !stop || window.stops.findIndex((one) => one?.[0] === stop[0]) < place)"
)
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


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    """Everything there is, as the tests of access have it, in texts as long as they may be."""
    return worlds.build()


def addresses(world: SimpleNamespace, *draws: str) -> list[str]:
    """Of every page that the policy declares, as an admin opens it; of some again, as they look otherwise."""
    read = [name for name, route in POLICY.items() if name not in SIGN_IN and name not in API and route.draws in draws]
    of_admins = [name for name in read if POLICY[name].expected("GET", "admin") == OK]
    return [*(site.address(name, world) for name in of_admins), *OTHERWISE]


def violations(
    page: Page, where: str, rules: Any, *, texts: str, rail: bool = True, without: str | None = None
) -> list[str]:
    """What axe finds by the rules, the contrast of ``texts``: "all" or "a sample"; its script is read once a page.

    Without ``rail`` what every page has in common at its side is left out: a third of the time. ``without`` is a rule.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    if texts == "a sample":
        page.evaluate(SAMPLE)
    found = page.evaluate(
        RUN,
        [
            ALIKE,
            {"exclude": [] if rail else [".rail"]},
            {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
            | ({"rules": {without: {"enabled": False}}} if without else {}),
        ],
    )
    return [
        f"{where}: {one['id']} ({one['help']}) at "
        + "; ".join(f"{node['target']} {node['html'][:160]}" for node in one["nodes"][:3])
        for one in found["violations"]
    ]


def check(page: Page, where: str, *, dark: bool = True, rail: bool = True, without: str | None = None) -> list[str]:
    """What is wrong with the page as it stands, in its own width and on a phone's, where it is left."""
    wrong = [] if page.evaluate(INSIDE) else [f"{where}: runs past the edge"]
    wrong += violations(page, where, TAGS, texts="a sample", rail=rail, without=without)
    if dark:
        page.emulate_media(color_scheme="dark")
        wrong += violations(page, f"{where} in the dark", COLOURS, texts="a sample")
        page.emulate_media(color_scheme="light")
    if page.locator("h1").count() != 1:
        wrong.append(f"{where}: {page.locator('h1').count()} h1")
    if page.viewport_size != NARROW:
        page.set_viewport_size(NARROW)
        if not page.evaluate(INSIDE):
            wrong.append(f"{where}: runs past the edge of a phone")
    return wrong


def test_every_screen(watched_page: tuple[Page, Watch], live_server: LiveServer, world: SimpleNamespace) -> None:
    """Each page in one look; those before the sign-in and those of an error too."""
    page, watch = watched_page
    page.add_init_script(AXE)
    screens = addresses(world, PAGE)
    assert len(screens) > 50
    page.goto(live_server.url)
    wrong = check(page, "sign-in")
    page.goto(f"{live_server.url}/sign-in/password/reset/")
    wrong += check(page, "password reset")
    sign_in(page, live_server, world.admin)
    for number, (path, (scheme, language, size)) in enumerate(zip(screens, cycle(LOOKS), strict=False)):
        User.objects.filter(pk=world.admin.pk).update(language=language)
        page.emulate_media(color_scheme=scheme)
        if page.viewport_size != size:
            page.set_viewport_size(size)
        answer = page.goto(live_server.url + path)
        assert answer
        assert answer.status == 200, path
        settle(page)
        where = f"{path} ({scheme}, {language}, {size['width']})"
        rest = None if number < len(LOOKS) else LEFT_OUT[size["width"]]
        wrong += check(page, where, dark=False, rail=number < len(LOOKS), without=rest)
    for path in ERRORS:
        page.goto(live_server.url + path)
        wrong += check(page, path)
    watch.allow(*PROVOKED)
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


@pytest.mark.long
def test_every_dialog(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    go_through_dialogs(browser_page, live_server, office)


@pytest.mark.long
@pytest.mark.parametrize("page_options", ["phone"], indirect=True)
def test_every_dialog_on_a_phone(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    go_through_dialogs(browser_page, live_server, office)


def go_through_dialogs(page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    """Open and check every dialog."""
    wrong: list[str] = []
    size = page.viewport_size

    def look(where: str) -> None:
        wrong.extend(check(page, where))
        if size and page.viewport_size != size:
            page.set_viewport_size(size)

    admit(page.context, live_server, office.manager)
    for path, opener, dialog in dialogs(office):
        page.goto(live_server.url + path)
        settle(page)
        page.locator(opener).click()
        expect(page.locator(dialog)).to_be_visible()
        settle(page)
        look(f"{path} {opener}")
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).not_to_be_visible()
    page.keyboard.press("Control+k")
    settle(page)  # htmx logs an error where a newer question takes the place of one that is under way
    page.locator("#command input").fill("granite")
    expect(page.locator("#command [aria-selected=true]")).to_contain_text("Granite Bank")
    look("command")
    page.locator("#command input").fill("nobody at all")
    expect(page.locator("#command-results")).to_contain_text("Nothing matches")
    look("command, nothing found")
    page.locator("#command input").fill("")  # Escape empties a search field before it closes the dialog
    page.keyboard.press("Escape")
    expect(page.locator("#command")).not_to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    look("keys")
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('me').showPopover()")
    look("own menu")
    settle(page)
    assert not wrong, "\n".join(wrong)


def test_tab_reaches_every_control_and_shows_where_it_is(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, wrong = browser_page, []
    cobalt = office.customers["Cobalt Freight"]
    renewal = Renewal.objects.get(customer=cobalt).pk
    play = Playbook.objects.get(key="low-usage").pk
    admit(page.context, live_server, office.admin)
    for path in ("/?scope=all", "/customers/", f"/customers/{cobalt.pk}/", "/renewals/", f"/renewals/{renewal}/",
                 "/forecast/?period=all", f"/playbooks/{play}/edit/", "/settings/segments/"):  # fmt: skip
        page.goto(live_server.url + path)
        settle(page)
        there = page.evaluate(REACHABLE)
        page.evaluate(STOPS)
        for press in range(there + 20):
            page.keyboard.press("Tab")
            if press >= there and page.evaluate(ROUND):
                break
        reached = set()
        for stop in page.evaluate("window.stops"):
            if stop is None or stop[0] in reached:
                break
            reached.add(stop[0])
            if not stop[1]:
                wrong.append(f"{path}: no ring on {stop[2]}")
        if len(reached) < there:
            wrong.append(f"{path}: {len(reached)} of {there} reached")
    assert not wrong, "\n".join(wrong)
