"""The numbers and choices each kind of trigger needs, with their limits and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stage
from health.measures import SHIPPED
from health.models import Milestone
from playbooks.models import TriggerKind
from renewals.models import RenewalOutcome

Choices = tuple[tuple[str, str | Promise], ...]

WON: Final = ("renewed", "expanded", "contracted")
FRESH_DAYS: Final = 30


@dataclass(frozen=True)
class Parameter:
    """One value of a trigger: a number between two limits, one choice, or several (``many``)."""

    name: str
    label: Any
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    default: Any = None
    choices: Choices = ()
    many: bool = False
    required: bool = True
    whole: bool = True


def number(name: str, label: Promise, least: int, most: int, default: int | None, **more: Any) -> Parameter:
    return Parameter(name, label, Decimal(least), Decimal(most), default, **more)


def choice(name: str, label: Promise, choices: Any, default: Any, *, many: bool = False) -> Parameter:
    return Parameter(name, label, default=default, choices=tuple(choices), many=many)


MEASURES: Final = tuple((one.key, one.name) for one in SHIPPED.values())
WITHIN: Final = number("within_days", gettext_lazy("Not longer ago than (days)"), 1, 365, FRESH_DAYS)
PARAMETERS: Final[dict[str, tuple[Parameter, ...]]] = {
    TriggerKind.RENEWAL_DUE: (
        number(
            "days",
            gettext_lazy("Days before the renewal (empty: when its prep opens)"),
            1,
            400,
            None,
            required=False,
        ),
    ),
    TriggerKind.RENEWAL_CLOSED: (
        choice(
            "outcomes", gettext_lazy("Closed as"), RenewalOutcome.choices, sorted(WON), many=True
        ),
        WITHIN,
    ),
    TriggerKind.SCORE_DROP: (
        number("points", gettext_lazy("Fell by at least (points)"), 1, 100, 15),
        number("days", gettext_lazy("Within (days)"), 1, 365, 30),
    ),
    TriggerKind.MEASURE_BELOW: (
        choice("measure", gettext_lazy("Measure"), MEASURES, "usage_trend"),
        choice(
            "of",
            gettext_lazy("Look at"),
            [("points", gettext_lazy("its points, 0 to 100")), ("value", gettext_lazy("its value"))],
            "points",
        ),
        number("below", gettext_lazy("Below"), -1_000_000, 1_000_000, 40, whole=False),
    ),
    TriggerKind.MILESTONE_MISSED: (
        choice(
            "milestones", gettext_lazy("Milestones"), Milestone.Key.choices,
            sorted(Milestone.Key.values), many=True,
        ),
        WITHIN,
    ),
    TriggerKind.STAGE_ENTERED: (
        choice("stage", gettext_lazy("Stage"), Stage.choices, Stage.ONBOARDING.value),
        WITHIN,
    ),
    TriggerKind.BY_HAND: (),
}  # fmt: skip


def defaults(kind: str) -> dict[str, Any]:
    """A trigger of ``kind`` as the product suggests it."""
    return {one.name: one.default for one in PARAMETERS[kind] if one.default is not None}


def check(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The trigger's values, cleaned; defaults where nothing was given.

    Raises ValidationError with one message a field; a value no parameter asks for is refused too.
    """
    if kind not in PARAMETERS:
        raise ValidationError({"trigger_kind": _("There is no trigger “%(kind)s”.") % {"kind": kind}})
    errors: dict[str, list[str]] = {
        name: [_("This trigger has no such value.")] for name in set(given) - {one.name for one in PARAMETERS[kind]}
    }
    clean: dict[str, Any] = {}
    for one in PARAMETERS[kind]:
        try:
            value = _cleaned(one, given.get(one.name, one.default))
        except ValidationError as problem:
            errors[one.name] = problem.messages
        else:
            clean |= {} if value is None else {one.name: value}
    if errors:
        raise ValidationError(errors)
    return clean


def _cleaned(one: Parameter, value: Any) -> Any:
    if value in (None, "", []):
        if one.required:
            raise ValidationError(_("Needs a value."))
        return None
    if one.many:
        return _several(one, value)
    if one.choices:
        return _chosen(one, value)
    return _counted(one, value)


def _several(one: Parameter, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValidationError(_("Needs a list."))
    return sorted({_chosen(one, each) for each in value})


def _chosen(one: Parameter, value: Any) -> str:
    if not isinstance(value, str) or value not in {key for key, _label in one.choices}:
        raise ValidationError(_("“%(value)s” is not one of the choices.") % {"value": value})
    return value


def _counted(one: Parameter, value: Any) -> int | float:
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        raise ValidationError(_("“%(value)s” is not a number.") % {"value": value}) from None
    if isinstance(value, bool) or not figure.is_finite():
        raise ValidationError(_("“%(value)s” is not a number.") % {"value": value})
    if not one.least <= figure <= one.most:
        raise ValidationError(_("Must lie between %(least)s and %(most)s.") % {"least": one.least, "most": one.most})
    if one.whole and figure != int(figure):
        raise ValidationError(_("Must be a whole number."))
    return int(figure) if figure == int(figure) else float(figure)
