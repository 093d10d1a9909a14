"""Touch coverage: by health band, by segment, and by length of contract (field guide 36, 44, 45, 47, 48).

A touch counts when it went both ways (``accounts.models.Touchpoint``). The limit is ``UNTOUCHED_DAYS`` for everybody;
the cadence is the segment's own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from accounts.cadence import due_after
from accounts.models import UNTOUCHED_DAYS, Contract, Touchpoint
from accounts.models.customers import CustomerQuerySet
from accounts.revenue import untold

LONG_MONTHS: Final = 12


@dataclass(frozen=True)
class Touched:
    """A group of customers: how many, how many touched within the limit and within their segment's cadence, how many
    never, and the ARR of those beyond the limit (unknown for ``beyond_untold`` of them), of all, and of those in their
    cadence.
    """

    key: Any
    customers: int
    within: int
    in_cadence: int
    never: int
    beyond_arr: Decimal
    beyond_untold: int
    arr: Decimal
    in_cadence_arr: Decimal

    @property
    def share(self) -> float | None:
        """Touched within the limit, 0 to 1."""
        return self.within / self.customers if self.customers else None

    @property
    def cadence_share(self) -> float | None:
        """The coverage: touched within the segment's cadence, 0 to 1."""
        return self.in_cadence / self.customers if self.customers else None

    @property
    def arr_share(self) -> Decimal | None:
        """The coverage of the ARR, as far as it is known, 0 to 1."""
        return self.in_cadence_arr / self.arr if self.arr else None

    @property
    def beyond(self) -> int:
        return self.customers - self.within


NOBODY: Final = Touched(None, 0, 0, 0, 0, Decimal(0), 0, Decimal(0), Decimal(0))


def with_touch(customers: CustomerQuerySet, day: dt.date) -> CustomerQuerySet:
    """Add ``touched_on``, the newest two-way touch up to ``day``, None where there never was one: one look-up a row."""
    touches = Touchpoint.objects.two_way().filter(customer=OuterRef("pk"), happened_on__lte=day)
    newest = touches.order_by("-happened_on", "-pk")
    return customers.annotate(touched_on=Subquery(newest.values("happened_on")[:1]))


def untouched(customers: CustomerQuerySet, day: dt.date) -> CustomerQuerySet:
    """Those of the current ``customers`` without a two-way touch in the last ``UNTOUCHED_DAYS``, with ``touched_on``."""
    since = day - dt.timedelta(days=UNTOUCHED_DAYS)
    quiet = Q(touched_on__isnull=True) | Q(touched_on__lte=since)
    return with_touch(customers.current(), day).filter(quiet)


def with_length(customers: CustomerQuerySet, day: dt.date) -> CustomerQuerySet:
    """Add ``multi_year``: whether a paid contract that runs is longer than a year."""
    long = Contract.objects.running_on(day).paid().filter(customer=OuterRef("pk"), term_months__gt=LONG_MONTHS)
    return customers.annotate(multi_year=Exists(long))


def by_band(customers: CustomerQuerySet, day: dt.date) -> list[Touched]:
    """A line for each health band ("" for no score). One statement."""
    return _lines(customers, day, "band")


def by_segment(customers: CustomerQuerySet, day: dt.date) -> list[Touched]:
    """A line for each segment by position, its name as key (None: no segment). One statement."""
    return _lines(customers, day, "segment__name", order="segment__position")


def by_owner(customers: CustomerQuerySet, day: dt.date) -> list[Touched]:
    """A line for each owner, its number as key (None: nobody). One statement."""
    return _lines(customers, day, "owner")


def together(lines: Iterable[Touched]) -> Touched:
    """The sum of several groups."""
    rows = [dataclasses.astuple(line)[1:] for line in lines]
    return Touched(None, *(sum(column) for column in zip(*rows, strict=True))) if rows else NOBODY


def by_length(customers: CustomerQuerySet, day: dt.date) -> list[Touched]:
    """A line for contracts of up to a year and one for longer ones: lock-in must earn nobody less care. One statement."""
    return _lines(with_length(customers, day), day, "multi_year")


def _lines(customers: CustomerQuerySet, day: dt.date, key: str, order: str = "") -> list[Touched]:
    within = Q(touched_on__gt=day - dt.timedelta(days=UNTOUCHED_DAYS))
    beyond = ~within | Q(touched_on__isnull=True)
    in_cadence = Q(touch_due_on__gte=day)
    rows = (
        with_touch(customers.current(), day)
        .annotate(touch_due_on=due_after(F("touched_on")))
        .order_by()
        .values(*([order] if order else []), key)
        .annotate(
            number=Count("pk"),
            within=Count("pk", filter=within),
            in_cadence=Count("pk", filter=in_cadence),
            never=Count("pk", filter=Q(touched_on__isnull=True)),
            beyond_arr=Coalesce(Sum("arr", filter=beyond), Decimal(0)),
            beyond_untold=untold(beyond),
            all_arr=Coalesce(Sum("arr"), Decimal(0)),
            in_cadence_arr=Coalesce(Sum("arr", filter=in_cadence), Decimal(0)),
        )
        .order_by(order or key)
        .values_list(
            key, "number", "within", "in_cadence", "never", "beyond_arr", "beyond_untold", "all_arr", "in_cadence_arr"
        )
    )
    return [Touched(*row) for row in rows]
