"""The scripts of the frame in a real browser: keys, command, selection, undo, editing, a panel that fails."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from config.web import tags
from tests.browser.conftest import Watch

pytestmark = [pytest.mark.urls("tests.browser.shell_pages"), pytest.mark.browser]


@pytest.fixture(autouse=True)
def pieces_of_its_own(monkeypatch):
    """The frame's pieces are drawn once a process; here they name other addresses than elsewhere."""
    monkeypatch.setattr(tags, "_kept", {})


@pytest.fixture
def shell(watched_page: tuple[Page, Watch], live_server: LiveServer) -> Page:
    """The page of one of each thing; its broken panel is meant to be broken."""
    page, watch = watched_page
    page.on("requestfinished", lambda _request: watch.allow("500 (Internal Server Error)", "Response Status Error"))
    page.goto(live_server.url)
    expect(page.locator("#broken [data-retry]")).to_be_visible()
    yield page
    watch.allow("500 (Internal Server Error)", "Response Status Error")


def test_rows_are_walked_and_opened_by_key(shell: Page):
    shell.keyboard.press("j")
    shell.keyboard.press("j")
    expect(shell.locator("#row-b")).to_have_attribute("aria-current", "true")
    expect(shell.locator("#row-b [data-open]")).to_be_focused()
    shell.keyboard.press("k")
    expect(shell.locator("#row-a")).to_have_class(re.compile(r"\bat\b"))
    shell.keyboard.press("Enter")
    expect(shell.locator("h1")).to_have_text("a")


def test_rows_are_selected_one_by_one_and_as_a_range(shell: Page):
    shell.keyboard.press("j")
    shell.keyboard.press("x")
    expect(shell.locator("[data-bulk-count]")).to_have_text("1")
    shell.keyboard.press("j")
    shell.keyboard.press("j")
    shell.keyboard.press("Shift+X")
    expect(shell.locator("[data-bulk-count]")).to_have_text("3")


def test_done_says_so_and_is_taken_back_by_key(shell: Page):
    shell.keyboard.press("j")
    shell.keyboard.press("j")
    shell.keyboard.press("e")
    expect(shell.locator("#toasts")).to_contain_text("“b” is done.")
    expect(shell.locator("#gone")).to_be_visible()
    shell.keyboard.press("z")
    expect(shell.locator("#toasts [data-toast]")).to_have_count(1)
    expect(shell.locator("#toasts")).to_contain_text("Taken back.")


LISTED = """() => [...document.querySelectorAll("#keys-help [data-group]:not([hidden]) dt")]
  .map((term) => `${term.textContent.trim().replace(/\\s+/g, " ")}: ${term.nextElementSibling.textContent}`)"""


def listed(page: Page) -> list[str]:
    page.keyboard.press("?")
    keys = page.evaluate(LISTED)
    page.keyboard.press("Escape")
    return keys


def test_the_list_of_keys_is_what_the_page_binds(shell: Page):
    always = ["Ctrl K: search or do", "Ctrl ↵: send the form one types in", "Esc: close what is open"]
    moves = ["J K: next, previous row or card", "H L: column left, right on the board"]
    moves.append("[ ]: move a card to the previous, next column")
    rows = ["X: select the row", "⇧X: select all rows up to here", "E: done", "F2: edit the cell", "↵: open the row"]
    palette = ["/: search or do", "#: contracts by number"]
    assert listed(shell) == [
        "N: New", "S: Snooze", *moves, *rows, *always, *palette, "?: this list", "G C: Customers",
    ]  # fmt: skip
    shell.evaluate(
        "document.querySelectorAll('#new, ul [data-row] [data-key=e], [data-board]').forEach((part) => part.remove())"
    )
    assert listed(shell) == [
        "S: Snooze", moves[0], *rows[:2], *rows[3:], *always, *palette, "?: this list", "G C: Customers",
    ]  # fmt: skip
    shell.keyboard.press("n")
    shell.keyboard.press("x")  # no row is meant yet: the first shows itself, nothing is done to it
    expect(shell.locator("#row-a")).to_have_class(re.compile(r"\bat\b"))
    expect(shell.locator("[data-select]:checked")).to_have_count(0)
    shell.keyboard.press("x")
    expect(shell.locator("#row-a [data-select]")).to_be_checked()


def test_letters_rest_in_text_fields_and_when_switched_off(shell: Page):
    shell.keyboard.press("s")
    field = shell.locator("#why")
    expect(field).to_be_focused()
    shell.keyboard.type("jkx?/")
    expect(field).to_have_value("jkx?/")
    shell.keyboard.press("Escape")
    expect(shell.locator("#ask")).not_to_be_visible()
    shell.keyboard.press("?")
    shell.locator("[data-letters]").uncheck()
    shell.keyboard.press("Escape")
    shell.keyboard.press("j")
    expect(shell.locator("[data-row].at")).to_have_count(0)
    shell.evaluate("document.querySelector('[data-keys-help]').click()")
    assert not shell.locator("#keys-help dt", has_text=re.compile("^[JKSX/?]")).all()
    shell.reload()
    expect(shell.locator("html")).to_have_attribute("data-letters", "off")


def test_command_searches_and_goes(shell: Page):
    shell.keyboard.press("/")
    expect(shell.locator("#command")).to_be_visible()
    expect(shell.locator("#command [aria-selected=true]")).to_contain_text("Customers")
    shell.locator("#command input").fill("gran")  # one input event: nothing is under way when the page is left
    expect(shell.locator("#command [aria-selected=true]")).to_have_text("Granite")
    shell.keyboard.press("ArrowDown")
    expect(shell.locator("#command [aria-selected=true]")).to_have_text("Grantham")
    shell.keyboard.press("Enter")
    expect(shell.locator("h1")).to_have_text("Grantham")


def test_places_by_g_and_a_letter(shell: Page):
    shell.keyboard.press("g")
    shell.keyboard.press("c")
    shell.wait_for_url("**/portfolio/")
    expect(shell.locator(".rail [aria-current=page]")).to_contain_text("Customers")


def test_cell_is_edited_in_place(shell: Page):
    shell.locator("#cell [data-edit]").click()
    shell.locator("#cell input").fill("55")
    shell.keyboard.press("Escape")
    expect(shell.locator("#cell")).to_have_text("70")
    shell.locator("#cell [data-edit]").click()
    shell.locator("#cell input").fill("55")
    shell.keyboard.press("Enter")
    expect(shell.locator("#cell button")).to_have_text("55")
    shell.locator("#cell [data-edit]").click()
    shell.locator("#cell input").fill("60")
    shell.locator("h1").click()
    expect(shell.locator("#cell button")).to_have_text("60")


def test_card_moves_by_key(shell: Page):
    shell.locator("#card [data-open]").focus()
    shell.keyboard.press("]")
    expect(shell.locator("#board")).to_have_text("moved to y")


def test_card_moves_by_drag(shell: Page):
    shell.locator("#card").drag_to(shell.locator("[data-stage=z]"))
    expect(shell.locator("#board")).to_have_text("moved to z")


def test_theme_is_chosen_and_kept(shell: Page):
    shell.locator(".rail .foot").wait_for(state="attached")
    shell.evaluate("document.getElementById('me').showPopover()")
    shell.locator("[data-set-theme=dark]").click()
    expect(shell.locator("html")).to_have_attribute("data-theme", "dark")
    shell.reload()
    expect(shell.locator("html")).to_have_attribute("data-theme", "dark")


class TestPhone:
    @pytest.fixture
    def page_options(self) -> dict[str, object]:
        return {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", "has_touch": True}

    def test_nothing_runs_past_the_edge(self, shell: Page):
        assert shell.evaluate("document.documentElement.scrollWidth") <= 390
        shell.locator(".more-hand").click()
        expect(shell.locator("#me")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_frame_and_its_dialogs_are_accessible(chromium: Browser, live_server: LiveServer, scheme: str, db: None):
    context = chromium.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(live_server.url)
    expect(page.locator("#broken [data-retry]")).to_be_visible()
    for key in ("j", "s", "?"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        found = Axe().run(page)
        assert not found.violations_count, found.generate_report()
        page.keyboard.press("Escape")
    context.close()


SHOWN_AGAIN = """(persisted) => {
  document.body.insertAdjacentHTML("beforeend", `<form method="post" data-sent="yes"><input name="form_key" value="old"></form>`);
  const form = document.body.lastElementChild;
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted }));
  return [form.elements.form_key.value, form.dataset.sent];
}"""


def test_a_form_that_back_shows_again_is_sent_under_a_new_key(shell: Page):
    assert shell.evaluate(SHOWN_AGAIN, False) == ["old", None]
    key, sent = shell.evaluate(SHOWN_AGAIN, True)
    assert len(key) > 12
    assert sent is None
