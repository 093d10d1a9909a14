"""Making, changing and hiding measures of one's own; a scorecard that names one is never left without it."""

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
def save_own(own: OwnMeasure | None, given: Mapping[str, Any], *, by: User | None, day: dt.date) -> OwnMeasure:
    """Make a measure (``own`` None) or change one, from name, about, source, feature, attribute, survey, statistic,
    window_days, zero_at, full_at and shelf_life_days as typed; a feature may be its row or its id.

    Raises ValidationError with the messages by field and saves nothing. What is measured is fixed once a scorecard,
    draft or not, names it: its past amounts would mean something else; name, words and what a new line starts from may
    change. An attribute is kept dated from ``day`` on. A fixed number of statements.
    """
    lock("own measures")  # names and keys are looked for before they are taken
    errors: dict[str, list[str]] = {}
    clean = _described(own, given, errors) | _defined(given, errors) | _figures(given, errors)
    if own is not None and is_used(own):
        for field in DEFINING:
            if field not in errors and clean.get(field) != getattr(own, field):
                errors[field] = [_("A scorecard counts this measure, so what it measures stays. Make another one.")]
    if errors:
        raise ValidationError(errors)
    if own is None:
        own = OwnMeasure(key=_key(clean["name"]), created_on=day, created_by=by)
    for field, value in clean.items():
        setattr(own, field, value)
    own.save(update_fields=None if own._state.adding else list(clean))
    if own.source == Source.ATTRIBUTE:
        record_attributes(day)
    return own


def hide_own(own: OwnMeasure, *, hidden: bool = True) -> None:
    """Offer ``own`` no longer, or again. Scorecards that name it keep counting it, so none is ever deleted."""
    OwnMeasure.objects.filter(pk=own.pk).update(is_hidden=hidden)


@transaction.atomic
def turn_own(own: OwnMeasure, *, back: str = "") -> str:
    """Offer ``own`` no longer where it is offered, else again; the mark of what stands now.

    ValidationError where ``back``, the mark of what is taken back, stands no longer.
    """
    held = OwnMeasure.objects.select_for_update().get(pk=own.pk)
    seen.check(held, ["is_hidden"], back)
    own.is_hidden = not held.is_hidden
    hide_own(held, hidden=own.is_hidden)
    return seen.mark(own, ["is_hidden"])


def is_used(own: OwnMeasure) -> bool:
    """Whether a scorecard of any state or version names it. One statement."""
    return ScorecardMeasure.objects.filter(measure=own.key).exists()


def _described(own: OwnMeasure | None, given: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    name, about = str(given.get("name") or "").strip(), str(given.get("about") or "").strip()
    if not name:
        errors["name"] = [_("Needs a name.")]
    elif len(name) > LONGEST:
        errors["name"] = [_("Must not be longer than %(most)d characters.") % {"most": LONGEST}]
    elif OwnMeasure.objects.filter(name__iexact=name).exclude(pk=own.pk if own else 0).exists():
        errors["name"] = [_("There is a measure of this name already.")]
    if len(about) > 300:  # noqa: PLR2004 (the column's length)
        errors["about"] = [_("Must not be longer than %(most)d characters.") % {"most": 300}]
    return {"name": name, "about": about}


def _defined(given: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    """Where it is from and what is taken of it; fields of other sources are emptied."""
    clean: dict[str, Any] = {"feature": None, "attribute": "", "survey": ""}
    source, statistic = str(given.get("source") or ""), str(given.get("statistic") or "")
    if source not in Source.values:
        return _refused(errors, "source", _("Choose what it is taken from."), clean)
    clean |= {"source": source, "statistic": statistic}
    if statistic not in STATISTICS[source]:
        labels = ", ".join(str(OwnMeasure.Statistic(each).label) for each in STATISTICS[source])
        errors["statistic"] = [_("Does not fit this source; these do: %(fitting)s.") % {"fitting": labels}]
    if source == Source.FEATURE:
        clean["feature"] = _feature(given.get("feature"))
        if clean["feature"] is None:
            errors["feature"] = [_("There is no such feature.")]
    elif source == Source.ATTRIBUTE:
        clean["attribute"] = str(given.get("attribute") or "").strip()
        _check_attribute(clean["attribute"], errors)
    else:
        clean["survey"] = str(given.get("survey") or "")
        if clean["survey"] not in SurveyKind.values:
            errors["survey"] = [_("There is no such survey.")]
    return clean


def _refused(errors: dict[str, list[str]], field: str, message: str, clean: dict[str, Any]) -> dict[str, Any]:
    errors[field] = [message]
    return clean


def _feature(given: object) -> Feature | None:
    if isinstance(given, Feature):
        return given
    return row_named(Feature.objects.all(), str(given or ""))


def _check_attribute(key: str, errors: dict[str, list[str]]) -> None:
    if not key:
        errors["attribute"] = [_("Needs the attribute's key.")]
    elif len(key) > LONGEST:
        errors["attribute"] = [_("Must not be longer than %(most)d characters.") % {"most": LONGEST}]
    elif not key.isprintable():
        errors["attribute"] = [_("Holds a character that cannot be printed.")]


def _figures(given: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for field, limits in (("window_days", WINDOW), ("shelf_life_days", SHELF_LIFE)):
        try:
            clean[field] = _whole(given.get(field), *limits)
        except ValidationError as problem:
            errors[field] = problem.messages
    for field in ("zero_at", "full_at"):
        try:
            clean[field] = threshold(given.get(field))
        except ValidationError as problem:
            errors[field] = problem.messages
    if "zero_at" in clean and clean["zero_at"] == clean.get("full_at"):
        errors["full_at"] = [_("Must differ from the figure for 0 points.")]
    return clean


def _whole(given: object, least: int, most: int) -> int:
    figure = _number(given)
    if figure != figure.to_integral_value():
        raise ValidationError(_("Must be a whole number."))
    if not least <= figure <= most:
        raise ValidationError(_("Must lie between %(least)s and %(most)s.") % {"least": least, "most": most})
    return int(figure)


def threshold(given: object) -> Decimal:
    """A threshold as typed, to four decimals; raises ValidationError with one message."""
    figure = _number(given)
    if abs(figure) > LARGEST:
        raise ValidationError(_("Must lie between %(least)s and %(most)s.") % {"least": -LARGEST, "most": LARGEST})
    if figure != round(figure, 4):
        raise ValidationError(_("Must not have more than four decimals."))
    return round(figure, 4)


def _number(given: object) -> Decimal:
    if given is None or str(given).strip() == "":
        raise ValidationError(_("Needs a value."))
    plain = None if isinstance(given, bool) else plain_number(str(given))
    if plain is None:
        raise ValidationError(_("“%(value)s” is not a number.") % {"value": given})
    return Decimal(plain)


def _key(name: str) -> str:
    """A key that nobody has: the name in letters, else a number."""
    base = f"own_{slugify(name).replace('-', '_')[:30]}".rstrip("_")
    taken = set(OwnMeasure.objects.filter(key__startswith=base).values_list("key", flat=True))
    if base != "own" and base not in taken:
        return base
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"
