"""Measures that an admin made without code: from a feature's use, a numeric attribute or a survey.

SQL never contains typed text: features are numbers, surveys are one of four, an attribute's key is written in
hexadecimal.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from health.measures.measure import Measure, Unit
from health.models import OwnMeasure, SurveyKind

Source = OwnMeasure.Source
Statistic = OwnMeasure.Statistic

STATISTICS: Final[dict[str, list[str]]] = {
    Source.FEATURE: [Statistic.SUM, Statistic.MEAN, Statistic.MOST, Statistic.DAYS, Statistic.TREND],
    Source.ATTRIBUTE: [Statistic.NEWEST, Statistic.TREND],
    Source.SURVEY: [Statistic.MEAN, Statistic.NEWEST],
}
EARLIER: Final = "d.day <= {day} - {w} AND d.day > {day} - 2 * {w}"

# A number is a JSON number, or a text that is only a number; one beyond twelve digits counts as none.
RECORD: Final = r"""
    INSERT INTO accounts_datedattribute (customer_id, key, from_day, value)
    SELECT c.id, m.attribute, {day}, now_.value
    FROM (SELECT DISTINCT attribute FROM health_ownmeasure WHERE source = 'attribute') m
    CROSS JOIN accounts_customer c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN btrim(c.attributes ->> m.attribute) ~ '^-?[0-9]{{1,12}}([.][0-9]{{1,30}})?$'
                    THEN round(btrim(c.attributes ->> m.attribute)::numeric, 6) END AS value
    ) now_
    LEFT JOIN LATERAL (
        SELECT b.value FROM accounts_datedattribute b
        WHERE b.customer_id = c.id AND b.key = m.attribute AND b.from_day <= {day} ORDER BY b.from_day DESC LIMIT 1
    ) before ON true
    WHERE {whom} AND before.value IS DISTINCT FROM now_.value
    ON CONFLICT (customer_id, key, from_day) DO UPDATE SET value = excluded.value
"""
# The attributes that can be counted: the keys under which some customer has a number.
NUMERIC_KEYS: Final = r"""
    SELECT DISTINCT a.key FROM accounts_customer c, jsonb_each_text(c.attributes) a
    WHERE jsonb_typeof(c.attributes) = 'object' AND btrim(a.value) ~ '^-?[0-9]{1,12}([.][0-9]{1,30})?$'
    ORDER BY a.key LIMIT 200
"""


def own_measures() -> dict[str, Measure]:
    """Every measure an admin made by its key, hidden ones too. One statement."""
    rows = OwnMeasure.objects.select_related("feature").order_by("name", "pk")
    return {row.key: measure_of(row) for row in rows}


def measure_of(measure: OwnMeasure) -> Measure:
    """``measure`` (with its feature selected) as a measure of the catalogue."""
    builders = {Source.FEATURE: _of_feature, Source.ATTRIBUTE: _of_attribute, Source.SURVEY: _of_survey}
    source, columns, amount, newest, only = builders[Source(measure.source)](measure)
    filters: dict[OwnMeasure.Source, dict[str, object]] = {
        Source.FEATURE: {"pk": measure.feature_id},
        Source.ATTRIBUTE: {"key": measure.attribute},
        Source.SURVEY: {"kind": measure.survey},
    }
    return Measure(
        key=measure.key,
        name=measure.name,
        about=measure.about or described(measure),
        unit=_unit(measure),
        group="own",
        columns=columns,
        amount=amount,
        newest=newest,
        zero_at=float(measure.zero_at),
        full_at=float(measure.full_at),
        window=measure.window_days,
        shelf_life=measure.shelf_life_days,
        reach=2 if measure.statistic == Statistic.TREND and measure.source == Source.FEATURE else 1,
        rows=source,
        only=only,
        filters=filters[Source(measure.source)],
        hidden=measure.is_hidden,
    )


Parts = tuple[str, dict[str, dict[str, str]], str, str, dict[str, str]]


def _of_feature(measure: OwnMeasure) -> Parts:
    """Silence after earlier use of the product counts as no use; a customer without any use has no data."""
    mine = f"d.feature_id = {int(measure.feature_id or 0)}"
    window = f"FILTER (WHERE {mine} {{and_in_window}})"
    total = {"now_": f"sum(d.uses) {window}"}
    columns, amount = {
        Statistic.SUM: (total, "coalesce({now_}, 0)"),
        Statistic.MEAN: (total, "coalesce({now_}, 0) * 7.0::float8 / {w}"),
        Statistic.MOST: ({"now_": f"max(d.users) {window}"}, "coalesce({now_}, 0)"),
        Statistic.DAYS: (
            {"now_": f"count(*) FILTER (WHERE {mine} AND d.uses > 0 {{and_in_window}})"},
            "coalesce({now_}, 0)",
        ),
        Statistic.TREND: (
            total | {"before": f"sum(d.uses) FILTER (WHERE {mine} AND {EARLIER})"},
            "CASE WHEN {before} > 0 THEN coalesce({now_}, 0)::float8 / {before} - 1 END",
        ),
    }[Statistic(measure.statistic)]
    if measure.statistic != Statistic.TREND:
        amount = f"CASE WHEN {{seen}} IS NOT NULL THEN ({amount})::float8 END"
    return "features", {"features": columns}, amount, "{seen}", {"features": mine}


def _of_attribute(measure: OwnMeasure) -> Parts:
    """An attribute holds until it is changed, so it is as fresh as the day."""
    mine = f"b.key = {in_hexadecimal(measure.attribute)}"
    newest = "(array_agg(b.value ORDER BY b.from_day DESC) FILTER (WHERE {which}))[1]"
    columns = {"now_": newest.replace("{which}", mine)}
    amount = "{now_}::float8"
    if measure.statistic == Statistic.TREND:
        columns["before"] = newest.replace("{which}", f"{mine} AND b.from_day <= {{day}} - {{w}}")
        amount = "CASE WHEN {before} > 0 THEN ({now_} / {before} - 1)::float8 END"
    return "attributes", {"attributes": columns}, amount, "{day}", {"attributes": mine}


def _of_survey(measure: OwnMeasure) -> Parts:
    mine = f"s.kind = '{SurveyKind(measure.survey).value}'"
    window = f"FILTER (WHERE {mine} {{and_in_window}})"
    answer = f"avg(s.answer) {window}"
    if measure.statistic == Statistic.NEWEST:
        answer = f"(array_agg(s.answer ORDER BY s.answered_on DESC, s.id DESC) {window})[1]"
    columns = {"now_": answer, "last_answer": f"max(s.answered_on) FILTER (WHERE {mine})"}
    return "surveys", {"surveys": columns}, "{now_}::float8", "{last_answer}", {"surveys": mine}


def in_hexadecimal(text: str) -> str:
    """SQL for ``text`` that contains none of its characters: no quote, brace or per cent sign can end it."""
    return f"convert_from(decode('{text.encode().hex()}', 'hex'), 'UTF8')"


def _unit(measure: OwnMeasure) -> Unit:
    if measure.statistic == Statistic.TREND:
        return Unit.SHARE
    if measure.statistic == Statistic.DAYS:
        return Unit.DAYS
    return Unit.INDEX if measure.source == Source.SURVEY else Unit.COUNT


def described(measure: OwnMeasure) -> str:
    """The default description of the measure, in the reader's language."""
    feature = measure.feature.name if measure.feature else ""
    sentences = {
        (Source.FEATURE, Statistic.SUM): _("Uses of “%(feature)s” in the window."),
        (Source.FEATURE, Statistic.MEAN): _("Uses of “%(feature)s” in the window, as an average a week."),
        (Source.FEATURE, Statistic.MOST): _("The most users of “%(feature)s” on one day of the window."),
        (Source.FEATURE, Statistic.DAYS): _("Days of the window on which “%(feature)s” was used."),
        (Source.FEATURE, Statistic.TREND): _("Uses of “%(feature)s” in the window against the window before."),
        (Source.ATTRIBUTE, Statistic.NEWEST): _("The attribute “%(attribute)s” of the customer."),
        (Source.ATTRIBUTE, Statistic.TREND): _("The attribute “%(attribute)s” against what it was a window ago."),
        (Source.SURVEY, Statistic.MEAN): _("Average answer to the survey %(survey)s in the window."),
        (Source.SURVEY, Statistic.NEWEST): _("Newest answer to the survey %(survey)s in the window."),
    }
    survey = SurveyKind(measure.survey).label if measure.survey else ""
    text = sentences[Source(measure.source), Statistic(measure.statistic)]
    return text % {"feature": feature, "attribute": measure.attribute, "survey": survey}


def record_attributes(day: dt.date, whom: str = "true") -> int:
    """Store the attributes that custom measures count, from ``day`` on, where they have changed; returns how many.

    ``whom`` is SQL over the customer ``c``. Before the first row of a customer there is no data. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(RECORD.format(day=f"DATE '{day}'", whom=whom))
        return cursor.rowcount


def numeric_attributes() -> list[str]:
    """The attributes under which some customer has a number, by name, up to 200. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(NUMERIC_KEYS)
        return [key for (key,) in cursor.fetchall()]
