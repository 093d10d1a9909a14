"""Each kind of fault that the look at a page is for is found on a page that has it, and nothing on one that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from config.web import tags
from tests.browser.faults import dead_keys, overlaps
from tests.browser.test_pages_a11y import INSIDE, TAGS, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser

FRAME: Final = '<!doctype html><html lang="en"><title>Try</title><main><h1>Try</h1>{}</main></html>'
SOUND: Final = FRAME.format("<p>One line</p><p>Another line</p><p>Another line</p>")


@pytest.fixture(scope="module")
def one_page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture
def blank(one_page: Page) -> Page:
    one_page.goto("about:blank")  # without what axe was told of the page before
    return one_page


def test_nothing_is_found_on_a_page_without_a_fault(blank: Page) -> None:
    blank.set_content(SOUND)
    assert blank.evaluate(INSIDE)
    assert violations(blank, "here", {"type": "tag", "values": TAGS}, texts="all") == []
    assert overlaps(blank, "here") == []


@pytest.mark.parametrize("texts", ["all", "a sample"])
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ('<p>Plain</p><p style="color: #bbb">Pale</p>', "color-contrast"),
        ('<p>Plain</p><div style="background: #333"><p>Dark on dark</p></div>', "color-contrast"),
        ('<p>Plain</p><div style="opacity: .3"><p>Faded</p></div>', "color-contrast"),
        ('<input name="arr">', "label"),
    ],
)
def test_what_axe_knows_is_found_in_all_texts_and_in_a_sample(blank: Page, fault: str, rule: str, texts: str) -> None:
    blank.set_content(FRAME.format(fault))
    rules: Any = {"type": "tag", "values": TAGS}
    assert [rule in line for line in violations(blank, "here", rules, texts=texts)] == [True]


def test_a_page_that_is_too_wide_is_found(blank: Page) -> None:
    blank.set_content(FRAME.format('<div style="width: 400px">Wide</div>'))
    assert not blank.evaluate(INSIDE)


def test_texts_over_each_other_are_found(blank: Page) -> None:
    blank.set_content(FRAME.format('<p>Under</p><p style="margin-top: -2em">Over it</p>'))
    assert overlaps(blank, "here") == ["here: “Under” and “Over it” lie over each other"]


UNLISTED: Final = 'addEventListener("keydown", (event) => event.key === "q" && document.body.append("Here"));'


@pytest.mark.long
@pytest.mark.urls("tests.browser.shell_pages")
def test_dead_and_unlisted_keys_are_found(
    one_page: Page, live_server: LiveServer, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The button of N there has no script."""
    monkeypatch.setattr(tags, "_kept", {})
    url = f"{live_server.url}/"
    one_page.add_init_script(UNLISTED)
    assert dead_keys(one_page, url) == [
        f"{url}: N is listed and does nothing",
        f"{url}: a letter works that is not listed",
    ]
