"""An empty installation: every page says what fills it and leads there who may, and none fails, for each role."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Role
from config import clock, shipped
from tests.access.policy import POLICY
from tests.factories import customer, organisation, user

pytestmark = pytest.mark.django_db

VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What holds rows: without one it has to say so in words.
HOLDERS: Final = {"tbody", "ul", "ol"}
OK: Final = 200
GUIDE: Final = "/first-steps/"


class Element:
    """An element as it came, with what it holds."""

    def __init__(self, name: str, attributes: dict[str, str], above: Element | None) -> None:
        self.name, self.attributes, self.above = name, attributes, above
        self.parts: list[Element | str] = []

    @property
    def css(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    def every(self) -> list[Element]:
        inner = [part for part in self.parts if isinstance(part, Element)]
        return [self, *(one for part in inner for one in part.every())]

    def words(self, *, but: frozenset[str] = frozenset()) -> str:
        """The text inside, without that of elements called as ``but`` says."""
        if self.name in but | {"template", "script"} or "hidden" in self.attributes:
            return ""
        return " ".join(part if isinstance(part, str) else part.words(but=but) for part in self.parts).strip()


class Page(HTMLParser):
    """The tree of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.root = self.at = Element("html", {}, None)
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.parts.append(made)
        if tag not in VOID:
            self.at = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.parts.append(Element(tag, {name: value or "" for name, value in attrs}, self.at))

    def handle_endtag(self, tag: str) -> None:
        here: Element | None = self.at
        while here is not None and here.name != tag:
            here = here.above
        if here is not None and here.above is not None:
            self.at = here.above

    def handle_data(self, data: str) -> None:
        self.at.parts.append(" ".join(data.split()))


def silent(page: Page) -> list[str]:
    """Lists, tables, charts and panels of ``page`` that show nothing and say nothing."""
    found = []
    for one in page.root.every():
        rows = [part for part in one.parts if isinstance(part, Element)]
        if one.name in HOLDERS and not rows and not (one.name != "tbody" and one.attributes.get("id")):
            found.append(f"<{one.name}> without rows: {one.attributes}")
        if one.name in {"section", "aside"} and one.css & {"panel"}:
            loads = any("hx-get" in inner.attributes for inner in one.every())
            if not loads and not one.words(but=frozenset({"header"})).strip():
                found.append(f"panel without words: {one.words()}")
        if one.name == "div" and "page" in one.css and not one.words():
            found.append("page without words")
    return found


def crawl(client: Client, start: list[str]) -> dict[str, tuple[int, str]]:
    """Status and markup of each address and of the parts that its page loads by itself."""
    seen: dict[str, tuple[int, str]] = {}
    waiting = [(url, False) for url in start]
    while waiting:
        url, is_part = waiting.pop(0)
        if url in seen:
            continue
        answer = client.get(url, headers={"HX-Request": "true"} if is_part else {})
        markup = answer.content.decode() if "html" in answer.headers.get("Content-Type", "") else ""
        seen[url] = (answer.status_code, markup)
        elements = Page(markup).root.every() if answer.status_code == OK else []
        loading = [one for one in elements if "load" in re.split(r"[\s,]+", one.attributes.get("hx-trigger", ""))]
        waiting += [(one.attributes["hx-get"], True) for one in loading]
    return seen


def pages() -> list[str]:
    """Every address that needs no number and is no file and no record of the API."""
    found = []
    for name, route in sorted(POLICY.items()):
        if route.get is not None and ":" in name and not re.search(r"export|live", name):
            try:
                found.append(reverse(name))
            except NoReverseMatch:
                continue
    return found


def check(role: str, addresses: list[str]) -> int:
    """Visit ``addresses`` as somebody with ``role``: what may be seen says something; how many may be."""
    client = Client()
    client.force_login(user(role))
    found = crawl(client, addresses)
    failed = {url: status for url, (status, _markup) in found.items() if status not in {OK, 302, 403, 404}}
    assert not failed
    shown = {url: markup for url, (status, markup) in found.items() if status == OK and markup}
    said = {url: silent(Page(markup)) for url, markup in shown.items()}
    assert not {url: problems for url, problems in said.items() if problems}
    for url, markup in shown.items():
        if 'class="frame"' not in markup or 'aria-labelledby="h-guide"' in markup or url == GUIDE:
            continue
        assert "No customer has arrived yet." in markup, url
        leads = f'class="link push" href="{GUIDE}"' in markup
        assert leads is (role == Role.ADMIN), url
    return len(shown)


@pytest.fixture
def empty() -> None:
    organisation(frozen_today=None)
    shipped.install(clock.today())


@pytest.mark.usefixtures("empty")
def test_no_page_of_an_empty_installation_is_silent():
    """Each page once, by the roles in turn."""
    every = pages()
    assert len(every) > 40
    roles = list(Role.values)
    assert sum(check(role, every[n :: len(roles)]) for n, role in enumerate(roles)) > 20


@pytest.mark.long
@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("role", Role.values)
def test_no_page_is_silent_for_any_role(role: str):
    assert check(role, pages()) > 20


@pytest.mark.usefixtures("empty")
def test_a_first_customer_ends_the_word_and_its_page_says_what_fills_each_part(client: Client):
    client.force_login(user("admin"))
    one = customer()
    found = crawl(client, [reverse("accounts:customer", args=[one.pk])])
    assert {status for status, _markup in found.values()} == {OK}
    assert not [problem for _status, markup in found.values() for problem in silent(Page(markup))]
    assert "No customer has arrived yet." not in next(iter(found.values()))[1]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<table><tbody></tbody></table>", 1),
        ("<table><tbody><tr><td>1</td></tr></tbody></table>", 0),
        ("<ul></ul><ol><!-- nobody --></ol>", 2),
        ('<section class="panel"><header><h2>Use</h2></header></section>', 1),
        ('<section class="panel"><header><h2>Use</h2></header><p>None yet.</p></section>', 0),
        ('<section class="panel" hx-get="/x/"></section>', 0),
        ('<div class="page"><p hidden>later</p></div>', 1),
    ],
)
def test_silence_is_heard(markup: str, found: int):
    assert len(silent(Page(markup))) == found
