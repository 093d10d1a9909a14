"""The poll of an open page for new scores, while somebody looks at it.

Without news the answer has no body (204) and changes nothing on the page.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import trigger_client_event

from accounts.models import Customer
from accounts.request import SignedIn
from config import clock
from health.scoring import freshness
from health.scoring.columns import with_health

NOTHING_NEW: Final = 204


@require_GET
def customer(request: SignedIn, pk: int) -> HttpResponse:
    """The mark of the customer's health; when it differs from ``?seen=``, an event makes the panels refetch."""
    customer = get_object_or_404(with_health(Customer.objects.visible_to(request.user), clock.today()), pk=pk)
    mark, seen_mark = freshness.mark(customer), request.GET.get("seen", "")
    if mark == seen_mark:
        return HttpResponse(status=NOTHING_NEW)
    answer = render(request, "health/_live.html", {"customer": customer, "mark": mark, "news": bool(seen_mark)})
    return trigger_client_event(answer, "health:changed") if seen_mark else answer


@require_GET
def portfolio(request: SignedIn) -> HttpResponse:
    """How many customers got another score since ``?since=``, with a link that shows them; never moves a row."""
    since = _instant(request.GET.get("since", ""))
    n = freshness.rescored_since(Customer.objects.visible_to(request.user), since)
    if not n:
        return HttpResponse(status=NOTHING_NEW)
    page = request.htmx.current_url_abs_path or "/customers/"
    return render(request, "health/_news.html", {"n": n, "since": since.isoformat(), "page": page})


def _instant(text: str) -> dt.datetime:
    try:
        instant = parse_datetime(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise BadRequest(_("“since” is not an instant."))
    return instant
