"""The first page anybody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def test_a_stranger_is_led_to_sign_in(browser_page: Page, live_server: LiveServer) -> None:
    answer = browser_page.goto(live_server.url)

    assert answer is not None
    assert answer.status == 200
    assert browser_page.locator("h1").count() == 1
    assert browser_page.locator("input[type=password]").count() == 1
