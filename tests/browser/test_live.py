"""A page that somebody looks at follows new data by itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Customer
from config.outbox.models import Tick
from health import scoring
from health.models import UsageDay
from tests.browser import company
from tests.browser.company import enter
from tests.factories import DAY

pytestmark = pytest.mark.browser


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    return company.build()


def test_open_customer_page_shows_the_new_score(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, of = browser_page, Customer.objects.get(name="Cobalt Freight")
    page.clock.install()
    enter(page, live_server, office.csm, f"/customers/{of.pk}/")
    expect(page.locator("#live[data-poll]")).to_be_attached()
    before = int(of.score or 0)
    expect(page.locator("#health-now .pill")).to_contain_text(str(before))
    UsageDay.objects.filter(customer=of).update(uses=0, core_uses=0)
    scoring.score_customers([of.pk], DAY)
    of.refresh_from_db()
    assert int(of.score or 0) < before
    page.clock.run_for(16_000)
    expect(page.locator("#health-now .pill")).to_contain_text(str(int(of.score or 0)))
    expect(page.locator("#health-panel > header .pill")).to_contain_text(str(int(of.score or 0)))


def test_portfolio_says_that_scores_are_new_and_moves_no_row(
    browser_page: Page, live_server: LiveServer, office: SimpleNamespace
) -> None:
    page, of = browser_page, Customer.objects.get(name="Granite Bank")
    Tick.objects.create(schedule="changed", tick="2026-11-24T09:00:00Z")  # new data was looked for just now
    page.clock.install()
    enter(page, live_server, office.csm, "/customers/")
    names = page.locator("[data-row] .name").all_inner_texts()
    UsageDay.objects.filter(customer=of).update(uses=0, core_uses=0)
    scoring.score_customers([of.pk], DAY)
    page.clock.run_for(31_000)
    expect(page.locator("#news")).to_contain_text("1 customer has a new score.")
    assert page.locator("[data-row] .name").all_inner_texts() == names
    page.locator("#news a").click()
    expect(page.locator("[data-row] .name").first).to_contain_text("Granite Bank")
