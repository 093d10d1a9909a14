"""A list by keys: a cell is edited and taken back, a group selected and folded, and what is ticked stays ticked meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from playbooks.models import Task
from tests.browser.company import enter
from tests.factories import DAY, customer, organisation, user

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def test_cells_are_edited_and_groups_selected_while_what_is_ticked_stays(
    browser_page: Page, live_server: LiveServer
) -> None:
    organisation()
    page, mara = browser_page, user(name="Mara")
    for number in range(9):
        due_on = DAY + dt.timedelta(days=3 if number else 60)
        Task.objects.create(customer=customer(owner=mara), assignee=mara, title=f"Task {number}", due_on=due_on)
    enter(page, live_server, mara, "/tasks/?group=tasks:due")
    told, bar = page.get_by_role("status"), page.locator(".bulk")

    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("8 selected")
    page.keyboard.press("Enter")
    expect(page.locator(".fold").first).to_have_attribute("aria-expanded", "false")
    expect(bar).to_contain_text("8 selected")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("F2")
    page.locator(".cell-form input:focus").fill("Ring Ada")
    page.keyboard.press("Enter")
    expect(told.filter(has_text="Renamed: Ring Ada")).to_be_visible()
    expect(page.get_by_role("link", name="Task: Ring Ada")).to_be_focused()
    expect(bar).to_contain_text("8 selected")
    assert Task.objects.filter(title="Ring Ada").count() == 1

    page.keyboard.press("F2")
    page.locator(".cell-form input:focus").fill("Ring Bo")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Task: Ring Ada")).to_be_focused()
    page.keyboard.press("z")
    expect(told.filter(has_text="Taken back (Renamed: Ring Ada)")).to_be_visible()
    expect(bar).to_contain_text("8 selected")

    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_contain_text("Snooze: 8 tasks")
    page.get_by_label("Why it waits").fill("Away")
    page.keyboard.press("Control+Enter")
    expect(told.filter(has_text="8 tasks.")).to_be_visible()
    expect(bar).to_be_hidden()
    assert Task.objects.filter(snooze_reason="Away").count() == 8
