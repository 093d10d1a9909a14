"""A CSM selects customers, tags them, starts a play for them and takes both back, by keys and by the list of acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Customer, User
from playbooks.models import Enrolment, Task
from tests.browser.company import enter
from tests.factories import customer, organisation, user
from tests.playbooks.rows import playbook

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def test_a_csm_tags_thirty_customers_starts_a_play_and_takes_both_back(
    browser_page: Page, live_server: LiveServer
) -> None:
    page, mara = browser_page, _company()
    enter(page, live_server, mara, "/customers/?sort=name")
    bar, told = page.locator(".bulk"), page.get_by_role("status")
    expect(bar).to_be_hidden()

    page.get_by_role("checkbox", name="Select all rows of this page").check()
    expect(bar).to_contain_text("31 selected")
    page.get_by_role("checkbox", name="Select the row").last.uncheck()
    expect(page.locator("[data-bulk-said]")).to_have_text("30 selected")
    bar.get_by_role("button", name="Tag", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Tag: 30 customers")
    page.get_by_label("Tags").fill("pilot")
    page.keyboard.press("Control+Enter")
    expect(told.filter(has_text="Tag added: “pilot”: 30 customers.")).to_be_visible()
    expect(bar).to_be_hidden()
    assert Customer.objects.filter(tags=["pilot"]).count() == 30

    page.keyboard.press("x")  # one is still at the row let go
    expect(bar).to_be_visible()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("""() => document.querySelector("#toasts").getBoundingClientRect().bottom
            <= document.querySelector(".bulk").getBoundingClientRect().top""")
    for _ in range(29):
        page.keyboard.press("k")
    page.keyboard.press("Shift+X")
    expect(bar).to_contain_text("30 selected")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(bar.get_by_role("button", name="Owner")).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 844})
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_contain_text("Start a playbook: 30 customers")
    page.get_by_label("Playbook", exact=True).select_option("Play")
    page.keyboard.press("Control+Enter")
    expect(told.filter(has_text="Started: Play: 30 customers.")).to_be_visible()
    assert Task.objects.open().count() == 30
    page.keyboard.press("z")
    expect(told.filter(has_text="Taken back (Started: Play): 30 customers.")).to_be_visible()
    assert not Enrolment.objects.exists()

    page.get_by_role("checkbox", name="Select the row").first.check()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.goto(f"{live_server.url}/bulk/")
    page.get_by_role("link", name="Tag added: “pilot”: 30 customers.").click()
    page.get_by_role("button", name="Undo").first.click()
    expect(told.filter(has_text="Taken back (Tag added: “pilot”): 30 customers.").first).to_be_visible()
    assert not Customer.objects.exclude(tags=[]).exists()


def _company() -> User:
    organisation()
    mara = user(name="Mara")
    for number in range(31):
        customer(name=f"Customer {number:02}", owner=mara)
    playbook()
    return mara
