"""Falls of the score, of its parts and of measures.

What comes from another scorecard or version alone is no change of the customer: a fall of the score is
counted between rows of the scorecard that holds on the day, and a band or points entered on the very row on
which the scorecard changed do not count until they were left and entered again. Values of measures are taken
from the record itself, whatever the scorecard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Band
from config.fields import RealField, WholeField
from health.measures import catalogue
from health.states.state import Columns, Measured, State, Values

# At least so many points below the highest since the window began, the score at its beginning included.
# The fall began on the first day below the limit after the last day that was not.
SCORE_DROP: Final = """
    WITH held AS (
        SELECT c.id, s.day, s.value FROM standing c JOIN health_score s ON s.customer_id = c.id
        WHERE c.score_day > %(day)s::date - %(days)s::int AND s.scorecard_id = c.card
          AND s.day > %(day)s::date - %(days)s::int AND s.day <= %(day)s::date
        UNION ALL
        SELECT c.id, b.day, b.value FROM standing c CROSS JOIN LATERAL (
            SELECT s.day, s.value, s.scorecard_id FROM health_score s
            WHERE s.customer_id = c.id AND s.day <= %(day)s::date - %(days)s::int
            ORDER BY s.day DESC LIMIT 1) b
        WHERE c.score_day > %(day)s::date - %(days)s::int AND b.scorecard_id = c.card
    ), peaks AS (
        SELECT id, day, value, max(value) OVER (PARTITION BY id ORDER BY day) AS high FROM held
    ), runs AS (
        SELECT *, max(day) FILTER (WHERE high - value < %(points)s::int) OVER (PARTITION BY id) AS well_on FROM peaks
    )
    SELECT id AS customer_id,
           jsonb_build_object('from', max(high), 'to', (array_agg(value ORDER BY day DESC))[1],
                              'since', min(day) FILTER (WHERE value IS NOT NULL)) AS facts
    FROM runs WHERE day > well_on
    GROUP BY id HAVING (array_agg(value ORDER BY day DESC))[1] IS NOT NULL
"""
# The run of rows in the band began on ``first``; ``before`` is the row before it.
BAND_ENTERED: Final = """
    SELECT c.id AS customer_id,
           jsonb_build_object('score', c.value, 'band', c.band, 'since', first.day, 'band_before', before.band) AS facts
    FROM standing c
    LEFT JOIN LATERAL (
        SELECT s.day, s.band, s.scorecard_id FROM health_score s
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND s.band <> %(band)s
        ORDER BY s.day DESC LIMIT 1) before ON true
    CROSS JOIN LATERAL (
        SELECT s.day, s.scorecard_id FROM health_score s
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date
          AND s.day > coalesce(before.day, '-infinity'::date)
        ORDER BY s.day LIMIT 1) first
    WHERE c.band = %(band)s AND (before.day IS NULL OR before.scorecard_id = first.scorecard_id)
"""
# The points of a measure in a row of scores, at the measure's position in the list of the row's scorecard.
POINTS_OF: Final = "{row}.points[array_position(k.measures, %(measure)s::varchar)]::float8"


def points(sign: str) -> str:
    """Customers whose newest points lie beyond the limit.

    ``first`` is the first row beyond the limit after the last row that was not. Rows without data end no run.
    """
    newest, earlier = POINTS_OF.format(row="c"), POINTS_OF.format(row="s")
    return f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('measure', %(measure)s::text, 'of', 'points', 'figure', {newest},
                              'beyond', %(beyond)s::float8, 'since', first.day) AS facts
    FROM standing c JOIN health_scorecard k ON k.id = c.card
    LEFT JOIN LATERAL (
        SELECT s.day FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND NOT {earlier} {sign} %(beyond)s::float8
        ORDER BY s.day DESC LIMIT 1) well ON true
    CROSS JOIN LATERAL (
        SELECT s.day, s.scorecard_id FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND {earlier} {sign} %(beyond)s::float8
          AND s.day > coalesce(well.day, '-infinity'::date)
        ORDER BY s.day LIMIT 1) first
    LEFT JOIN LATERAL (
        SELECT s.scorecard_id FROM health_score s WHERE s.customer_id = c.id AND s.day < first.day
        ORDER BY s.day DESC LIMIT 1) before ON true
    WHERE {newest} {sign} %(beyond)s::float8
      AND (before.scorecard_id IS NULL OR before.scorecard_id = first.scorecard_id)
    """


def beyond(sign: str) -> Callable[[Values, Columns], str]:
    """The query for figures below (``<``) or above (``>``) a limit."""

    def sql(values: Values, columns: Columns) -> str:
        if values["of"] == "points":
            return points(sign)
        return f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('measure', %(measure)s::text, 'of', 'value', 'figure', {columns["figure"]},
                              'beyond', %(beyond)s::float8) AS facts
    FROM standing c WHERE {columns["figure"]} {sign} %(beyond)s::float8
    """

    return sql


def fell(_values: Values, columns: Columns) -> str:
    return f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('measure', %(measure)s::text, 'of', 'value', 'figure', {columns["figure"]},
                              'before', {columns["before"]}, 'days', %(days)s::int) AS facts
    FROM standing c WHERE {columns["before"]} - {columns["figure"]} >= %(by)s::float8
    """


def figure(values: Values) -> dict[str, Measured]:
    return {"figure": Measured(values["measure"])} if values["of"] == "value" else {}


def figure_and_before(values: Values) -> dict[str, Measured]:
    return {"figure": Measured(values["measure"]), "before": Measured(values["measure"], back=values["days"])}


def measures() -> list[tuple[str, Any]]:
    """Every measure that ships or that an admin made, hidden ones too: a rule may name one. One statement."""
    return [(measure.key, measure.name) for measure in catalogue().values()]


def measure(initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Measure"), choices=measures, initial=initial)


OF: Final = forms.ChoiceField(
    label=_("Look at"),
    choices=[("points", _("its points, 0 to 100")), ("value", _("its value"))],
    initial="points",
)
FALLS: Final = (
    State(
        key="score_drop",
        name=_("Score fell"),
        asks=ngettext_lazy(
            "Score at least %(points)s point below its highest within %(span)s",
            "Score at least %(points)s points below its highest within %(span)s",
            "points",
        ),
        says=_("Score %(from)s to %(to)s since %(since)s"),
        sql=SCORE_DROP,
        fields={
            "points": WholeField(label=_("Fell by at least (points)"), min_value=1, max_value=100, initial=15),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=365, initial=30),
        },
    ),
    State(
        key="band_entered",
        name=_("Band entered"),
        asks=_("Score entered the band %(band)s"),
        says=_("Score %(score)s, %(band)s since %(since)s"),
        sql=BAND_ENTERED,
        fields={"band": forms.ChoiceField(label=_("Band"), choices=Band.choices, initial=Band.RED.value)},
    ),
    State(
        key="measure_below",
        name=_("Measure below a limit"),
        asks=_("%(measure)s below %(beyond)s"),
        says=_("%(measure)s is %(figure)s"),
        sql=beyond("<"),
        fields={
            "measure": measure("usage_trend"),
            "of": OF,
            "beyond": RealField(label=_("Below"), min_value=-1_000_000, max_value=1_000_000, initial=40),
        },
        reads=figure,
    ),
    State(
        key="measure_above",
        name=_("Measure above a limit"),
        asks=_("%(measure)s above %(beyond)s"),
        says=_("%(measure)s is %(figure)s"),
        sql=beyond(">"),
        fields={
            "measure": measure("error_rate"),
            "of": OF,
            "beyond": RealField(label=_("Above"), min_value=-1_000_000, max_value=1_000_000, initial=80),
        },
        reads=figure,
    ),
    State(
        key="measure_fell",
        name=_("Measure fell"),
        asks=ngettext_lazy(
            "%(measure)s fell by %(by)s or more within %(days)s day",
            "%(measure)s fell by %(by)s or more within %(days)s days",
            "days",
        ),
        says=ngettext_lazy(
            "%(measure)s %(before)s to %(figure)s in %(days)s day",
            "%(measure)s %(before)s to %(figure)s in %(days)s days",
            "days",
        ),
        sql=fell,
        fields={
            "measure": measure("feature_breadth"),
            "by": RealField(label=_("Fell by at least"), min_value=0, max_value=1_000_000, initial=2),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=365, initial=90),
        },
        reads=figure_and_before,
    ),
)
