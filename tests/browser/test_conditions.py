"""An admin edits a segment's conditions with the keyboard, in groups, on a phone, and without a script."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Segment
from tests.browser import company
from tests.browser.company import admit, enter, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    return company.build()


def fill_service(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("At risk")
    page.get_by_label("Touch model", exact=True).first.select_option("high")


def test_conditions_are_combined_by_keyboard_on_a_phone(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, watch = watched_page
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page, live_server, office.admin, "/settings/segments/new/")
    fill_service(page)
    first = page.get_by_role("group", name="Condition 1", exact=True)
    first.get_by_label("Field").select_option("stage")
    settle(page)
    first.get_by_label("Test").select_option("is_in")
    settle(page)
    first.get_by_label("Growth").check()
    page.get_by_role("button", name="Add group").focus()
    page.keyboard.press("Enter")
    settle(page)
    inner = page.get_by_role("group", name="Condition 2.1", exact=True)
    expect(inner.get_by_label("Field")).to_be_focused()
    inner.get_by_label("Field").select_option("arr")
    settle(page)
    inner.get_by_label("Value").fill("50,000")
    group = page.get_by_role("group", name="Group 2")
    group.get_by_label("How these are taken together").select_option("none")
    group.get_by_role("button", name="Add condition").click()
    settle(page)
    expect(first.get_by_label("Growth")).to_be_checked()
    expect(inner.get_by_label("Value")).to_have_value("50,000")
    page.get_by_role("button", name="Remove condition 2.2").click()
    settle(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    watch.settle() if hasattr(watch, "settle") else None
    page.get_by_label("Name", exact=True).press("Enter")
    page.wait_for_url("**/settings/segments/")
    assert Segment.objects.get(name="At risk").rule == [
        {"field": "stage", "test": "is_in", "value": ["growth"]},
        {"none": [{"field": "arr", "test": "at_least", "value": 50_000}]},
    ]


def test_conditions_work_without_a_script(chromium: Browser, live_server: LiveServer, office: SimpleNamespace) -> None:
    context = chromium.new_context(java_script_enabled=False)
    admit(context, live_server, office.admin)
    try:
        plain = context.new_page()
        plain.goto(f"{live_server.url}/settings/segments/new/")
        fill_service(plain)
        plain.get_by_label("Field").select_option("stage")
        plain.get_by_role("button", name="Show the tests and values that fit").click()
        expect(plain.get_by_label("Name", exact=True)).to_have_value("At risk")
        plain.get_by_label("Value").select_option("growth")
        plain.get_by_role("button", name="Add condition").click()
        second = plain.get_by_role("group", name="Condition 2", exact=True)
        second.get_by_label("Field").select_option("employees")
        plain.get_by_role("button", name="Save", exact=True).click()
        expect(plain.locator("#id_rule-1-test_error, #id_rule-1-value_error")).to_have_count(1)
        second.get_by_label("Value").fill("10")
        plain.get_by_role("button", name="Save", exact=True).click()
        plain.wait_for_url("**/settings/segments/")
        assert Segment.objects.get(name="At risk").rule == [
            {"field": "stage", "test": "is", "value": "growth"},
            {"field": "employees", "test": "at_least", "value": 10},
        ]
    finally:
        context.close()
