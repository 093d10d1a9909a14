"""The team's page on a telephone: everything that can be pressed is there to be pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts import ownership
from accounts.models import Handover
from tests.browser.test_day import enter
from tests.factories import DAY, customer, organisation, user

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
