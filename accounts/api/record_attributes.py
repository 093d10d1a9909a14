"""Rows of customers by their attributes: ``attributes={"Plan": "Gold"}``, days and numbers also from a value and before one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.attributes import definitions, kinds
from accounts.conditions.attributes import FAMILIES, key_of
from accounts.conditions.compiling import ValueOnRow
from accounts.conditions.fields import named
from accounts.imports.cells import Unfit
from accounts.imports.shapes import Improper, text_of
from accounts.lists.generic import stored
from accounts.models import Attribute
from config.text import wrong
from config.web.api.narrowing import BEFORE, FROM, WAYS

NAME: Final = "attributes"
LONGEST: Final = 2_000
MOST: Final = 20
Kind = Attribute.Kind
RANGED: Final = frozenset({Kind.NUMBER, Kind.DAY})
READ: Final[dict[Kind, Any]] = {
    Kind.NUMBER: Decimal,
    Kind.DAY: dt.date.fromisoformat,
    Kind.FLAG: lambda text: text == kinds.YES,
}
Asked = list[tuple[str, Any]]


class AttributesField(serializers.CharField):
    """A JSON object of values by key, each read as those that come in: (field of conditions, value) of each."""

    def __init__(self, *, ranged: bool, **options: Any) -> None:
        super().__init__(max_length=LONGEST, required=False, **options)
        self.ranged = ranged

    def to_internal_value(self, data: Any) -> Any:
        try:
            given = json.loads(super().to_internal_value(data))
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict) or not given or len(given) > MOST:
            raise serializers.ValidationError(
                _("Give a JSON object of at most %(most)d values by key.") % {"most": MOST}
            )
        known = definitions.by_key()
        return [self.value(known.get(key), key, text) for key, text in given.items()]

    def value(self, attribute: Attribute | None, key: str, given: Any) -> tuple[str, Any]:
        kind = Kind(attribute.kind) if attribute else Kind.TEXT
        try:
            text = self.text(attribute, kind, key, given)
        except (Unfit, Improper) as reason:
            raise serializers.ValidationError(f"{key[:80]}: {reason}") from reason
        field = key_of(attribute) if attribute else f"{FAMILIES[Kind.TEXT]}:{key}"
        return field, READ.get(kind, str)(text)

    def text(self, attribute: Attribute | None, kind: Kind, key: str, given: Any) -> str:
        """The value as it is stored; raises Unfit or Improper."""
        text = text_of(given, is_list=False).strip()
        if not definitions.is_key(key) or not text:
            raise Improper(_("needs a value"))
        if problem := wrong(NAME, key) or wrong(NAME, text):
            raise Improper(problem)
        if self.ranged and (attribute is None or kind not in RANGED):
            raise Improper(_("is neither a number nor a day"))
        return kinds.read(attribute, text) if attribute else text


def parameters() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """The parameters by their names."""
    text = "Attributes of the customer by their keys, as a JSON object."
    return {
        NAME: AttributesField(ranged=False, help_text=text),
        f"{NAME}{FROM}": AttributesField(ranged=True, help_text="Days and numbers from these values on."),
        f"{NAME}{BEFORE}": AttributesField(ranged=True, help_text="Days and numbers before these values."),
    }


def narrowed(rows: QuerySet[Any, Any], asked: Mapping[str, Asked]) -> QuerySet[Any, Any]:
    """``rows`` whose customer has the values ``asked`` for, by parameter."""
    day = dt.date.max  # the values of now are those of any day
    for number, (name, values) in enumerate(asked.items()):
        way = WAYS.get(name.removeprefix(NAME), "")
        for place, (key, value) in enumerate(values):
            alias = f"asked_{number}_{place}"
            rows = rows.alias(**{alias: ValueOnRow(key, day, "customer", stored(named(key)))})
            rows = rows.filter(**{f"{alias}{way}": value})
    return rows
