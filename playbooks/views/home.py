"""The home page of viewers: the state of the business. Every figure comes from the function of the page it links to."""

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
    """ARR, renewals, the quarter's forecast and retention so far, bands, open cases, news. Fixed statements."""
    user, day = request.user, frame_of(request).today
    portfolio = book.filtered(user, book.Filters(), day)
    quarter = periods.present(day)
    summary = forecast.summary(Customer.objects.visible_to(user), quarter.first, quarter.until, day)
    context = {
        "day": day,
        "totals": book.totals(portfolio, day),
        "quarter": quarter,
        "forecast": summary,
        "closed": summary.available - summary.sums.open,
        "kept_share": kept_share(summary),
        "cases": lists.counts(lists.of_scope(user, SCOPE), day),
        "bands": by_band(user, day),
        "news": news.since_yesterday(user, SCOPE, day),
        "leaving": news.leaving(user, SCOPE, day)[:SHOWN],
        "risks": overview.risks(user, day),
    }
    return render(request, "playbooks/home.html", context)


def kept_share(summary: Summary) -> Any:
    """The kept fraction of the ARR of closed terms: the quarter's gross retention so far; None before any closed."""
    closed = summary.available - summary.sums.open
    return summary.sums.kept / closed if closed else None


def by_band(user: User, day: dt.date) -> list[dict[str, Any]]:
    """Number and ARR of the portfolio's customers by band ("" without a score). One statement."""
    rows = book.filtered(user, book.Filters(), day).order_by().values("band")
    sums = {row["band"]: row for row in rows.annotate(n=Count("pk"), total=Sum("arr"), untold=revenue.untold())}
    nothing: dict[str, Any] = {"n": 0, "total": None, "untold": 0}
    labels = dict(Band.choices)
    return [nothing | sums.get(band, {}) | {"band": band, "words": labels.get(band, "")} for band in BANDS]
