"""Making, changing and hiding custom measures; none is ever deleted, so that scorecards keep those they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import seen
from accounts.models import User
from config.locks import lock
from config.text import plain_number, row_named
from health.measures.custom import STATISTICS, record_attributes
from health.models import Feature, OwnMeasure, ScorecardMeasure, SurveyKind

Source = OwnMeasure.Source
DEFINING: Final = ("source", "feature", "attribute", "survey", "statistic")
LARGEST: Final = Decimal(99_999_999)
LONGEST: Final = 80
WINDOW: Final = (1, 400)
SHELF_LIFE: Final = (1, 1000)


@transaction.atomic
def save_own(measure: OwnMeasure | None, values: Mapping[str, Any], *, by: User | None, day: dt.date) -> OwnMeasure:
    """Make a measure (``measure`` None) or change one, from name, about, source, feature, attribute, survey, statistic,
    window_days, zero_at, full_at and shelf_life_days as typed; a feature may be its row or its id.

    Raises ValidationError with the messages by field and saves nothing. What is measured is fixed once a scorecard,
    draft or not, names it: its past amounts would mean something else; its texts and the defaults of a new line may
    change. An attribute is stored with its days from ``day`` on. A fixed number of statements.
    """
    lock("own measures")  # names and keys are checked before they are used
    errors: dict[str, list[str]] = {}
    clean = _described(measure, values, errors) | _defined(values, errors) | _figures(values, errors)
    if measure is not None and is_used(measure):
        for field in DEFINING:
            if field not in errors and clean.get(field) != getattr(measure, field):
                errors[field] = [_("A scorecard counts this measure, so what it measures stays. Make another one.")]
    if errors:
        raise ValidationError(errors)
    if measure is None:
        measure = OwnMeasure(key=_key(clean["name"]), created_on=day, created_by=by)
    for field, value in clean.items():
        setattr(measure, field, value)
    measure.save(update_fields=None if measure._state.adding else list(clean))
    if measure.source == Source.ATTRIBUTE:
        record_attributes(day)
    return measure


def hide_own(measure: OwnMeasure, *, hidden: bool = True) -> None:
    """Hide ``measure`` from the catalogue, or offer it again. Scorecards that name it keep counting it."""
    OwnMeasure.objects.filter(pk=measure.pk).update(is_hidden=hidden)


@transaction.atomic
def turn_own(measure: OwnMeasure, *, back: str = "") -> str:
    """Hide ``measure`` where it is offered, else offer it again; returns the mark of the new state.

    ValidationError when the row no longer matches ``back``, the mark left by the act to undo.
    """
    stored = OwnMeasure.objects.select_for_update().get(pk=measure.pk)
    seen.check(stored, ["is_hidden"], back)
    measure.is_hidden = not stored.is_hidden
    hide_own(stored, hidden=measure.is_hidden)
    return seen.mark(measure, ["is_hidden"])


def is_used(measure: OwnMeasure) -> bool:
    """Whether a scorecard of any state or version names it. One statement."""
    return ScorecardMeasure.objects.filter(measure=measure.key).exists()


def _described(measure: OwnMeasure | None, values: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    name, about = str(values.get("name") or "").strip(), str(values.get("about") or "").strip()
    if not name:
        errors["name"] = [_("Needs a name.")]
    elif len(name) > LONGEST:
        errors["name"] = [_("Must not be longer than %(most)d characters.") % {"most": LONGEST}]
    elif OwnMeasure.objects.filter(name__iexact=name).exclude(pk=measure.pk if measure else 0).exists():
        errors["name"] = [_("There is a measure of this name already.")]
    if len(about) > 300:  # noqa: PLR2004 (the column's length)
        errors["about"] = [_("Must not be longer than %(most)d characters.") % {"most": 300}]
    return {"name": name, "about": about}


def _defined(values: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    """The source and the statistic; the fields of other sources are emptied."""
    clean: dict[str, Any] = {"feature": None, "attribute": "", "survey": ""}
    source, statistic = str(values.get("source") or ""), str(values.get("statistic") or "")
    if source not in Source.values:
        return _refused(errors, "source", _("Choose what it is taken from."), clean)
    clean |= {"source": source, "statistic": statistic}
    if statistic not in STATISTICS[source]:
        labels = ", ".join(str(OwnMeasure.Statistic(value).label) for value in STATISTICS[source])
        errors["statistic"] = [_("Does not fit this source; these do: %(fitting)s.") % {"fitting": labels}]
    if source == Source.FEATURE:
        clean["feature"] = _feature(values.get("feature"))
        if clean["feature"] is None:
            errors["feature"] = [_("There is no such feature.")]
    elif source == Source.ATTRIBUTE:
        clean["attribute"] = str(values.get("attribute") or "").strip()
        _check_attribute(clean["attribute"], errors)
    else:
        clean["survey"] = str(values.get("survey") or "")
        if clean["survey"] not in SurveyKind.values:
            errors["survey"] = [_("There is no such survey.")]
    return clean


def _refused(errors: dict[str, list[str]], field: str, message: str, clean: dict[str, Any]) -> dict[str, Any]:
    errors[field] = [message]
    return clean


def _feature(value: object) -> Feature | None:
    if isinstance(value, Feature):
        return value
    return row_named(Feature.objects.all(), str(value or ""))


def _check_attribute(key: str, errors: dict[str, list[str]]) -> None:
    if not key:
        errors["attribute"] = [_("Needs the attribute's key.")]
    elif len(key) > LONGEST:
        errors["attribute"] = [_("Must not be longer than %(most)d characters.") % {"most": LONGEST}]
    elif not key.isprintable():
        errors["attribute"] = [_("Holds a character that cannot be printed.")]


def _figures(values: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for field, limits in (("window_days", WINDOW), ("shelf_life_days", SHELF_LIFE)):
        try:
            clean[field] = _whole(values.get(field), *limits)
        except ValidationError as problem:
            errors[field] = problem.messages
    for field in ("zero_at", "full_at"):
        try:
            clean[field] = threshold(values.get(field))
        except ValidationError as problem:
            errors[field] = problem.messages
    if "zero_at" in clean and clean["zero_at"] == clean.get("full_at"):
        errors["full_at"] = [_("Must differ from the figure for 0 points.")]
    return clean


def _whole(value: object, least: int, most: int) -> int:
    figure = _number(value)
    if figure != figure.to_integral_value():
        raise ValidationError(_("Must be a whole number."))
    if not least <= figure <= most:
        raise ValidationError(_("Must lie between %(least)s and %(most)s.") % {"least": least, "most": most})
    return int(figure)


def threshold(value: object) -> Decimal:
    """A threshold as typed, to four decimals; raises ValidationError with one message."""
    figure = _number(value)
    if abs(figure) > LARGEST:
        raise ValidationError(_("Must lie between %(least)s and %(most)s.") % {"least": -LARGEST, "most": LARGEST})
    if figure != round(figure, 4):
        raise ValidationError(_("Must not have more than four decimals."))
    return round(figure, 4)


def _number(value: object) -> Decimal:
    if value is None or str(value).strip() == "":
        raise ValidationError(_("Needs a value."))
    plain = None if isinstance(value, bool) else plain_number(str(value))
    if plain is None:
        raise ValidationError(_("“%(value)s” is not a number.") % {"value": value})
    return Decimal(plain)


def _key(name: str) -> str:
    """An unused key made of the name, with a number where that is taken or has no letters."""
    base = f"own_{slugify(name).replace('-', '_')[:30]}".rstrip("_")
    used_keys = set(OwnMeasure.objects.filter(key__startswith=base).values_list("key", flat=True))
    if base != "own" and base not in used_keys:
        return base
    number = 2
    while f"{base}_{number}" in used_keys:
        number += 1
    return f"{base}_{number}"
