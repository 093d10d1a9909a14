"""An admin builds a scorecard with a measure of his own, previews, publishes and rolls back, in a real browser."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Customer
from health.models import OwnMeasure, Scorecard, ScorecardAct
from tests.browser import company
from tests.browser.company import enter, settle
from tests.factories import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    return company.build()


def toast(page: Page) -> Locator:
    return page.locator("#toasts [data-toast]").last


def make_own_measure(page: Page) -> None:
    page.get_by_role("link", name="Own measure").click()
    page.get_by_label("Name", exact=True).fill("Reports read")
    page.get_by_label("Feature", exact=True).select_option(label="Reports")
    page.get_by_label("Taken as").select_option(label="Days with any")
    page.get_by_label("0 points at", exact=True).fill("none")
    page.get_by_label("100 points at", exact=True).fill("20")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_zero_at_error")).to_contain_text("is not a number")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Reports read")
    page.get_by_label("0 points at", exact=True).fill("0")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(toast(page)).to_contain_text("“Reports read” is saved.")


def test_an_admin_builds_previews_publishes_and_rolls_back(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, watch = watched_page
    enter(page, live_server, office.admin, "/scorecards/")
    page.get_by_role("link", name="New scorecard").click()
    page.get_by_label("Name", exact=True).fill("Readers")
    page.get_by_role("button", name="Go on").click()
    make_own_measure(page)
    for name in ("Reports read", "Days since last use"):
        page.get_by_role("button", name=f"Add {name}", exact=True).click()
        expect(toast(page)).to_contain_text(f"“{name}” is added.")
    page.get_by_role("link", name="To the weights").click()
    # Groups 10 and 10; with 30 for the own measures' group its one measure is three quarters of the score.
    line = page.locator("[data-line]", has_text="Reports read")
    expect(line.locator("[data-share]")).to_have_text("50.0%")
    page.get_by_label("Weight of the group Own measures").fill("30")
    expect(line.locator("[data-share]")).to_have_text("75.0%")
    page.get_by_label("Weight of the group Own measures").press("Enter")
    expect(toast(page)).to_contain_text("The draft is saved.")
    settle(page)
    # It stands last: the shipped scorecards fit everybody before it does.
    expect(page.locator("#preview-panel")).to_contain_text("Nobody would be scored by it")
    page.get_by_role("navigation", name="Part", exact=True).get_by_role("link", name="For whom").click()
    page.get_by_label("Position").fill("0")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#id_position_error")).to_contain_text("from 1 to 999")
    page.get_by_label("Position").fill("1")
    page.get_by_label("Mature").check()
    page.get_by_label("Growth", exact=True).last.check()
    page.get_by_role("button", name="Save draft").click()
    expect(toast(page)).to_contain_text("The draft is saved.")
    Scorecard.objects.exclude(key="readers").update(position=9)
    page.get_by_role("navigation", name="Part", exact=True).get_by_role("link", name="Measures").click()
    settle(page)
    panel = page.locator("#preview-panel")
    expect(panel).to_contain_text("customers, today")
    expect(panel).to_contain_text("Change band")
    expect(page.locator("#data-own_reports_read")).to_have_text("100%")
    before = dict(Customer.objects.values_list("pk", "score"))
    page.get_by_label("What is new").fill("Who reads reports")
    page.get_by_role("button", name="Publish v1").click()
    expect(toast(page)).to_contain_text("Version 1 is in use.")
    readers = Scorecard.objects.get(key="readers")
    assert (readers.is_published, readers.note) == (True, "Who reads reports")
    assert dict(Customer.objects.values_list("pk", "score")) == before
    company.night(DAY)
    assert dict(Customer.objects.values_list("pk", "score")) != before
    _change_and_roll_back(page, readers)
    watch.allow("422 (Unprocessable")


def _change_and_roll_back(page: Page, first: Scorecard) -> None:
    page.reload()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Weight of Days since last use").fill("0")
    page.get_by_role("button", name="Publish v2").click()
    expect(page.locator("#id_m-days_since_use-weight_error")).to_contain_text("A weight is above 0")
    with page.expect_response(re.compile(r"/preview/")):
        page.get_by_label("Weight of the group Own measures").fill("60")
    with page.expect_response(re.compile(r"/preview/")):  # nothing is published that the preview has not shown
        page.get_by_label("Weight of Days since last use").fill("5")
    settle(page)
    page.get_by_role("button", name="Publish v2").click()
    expect(toast(page)).to_contain_text("Version 2 is in use.")
    settle(page)
    page.get_by_role("navigation", name="Part", exact=True).get_by_role("link", name="Versions").click()
    page.get_by_role("link", name=re.compile("Compare version 1")).click()
    expect(page.locator("table")).to_contain_text("weight of the group")
    page.get_by_role("button", name="Go back to v1").click()
    expect(toast(page)).to_contain_text("Version 1 is in use.")
    assert Scorecard.objects.get(key="readers", is_published=True) == first
    page.keyboard.press("z")
    expect(toast(page)).to_contain_text("Version 2 is in use.")
    acts = ScorecardAct.objects.filter(key="readers").order_by("pk").values_list("version", "act")
    assert list(acts) == [
        (1, "drafted"), (1, "published"), (2, "drafted"), (2, "published"), (1, "rolled_back"), (2, "rolled_back"),
    ]  # fmt: skip
    assert OwnMeasure.objects.get().key == "own_reports_read"
