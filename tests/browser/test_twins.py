"""A manager merges two twins and takes it back, by keyboard and by one click."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.identity import twins
from accounts.models import Customer, ExternalKey, Merge
from health import scoring
from tests.browser.company import build, enter
from tests.factories import DAY, contact, contract, customer

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def shot(page: Page, name: str) -> None:
    """A picture for whoever looks at the page, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_two_twins_are_merged_and_parted(browser_page: Page, live_server: LiveServer) -> None:
    page, company = browser_page, build()
    old = Customer.objects.get(name="翠光電機")
    Customer.objects.filter(pk=old.pk).update(domain="suiko.example", employees=350)
    contact(old, name="森 健司", email="mori@suiko.example")
    new = customer(
        name="翠光電機株式会社", domain="https://www.suiko.example/", employees=412, owner=old.owner, country="JP"
    )
    ExternalKey.objects.create(customer=old, source="crm", external_id="C-00233")
    ExternalKey.objects.create(customer=new, source="crm", external_id="C-00906")
    contact(new, name="森 健司", email="Mori@suiko.example")
    contract(new, amount=36_000, source="crm", external_id="K-2026-0588")
    scoring.score_customers([old.pk, new.pk], DAY)
    twins.find()
    enter(page, live_server, company.manager, "/customers/twins/")
    shot(page, "twins")
    page.get_by_role("link", name="翠光電機").first.click()
    expect(page.get_by_text("very likely the same")).to_be_visible()
    expect(page.get_by_text("$100,000", exact=True).first).to_be_visible()
    shot(page, "twin")
    page.get_by_role("row", name="Employees").get_by_role("radio").first.check()
    page.get_by_role("button", name="Merge").press("Enter")
    expect(page.get_by_role("heading", name="翠光電機", level=1)).to_be_visible()
    expect(page.get_by_text("was merged into this customer on")).to_be_visible()
    shot(page, "merged")
    old.refresh_from_db()
    assert (old.arr, old.employees) == (100_000, 412)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("are two again")).to_be_visible()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.arr, old.employees, new.merged_into) == (64_000, 350, None)
    assert Merge.objects.get().undone_by == company.manager
    if os.environ.get("SHOTS"):
        look(page, live_server, new.pk, old.pk)


def look(page: Page, live_server: LiveServer, new: int, old: int) -> None:
    """The pair in the dark, on a telephone and in Japanese."""
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/customers/twins/{new}/{old}/")
    shot(page, "twin-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "twin-390")
    page.set_viewport_size({"width": 1440, "height": 900})
    type(Customer.objects.get(pk=old).owner).objects.update(language="ja")
    page.goto(f"{live_server.url}/customers/twins/{new}/{old}/")
    shot(page, "twin-ja")
