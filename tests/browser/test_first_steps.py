"""An admin sets up an empty installation by the guide, from the printed link to the first scores, in a real browser."""

from __future__ import annotations

import datetime as dt
import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from accounts.models import Customer, Organisation, User
from config import clock, set_up
from health import scoring
from health.models import CaseRule
from health.signals import rollup
from tests.browser.company import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


@pytest.fixture
def page_options(page_options: dict[str, object]) -> dict[str, object]:
    """The admin sits in Tokyo, which the set-up sees."""
    return page_options | {"timezone_id": "Asia/Tokyo"}


def files(folder: Path, owner: str) -> Path:
    """Two customers, what they pay, and how they used the product in the last four weeks."""
    today = clock.today()
    began = today - dt.timedelta(days=120)
    days = [today - dt.timedelta(days=back) for back in range(1, 28)]
    usage = [f"{name}-{day},{name},{day},5,40" for name in ("c1", "c2") for day in days]
    texts = {
        "customers": ["external_id,name,owner", f"c1,Granite Bank,{owner}", "c2,Cedar Rail,"],
        "contracts": [
            "external_id,customer,starts_on,product,annual_amount",
            f"k1,c1,{began},Platform,24000000",
            f"k2,c2,{began},Platform,600000",
        ],
        "usage": ["external_id,customer,day,users,uses", *usage],
    }
    for name, lines in texts.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def step(page: Page, name: str) -> str:
    """Whether a step of the guide is done, is at hand, or comes later."""
    return (
        page.locator("ol.start > li", has=page.get_by_role("heading", name=name, exact=True)).get_attribute("class")
        or ""
    )


def test_an_admin_sets_up_an_empty_installation_by_the_guide(
    browser_page: Page, live_server: LiveServer, transactional_db: None, tmp_path: Path
) -> None:
    page = browser_page
    page.goto(f"{live_server.url}{urlsplit(set_up.link()).path}")
    for label, text in (("Company", "Hinoki Cloud"), ("Reporting currency", "JPY"), ("Your name", "Ren Okada")):
        page.get_by_label(label).fill(text)
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    page.get_by_label("Your email").fill("ren@hinoki.example")
    page.get_by_label("Password").fill("a bridge of stone")
    page.get_by_label("The same once more").fill("a bridge of stone")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Hinoki Cloud is empty, and ready")).to_be_visible()
    assert (Organisation.objects.get().currency, User.objects.get().role) == ("JPY", "admin")

    page.locator("ol.start").get_by_role("link", name="Invite").click()
    page.get_by_label("Name").fill("Nora Quist")
    page.get_by_label("Email").fill("nora@hinoki.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("tr", has_text="Nora Quist")).to_contain_text("Invited")
    nora = User.objects.get(name="Nora Quist")
    nora.set_password("a bridge of wood")  # as she does by the link
    nora.save(update_fields=["password"])
    page.get_by_role("link", name="First steps").first.click()
    assert [step(page, name) for name in ("People", "Segments", "Data", "First scores")] == [
        "done",
        "at",
        "later",
        "later",
    ]

    expect(page.locator("ol.start")).to_contain_text("ARR is at least 10,000,000")
    page.get_by_role("button", name="Use these").click()
    assert step(page, "Segments") == "done"

    words = page.locator("code", has_text="import_data").last.inner_text()
    named = re.search(r"'import_data FOLDER (--mapping \w+)'", words)
    assert named
    out = StringIO()
    call_command("import_data", str(files(tmp_path, "nora@hinoki.example")), *named[1].split(), stdout=out)
    assert "customers: 2 new" in out.getvalue()
    page.reload()
    assert step(page, "Data") == "done"
    expect(page.get_by_role("list", name="Arrived so far")).to_contain_text("2 Customers")
    assert Customer.objects.get(name="Granite Bank").owner == User.objects.get(email="nora@hinoki.example")

    expect(page.locator("code", has_text="run_cycle")).to_be_visible()
    rollup.roll_up_changed()
    for first, last in scoring.chunks(clock.today()):
        scoring.score_range(first, last, clock.today())
    page.reload()
    expect(page.get_by_role("heading", name="Hinoki Cloud is set up")).to_be_visible()
    expect(page.locator("ol.start")).to_contain_text("2 of 2 customers have a score.")

    page.locator("ol.start").get_by_role("link", name="Offered rules").click()
    page.locator("tr", has_text="Seats are nearly all in use").get_by_role("button", name="Alert at once").click()
    expect(page.locator("#toasts [data-toast]").last).to_contain_text("alerts from now on")
    assert CaseRule.objects.get(key="limit").mode == "alert"
    page.get_by_role("link", name="My day").first.click()
    expect(page.get_by_role("heading", name="Hinoki Cloud")).to_have_count(0)
    settle(page)
