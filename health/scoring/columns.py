"""The health columns of the portfolio and other pages, which compose, and sparklines."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import DecimalField, F, Func, OuterRef, QuerySet, Subquery

from accounts.models import Customer
from health.models import NamedScore, Purpose, Score, ScorecardAct
from health.scoring.overriding import value_on

DELTA_DAYS: Final = 30
TREND_DAYS: Final = 90
TREND_STEP: Final = 7

# The score at the end of each week: (first)s, (last)s and the step are figures of ours, not input.
TREND = """ARRAY(
    SELECT (SELECT s.value FROM health_score s WHERE s.customer_id = %(expressions)s AND s.day <= d.day
            ORDER BY s.day DESC LIMIT 1)
    FROM generate_series(DATE '%(first)s', DATE '%(last)s', INTERVAL '%(step)s days') d(day)
)"""


def with_health(customers: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    """Add ``score_before`` (30 days ago), ``score_change`` since then, ``score_trend`` (13 weeks), ``coverage``
    (0–1), ``oldest_input_on`` and ``override``, the value that replaces the score: no statement more. None where
    there was no score, or no override. For the rows of a page.
    """
    return customers.annotate(
        score_before=score_on(day - dt.timedelta(days=DELTA_DAYS)),
        coverage=_newest(day, "coverage"),
        oldest_input_on=_newest(day, "oldest_input_on"),
        score_trend=trend_to(day),
        override=value_on(day),
    ).annotate(score_change=F("score") - F("score_before"))


def score_on(day: dt.date) -> Subquery:
    """The score that held on ``day``, for a Customer queryset; None before the first. One look-up a row."""
    return _newest(day, "value", DecimalField(max_digits=5, decimal_places=2))


def named_scores_on(customer: Customer, day: dt.date) -> list[NamedScore]:
    """The customer's scores of other purposes that held on ``day``: risk, expansion, adoption. One statement.

    Excludes scorecards that were out of use by then. ``parts`` may be read without another statement.
    """
    acts = ScorecardAct.objects.filter(key=OuterRef("scorecard__key"), day__lte=day).order_by("-pk")
    rows = (
        NamedScore.objects.filter(customer=customer, day__lte=day)
        .order_by("purpose", "-day")
        .distinct("purpose")
        .select_related("scorecard")
        .annotate(newest_act=Subquery(acts.values("act")[:1]))
    )
    order = list(Purpose)
    scores = [score for score in rows if score.newest_act != ScorecardAct.Act.RETIRED]
    return sorted(scores, key=lambda score: order.index(Purpose(score.purpose)))


def trend_to(day: dt.date) -> Func:
    """The scores at the ends of the last 13 weeks, oldest first, for a Customer queryset; None before the first."""
    return Func(
        F("pk"),
        template=TREND,
        first=day - dt.timedelta(days=TREND_DAYS // TREND_STEP * TREND_STEP),
        last=day,
        step=TREND_STEP,
        output_field=ArrayField(DecimalField(max_digits=5, decimal_places=2, null=True)),
    )


def _scores(day: dt.date) -> QuerySet[Score]:
    return Score.objects.filter(customer=OuterRef("pk"), day__lte=day).order_by("-day")


def _newest(day: dt.date, column: str, output: Any = None) -> Subquery:
    return Subquery(_scores(day).values(column)[:1], output_field=output)
