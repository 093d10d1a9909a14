"""A manager's overview beside the team's load: the forecast, open decisions, risks and touch coverage.

Shared by edges, above all domains, as ``accounts.book`` is. Every figure comes from where another page takes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import access, book, covering, leaving, revenue
from accounts.models import Band, Customer, User
from health.cases import lists
from health.models import Override, Scorecard
from health.standing import coverage
from renewals import forecast, periods
from renewals.models import Renewal

SHOWN: Final = 5
# The overview lists overrides that stop within so many days.
STOPS_WITHIN: Final = 14
DEAREST: Final = F("arr").desc(nulls_last=True)


@dataclass(frozen=True)
class Waiting:
    """A kind of open decision: its number and the address of its list."""

    words: str | Promise
    number: int
    url: str


@dataclass(frozen=True)
class Risks:
    """Current customers in the red band: the dearest of them, how many there are, their ARR but for ``untold`` of them."""

    rows: Sequence[Any]
    customers: int
    arr: Decimal
    untold: int


@dataclass(frozen=True)
class Overview:
    """``decisions`` are the dearest renewals on which CSM and model differ, ``deciding`` how many there are; ``stopping`` the scores
    set by hand that stop soon.
    """

    quarter: periods.Quarter
    forecast: forecast.Summary
    decisions: Sequence[Renewal]
    deciding: int
    waiting: Sequence[Waiting]
    stopping: Sequence[Override]
    risks: Risks
    bands: Sequence[coverage.Touched]
    covered: coverage.Touched


def of(user: User, day: dt.date) -> Overview:
    """The overview of ``user``, a manager or an admin, on ``day``. The number of statements does not depend on rows."""
    customers = Customer.objects.visible_to(user)
    quarter = periods.present(day)
    undecided = forecast.needs_decision(Renewal.objects.visible_to(user), day)
    bands = coverage.by_band(customers, day)
    return Overview(
        quarter,
        forecast.summary(customers, quarter.first, quarter.until, day),
        list(undecided.select_related("customer__owner").order_by(DEAREST, "pk")[:SHOWN]),
        undecided.count(),
        [item for item in _waiting(user, day) if item.number],
        list(_stopping(user, day)[:SHOWN]),
        risks(user, day),
        bands,
        coverage.together(bands),
    )


def risks(user: User, day: dt.date) -> Risks:
    """The customers in the red band, as the portfolio lists them."""
    filters = book.Filters(band=(Band.RED,))
    red = book.filtered(user, filters, day)
    sums = red.order_by().aggregate(n=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=revenue.untold())
    rows = list(red.annotate(owner_name=F("owner__name")).order_by(DEAREST, "pk")[:SHOWN])
    return Risks(rows, sums["n"], sums["total"], sums["untold"])


def _stopping(user: User, day: dt.date) -> QuerySet[Override]:
    """Scores set by hand that stop within ``STOPS_WITHIN`` days, the first to stop first."""
    overrides = Override.objects.holding(day).filter(customer__in=Customer.objects.visible_to(user))
    soon = overrides.filter(until_day__lte=day + dt.timedelta(days=STOPS_WITHIN), withdrawn_on=None)
    return soon.select_related("customer", "author").order_by("until_day", "pk")


def _waiting(user: User, day: dt.date) -> list[Waiting]:
    """Other kinds of open decisions. A statement each."""
    portfolio = reverse("accounts:portfolio")
    widest = access.scopes(user)[0]
    passed = lists.in_state(lists.of_scope(user, widest), "passed", day)
    unowned = Customer.objects.visible_to(user).current().filter(owner=None)
    items = [
        Waiting(_("Customers without an owner"), unowned.count(), f"{portfolio}?owner=nobody"),
        Waiting(_("Absences without a cover"), covering.uncovered(user, day).count(), reverse("accounts:covers")),
        Waiting(_("Contracts to settle"), leaving.settle_count(user, day), reverse("accounts:to_settle")),
        Waiting(
            _("Cases that have passed: close them?"),
            passed.count(),
            f"{reverse('health:cases')}?state=passed&scope={widest}",
        ),
    ]
    if access.configures(user):
        drafts = Scorecard.objects.filter(is_draft=True).count()
        items.append(Waiting(_("Drafts of scorecards"), drafts, reverse("health:scorecards")))
    return items
