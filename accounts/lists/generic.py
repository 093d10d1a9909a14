"""Columns of the fields that a condition can use: one for each field, drawn by the kind of its value."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, DateField, DecimalField, Func, IntegerField, TextField, Value
from django.db.models.functions import Cast
from django.utils.html import escape

from accounts.conditions import ValueOnRow
from accounts.conditions.fields import Field, Kind, find
from accounts.conditions.words import choice, figure
from accounts.keyset import Order, read_date, read_number
from accounts.lists import cells
from accounts.lists.kinds import Column, Sight, no_column
from config.ui import figures

# What the place among choices is called beside the value.
PLACE: Final = "_place"
FIGURES: Final = (Kind.NUMBER, Kind.MONEY, Kind.COUNT)
COLUMNS: Final[dict[Kind, Callable[[], Any]]] = {
    Kind.NUMBER: lambda: DecimalField(max_digits=42, decimal_places=30),
    Kind.DATE: DateField,
    Kind.FLAG: BooleanField,
}
READ: Final[dict[Kind, Callable[[str], Any]]] = {
    Kind.NUMBER: read_number,
    Kind.DATE: read_date,
    Kind.FLAG: lambda text: text == "True",
}


def columns(customer: str, row: str) -> Callable[[str], Column | None]:
    """A function that makes a list's column of a field's key; ``customer`` is the path from a row to its customer."""

    def column(key: str) -> Column | None:
        field = find(key)
        if field is None or field.state or field.row not in {"", row}:
            return None
        name = alias(key)
        return Column(
            key,
            field.label,
            lambda line, sight: drawn(field, getattr(line, name), sight),
            lambda line, sight: said(field, getattr(line, name), sight),
            key if field.in_row and not customer else "",
            css="num desk" if field.kind in FIGURES else "desk named",
            values=lambda _user, day: {
                name: (value := ValueOnRow(key, day, customer, stored(field))),
                **placed(field, name, value),
            },
        )

    return column


def placed(field: Field, name: str, value: Any) -> dict[str, Any]:
    """Of choices that somebody has put in an order, the place of the value; sorted by letters they would say nothing."""
    if not has_places(field):
        return {}
    choices = Cast(Value([choice for choice, _words in field.options]), ArrayField(TextField()))
    return {f"{name}{PLACE}": Func(choices, value, function="array_position", output_field=IntegerField())}


def has_places(field: Field) -> bool:
    return field.kind == Kind.CHOICE and field.in_row


def stored(field: Field) -> Any:
    """The column that holds such values, so that they are compared as what they are where rows are walked along them."""
    return COLUMNS.get(field.kind, TextField)() if field.in_row else TextField()


def order(key: str) -> Order | None:
    """The order of customers by a field whose value stands in their row; None for others, which take a look-up a customer."""
    field = find(key.removeprefix("-"))
    if field is None or not field.in_row:
        return None
    if has_places(field):
        return Order(f"{alias(field.key)}{PLACE}", int, descending=key.startswith("-"))
    return Order(alias(field.key), READ.get(field.kind, str), descending=key.startswith("-"))


def alias(key: str) -> str:
    """The name under which a row holds the value of a field."""
    return f"of_{re.sub('[^a-z0-9]', '_', key.lower())[:30]}_{zlib.crc32(key.encode()):x}"


def drawn(field: Field, value: Any, sight: Sight) -> str:
    """The value in a cell."""
    if value in (None, "", []):
        return figures.NONE
    if field.kind == Kind.DATE:
        return cells.day(value, sight.day, sight.language)
    if field.kind == Kind.MONEY:
        return cells.money(value, sight.currency, sight.language)
    if field.kind in FIGURES:
        return str(escape(figure(Decimal(str(value)))))
    return cells.cut(str(said(field, value, sight)))


def said(field: Field, value: Any, _sight: Sight) -> Any:
    """The value in words; a figure or a day as it is."""
    if isinstance(value, bool):
        return dict(field.fixed_choices)["yes" if value else "no"]
    if isinstance(value, list):
        return figures.listed(value)
    return value if value is None or field.kind in {Kind.DATE, *FIGURES} else choice(field, value)


__all__ = ["alias", "columns", "drawn", "no_column", "order", "said"]
