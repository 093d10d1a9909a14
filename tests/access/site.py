"""The site as the tests go over it: every route, and a browser for each kind of person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from tests.access.policy import POLICY, Route

NOT_THERE: Final = 987_654_321
TOKEN: Final = re.compile(
    r'(?:csrfmiddlewaretoken|form_key|shown)" value="[^"]+"|"X-CSRFToken": "[^"]+"|X-CSRFToken&quot;: &quot;\w+'
)


def names() -> set[str]:
    """Every name the resolver knows; a route without one stands there by its pattern."""
    return set(_names(get_resolver().url_patterns))


def _names(patterns: list[Any], space: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from _names(one.url_patterns, inner)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name or one.pattern}"


def address(name: str, world: SimpleNamespace, *, missing: bool = False) -> str:
    """Where the route stands for the record under test; ``missing``: for numbers that nobody has."""
    route = POLICY[name]
    args = tuple(NOT_THERE if missing and isinstance(arg, int) else arg for arg in route.args(world))
    query = route.query(world) if callable(route.query) else route.query
    return reverse(name, args=args) + (f"?{query}" if query else "")


def browser(world: SimpleNamespace, who: str, **options: Any) -> Client:
    """A browser of that person: signed in, and for the one who is gone, signed in before."""
    client = Client(**options)
    if who != "anonymous":
        client.force_login(getattr(world, who))
    if who == "gone":
        User.objects.filter(pk=world.gone.pk).update(is_active=False)
    return client


def send(client: Client, method: str, name: str, world: SimpleNamespace, **options: Any) -> HttpResponse:
    """The answer of a route to one method, with its body where it takes one."""
    url = address(name, world, missing=options.pop("missing", False))
    if method == "GET":
        return client.get(url, **options)
    body = options.pop("body", None) or body_of(POLICY[name], world, client)
    kind = {"content_type": "application/json"} if is_api(url) else {}
    return client.generic(method, url, **options) if method != "POST" else client.post(url, body, **kind, **options)


def body_of(route: Route, world: SimpleNamespace, client: Client) -> dict[str, Any]:
    """What ``route`` is sent; ``me`` stands for whoever is signed in."""
    me = client.session.get("_auth_user_id", "") if "session" in client.cookies else ""
    return {field: me if value == "me" else value for field, value in route.body(world).items()}


def is_api(url: str) -> bool:
    return url.startswith("/api/")


def text(answer: HttpResponse) -> str:
    """The body without what differs from request to request."""
    body = b"".join(answer) if answer.streaming else answer.content
    return TOKEN.sub("", body.decode())
