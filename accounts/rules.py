"""Conditions on customers that an admin writes: segments and playbook audiences are lists of them.

A condition is ``{"field": "arr", "test": "at_least", "value": 50000}``. All conditions of a list
must hold; an empty list holds for everybody. A condition on a field without a value fails, "is
not" excepted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Band, Customer, Stage, Status, TouchModel

TESTS: Final = {
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "is_in": gettext_lazy("is one of"),
    "has": gettext_lazy("has"),
}
NUMBER: Final = ("at_least", "at_most")
WORD: Final = ("is", "is_not", "is_in")


@dataclass(frozen=True)
class Field:
    """Something of a customer that a condition may ask; ``choices`` are the values it can take."""

    label: Any
    tests: tuple[str, ...]
    column: str
    choices: Any = ()


FIELDS: Final[dict[str, Field]] = {
    "arr": Field(gettext_lazy("ARR"), NUMBER, "arr"),
    "employees": Field(gettext_lazy("Employees"), NUMBER, "employees"),
    "score": Field(gettext_lazy("Health score"), NUMBER, "score"),
    "tenure_days": Field(gettext_lazy("Days as a customer"), NUMBER, "first_contract_on"),
    "industry": Field(gettext_lazy("Industry"), WORD, "industry"),
    "country": Field(gettext_lazy("Country"), WORD, "country"),
    "use_case": Field(gettext_lazy("Use case"), WORD, "use_case"),
    "status": Field(gettext_lazy("Status"), WORD, "status", Status.choices),
    "stage": Field(gettext_lazy("Stage"), WORD, "stage", Stage.choices),
    "band": Field(gettext_lazy("Health band"), WORD, "band", Band.choices),
    "touch_model": Field(gettext_lazy("Touch model"), WORD, "touch_model", TouchModel.choices),
    "segment": Field(gettext_lazy("Segment"), WORD, "segment__name"),
    "tags": Field(gettext_lazy("Tags"), ("has",), "tags"),
}


@dataclass(frozen=True)
class Condition:
    """One condition held against one customer: what was asked, what it has, whether it holds."""

    field: str
    label: str
    test: str
    value: Any
    actual: Any
    holds: bool


def as_q(conditions: list[dict[str, Any]], day: dt.date) -> Q:
    """The conditions as a filter on customers; ``day`` is what tenure is counted to."""
    query = Q()
    for condition in conditions:
        query &= _single(condition, day)
    return query


def check(conditions: Any) -> None:
    """Raise ValidationError naming the first condition that cannot be asked, and why."""
    if not isinstance(conditions, list):
        raise ValidationError(_("The rule is a list of conditions."))
    for number, condition in enumerate(conditions, start=1):
        problem = _problem(condition)
        if problem:
            raise ValidationError(_("Condition %(number)s: %(problem)s") % {"number": number, "problem": problem})


def explain(conditions: list[dict[str, Any]], customer: Customer, day: dt.date) -> list[Condition]:
    """Each condition with the customer's own value and whether it holds. No query but for a
    segment that was not selected along.
    """
    return [_explained(condition, customer, day) for condition in conditions]


def from_words(field: str, test: str, words: str) -> dict[str, Any]:
    """A condition from what a person typed; "is one of" takes values separated by commas.

    Not checked yet: ``check`` says what is wrong with it.
    """
    value: Any = words.strip()
    if test == "is_in":
        value = [one.strip() for one in words.split(",") if one.strip()]
    number = _number(value) if test in NUMBER else None
    if number is not None:
        value = int(number) if number == number.to_integral_value() else float(number)
    return {"field": field, "test": test, "value": value}


def in_words(condition: dict[str, Any]) -> dict[str, str]:
    """A condition as a person types it: what ``from_words`` reads back."""
    value = condition["value"]
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return {"field": condition["field"], "test": condition["test"], "value": text}


def sentence(condition: dict[str, Any]) -> str:
    """A condition as a sentence in the reader's language: ``ARR is at least 50,000``."""
    value, words = condition["value"], dict(FIELDS[condition["field"]].choices)
    if condition["test"] in NUMBER:
        shown = [f"{_number(value):,f}"]
    else:
        shown = [str(words.get(one, one)) for one in (value if isinstance(value, list) else [value])]
    return worded(condition["field"], condition["test"], shown)


def worded(field: str, test: str, values: list[str]) -> str:
    """Field, test and the values as they are shown, in the order of the reader's language."""
    return pgettext("a condition", "%(field)s %(test)s %(values)s") % {
        "field": FIELDS[field].label,
        "test": TESTS[test],
        "values": pgettext("between words in a row", ", ").join(values),
    }


def _problem(condition: Any) -> str:
    if not isinstance(condition, dict) or set(condition) != {"field", "test", "value"}:
        return _("needs field, test and value.")
    field = FIELDS.get(str(condition["field"]))
    if field is None:
        return _("no field “%(field)s”.") % {"field": condition["field"]}
    if condition["test"] not in field.tests:
        return _("“%(field)s” cannot be tested by “%(test)s”.") % {
            "field": field.label,
            "test": TESTS.get(condition["test"], condition["test"]),
        }
    return _value_problem(field, condition)


def _value_problem(field: Field, condition: dict[str, Any]) -> str:
    value = condition["value"]
    if condition["test"] in NUMBER and _number(value) is None:
        return _("“%(field)s” needs a number.") % {"field": field.label}
    if condition["test"] in NUMBER:
        return ""
    values = value if condition["test"] == "is_in" else [value]
    if not isinstance(values, list) or not values or not all(_is_word(one) for one in values):
        return _("“%(field)s” needs a value.") % {"field": field.label}
    known = [choice for choice, _label in field.choices]
    strange = [one for one in values if known and one not in known]
    return (
        _("“%(value)s” is not a value of “%(field)s”.")
        % {
            "value": strange[0],
            "field": field.label,
        }
        if strange
        else ""
    )


def _single(condition: dict[str, Any], day: dt.date) -> Q:
    name, test, value = condition["field"], condition["test"], condition["value"]
    column = FIELDS[name].column
    if name == "tenure_days":
        since = day - dt.timedelta(days=int(_number(value) or 0))
        return Q(**{f"{column}__lte" if test == "at_least" else f"{column}__gte": since})
    lookups: dict[str, Callable[[], Q]] = {
        "at_least": lambda: Q(**{f"{column}__gte": _number(value)}),
        "at_most": lambda: Q(**{f"{column}__lte": _number(value)}),
        "is": lambda: Q(**{column: value}),
        "is_not": lambda: ~Q(**{column: value}) | Q(**{f"{column}__isnull": True}),
        "is_in": lambda: Q(**{f"{column}__in": value}),
        "has": lambda: Q(**{f"{column}__contains": [value]}),
    }
    return lookups[test]()


def _explained(condition: dict[str, Any], customer: Customer, day: dt.date) -> Condition:
    name, test, value = condition["field"], condition["test"], condition["value"]
    actual = _actual(name, customer, day)
    return Condition(name, str(FIELDS[name].label), test, value, actual, _holds(test, actual, value))


def _actual(name: str, customer: Customer, day: dt.date) -> Any:
    if name == "tenure_days":
        return customer.tenure_days(day)
    if name == "segment":
        return customer.segment.name if customer.segment else None
    return getattr(customer, name)


def _holds(test: str, actual: Any, value: Any) -> bool:
    tests: dict[str, Callable[[], bool]] = {
        "at_least": lambda: actual is not None and Decimal(actual) >= (_number(value) or 0),
        "at_most": lambda: actual is not None and Decimal(actual) <= (_number(value) or 0),
        "is": lambda: actual == value,
        "is_not": lambda: actual != value,
        "is_in": lambda: actual in value,
        "has": lambda: value in (actual or ()),
    }
    return tests[test]()


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
