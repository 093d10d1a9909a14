"""My day: the ranked short list, the news, the week ahead and the leaving customers."""

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
from accounts.imports import silences
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
    """The whole page; an htmx request gets the part below the head and the figures in the head. Fixed statements.

    A viewer gets the home page instead, and the list with ``?scope=all``.
    """
    if request.user.role == Role.VIEWER and not request.GET and not request.htmx:
        return home(request)
    kind, scope = _asked(request)
    context = _list(request, kind, scope)
    if scope == access.scopes(request.user)[0]:
        context |= {"count_also": "settle", "own": True}
    if not request.htmx:
        context["silences"] = silences.open_for(request.user, context["day"])
        context["guide"] = context["says_itself"] = steps.due(request.user)
    template = "playbooks/_day_anew.html" if request.htmx else "playbooks/day.html"
    return render(request, template, context)


@require_GET
def arrived(request: SignedIn) -> HttpResponse:
    """How many lines are new since the page was drawn (``seen``: its keys); the reader loads them on demand."""
    kind, scope = _asked(request)
    _counts, _currency, places = ranking.ranked(request.user, scope, frame_of(request).today, kind)
    seen = request.GET.get("seen", "")[:MOST_SEEN]
    new = len({ranking.key(place) for place in places} - set(seen.split(".")))
    return render(request, "playbooks/_arrived.html", {"new": new, "kind": kind, "scope": scope, "seen": seen})


def _asked(request: SignedIn) -> tuple[str, str]:
    allowed = access.scopes(request.user)
    return address.choice(request, "kind", KINDS), address.choice(request, "scope", allowed, allowed[0])


def _list(request: SignedIn, kind: str, scope: str) -> dict[str, Any]:
    today, _swept_at, zone, _published = frame_of(request).standing
    done = shortlist.finished(request.user, scope, clock.midnight(zone), today)
    day_list = shortlist.today(request.user, scope, today, kind=kind, touched=done.customers)
    token = get_token(request) if access.writes(request.user) else ""
    page = day_rows.Page(today, day_list.currency, scope, access.covered(request.user), token)
    return {
        "blocks": day_list.blocks,
        "lines": partial(day_rows.drawn, day_list.blocks, page),
        "seen": ".".join(line.key for line in day_list.lines),
        "more": day_list.more,
        "done": done,
        "done_lines": partial(done_rows.drawn, done.acts, page, request.user.pk),
        "counts": day_list.counts,
        "total": day_list.counts.all + done.number,
        "news": news.since_yesterday(request.user, scope, today),
        "week": news.week_ahead(request.user, scope, today),
        "leaving": news.leaving(request.user, scope, today),
        "kind": kind,
        "kinds": [(key, label, day_list.counts.of_kind(key)) for key, label in KINDS.items()],
        "scope": scope,
        "scopes": [(key, SCOPES[key]) for key in access.scopes(request.user)],
        "day": today,
        "currency": day_list.currency,
        "may_change": bool(page.token),
    }
