"""An admin uploads a file in pieces: by keyboard, over a broken connection, dropped, cancelled, without JavaScript."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Upload
from tests.browser.company import enter
from tests.factories import organisation, user

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route
    from pytest_django.fixtures import SettingsWrapper
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser
CONTENT = b"id,name\n" + b"".join(b"%d,Customer %d\n" % (number, number) for number in range(400))
SET_UP = re.compile(r"/import/runs/\d+/files/1/$")


@pytest.fixture(autouse=True)
def small_pieces(settings: SettingsWrapper) -> None:
    settings.UPLOAD_PIECE = 2_000


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "契約一覧.csv"
    path.write_bytes(CONTENT)
    return path


def test_a_file_arrives_over_a_broken_connection(
    watched_page: tuple[Page, Watch], live_server: LiveServer, export: Path
) -> None:
    page, watch = watched_page
    organisation()
    enter(page, live_server, user("admin", name="Ren"), "/import/")
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if route.request.url.endswith("/pieces/2/") and len(broken) < 2:
            broken.append(route.request.url)
            if len(broken) == 1:
                route.abort("connectionreset")
            else:
                route.fulfill(status=503, headers={"Retry-After": "0"}, body="later")
            return
        route.continue_()

    page.route("**/pieces/*/", break_once)
    page.get_by_label("Files", exact=True).set_input_files(export)
    page.get_by_role("button", name="Upload", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_have_text("The connection is broken; the upload goes on by itself.")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page).to_have_url(SET_UP)
    upload = Upload.objects.get()
    assert (len(broken), upload.pieces.count()) == (2, upload.pieces_needed)
    assert upload.sha256 == hashlib.sha256(CONTENT).hexdigest()
    watch.allow("Failed to load resource")


def test_a_file_left_half_way_goes_on_and_a_cancelled_one_is_gone(
    browser_page: Page, live_server: LiveServer, export: Path
) -> None:
    page = browser_page
    organisation()
    enter(page, live_server, user("admin", name="Ren"), "/import/")
    sent: list[str] = []
    held: list[Route] = []

    def hold_third(route: Route) -> None:
        sent.append(route.request.url.rsplit("/", 2)[1])
        held.append(route) if sent[-1] == "3" else route.continue_()

    page.route("**/pieces/*/", hold_third)
    page.get_by_label("Files", exact=True).set_input_files(export)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator("[data-said]")).to_have_text("3.9 kB of 6.4 kB have arrived")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live_server.url}/import/")
    expect(page.get_by_role("row").filter(has_text="契約一覧.csv")).to_contain_text("2 of 4 pieces")
    page.get_by_label("Files", exact=True).set_input_files(export)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("button", name="Cancel the upload")).to_be_visible()
    expect(page.locator("[data-said]")).to_have_text("3.9 kB of 6.4 kB have arrived")
    assert sent[:2] == ["1", "2"]
    assert set(sent[2:]) == {"3"}
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.locator("[data-said]")).to_have_text("The upload was cancelled.")
    page.reload()
    expect(page.get_by_text("No files yet")).to_be_visible()
    assert not Upload.objects.exists()


def test_a_dropped_file_is_sent_and_one_that_cannot_be_is_refused(
    watched_page: tuple[Page, Watch], live_server: LiveServer
) -> None:
    page, watch = watched_page
    organisation()
    enter(page, live_server, user("admin", name="Ren"), "/import/")
    drop = """(name) => {
        const carried = new DataTransfer();
        carried.items.add(new File(["id,name"], name));
        const event = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
        document.querySelector("[data-upload]").dispatchEvent(event);
    }"""
    page.evaluate(drop, "report.pdf")
    expect(page.locator("[data-said]")).to_contain_text("“report.pdf” cannot be imported")
    page.evaluate(drop, "rates.csv")
    expect(page).to_have_url(SET_UP)
    watch.allow("Failed to load resource")


def test_without_javascript_a_small_file_arrives(
    chromium: Browser, live_server: LiveServer, transactional_db: None, export: Path
) -> None:
    organisation()
    context = chromium.new_context(java_script_enabled=False, locale="en-GB", viewport={"width": 390, "height": 844})
    page = context.new_page()
    enter(page, live_server, user("admin", name="Ren"), "/import/")
    expect(page.get_by_text("Without JavaScript a file may have at most 8.0 MB.")).to_be_visible()
    page.get_by_label("Files", exact=True).set_input_files(export)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page).to_have_url(SET_UP)
    assert Upload.objects.get().sha256 == hashlib.sha256(CONTENT).hexdigest()
    context.close()
