"""Rows of a list in groups: how many and how much stand in each, and its first rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, DateField, F, Sum, TextField, Window
from django.db.models.functions import RowNumber, TruncMonth

from accounts.conditions import ValueOnRow
from accounts.conditions.fields import Field
from accounts.lists.asked import Asked
from accounts.lists.kinds import Grouping, ListKind
from accounts.lists.older import Leaf, leaf

SHOWN: Final = 6
MOST: Final = 60


@dataclass(frozen=True)
class Rows:
    """One group: the value that its rows share (None: they have none), their number, the sum of their amounts
    (None: the list or these rows have none), how many of them lack an amount, and the first of them.
    """

    value: Any
    count: int
    total: Decimal | None
    untold: int
    first: list[Any]

    @property
    def key(self) -> str:
        """What names the group in an address."""
        return key_of(self.value)

    @property
    def more(self) -> int:
        return self.count - len(self.first)


def key_of(value: Any) -> str:
    return "" if value is None else str(value)


def groups(listing: Asked, grouping: Grouping) -> tuple[list[Rows], int]:
    """The groups in order, and how many more there are. Two statements, and one for the names of rows."""
    kind = listing.kind
    value = _value(kind, grouping, listing.day)
    sums: dict[str, Any] = {"count": Count("pk")}
    if kind.amount:
        sums |= {"total": Sum(kind.amount), "told": Count(kind.amount)}
    group_sums = list(listing.rows().order_by().annotate(grouped_by=value).values("grouped_by").annotate(**sums))
    ordered = sorted(group_sums, key=_place(grouping))
    shown_sums = ordered[:MOST]
    unfolded = [line["grouped_by"] for line in shown_sums if key_of(line["grouped_by"]) not in listing.folded]
    first = _first(listing, value, unfolded) if unfolded else {}
    return [
        Rows(
            line["grouped_by"], line["count"], line.get("total"), line["count"] - line.get("told", line["count"]),
            first.get(line["grouped_by"], []),
        )
        for line in shown_sums
    ], len(ordered) - len(shown_sums)  # fmt: skip


def member(grouping: Grouping, value: Any) -> Any:
    """The condition that only a group's rows match."""
    if value is None:
        return leaf(grouping.key, "missing")
    if not grouping.by_month:
        return leaf(grouping.key, "is", value)
    return {"all": list(_month(grouping.key, value))}


def _month(key: str, first: dt.date) -> tuple[Leaf, Leaf]:
    after = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return leaf(key, "from", first.isoformat()), leaf(key, "before", after.isoformat())


def _value(kind: ListKind, grouping: Grouping, day: dt.date) -> Any:
    if grouping.by_month:
        return TruncMonth(ValueOnRow(grouping.key, day, kind.customer, DateField()), output_field=DateField())
    return ValueOnRow(grouping.key, day, kind.customer, TextField())


def _first(listing: Asked, value: Any, values: Sequence[Any]) -> dict[Any, list[Any]]:
    rows = listing.shaped(grouped_by=value)
    place = Window(RowNumber(), partition_by=[F("grouped_by")], order_by=[*listing.ordering])
    placed = rows.annotate(place=place).filter(place__lte=SHOWN).order_by("place")
    first: dict[Any, list[Any]] = {group_value: [] for group_value in values}
    for row in placed:
        if row.grouped_by in first:
            first[row.grouped_by].append(row)
    return first


def _place(grouping: Grouping) -> Any:
    """The sort key of groups: choices in their own order, people and rows by name, months by date; None comes last."""
    if grouping.by_month:
        return lambda line: (line["grouped_by"] is None, line["grouped_by"] or dt.date.max)
    order = {str(key): place for place, (key, _label) in enumerate(_options(grouping.field))}
    return lambda line: (
        line["grouped_by"] is None,
        order.get(str(line["grouped_by"]), len(order)),
        str(line["grouped_by"]),
    )


def _options(field: Field) -> list[tuple[Any, Any]]:
    if field.rows:
        return sorted(field.rows.names().items(), key=lambda row: row[1])
    return field.options
