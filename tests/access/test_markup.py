"""What people type is shown as they typed it, and no page holds anything that the CSP would have to stop."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import cycle, product
from urllib.parse import urlsplit
from zlib import crc32

import pytest

from tests.access import site
from tests.access import world as worlds
from tests.access.policy import POLICY

# Each opens an element or an attribute called "xss" where it is not escaped.
PAYLOADS = (
    "<script xss>alert(1)</script>",
    "</script><script xss>alert(1)</script>",
    "<img xss src=x onerror=alert(1)>",
    "<svg xss onload=alert(1)>",
    "</title><b xss>",
    "</textarea><b xss>",
    "</style><b xss>",
    "</option></select><b xss>",
    "--><b xss>",
    "]]><b xss>",
    '"><b xss>',
    "'><b xss>",
    '" xss="" autofocus onfocus="alert(1)',
    "' xss='' onmouseover='alert(1)",
    "` xss=`` onclick=`alert(1)",
    "<a xss href=javascript:alert(1)>x</a>",
    "<iframe xss srcdoc='&lt;script&gt;alert(1)'>",
    "<math><mi xss//xlink:href='data:x,<b xss>'>",
    "{{ 7|add:7 }}<b xss>{% debug %}",
    "&lt;b xss&gt;<b xss>%3Cb xss%3E",
    "\u2028<b/xss>\u2029",
    "<form xss hx-get=/ hx-trigger=load>",
)
SHORTEST = "\"'><b xss>"  # every character that matters, for the shortest fields
WHOLE, FRAGMENT = {}, {"HX-Request": "true"}
LINKS = {"href", "src", "action", "formaction", "poster", "srcset", "data", "xlink:href", "hx-get", "hx-post"}


SHORT = 200  # of names, titles, products, tags


class Typed:
    """The text of each field of a record: ``SHORTEST``, then the payloads, as many as fit, each field's from another one on.

    ``short``: those that stand in fields that hold but a few.
    """

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.fields: set[str] = set()
        self.short: set[str] = set()

    def __call__(self, field: str, longest: int = 200) -> str:
        self.fields.add(field)
        turn = (self.turn + crc32(field.encode())) % len(PAYLOADS)
        text = SHORTEST
        for payload in PAYLOADS[turn:] + PAYLOADS[:turn]:
            if len(text) + len(payload) <= longest:
                text += payload
                self.short |= {payload} if longest <= SHORT else set()
        return text


class Page(HTMLParser):
    """Every fault of a page: executable markup, styles in attributes, hosts that are not ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append("inline script")
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.faults.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or "xss" in name:
                self.faults.append(f"<{tag} {name}={value!r}>")
            if name in LINKS and not _ours(value or ""):
                self.faults.append(f"<{tag} {name}={value!r}>")


def _ours(link: str) -> bool:
    parts = urlsplit(link.strip())
    return not parts.netloc and parts.scheme in {"", "mailto"}


def faults(body: str) -> list[str]:
    page = Page()
    page.feed(body)
    page.close()
    return page.faults


def test_the_reader_of_pages_finds_every_payload():
    for payload in PAYLOADS:
        inside = f'<p title="{payload}">{payload}</p><textarea>{payload}</textarea>' + f"<p title='{payload}'>"
        assert faults(inside) or "`" in payload, payload


def pages(world):
    """Addresses of every page and form, and of fragments of the record."""
    for name, route in POLICY.items():
        if route.get and route.get.answer == 200 and name != "accounts:export":
            yield site.address(name, world)
    yield from beside(world)


def beside(world):
    """Addresses that ask a page for something, or for another of its records."""
    for query in ("show=held", "state=done", "state=snoozed", "q=xss", "column=upcoming&after=2026-01-01~1"):
        path = {"show": "/qbrs/", "stat": "/tasks/", "q=xs": "/search/", "colu": "/renewals/"}[query[:4]]
        yield f"{path}?{query}"
    yield f"/customers/{world.book.customer.pk}/health/nps/"
    yield f"/customers/{world.book.customer.pk}/health/tickets_balance/"
    yield f"/renewals/{world.book.decided.pk}/"
    yield f"/renewals/{world.book.closed.pk}/"
    yield f"/qbrs/{world.book.held.pk}/"


def wrong(answer):
    """Every fault of an answer, that a browser could take it for a page among them."""
    if answer["Content-Type"].startswith("text/html"):
        return faults(answer.text)
    is_safe = answer["X-Content-Type-Options"] == "nosniff" and "html" not in answer["Content-Type"]
    return [] if is_safe else ["a browser could take it for a page"]


def bad(client, urls, headers):
    """What is wrong with what stands at the addresses, asked with each of the headers in turn."""
    asked = zip(urls, cycle(headers), strict=False)
    return {url: found for url, header in asked if (found := wrong(client.get(url, headers=header)))}


@pytest.mark.parametrize("who", ["viewer", "anonymous"])
def test_no_page_holds_scripts_styles_or_other_hosts(world, who):
    """The pages of the routes, those of signing in too, are read in test_matrix, so that each is drawn once."""
    assert bad(site.browser(world, who), beside(world), [WHOLE]) == {}


LONG = [
    pytest.param(turn, (headers,), marks=pytest.mark.long)
    for turn, headers in product((0, 5, 10, 14, 18), (WHOLE, FRAGMENT))
]


@pytest.mark.parametrize(("turn", "headers"), [(0, (WHOLE, FRAGMENT)), *LONG])
def test_what_people_type_is_never_markup(world, turn, headers):
    """One record whose every text is made of payloads, on every page: all of them in its short texts, though each holds but a few.

    `make faults` lets every field hold others in turn. The suite asks for every other page as a fragment, `make faults` for each in both ways.
    """
    typed = Typed(turn)
    company(world, typed)
    hostile = type(world)(**vars(world))
    hostile.book = worlds.fill(world, world.owner, typed)
    assert len(typed.fields) >= 30
    assert typed.short == set(PAYLOADS)
    assert bad(site.browser(world, "admin"), pages(hostile), headers) == {}


def company(world, say):
    """Names of people, segments and playbooks too."""
    for one, field, longest in (
        (world.owner, "name", 150), (world.segment, "name", 80), (world.play, "name", 120), (world.wide, "name", 120),
        (world.play, "description", 4000), (world.wide, "description", 4000),
    ):  # fmt: skip
        type(one).objects.filter(pk=one.pk).update(**{field: say(f"{one._meta.label} {field}", longest)})
    for play in (world.play, world.wide):
        for step in play.published.steps.all():
            step.values |= {"title": say("step"), "note": say("how", 4000)}
            step.save(update_fields=["values"])
