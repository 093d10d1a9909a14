"""Whatever can be done on a desk can be done on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.access import world as worlds
from tests.access.policy import PAGE, QUESTION
from tests.browser import company
from tests.browser.company import admit, settle
from tests.browser.reach import out_of_reach
from tests.browser.test_pages_a11y import addresses

if TYPE_CHECKING:
    from types import SimpleNamespace

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def office(transactional_db: None) -> SimpleNamespace:
    return company.build()


def missing(page: Page, server: LiveServer, paths: list[str]) -> dict[str, list[str]]:
    found = {}
    for path in paths:
        page.goto(server.url + path)
        settle(page)
        found[path] = out_of_reach(page)
    return {path: parts for path, parts in found.items() if parts}


def test_a_phone_reaches_what_a_desk_does(browser_page: Page, live_server: LiveServer, office: SimpleNamespace) -> None:
    """The pages one works on all day; ``make crawl`` goes through all."""
    admit(browser_page.context, live_server, office.manager)
    cobalt = office.customers["Cobalt Freight"].pk
    assert missing(browser_page, live_server, [f"/customers/{cobalt}/", "/forecast/?period=all", "/team/"]) == {}


@pytest.mark.long
def test_a_phone_reaches_what_a_desk_does_on_every_page(
    browser_page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    world = worlds.build()
    admit(browser_page.context, live_server, world.admin)
    assert missing(browser_page, live_server, addresses(world, PAGE, QUESTION)) == {}
