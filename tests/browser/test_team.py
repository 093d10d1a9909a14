"""A team's pages: a leaving CSM's book goes to two heirs; on a telephone everything that can be pressed is there to be pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts import ownership
from accounts.models import Customer, Handover
from tests.browser.company import enter
from tests.factories import DAY, customer, organisation, segment, user

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser

CLIPPED = """() => [...document.querySelectorAll("main button, main a.button")].filter((one) => {
    const edge = Math.min(innerWidth, ...[one.closest(".scroll")].filter(Boolean).map((box) => box.getBoundingClientRect().right));
    return one.offsetParent && one.getBoundingClientRect().right > edge + 0.5;
}).map((one) => one.textContent.trim())"""


def test_a_telephone_shows_every_button_of_the_team(browser_page: Page, live_server: LiveServer) -> None:
    organisation()
    boss = user("manager", name="Bernadette Oyelaran-Whitfield")
    mara, nils = (user(name=name, manager=boss) for name in ("Mara Lindqvist-Hohenberg", "Nils Before"))
    ones = [customer(owner=mara, arr=1_234_567).pk for _ in range(12)]
    ownership.hand_over(ones, nils, day=DAY, door=Handover.Door.PAGE, by=boss)
    browser_page.set_viewport_size({"width": 390, "height": 844})
    enter(browser_page, live_server, boss, "/team/")
    for width in (390, 360):
        browser_page.set_viewport_size({"width": width, "height": 844})
        assert browser_page.evaluate(CLIPPED) == [], width


def test_a_manager_moves_a_leaving_csms_book_to_two_heirs(browser_page: Page, live_server: LiveServer) -> None:
    """The load before and after is seen, the proposal changed by hand, the book moved in one act and taken back."""
    organisation()
    boss = user("manager", name="Lena")
    mara = user(name="Mara", manager=boss)
    for name in ("Nils", "Olga"):
        user(name=name, manager=boss)
    of = segment(name="Enterprise", customers_per_csm=10)
    book = [
        customer(name=f"Book {number}", owner=mara, segment=of, touch_model="high", arr=number)
        for number in range(1, 5)
    ]
    enter(browser_page, live_server, boss, "/team/")
    row = browser_page.locator("tr", has_text="Mara")
    expect(row).to_contain_text("40%")
    row.get_by_role("link", name="Hand over").click()
    for heir in ("Nils", "Olga"):
        browser_page.get_by_role("checkbox", name=heir).check()
    browser_page.get_by_role("button", name="Preview", exact=True).click()
    load = browser_page.get_by_role("region", name="4 customers move")
    expect(load.locator("tr", has_text="Mara")).to_contain_text("40% → 0%")
    expect(load.locator("tr", has_text="Nils")).to_contain_text("0% → 20%")
    expect(load.locator("tr", has_text="Olga")).to_contain_text("0% → 20%")
    for one in book:
        heir = browser_page.get_by_role("radiogroup", name=f"New owner of {one.name}")
        heir.get_by_text("Olga" if one is book[0] else "Nils").click()
    browser_page.get_by_role("button", name="Preview with these choices").click()
    expect(load.locator("tr", has_text="Nils")).to_contain_text("0% → 30%")
    browser_page.get_by_role("button", name="Hand over", exact=True).click()
    expect(browser_page.get_by_role("status").filter(has_text="4 customers handed over.")).to_be_visible()
    assert sorted(Customer.objects.values_list("owner__name", flat=True)) == ["Nils", "Nils", "Nils", "Olga"]
    browser_page.get_by_role("button", name="Undo").first.click()
    expect(browser_page.get_by_role("status").filter(has_text="4 customers went back.")).to_be_visible()
    assert set(Customer.objects.values_list("owner__name", flat=True)) == {"Mara"}
