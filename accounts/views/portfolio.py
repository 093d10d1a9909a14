"""The portfolio: the list of customers; the address contains its whole state."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import access, asof, book, exporting, rates
from accounts.lists import Asked, read
from accounts.lists.page import address, context
from accounts.models import User
from accounts.request import SignedIn
from accounts.views.listed import CUSTOMERS
from config.history.departures import left
from config.ui.context import frame_of

VIEWS: Final = (
    ("", gettext_lazy("All")),
    ("owner=me", gettext_lazy("Mine")),
    ("renews_within=90&band=red&band=yellow&sort=renews", gettext_lazy("Renewing, at risk")),
    ("quiet=30&sort=touch", gettext_lazy("Quiet for 30 days")),
    ("band=none&sort=name", gettext_lazy("No score yet")),
)


@require_GET
@vary_on_headers("HX-Request")
def portfolio(request: SignedIn) -> HttpResponse:
    """The page, or to htmx its rows alone; parts of the address that cannot be read are reported above them."""
    today = frame_of(request).today
    listing = read(CUSTOMERS, request.user, request.GET, today)
    url = reverse("accounts:portfolio")
    page_context = context(request, listing) | {
        "as_of": listing.as_of,
        "shown_at": frame_of(request).standing[1] or dt.datetime.combine(today, dt.time(), dt.UTC),
        "now": address(url, replace(listing, as_of=None)),
        "views": _views(request, listing),
        "before_rows": "accounts/_before_rows.html",
        "empty_list": "accounts/_empty.html",
        "totals_url": f"{reverse('accounts:totals')}?{listing.query}",
        "may_add": access.writes(request.user),
        "may_hand_over": access.manages(request.user) and not listing.as_of,
        "count_also": "settle",
    }
    return render(request, "lists/_list.html" if request.htmx else "accounts/portfolio.html", page_context)


@require_GET
def totals(request: SignedIn) -> HttpResponse:
    """The sums under the list, over every page of it."""
    listing = read(CUSTOMERS, request.user, request.GET, frame_of(request).today)
    source, day = _source(listing)
    sums = source.totals(source.matching(request.user, listing.condition, day), day)
    return render(request, "accounts/_totals.html", {"totals": sums, "rateless": rates.missing()})


@require_GET
def export(request: SignedIn) -> HttpResponse | StreamingHttpResponse:
    """The filtered list as CSV, streamed; cells that a spreadsheet would run are disarmed."""
    listing = read(CUSTOMERS, request.user, request.GET, frame_of(request).today)
    if listing.problems:
        raise BadRequest(" ".join(listing.problems))
    source, day = _source(listing)
    customers = source.matching(request.user, listing.condition, day)
    left("portfolio", rows=customers.count(), asked=request.GET.urlencode())
    return exporting.file(f"customers-{day}", book.EXPORTED, source.exported(customers))


def _source(listing: Asked) -> tuple[Any, dt.date]:
    """The module that reads the values of the requested day, and that day."""
    return (asof, listing.as_of) if listing.as_of else (book, listing.day)


def _views(request: SignedIn, listing: Asked) -> list[tuple[str, Any, bool]]:
    day = frame_of(request).today
    return [(query, label, _query_of(query, day) == listing.query) for query, label in VIEWS]


@lru_cache(maxsize=20)
def _query_of(query: str, day: dt.date) -> str:
    """A view of ours as the list itself writes it, which is the same for everybody."""
    return read(CUSTOMERS, User(), QueryDict(query), day).query
