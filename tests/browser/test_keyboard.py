"""A day's work by keyboard alone: no pointer is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Touchpoint
from playbooks.models import Task
from tests.browser import company
from tests.browser.company import enter, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser

# The keys of the page's list, those that only move about or lead away left out.
LISTED = """() => [...document.querySelectorAll("#keys-help [data-group=page] dt, #keys-help [data-group=rows] dt")]
  .map((term) => term.textContent.trim())"""


def done_taken_back_and_put_off(page: Page) -> None:
    """On My day: E, Z, S with its reason."""
    press, lines = page.keyboard.press, page.locator("ol.day > li")
    title = lines.first.locator(".act").inner_text()
    press("j")
    press("k")
    press("e")
    expect(page.locator("[data-toast]")).to_contain_text(f"“{title}” is closed.")
    expect(page.locator("ol.day > li.done")).to_have_count(1)
    press("z")
    expect(page.locator("ol.day > li.done")).to_have_count(0)
    settle(page)

    press("j")
    press("k")
    press("s")
    expect(page.locator("#ask input:focus")).to_be_visible()
    asked = page.locator("#ask h2").inner_text(), page.locator("#ask .about").inner_text()
    while page.evaluate("document.activeElement.name") != "reason":
        press("Tab")
    page.keyboard.type("On leave, back next week: l, e and s are letters here")
    press("Control+Enter")
    expect(page.locator("[data-toast]")).to_contain_text("waits until")
    snoozed = Task.objects.get(snooze_reason__startswith="On leave")
    assert (snoozed.title, snoozed.customer.name) == asked


def task_added_and_records_walked(page: Page) -> None:
    """In the list: T on a row; into it, on to the next one, its keys, its history."""
    press = page.keyboard.press
    press("g")
    press("c")
    page.wait_for_url("**/customers/")
    settle(page)
    names = page.locator("[data-row] [data-open]").all_inner_texts()
    press("j")
    press("t")
    expect(page.locator("#ask")).to_contain_text(names[0].splitlines()[-1])
    expect(page.locator("#ask input:focus")).to_be_visible()
    page.keyboard.type("Ask for the roadmap")
    press("Control+Enter")
    expect(page.locator("#ask")).not_to_be_visible()
    assert Task.objects.get(title="Ask for the roadmap").customer.name == names[0].splitlines()[-1]
    settle(page)  # the list reads itself anew, and the row stays the one in hand

    press("Enter")
    expect(page.locator("[data-beside-at]")).to_have_text("1 / 4")
    settle(page)
    press("]")
    expect(page.locator("[data-beside-at]")).to_have_text("2 / 4")
    expect(page.locator("h1")).to_have_text(names[1].splitlines()[-1])
    settle(page)
    press("?")
    listed = page.evaluate(LISTED)
    assert {"L", "P", "T", "[", "]", "Y"} <= set(listed)
    assert len(listed) == len(set(listed))
    press("Escape")
    press("y")
    expect(page.locator("details[open] .history-of")).to_be_visible()
    settle(page)


def touch_logged_from_the_palette(page: Page) -> None:
    press = page.keyboard.press
    press("Control+k")
    page.keyboard.type("log a call with granite")
    expect(page.locator("#command [aria-selected=true]")).to_contain_text("Log a touch with Granite Bank")
    press("Enter")
    expect(page.locator("#ask")).to_contain_text("Granite Bank")
    press("Control+Enter")
    expect(page.locator("#ask")).not_to_be_visible()
    assert Touchpoint.objects.latest("pk").customer.name == "Granite Bank"
    settle(page)


def test_a_day_is_worked_through_by_keyboard_alone(
    browser_page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    enter(browser_page, live_server, company.build().csm)
    done_taken_back_and_put_off(browser_page)
    task_added_and_records_walked(browser_page)
    touch_logged_from_the_palette(browser_page)
