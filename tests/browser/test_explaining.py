"""A CSM sees why a score fell, says how it feels and overrides it, in a real browser."""

from __future__ import annotations

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Sentiment
from health import scoring
from health.models import Override, Score
from tests.browser import company
from tests.browser.company import before, enter, settle
from tests.factories import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    made = company.build()
    scoring.score_history([before(30)])
    return made


def figures(panel: Locator) -> list[Decimal]:
    texts = panel.locator("ul.parts .num").all_inner_texts()
    return [Decimal(text.replace("−", "-").replace("+", "")) for text in texts]


def test_a_csm_sees_why_a_score_fell(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    (page, watch), cobalt = watched_page, office.customers["Cobalt Freight"]
    enter(page, live_server, office.csm, f"/customers/{cobalt.pk}/")
    settle(page)
    first, last = (Score.objects.filter(customer=cobalt).as_of(day).get() for day in (before(30), DAY))
    changed = page.locator("#changed-panel")
    *parts, total = figures(changed)
    assert sum(parts) == total == last.value - first.value  # type: ignore[operator]
    expect(changed.locator("li.total")).to_contain_text(f"equals {last.value:.0f} − {first.value:.0f} exactly")
    # The chart says on its days what happened.
    expect(page.locator("#health-panel ol.notes")).to_contain_text("Ben Okoye left")
    changed.get_by_role("link", name="7 days").click()
    expect(changed.locator("nav a[aria-current]")).to_have_text("7 days")
    changed.get_by_role("link", name="Other days").click()
    changed.get_by_label("From").fill(str(DAY))
    changed.get_by_label("To").fill(str(before(30)))
    changed.get_by_role("button", name="Compare").click()
    expect(changed).to_contain_text("The first day lies after the last.")
    watch.allow("422")
    changed.get_by_label("From").fill(str(before(30)))
    changed.get_by_label("To").fill(str(DAY))
    changed.get_by_role("button", name="Compare").click()
    expect(changed.locator("li.total .num")).to_be_visible()
    assert figures(changed)[-1] == total
    changed.get_by_role("link", name="Usage trend").click()
    page.wait_for_url(re.compile(r"/health/usage_trend/\?of=health&day=2026-11-24"))
    expect(page.locator("#rows tbody tr").first).to_contain_text("23 Nov")


def test_a_csm_says_how_it_feels_and_overrides(
    watched_page: tuple[Page, Watch], live_server: LiveServer, office: SimpleNamespace
) -> None:
    (page, watch), cobalt = watched_page, office.customers["Cobalt Freight"]
    enter(page, live_server, office.csm, f"/customers/{cobalt.pk}/")
    settle(page)
    page.keyboard.press("2")
    expect(page.locator("#sentiment-now")).to_contain_text("2 of 5")
    assert Sentiment.objects.filter(value=2).count() == 1
    settle(page)
    page.keyboard.press("z")
    expect(page.locator("#sentiment-now")).to_contain_text("4 of 5")
    health, ask = page.locator("#health-panel"), page.locator("#ask")
    health.get_by_role("link", name="Override").click()
    ask.get_by_label("Score instead").fill("20")
    ask.get_by_label("Until").fill("2028-01-01")
    ask.get_by_label("Reason").fill("The new owner stops all projects")
    ask.get_by_role("button", name="Save").click()
    expect(ask).to_contain_text("At most 180 days")
    watch.allow("422")
    ask.get_by_label("Until").fill("2026-12-24")
    ask.get_by_role("button", name="Save").click()
    expect(health).to_contain_text("Mara Lindqvist says 20")
    score = Score.objects.filter(customer=cobalt).as_of(DAY).get()
    expect(health.locator("header .pill")).to_contain_text(f"{score.value:.0f}")
    settle(page)
    health.get_by_role("button", name="Withdraw").click()
    expect(health).not_to_contain_text("Mara Lindqvist says 20")
    settle(page)
    assert Override.objects.get().withdrawn_on == DAY
