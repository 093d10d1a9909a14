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
from accounts.request import SignedIn
from config import clock
from config.guide import steps
from config.ui.context import frame_of
from config.web import address
from playbooks import news, shortlist
from playbooks.views import day_rows
from playbooks.views.tasks import SCOPES

KINDS: Final = {
    "": gettext_lazy("All"),
    "case": gettext_lazy("Cases due"),
    "renewal": gettext_lazy("Renewals to act on"),
    "task": gettext_lazy("Tasks due"),
}


@require_GET
@vary_on_headers("HX-Request")
def day(request: SignedIn) -> HttpResponse:
    """The whole page or, to htmx, what is below its head. The same number of statements whatever is open."""
    today = frame_of(request).today
    kind, scope = _asked(request)
    context = _list(request, kind, scope) | {
        "news": news.since_yesterday(request.user, scope, today),
        "week": news.week_ahead(request.user, scope, today),
        "leaving": news.leaving(request.user, scope, today),
    }
    if scope == shortlist.scopes(request.user)[0]:
        context |= {"count_also": "settle", "own": True}
    if not request.htmx:
        context["guide"] = context["says_itself"] = steps.due(request.user)
    name = "playbooks/_day.html" if request.htmx else "playbooks/day.html"
    return render(request, name, context)


def _asked(request: SignedIn) -> tuple[str, str]:
    allowed = shortlist.scopes(request.user)
    return address.choice(request, "kind", KINDS), address.choice(request, "scope", allowed, allowed[0])


def _list(request: SignedIn, kind: str, scope: str) -> dict[str, Any]:
    today, _swept_at, zone, _published = frame_of(request).standing
    found = shortlist.today(request.user, scope, today, kind=kind)
    done = shortlist.finished(request.user, scope, clock.midnight(zone))
    token = get_token(request) if access.writes(request.user) else ""
    page = day_rows.Page(today, found.currency, scope, access.covered(request.user), token)
    touched = {one.customer.pk: one.stake for one in done}
    return {
        "blocks": found.blocks,
        "lines": partial(day_rows.drawn, found.blocks, page),
        "more": found.more,
        "done": done,
        "counts": found.counts,
        "total": found.counts.all + len(done),
        "touched": sum(stake for stake in touched.values() if stake is not None),
        "touched_untold": sum(stake is None for stake in touched.values()),
        "kind": kind,
        "kinds": [(key, words, found.counts.of_kind(key)) for key, words in KINDS.items()],
        "scope": scope,
        "scopes": [(key, SCOPES[key]) for key in shortlist.scopes(request.user)],
        "day": today,
        "currency": found.currency,
        "may_change": bool(page.token),
    }
