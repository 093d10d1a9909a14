"""The fields of attributes: those that an admin defined by their kind, others as texts and as numbers.

A field's name says the kind, ``attribute_day:Contract signed``, so that a condition means the same for ever; its label is
the one of now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.attributes import definitions
from accounts.attributes.comparing import TYPED, at_end_of
from accounts.conditions.fields import Asked, Expression, Family, Field, Kind, register
from accounts.models import Attribute

ATTRIBUTES: Final = _("Attributes")
AS_NUMBER: Final = pgettext_lazy("an attribute", "%(attribute)s (as a number)")
Of = Attribute.Kind
FAMILIES: Final = {
    Of.TEXT: "attribute", Of.NUMBER: "attribute_number", Of.DAY: "attribute_day", Of.CHOICE: "attribute_choice",
    Of.FLAG: "attribute_flag",
}  # fmt: skip
KINDS: Final = {
    Of.TEXT: Kind.TEXT, Of.NUMBER: Kind.NUMBER, Of.DAY: Kind.DATE, Of.CHOICE: Kind.CHOICE, Of.FLAG: Kind.FLAG,
}  # fmt: skip

WORDED: Final = (Kind.TEXT, Kind.CHOICE)


@dataclass(frozen=True)
class AsNumber:
    """``seats (as a number)`` in the reader's language: what is said of a free one."""

    key: str

    def __str__(self) -> str:
        return str(AS_NUMBER) % {"attribute": self.key}


@dataclass(frozen=True)
class Label:
    """The attribute's label as it is now."""

    key: str
    kind: Of

    def __str__(self) -> str:
        known = definitions.by_key().get(self.key)
        if known is None and self.kind == Of.NUMBER:
            return str(AsNumber(self.key))
        return known.label if known else self.key


def key_of(attribute: Attribute) -> str:
    """The name of the attribute's field."""
    return f"{FAMILIES[Of(attribute.kind)]}:{attribute.key}"


def member(kind: Of, key: str, label: Any = None) -> Field | None:
    """The attribute ``key`` as a field of the kind; None where no attribute can be called so. No statement."""
    if not definitions.is_key(key):
        return None
    return Field(
        f"{FAMILIES[kind]}:{key}", label or Label(key, kind), KINDS[kind], _value(kind, key), group=ATTRIBUTES,
        choices=(lambda: _choices(key)) if kind == Of.CHOICE else (), then=_value_then(kind, key), in_row=True,
    )  # fmt: skip


def _value(kind: Of, key: str) -> Expression:
    return lambda asked: TYPED[kind](f"({asked.c}.attributes ->> {asked.bind(key)})")


def _value_then(kind: Of, key: str) -> Expression:
    """On an earlier day; of texts "" where there was none, NULL where it is unknown."""

    def sql(asked: Asked) -> str:
        value = TYPED[kind](f"(known.then ->> {asked.bind(key)})")
        value = f"coalesce({value}, '')" if KINDS[kind] in WORDED else value
        return (
            f"(SELECT {value} FROM (SELECT {at_end_of(asked.day, asked.c)} AS then) known WHERE known.then IS NOT NULL)"  # noqa: S608 (bound)
        )

    return sql


def _choices(key: str) -> list[tuple[str, str]]:
    known = definitions.by_key().get(key)
    return [(choice, choice) for choice in known.choices] if known else []


def offered() -> list[Field]:
    """The attributes in use, then those without a definition. Two statements."""
    found = [member(Of(each.kind), each.key, each.label) for each in definitions.by_key().values() if each.is_active]
    for key in definitions.free():
        found += [member(Of.TEXT, key, key), member(Of.NUMBER, key, AsNumber(key))]
    return [field for field in found if field]


def _of_kind(kind: Of) -> Callable[[str], Field | None]:
    return lambda key: member(kind, key)


def install() -> None:
    """Register them; when the app loads. One family offers the members of all."""
    for kind, family in FAMILIES.items():
        register(Family(family, _of_kind(kind), offered if kind == Of.TEXT else list))
