"""The pipeline board: renewals by stage, each with the progress and lateness of its prep."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from accounts.revenue import untold
from config import days
from config.text import row_number
from renewals import forecast, prep
from renewals.models import Leaving, Renewal, RenewalQuerySet, RenewalStage
from renewals.prep import Progress

CARDS: Final = 20
CLOSED_DAYS: Final = 30
PARTS: Final = 4
# When prep is late: half of it must be done 60 days before the end, all of it 30 days before the end or two weeks
# before the last day for notice.
HALF_BY: Final = 60
ALL_BY: Final = 30
NOTICE_BY: Final = 14
NOTHING: Final = (0, Decimal(0), 0)


@dataclass(frozen=True)
class Card:
    renewal: Renewal
    progress: Progress
    days_left: int
    notice_left: int | None
    wants_decision: bool

    @property
    def states(self) -> tuple[str, ...]:
        return self.progress.states

    @property
    def done(self) -> int:
        return self.progress.done

    @property
    def is_late(self) -> bool:
        if self.renewal.stage in {RenewalStage.UPCOMING, RenewalStage.CLOSED, RenewalStage.AGREED}:
            return False
        if self.renewal.leaving == Leaving.CONFIRMED:
            return False
        wanted = PARTS if self.days_left <= ALL_BY or self.notice_is_near else PARTS // 2
        return (self.days_left <= HALF_BY or self.notice_is_near) and self.done < wanted

    @property
    def notice_is_near(self) -> bool:
        return self.notice_left is not None and 0 <= self.notice_left <= NOTICE_BY

    @property
    def change(self) -> Decimal | None:
        """Gain or loss of ARR by the closing; None while open, and where either ARR is unknown."""
        before, after = self.renewal.arr, self.renewal.closed_arr
        return None if before is None or after is None else after - before


@dataclass(frozen=True)
class Column:
    """One stage: number and ARR of its renewals (the ARR of ``untold`` of them is unknown and not in the sum), and its
    first cards (or those after a key).
    """

    stage: str
    label: str
    renewals: int
    arr: Decimal
    untold: int
    cards: list[Card]
    after: str


def shown(renewals: RenewalQuerySet, day: dt.date) -> RenewalQuerySet:
    """The renewals on the board of that day: the open ones and those closed in the last 30 days."""
    return renewals.counted().filter(
        ~Q(stage=RenewalStage.CLOSED) | Q(closed_on__gt=day - dt.timedelta(days=CLOSED_DAYS), closed_on__lte=day)
    )


def in_work_count(user: User, day: dt.date) -> int:  # noqa: ARG001 (as every count of the rail is asked)
    """How many renewals visible to ``user`` are in work: prep has begun, the end is not confirmed. One statement."""
    return Renewal.objects.visible_to(user).to_come().exclude(stage=RenewalStage.UPCOMING).count()


def columns(renewals: RenewalQuerySet, day: dt.date) -> list[Column]:
    """Every stage with its totals and first 20 cards, soonest first. Four statements."""
    rows = shown(renewals, day)
    sums = (
        rows.order_by()
        .values_list("stage")
        .annotate(n=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=untold())
    )
    totals = {stage: (n, total, untold) for stage, n, total, untold in sums}
    place = Window(RowNumber(), partition_by=F("stage"), order_by=[F("due_on"), F("pk")])
    first = rows.annotate(place=place).filter(place__lte=CARDS + 1).order_by("due_on", "pk")
    cards = defaultdict(list)
    for card in with_prep(list(first.select_related("customer__owner", "contract")), day):
        cards[card.renewal.stage].append(card)
    return [
        _column(stage, str(label), cards[stage], totals.get(stage, NOTHING)) for stage, label in RenewalStage.choices
    ]


def more(renewals: RenewalQuerySet, stage: str, after: str, day: dt.date) -> Column:
    """The next 20 cards of one stage after a key (``due day~id``). Raises ValueError on a bad key."""
    due, _, pk = after.partition("~")
    due_on, number = days.read(due), row_number(pk)
    if number is None:
        raise ValueError(after)
    rows = (
        shown(renewals, day).filter(stage=stage).order_by("due_on", "pk").select_related("customer__owner", "contract")
    )
    following = rows.filter(Q(due_on__gt=due_on) | Q(pk__gt=number), due_on__gte=due_on)[: CARDS + 1]
    label = str(RenewalStage(stage).label)
    return _column(stage, label, with_prep(list(following), day), NOTHING)


def with_prep(renewals: Sequence[Renewal], day: dt.date) -> list[Card]:
    """A card for each renewal with the progress of the prep it heads or shares. Two statements."""
    progress = prep.progress(renewals)
    named = Renewal.objects.filter(pk__in=[renewal.pk for renewal in renewals])
    asked = set(forecast.needs_decision(named, day).values_list("pk", flat=True))
    return [_card(one, progress[one.pk], day, wants_decision=one.pk in asked) for one in renewals]


def _card(renewal: Renewal, progress: Progress, day: dt.date, *, wants_decision: bool) -> Card:
    days_left = renewal.days_left(day)
    # Once notice is given, its last day no longer matters.
    notice_on = None if renewal.leaving else renewal.notice_on
    return Card(
        renewal=renewal,
        progress=progress,
        days_left=days_left,
        notice_left=(notice_on - day).days if notice_on else None,
        wants_decision=wants_decision,
    )


def _column(stage: str, label: str, cards: list[Card], total: tuple[int, Decimal, int]) -> Column:
    shown_cards = cards[:CARDS]
    last = shown_cards[-1].renewal if len(cards) > CARDS else None
    after = f"{last.due_on.isoformat()}~{last.pk}" if last else ""
    return Column(stage, label, *total, shown_cards, after)
