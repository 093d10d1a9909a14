"""A real browser against a real server: Debian's chromium, driven by Playwright.

A page that logs an error to its console or asks a foreign host for anything fails the test that opened it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# --no-sandbox: as root (a container) chromium refuses to start without it; the pages are our own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OURS = {"localhost", "127.0.0.1", ""}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser a worker. Without chromium the tests are skipped, except in CI, where that is a failure."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        _missing()
    # Playwright's loop makes Django take this thread for an asynchronous one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _missing() -> None:
    sentence = "No chromium found in PATH: the browser tests need it (Debian: apt install chromium)."
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


class Watch:
    """What a page did that it should not have done."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.findings: list[str] = []
        self.under_way: set[Request] = set()
        page.on("console", self._console)
        page.on("pageerror", self._failed)
        page.on("request", self._request)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    def allow(self, *phrases: str) -> None:
        """Take back findings that a test has provoked on purpose, by a phrase they contain."""
        self.findings = [line for line in self.findings if not any(phrase in line for phrase in phrases)]

    def settle(self, seconds: float = 5) -> None:
        """Wait until the page asks the server for nothing more: a page left in mid-request logs an error."""
        until = time.monotonic() + seconds
        still = 0
        while still < 2 and time.monotonic() < until:
            still = 0 if self.under_way else still + 1
            self.page.wait_for_timeout(50)

    def _failed(self, error: Error) -> None:
        # A page reached in haste gives up its view transition before its scripts can say that this is no error.
        if not error.message.startswith(("Transition was aborted", "Transition was skipped")):
            self.findings.append(f"script error: {error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.findings.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _answered(self, request: Request) -> None:
        self.under_way.discard(request)

    def _request(self, request: Request) -> None:
        self.under_way.add(request)
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.hostname not in OURS:
            self.findings.append(f"request to a foreign host: {request.url}")


@pytest.fixture
def page_options() -> dict[str, object]:
    """Options of the browser context (viewport, colour_scheme, locale); override to change them."""
    return {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}


@pytest.fixture
def watched_page(
    chromium: Browser, transactional_db: None, page_options: dict[str, object], request: pytest.FixtureRequest
) -> Iterator[tuple[Page, Watch]]:
    """A fresh page and its Watch, for tests that provoke an error on purpose."""
    context = chromium.new_context(**page_options)  # type: ignore[arg-type]
    # It is about what a page shows, not how soon: a machine may stand still for seconds, and a crawl runs beside other work.
    context.set_default_timeout(60_000 if request.node.get_closest_marker("long") else 30_000)
    page = context.new_page()
    watch = Watch(page)
    yield page, watch
    watch.settle()
    context.close()
    assert not watch.findings, "\n".join(watch.findings)


@pytest.fixture
def browser_page(watched_page: tuple[Page, Watch]) -> Page:
    """A fresh page; console errors and requests to foreign hosts fail the test at its end."""
    return watched_page[0]
