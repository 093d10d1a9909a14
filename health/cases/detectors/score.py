"""Falls of the score, of its parts and of measures.

What comes from another scorecard or version alone is no change of the customer: a fall of the score is
counted between rows of the scorecard that holds on the day, and a band or points entered on the very row on
which the scorecard changed do not count until they were left and entered again. Values of measures are taken
from the record itself, whatever the scorecard.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Band
from accounts.parameters import Choices, choice, number
from health.cases.detectors.detector import Detector, Values, Wish
from health.measures import catalogue

# At least so many points below the highest since the window began, the score at its beginning included.
# Days below follow the last day that was not: the first of them is when the fall began.
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
# The newest figure lies beyond; ``first`` is the first row beyond after the last that was not. Rows without data
# end no run.
POINTS: Final = """
    SELECT c.id AS customer_id,
           jsonb_build_object('measure', %(measure)s::text, 'of', 'points', 'figure', {figure_c},
                              'beyond', %(beyond)s::float8, 'since', first.day) AS facts
    FROM standing c JOIN health_scorecard k ON k.id = c.card
    LEFT JOIN LATERAL (
        SELECT s.day FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND NOT {figure_s} {beyond} %(beyond)s::float8
        ORDER BY s.day DESC LIMIT 1) well ON true
    CROSS JOIN LATERAL (
        SELECT s.day, s.scorecard_id FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND {figure_s} {beyond} %(beyond)s::float8
          AND s.day > coalesce(well.day, '-infinity'::date)
        ORDER BY s.day LIMIT 1) first
    LEFT JOIN LATERAL (
        SELECT s.scorecard_id FROM health_score s WHERE s.customer_id = c.id AND s.day < first.day
        ORDER BY s.day DESC LIMIT 1) before ON true
    WHERE {figure_c} {beyond} %(beyond)s::float8
      AND (before.scorecard_id IS NULL OR before.scorecard_id = first.scorecard_id)
"""
FIGURE: Final = "{row}.points[array_position(k.measures, %(measure)s::varchar)]::float8"
VALUE: Final = """
    SELECT c.id AS customer_id,
           jsonb_build_object('measure', %(measure)s::text, 'of', 'value', 'figure', {figure},
                              'beyond', %(beyond)s::float8) AS facts
    FROM standing c WHERE {figure} {beyond} %(beyond)s::float8
"""
FELL: Final = """
    SELECT c.id AS customer_id,
           jsonb_build_object('measure', %(measure)s::text, 'of', 'value', 'figure', {figure}, 'before', {before},
                              'days', %(days)s::int) AS facts
    FROM standing c WHERE {before} - {figure} >= %(by)s::float8
"""


def beyond(sign: str) -> object:
    """The query for figures below (``<``) or above (``>``) a limit."""

    def sql(values: Values) -> str:
        if values["of"] == "value":
            return VALUE.replace("{beyond}", sign)
        query = POINTS.replace("{figure_c}", FIGURE.format(row="c")).replace("{figure_s}", FIGURE.format(row="s"))
        return query.replace("{beyond}", sign)

    return sql


def figure(values: Values) -> dict[str, Wish]:
    return {"figure": Wish(values["measure"])} if values["of"] == "value" else {}


def figure_and_before(values: Values) -> dict[str, Wish]:
    return {"figure": Wish(values["measure"]), "before": Wish(values["measure"], back=values["days"])}


def measures() -> Choices:
    return tuple((one.key, one.name) for one in catalogue().values())


OF: Final = choice("of", _("Look at"), [("points", _("its points, 0 to 100")), ("value", _("its value"))], "points")
FALLS: Final = (
    Detector(
        key="score_drop",
        name=_("Score fell"),
        asks=_("Score at least %(points)s points below its highest within %(days)s days"),
        says=_("Score %(from)s to %(to)s since %(since)s"),
        sql=SCORE_DROP,
        parameters=(
            number("points", _("Fell by at least (points)"), 1, 100, 15),
            number("days", _("Within (days)"), 1, 365, 30),
        ),
    ),
    Detector(
        key="band_entered",
        name=_("Band entered"),
        asks=_("Score entered the band %(band)s"),
        says=_("Score %(score)s, %(band)s since %(since)s"),
        sql=BAND_ENTERED,
        parameters=(choice("band", _("Band"), Band.choices, Band.RED.value),),
    ),
    Detector(
        key="measure_below",
        name=_("Measure below a limit"),
        asks=_("%(measure)s below %(beyond)s"),
        says=_("%(measure)s is %(figure)s"),
        sql=beyond("<"),  # type: ignore[arg-type]
        parameters=(
            choice("measure", _("Measure"), measures, "usage_trend"),
            OF,
            number("beyond", _("Below"), -1_000_000, 1_000_000, 40, whole=False),
        ),
        wishes=figure,
    ),
    Detector(
        key="measure_above",
        name=_("Measure above a limit"),
        asks=_("%(measure)s above %(beyond)s"),
        says=_("%(measure)s is %(figure)s"),
        sql=beyond(">"),  # type: ignore[arg-type]
        parameters=(
            choice("measure", _("Measure"), measures, "error_rate"),
            OF,
            number("beyond", _("Above"), -1_000_000, 1_000_000, 80, whole=False),
        ),
        wishes=figure,
    ),
    Detector(
        key="measure_fell",
        name=_("Measure fell"),
        asks=_("%(measure)s fell by %(by)s or more within %(days)s days"),
        says=_("%(measure)s %(before)s to %(figure)s in %(days)s days"),
        sql=FELL,
        parameters=(
            choice("measure", _("Measure"), measures, "feature_breadth"),
            number("by", _("Fell by at least"), 0, 1_000_000, 2, whole=False),
            number("days", _("Within (days)"), 1, 365, 90),
        ),
        wishes=figure_and_before,
    ),
)
