"""Every page with long names, in each width and language: nothing overflows, no texts lie over each other, no key is dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from accounts.models import Contact, Customer, User
from health.models import Case
from playbooks.models import Playbook, Task
from tests.access import world as worlds
from tests.access.policy import PAGE, QUESTION
from tests.browser.company import admit, settle
from tests.browser.faults import dead_keys, overlaps
from tests.browser.test_pages_a11y import COLOURS, ERRORS, INSIDE, PROVOKED, SCREENS, TAGS, addresses, violations
from tests.config.spoken import data_of, other_language, twice
from tests.config.test_words import WORDS, terms

if TYPE_CHECKING:
    from types import SimpleNamespace

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(1800)]

WIDTHS: Final = {"phone": (390,), "desk": (768, 1280, 1440, 2560)}
OUTSIDE: Final = ("/sign-in/login/", "/sign-in/password/reset/")
# A page that gets wider shows more of the same elements: what then changes is their colours, their size and their place.
OF_WIDTH: Final = {"type": "rule", "values": [*COLOURS["values"], "target-size", "scrollable-region-focusable"]}
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


@pytest.fixture
def page_options(request: pytest.FixtureRequest) -> dict[str, object]:
    device, locale = getattr(request, "param", ("desk", "en-GB"))
    return SCREENS[device] | {"locale": locale, "reduced_motion": "reduce"}


def look(page: Page, where: str, widths: tuple[int, ...]) -> list[str]:
    """What is wrong with the page as it stands, in each width, in light and in the dark."""
    wrong = []
    for width in widths:
        size: Any = {"width": width, "height": 900}
        page.set_viewport_size(size)
        page.evaluate("new Promise(requestAnimationFrame)")
        here = f"{where} at {width} px"
        wrong += [] if page.evaluate(INSIDE) else [f"{here}: runs past the edge"]
        wrong += overlaps(page, here)
        wrong += violations(page, here, TAGS if width == widths[0] else OF_WIDTH, texts="a sample")
        page.emulate_media(color_scheme="dark")
        wrong += violations(page, f"{here} in the dark", COLOURS, texts="a sample")
        page.emulate_media(color_scheme="light")
    return wrong


@pytest.mark.parametrize(
    ("page_options", "device", "language"),
    [((device, locale), device, locale[:2]) for device in WIDTHS for locale in ("en-GB", "ja-JP")],
    indirect=["page_options"],
    ids=[f"{device}-{language}" for device in WIDTHS for language in ("en", "ja")],
)
def test_nothing_is_wrong_with_any_page(
    watched_page: tuple[Page, Watch], live_server: LiveServer, world: SimpleNamespace, device: str, language: str
) -> None:
    page, watch = watched_page
    wrong: list[str] = []

    def visit(path: str) -> None:
        answer = page.goto(live_server.url + path)
        assert answer
        assert answer.ok or path in ERRORS, path
        settle(page)
        where = f"{path} ({language})"
        body = page.content()
        wrong.extend(f"{where}: “{text}” is in the other language" for text in other_language(body, language, data))
        wrong.extend(f"{where}: “{text}” says a word twice or otherwise" for text in twice(body, never, data))
        wrong.extend(look(page, where, WIDTHS[device]))

    data, never = (
        data_of(world, LATIN, JAPANESE, "東", "nobody at all"),
        {word for term in terms(WORDS.read_text()) for word in term.never},
    )
    for path in OUTSIDE:
        visit(path)
    User.objects.filter(pk=world.admin.pk).update(language=language)
    admit(page.context, live_server, world.admin)
    for path in addresses(world, PAGE, QUESTION):
        visit(path)
    for path in ERRORS:
        visit(path)
    watch.allow(*PROVOKED)
    assert not wrong, "\n".join(wrong)


def test_no_listed_key_is_dead_and_no_other_works(
    watched_page: tuple[Page, Watch], live_server: LiveServer, world: SimpleNamespace
) -> None:
    page, watch = watched_page
    admit(page.context, live_server, world.admin)
    wrong: list[str] = []
    for path in addresses(world, PAGE):
        wrong += dead_keys(page, live_server.url + path)
    watch.allow("status of 422")  # a stage that asks for more is asked in the dialog
    assert not wrong, "\n".join(wrong)
