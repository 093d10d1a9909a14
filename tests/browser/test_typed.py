"""A CSM types a contract and an outcome on the customer's page, and takes the outcome back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Contract, Customer, Outcome
from tests.browser.company import build, enter
from tests.browser.test_twins import shot

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser


def test_a_csm_types_a_contract_and_an_outcome(watched_page: tuple[Page, Watch], live_server: LiveServer) -> None:
    (page, watch), company = watched_page, build()
    granite = Customer.objects.get(name="Granite Bank")
    enter(page, live_server, company.csm, f"/customers/{granite.pk}/")
    page.get_by_role("link", name="Add contract").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=r-0-product]").fill("Archive")
    dialog.locator("[name=r-0-annual_amount]").fill("１２０００")
    dialog.locator("[name=starts_on]").fill("2026-11-01")
    dialog.locator("[name=ends_on]").fill("2026-10-01")
    dialog.locator("[name=seats]").fill("25")
    shot(page, "typed")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("The last day lies before the first.")).to_be_visible()
    dialog.locator("[name=ends_on]").fill("2027-10-31")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The contract is in the record.")).to_be_visible()
    contract = Contract.objects.get(customer=granite, source="typed")
    assert contract.ends_on.isoformat() == "2027-11-01"
    line = contract.lines.get()
    assert (line.product, line.annual_amount) == ("Archive", Decimal(12_000))
    assert contract.entitlements.get().quantity == 25
    page.get_by_role("link", name="Add outcome").click()
    dialog.locator("[name=measure]").fill("Calls a day")
    dialog.locator("[name=target]").fill("80")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The outcome is in the record.")).to_be_visible()
    expect(page.locator("#plan-panel").get_by_text("Calls a day").first).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").last.click()
    expect(page.locator("#plan-panel").get_by_text("Calls a day")).to_have_count(0)
    assert not Outcome.objects.filter(objective__customer=granite, source="typed").exists()
    watch.allow("Failed to load resource")
