"""My day: the ranked short list, what is new, what the week holds."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import access
from accounts.models import Organisation
from accounts.request import SignedIn
from config.ui.context import frame_of
from playbooks import news, shortlist
from playbooks.views import lines
from playbooks.views.answers import start_of_today
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
    customers = shortlist.customers(request.user, scope)
    context = _list(request, kind, scope) | {
        "news": news.since_yesterday(customers, today),
        "week": news.week_ahead(customers, today),
    }
    if scope == shortlist.scopes(request.user)[0]:
        context["rail_counts"] = {"day": context["counts"].all}
    name = "playbooks/_day.html" if request.htmx else "playbooks/day.html"
    return render(request, name, context)


def _asked(request: SignedIn) -> tuple[str, str]:
    allowed = shortlist.scopes(request.user)
    kind, scope = request.GET.get("kind", ""), request.GET.get("scope") or allowed[0]
    if kind not in KINDS or scope not in allowed:
        raise BadRequest(_("A filter in the address cannot be read."))
    return kind, scope


def _list(request: SignedIn, kind: str, scope: str) -> dict[str, Any]:
    today = frame_of(request).today
    found = shortlist.today(request.user, scope, today, kind=kind)
    done = shortlist.finished(request.user, scope, start_of_today())
    return {
        "blocks": [(block, lines.shown(block, today), lines.motion(block)) for block in found.blocks],
        "more": found.more,
        "done": done,
        "counts": found.counts,
        "total": found.counts.all + len(done),
        "touched": sum({one.customer.pk: one.stake or 0 for one in done}.values()),
        "kind": kind,
        "kinds": [(key, words, found.counts.of_kind(key)) for key, words in KINDS.items()],
        "scope": scope,
        "scopes": [(key, SCOPES[key]) for key in shortlist.scopes(request.user)],
        "day": today,
        "currency": Organisation.objects.values_list("currency", flat=True).first() or "USD",
        "may_change": access.writes(request.user),
        "covered": access.covered(request.user),
    }
