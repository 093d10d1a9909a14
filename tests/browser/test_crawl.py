"""Every page with long names, in each width and language: nothing overflows, no texts lie over each other, no key is dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from accounts.models import Contact, Customer, User
from health.models import Case
from playbooks.models import Playbook, Task
from tests.access import world as worlds
from tests.access.policy import PAGE, QUESTION
from tests.browser.company import settle, sign_in
from tests.browser.faults import dead_keys, overlaps
from tests.browser.test_pages_a11y import INSIDE, addresses

if TYPE_CHECKING:
    from types import SimpleNamespace

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(1800)]

WIDTHS: Final = (390, 768, 1280, 1440, 2560)
LATIN: Final = "Zyxcanary Northern Consolidated Instrumentation Manufacturing and Logistics Ltd."
JAPANESE: Final = "株式会社東日本統合精密計測機器製造物流ホールディングスアンドパートナーズ営業本部"


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    """Everything there is, with names of 80 Latin and 40 Japanese characters."""
    made = worlds.build()
    assert (len(LATIN), len(JAPANESE)) == (80, 40)
    Customer.objects.filter(pk=made.book.customer.pk).update(name=LATIN)
    Customer.objects.exclude(pk=made.book.customer.pk).update(name=JAPANESE)
    Contact.objects.filter(customer=made.book.customer).update(name=LATIN)
    Contact.objects.exclude(customer=made.book.customer).update(name=JAPANESE)
    User.objects.filter(pk=made.owner.pk).update(name=LATIN)
    User.objects.filter(pk=made.other.pk).update(name=JAPANESE)
    Case.objects.update(title=LATIN)
    Task.objects.update(title=JAPANESE)
    Playbook.objects.filter(pk=made.play.pk).update(name=JAPANESE)
    return made


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_page_overflows_and_no_texts_lie_over_each_other(
    browser_page: Page, live_server: LiveServer, world: SimpleNamespace, language: str
) -> None:
    page, wrong = browser_page, []
    sign_in(page, live_server, world.admin)
    User.objects.filter(pk=world.admin.pk).update(language=language)
    for path in addresses(world, PAGE, QUESTION):
        page.goto(live_server.url + path)
        settle(page)
        for width in WIDTHS:
            size: Any = {"width": width, "height": 900}
            page.set_viewport_size(size)
            page.evaluate("new Promise(requestAnimationFrame)")
            where = f"{path} ({language}, {width})"
            wrong += [] if page.evaluate(INSIDE) else [f"{where} runs past the edge"]
            wrong += overlaps(page, where)
    assert not wrong, "\n".join(wrong)


def test_no_listed_key_is_dead_and_no_other_works(
    browser_page: Page, live_server: LiveServer, world: SimpleNamespace
) -> None:
    sign_in(browser_page, live_server, world.admin)
    wrong: list[str] = []
    for path in addresses(world, PAGE):
        wrong += dead_keys(browser_page, live_server.url + path)
    assert not wrong, "\n".join(wrong)
