"""A CSM sees why a customer's score fell, and closes the case with a reason."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from health.cases import shipped, sweep
from health.models import Case, CaseRule
from tests.browser import company
from tests.browser.company import enter, settle
from tests.factories import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    made = company.build()
    shipped.install()
    CaseRule.objects.update(swept_on=DAY - dt.timedelta(days=1))
    sweep.sweep(DAY)
    return made


def test_a_csm_sees_why_the_score_fell_and_closes_the_case(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, watch = watched_page
    freight = office.customers["Cobalt Freight"]
    case = Case.objects.get(customer=freight, reason="usage")
    enter(page, live_server, office.csm, f"/customers/{freight.pk}/")
    settle(page)
    # What fell stands in the health panel; the case names the same figure: 8 uses a day after 60.
    expect(page.locator("#health-panel")).to_contain_text("Usage trend")
    panel = page.locator("#cases-panel")
    expect(panel).to_contain_text("Usage falling")
    expect(panel).to_contain_text("Usage −87% in 28 days")
    panel.get_by_role("link", name="Usage falling", exact=True).click()
    expect(page.locator("h1")).to_have_text("Usage falling")
    expect(page.locator("#case")).to_contain_text("at least 30% below")
    page.get_by_role("link", name="The rows behind it").first.click()
    expect(page.locator("h1")).to_have_text("Usage trend")
    page.go_back()
    settle(page)
    page.keyboard.press("e")
    page.locator("#ask").get_by_label("Result").select_option("not_valid")
    page.locator("#ask").get_by_role("button", name="Close the case").click()
    expect(page.locator("#ask")).to_contain_text("Say why it was not valid.")
    watch.allow("422")
    page.locator("#ask").get_by_label("Note").fill("Their fair week")
    page.locator("#ask").get_by_role("button", name="Close the case").click()
    toast = page.locator("#toasts [data-toast]").last
    expect(toast).to_contain_text("“Usage falling” is closed.")
    expect(page.locator("#case")).to_contain_text("Not valid")
    settle(page)
    case.refresh_from_db()
    assert (case.resolution, case.resolution_note, case.closed_by) == ("not_valid", "Their fair week", office.csm)
    page.keyboard.press("z")
    expect(page.locator("#case")).not_to_contain_text("Not valid")
    settle(page)
    case.refresh_from_db()
    assert case.state == "new"
