"""A score taken apart: its parts in words and figures, its trend, and the rows behind a part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db import connection
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from accounts.models import Customer
from health.measures import Measure, catalogue
from health.models import Score, Scorecard, ScorecardMeasure, SurveyResponse, Ticket, UsageDay
from health.models.scores import Part
from health.scoring import cards
from health.scoring.writing import organisation_zone

TREND_DAYS: Final = 90


@dataclass(frozen=True)
class Line:
    """A part with its measure and its scorecard's line; ``stale`` when its newest input is past the shelf life."""

    part: Part
    measure: Measure
    rule: ScorecardMeasure

    @property
    def stale(self) -> bool:
        """There is an amount, but too old to count."""
        return self.part.points is None and self.part.amount is not None


@dataclass(frozen=True)
class Group:
    """A group's lines; ``weight`` and ``contribution`` are sums over them."""

    name: str
    lines: Sequence[Line]

    @property
    def weight(self) -> float:
        return sum(line.part.weight for line in self.lines)

    @property
    def contribution(self) -> float:
        return sum(line.part.contribution for line in self.lines)


def history(customer: Customer, day: dt.date, days: int = TREND_DAYS) -> list[Score]:
    """The scores that held in the ``days`` up to ``day``, oldest first: the first held when they began. One
    statement.
    """
    first = day - dt.timedelta(days=days)
    before = Score.objects.filter(customer=customer, day__lte=first).order_by("-day").values("day")[:1]
    found = Score.objects.filter(customer=customer, day__lte=day).select_related("scorecard")
    return list(found.filter(Q(day__gt=first) | Q(day=before)).order_by("day"))


def by_day(scores: Sequence[Score], first: dt.date, last: dt.date) -> list[float | None]:
    """The value that held on each day from ``first`` to ``last``; None before the first score."""
    values: list[float | None] = []
    left, held = list(scores), None
    for number in range((last - first).days + 1):
        while left and left[0].day <= first + dt.timedelta(days=number):
            held = left.pop(0)
        values.append(float(held.value) if held and held.value is not None else None)
    return values


def groups_of(score: Score) -> list[Group]:
    """The parts of ``score`` under the groups of its scorecard, in its order. One statement."""
    rules = ScorecardMeasure.objects.filter(group__scorecard=score.scorecard_id).select_related("group")
    named = {rule.measure: rule for rule in rules}
    measures = catalogue()
    lines = [Line(part, measures[part.measure], named[part.measure]) for part in score.parts]
    return [Group(name, list(inside)) for name, inside in groupby(lines, key=lambda line: line.rule.group.name)]


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which ``day`` is over in the organisation's zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), organisation_zone())


def rows_behind(measure: Measure, customer: Customer, day: dt.date) -> QuerySet[Any]:
    """The rows that ``measure`` was computed from, newest first, up to ``day``."""
    source = measure.behind
    if source == "usage":
        return UsageDay.objects.filter(customer=customer, day__lte=day).order_by("-day")
    if source == "tickets":
        return Ticket.objects.filter(customer=customer, opened_at__lt=end_of(day)).order_by("-pk")
    if source == "surveys":
        kind = "nps" if measure.key == "nps" else "intent"
        return SurveyResponse.objects.filter(customer=customer, kind=kind, answered_on__lte=day).order_by("-pk")
    if source == "contacts":
        return customer.contacts.order_by("-pk")
    if source == "touches":
        return customer.touchpoints.filter(happened_on__lte=day).exclude(kind="one_to_many").order_by("-pk")
    return customer.objectives.order_by("-pk")


@dataclass(frozen=True)
class FeatureUse:
    """One feature over the last 28 days against the 28 before; ``weeks`` are the uses of 12 weeks, oldest first."""

    name: str
    is_core: bool
    uses: int
    before: int
    users: int
    weeks: Sequence[int]

    @property
    def change(self) -> float | None:
        """−0.2 means a fifth fewer; None where there was nothing before."""
        return self.uses / self.before - 1 if self.before else None


FEATURES = """
    SELECT f.name, f.is_core,
        coalesce(sum(d.uses) FILTER (WHERE d.day > %(day)s::date - 28), 0),
        coalesce(sum(d.uses) FILTER (WHERE d.day <= %(day)s::date - 28 AND d.day > %(day)s::date - 56), 0),
        coalesce(max(d.users) FILTER (WHERE d.day > %(day)s::date - 28), 0),
        ARRAY(SELECT coalesce(sum(w.uses), 0) FROM generate_series(11, 0, -1) n
              LEFT JOIN health_featureday w ON w.customer_id = %(customer)s AND w.feature_id = f.id
                AND w.day > %(day)s::date - 7 * (n + 1) AND w.day <= %(day)s::date - 7 * n
              GROUP BY n ORDER BY n DESC)
    FROM health_featureday d JOIN health_feature f ON f.id = d.feature_id
    WHERE d.customer_id = %(customer)s AND d.day > %(day)s::date - 84 AND d.day <= %(day)s
    GROUP BY f.id
    ORDER BY 3 DESC, f.name
"""
SEATS = """
    SELECT sum(e.quantity) FROM accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id
    WHERE k.customer_id = %(customer)s AND e.kind = 'seats' AND k.starts_on <= %(day)s
      AND (k.ended_on IS NULL OR k.ended_on > %(day)s)
"""


def feature_use(customer: Customer, day: dt.date) -> tuple[list[FeatureUse], int | None]:
    """Features used in the last 12 weeks, most used first, and the seats under contract. Two statements."""
    words: dict[str, Any] = {"customer": customer.pk, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(FEATURES, words)
        features = [FeatureUse(*row) for row in cursor.fetchall()]
        cursor.execute(SEATS, words)
        row = cursor.fetchone()
    return features, int(row[0]) if row and row[0] is not None else None


@dataclass(frozen=True)
class CardUse:
    """A scorecard in use with how many current customers it scores, by band."""

    card: Scorecard
    bands: dict[str, int]

    @property
    def customers(self) -> int:
        return sum(self.bands.values())

    def share(self, band: str) -> float:
        """Of the customers that have a score."""
        scored = self.customers - self.bands.get("", 0)
        return self.bands.get(band, 0) / scored if scored else 0.0

    @property
    def shares(self) -> list[tuple[str, int, float]]:
        return [(band, self.bands.get(band, 0), self.share(band)) for band in ("green", "yellow", "red")]


def cards_in_use(customers: QuerySet[Customer]) -> list[CardUse]:
    """The published scorecards, first the one that goes first, with their customers among ``customers``.
    Six statements.
    """
    published = Scorecard.objects.filter(is_published=True).order_by("position", "pk")
    found = list(published.prefetch_related(*cards.parts_of_a_card()))
    if not found:
        return []
    whens = [When(_fits(cards.card(one)), then=Value(one.pk)) for one in found]
    counted = (
        customers.filter(status__in=["live", "notice"])
        .order_by()
        .annotate(card=Case(*whens, output_field=IntegerField()))
        .values_list("card", "band")
        .annotate(n=Count("pk"))
    )
    bands: dict[int, dict[str, int]] = {one.pk: {} for one in found}
    for card, band, n in counted:
        if card in bands:
            bands[card][band] = n
    return [CardUse(one, bands[one.pk]) for one in found]


def _fits(card: cards.Card) -> Q:
    """Who is scored by ``card``, given that no earlier one fits."""
    everyone = Q(pk__isnull=False)
    if card.segments:
        everyone &= Q(segment__in=card.segments)
    if card.stages:
        everyone &= Q(stage__in=card.stages)
    return everyone
