"""The home of those who only read: how do we stand? Every figure comes from the function behind the page it opens."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render

from accounts import book, overview, revenue
from accounts.models import Band, Customer, User
from accounts.request import SignedIn
from config.ui.context import frame_of
from health.cases import lists
from playbooks import news
from renewals import forecast, periods
from renewals.forecast import Summary

SCOPE: Final = "all"
SHOWN: Final = 5
BANDS: Final = (*Band.values, "")


def home(request: SignedIn) -> HttpResponse:
    """ARR, what renews, the quarter's forecast and what is kept so far, health by band, open cases, moves. Fixed statements."""
    user, day = request.user, frame_of(request).today
    portfolio = book.filtered(user, book.Filters(), day)
    quarter = periods.present(day)
    found = forecast.summary(Customer.objects.visible_to(user), quarter.first, quarter.until, day)
    context = {
        "day": day,
        "totals": book.totals(portfolio, day),
        "quarter": quarter,
        "forecast": found,
        "closed": found.available - found.sums.open,
        "kept_share": kept_share(found),
        "cases": lists.counts(lists.of_scope(user, SCOPE), day),
        "bands": by_band(user, day),
        "news": news.since_yesterday(user, SCOPE, day),
        "leaving": news.leaving(user, SCOPE, day)[:SHOWN],
        "risks": overview.risks(user, day),
    }
    return render(request, "playbooks/home.html", context)


def kept_share(found: Summary) -> Any:
    """Of the ARR of terms that have closed, what was kept: gross retention of the quarter so far; None before any closed."""
    closed = found.available - found.sums.open
    return found.sums.kept / closed if closed else None


def by_band(user: User, day: dt.date) -> list[dict[str, Any]]:
    """How many customers of the portfolio stand in each band ("" without a score), and their ARR. One statement."""
    rows = book.filtered(user, book.Filters(), day).order_by().values("band")
    sums = {row["band"]: row for row in rows.annotate(n=Count("pk"), total=Sum("arr"), untold=revenue.untold())}
    nothing: dict[str, Any] = {"n": 0, "total": None, "untold": 0}
    named = dict(Band.choices)
    return [nothing | sums.get(band, {}) | {"band": band, "words": named.get(band, "")} for band in BANDS]
