"""My day: the ranked short list, what is new, what the week holds and who leaves."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import access
from accounts.lists.page import SCOPES
from accounts.models import Role
from accounts.request import SignedIn
from config import clock
from config.guide import steps
from config.ui.context import frame_of
from config.web import address
from playbooks import news, shortlist
from playbooks.shortlist import ranking
from playbooks.views import day_rows, done_rows
from playbooks.views.home import home

KINDS: Final = {
    "": gettext_lazy("All"),
    "case": gettext_lazy("Cases due"),
    "renewal": gettext_lazy("Renewals to act on"),
    "task": gettext_lazy("Tasks due"),
    "touch": gettext_lazy("Touches and QBRs"),
}
MOST_SEEN: Final = 2_000


@require_GET
@vary_on_headers("HX-Request")
def day(request: SignedIn) -> HttpResponse:
    """The whole page or, to htmx, what is below its head and the figures in the head. The same number of statements whatever is open.

    Who only reads comes home to how things stand; the list is theirs by ``?scope=all``.
    """
    if request.user.role == Role.VIEWER and not request.GET and not request.htmx:
        return home(request)
    kind, scope = _asked(request)
    context = _list(request, kind, scope)
    if scope == shortlist.scopes(request.user)[0]:
        context |= {"count_also": "settle", "own": True}
    if not request.htmx:
        context["guide"] = context["says_itself"] = steps.due(request.user)
    name = "playbooks/_day_anew.html" if request.htmx else "playbooks/day.html"
    return render(request, name, context)


@require_GET
def arrived(request: SignedIn) -> HttpResponse:
    """How many lines stand on the list by now that the page (``seen``, their keys) does not show: offered, not pushed in."""
    kind, scope = _asked(request)
    _counts, _currency, places = ranking.ranked(request.user, scope, frame_of(request).today, kind)
    seen = request.GET.get("seen", "")[:MOST_SEEN]
    new = len({ranking.key(place) for place in places} - set(seen.split(".")))
    return render(request, "playbooks/_arrived.html", {"new": new, "kind": kind, "scope": scope, "seen": seen})


def _asked(request: SignedIn) -> tuple[str, str]:
    allowed = shortlist.scopes(request.user)
    return address.choice(request, "kind", KINDS), address.choice(request, "scope", allowed, allowed[0])


def _list(request: SignedIn, kind: str, scope: str) -> dict[str, Any]:
    today, _swept_at, zone, _published = frame_of(request).standing
    listed = shortlist.today(request.user, scope, today, kind=kind)
    done = shortlist.finished(request.user, scope, clock.midnight(zone), today)
    token = get_token(request) if access.writes(request.user) else ""
    page = day_rows.Page(today, listed.currency, scope, access.covered(request.user), token)
    return {
        "blocks": listed.blocks,
        "lines": partial(day_rows.drawn, listed.blocks, page),
        "seen": ".".join(line.key for line in listed.lines),
        "more": listed.more,
        "done": done,
        "done_lines": partial(done_rows.drawn, done.acts, page, request.user.pk),
        "counts": listed.counts,
        "total": listed.counts.all + done.number,
        "news": news.since_yesterday(request.user, scope, today),
        "week": news.week_ahead(request.user, scope, today),
        "leaving": news.leaving(request.user, scope, today),
        "kind": kind,
        "kinds": [(key, words, listed.counts.of_kind(key)) for key, words in KINDS.items()],
        "scope": scope,
        "scopes": [(key, SCOPES[key]) for key in shortlist.scopes(request.user)],
        "day": today,
        "currency": listed.currency,
        "may_change": bool(page.token),
    }
