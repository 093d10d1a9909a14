"""An admin brings an export of another system: recognised, its rejects corrected, previewed, imported, and undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Contract
from tests.accounts.importing.runs import work
from tests.browser.company import enter
from tests.factories import organisation, user

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser
FIRST, LAST = 10, 22
CUSTOMERS = "顧客ID;顧客名;国\n" + "".join(f"C-{n};千鳥メディア{n};日本\n" for n in range(FIRST, LAST))
CONTRACTS = "契約一覧\n出力日：2026年11月24日\n※社外秘\n契約番号;顧客ID;商品;契約開始日;年間金額;備考\n" + "".join(
    f"K-{n};C-{n};基本;令和{n // 4}年4月1日;￥1,{n}0,000;{n}/5 訪問\n" for n in range(FIRST, LAST)
).replace("K-12;C-12;基本;令和3年4月1日", "K-12;C-12;基本;令和6年2月30日").replace("￥1,150,000", "応相談")


def test_an_export_is_corrected_previewed_brought_in_and_undone(
    browser_page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    page = browser_page
    organisation(currency="JPY")
    customers, contracts = tmp_path / "顧客一覧.csv", tmp_path / "契約一覧.csv"
    customers.write_bytes(CUSTOMERS.encode("cp932"))
    contracts.write_bytes(CONTRACTS.encode("cp932"))
    enter(page, live_server, user("admin", name="Ren"), "/import/")
    page.get_by_label("Files", exact=True).set_input_files([customers, contracts])
    page.get_by_role("button", name="Upload", exact=True).click()

    # What they are is shown, and can be changed.
    expect(page.get_by_role("heading", name="Files of this import")).to_be_visible()
    page.get_by_role("link", name="契約一覧.csv", exact=True).click()
    expect(page.get_by_text("Shift_JIS (CP932)").first).to_be_visible()
    expect(page.get_by_text("line 4, 3 lines above")).to_be_visible()
    expect(page.get_by_label("Field for 年間金額")).to_have_value("annual_amount")
    page.get_by_role("button", name="Take these columns").press("Enter")
    expect(page.get_by_role("heading", name="Files of this import")).to_be_visible()
    page.get_by_role("button", name="Preview", exact=True).click()
    work_off(page, "Preview under way")

    # The preview says what would be; nothing is there yet.
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible(timeout=10_000)
    assert not Contract.objects.exists()
    page.locator(".tally a").filter(has_text="Refused").click()
    expect(page.locator("mark").filter(has_text="令和6年2月30日")).to_be_visible()
    expect(page.locator("mark").filter(has_text="応相談")).to_be_visible()

    ask_before_leaving(page)

    # The refused rows, corrected in their own dialect, come back into the same run before anything is imported.
    with page.expect_download() as download:
        page.get_by_role("link", name="Refused rows 契約一覧.csv").click()
    rejects = tmp_path / download.value.suggested_filename
    text = download.value.path().read_bytes().decode("cp932")
    assert text.startswith("契約一覧\n")
    rejects.write_bytes(text.replace("2月30日", "2月29日").replace('"応相談"', '"￥360,000"').encode("cp932"))
    page.get_by_label("Corrected rows 契約一覧.csv").set_input_files(rejects)
    page.get_by_role("button", name="Preview with them 契約一覧.csv").click()
    work_off(page, "Preview under way")
    expect(page.get_by_text("2 of its rows are corrected in rejects-契約一覧.csv.")).to_be_visible(timeout=10_000)
    assert not Contract.objects.exists()
    page.locator(".tally a").filter(has_text="New").click()
    expect(page.get_by_role("cell", name="K-12 Contract")).to_be_visible()

    page.get_by_role("button", name=re.compile("^Import 24 rows")).click()
    work_off(page, "Import under way")
    expect(page.get_by_text("Everything is in.")).to_be_visible(timeout=10_000)
    amounts = dict(Contract.objects.values_list("external_id", "lines__annual_amount"))
    assert (len(amounts), amounts["K-10"], amounts["K-12"], amounts["K-15"]) == (12, 1_100_000, 1_120_000, 360_000)

    page.get_by_role("button", name="Undo", exact=True).click()
    work_off(page, "Being undone")
    expect(page.get_by_role("heading", name="Undone", exact=True)).to_be_visible(timeout=10_000)


def work_off(page: Page, heading: str) -> None:
    """Do the worker's work once the page says that it waits for it."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    work()


def ask_before_leaving(page: Page) -> None:
    """Whoever leaves with a typed mend is asked, by a link or a button; who stays has what was typed, and the buttons."""
    day = page.get_by_label("契約開始日 in line")
    day.fill("令和6年2月28日")
    asked: list[str] = []
    stay = lambda dialog: (asked.append(dialog.type), dialog.dismiss())  # noqa: E731 (taken away again)
    page.on("dialog", stay)
    page.locator(".tally a").filter(has_text="New").click(no_wait_after=True)
    expect(page.locator(".tally")).to_be_visible()
    assert asked == ["beforeunload"]
    start = page.get_by_role("button", name=re.compile("^Import 22 rows"))
    start.click(no_wait_after=True)
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert asked == ["beforeunload"] * 2
    expect(start).to_be_enabled()
    with page.expect_download():
        page.get_by_role("link", name="Refused rows 契約一覧.csv").click()
    assert asked == ["beforeunload"] * 2, "a download leaves no page"
    page.remove_listener("dialog", stay)
    expect(day).to_have_value("令和6年2月28日")
    day.fill("令和6年2月30日")
