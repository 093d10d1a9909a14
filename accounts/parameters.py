"""Values that an admin sets on a rule: each with its label, limits and default, checked with a message a field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Choices = tuple[tuple[str, str | Promise], ...]

LONGEST_WORD = 60
MOST_WORDS = 60


@dataclass(frozen=True)
class Parameter:
    """One value: a number between two limits, one choice, several (``many``), or words of one's own (``free``)."""

    name: str
    label: Any
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    default: Any = None
    choices: Choices | Callable[[], Choices] = ()
    many: bool = False
    required: bool = True
    whole: bool = True
    free: bool = False

    @property
    def options(self) -> Choices:
        """What may be chosen, asked anew where the choices can change."""
        return self.choices() if callable(self.choices) else self.choices


def number(name: str, label: Promise, least: int, most: int, default: int | None, **more: Any) -> Parameter:
    return Parameter(name, label, Decimal(least), Decimal(most), default, **more)


def choice(name: str, label: Promise, choices: Any, default: Any, *, many: bool = False) -> Parameter:
    return Parameter(name, label, default=default, choices=choices if callable(choices) else tuple(choices), many=many)


def words(name: str, label: Promise, default: Iterable[str]) -> Parameter:
    return Parameter(name, label, default=list(default), free=True, many=True)


def defaults(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The values as the product suggests them."""
    return {one.name: one.default for one in parameters if one.default is not None}


def clean(parameters: Iterable[Parameter], given: Mapping[str, Any], *, unknown: str) -> dict[str, Any]:
    """The values, cleaned; defaults where nothing was given.

    Raises ValidationError with one message a field; a value that no parameter asks for is refused with ``unknown``.
    """
    asked = list(parameters)
    errors: dict[str, list[str]] = {name: [unknown] for name in set(given) - {one.name for one in asked}}
    found: dict[str, Any] = {}
    for one in asked:
        try:
            value = cleaned(one, given.get(one.name, one.default))
        except ValidationError as problem:
            errors[one.name] = problem.messages
        else:
            found |= {} if value is None else {one.name: value}
    if errors:
        raise ValidationError(errors)
    return found


def cleaned(one: Parameter, value: Any) -> Any:
    """One value as it is kept; raises ValidationError saying what is wrong with it."""
    if value in (None, "", []):
        if one.required:
            raise ValidationError(_("Needs a value."))
        return None
    if one.free:
        return _worded(value)
    if one.many:
        return _several(one, value)
    if one.choices:
        return _chosen(one, value)
    return _counted(one, value)


def _worded(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValidationError(_("Needs a list."))
    found = list(dict.fromkeys(each.strip() for each in value if each.strip()))
    if not found:
        raise ValidationError(_("Needs a value."))
    if len(found) > MOST_WORDS or max(map(len, found)) > LONGEST_WORD:
        raise ValidationError(
            _("At most %(most)s words of at most %(longest)s letters.") % {"most": MOST_WORDS, "longest": LONGEST_WORD}
        )
    return found


def _several(one: Parameter, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValidationError(_("Needs a list."))
    return sorted({_chosen(one, each) for each in value})


def _chosen(one: Parameter, value: Any) -> str:
    if not isinstance(value, str) or value not in {key for key, _label in one.options}:
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
