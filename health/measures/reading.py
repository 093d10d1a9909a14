"""What the record says of customers, as one query: each source is read once, however many quantities use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from health.measures.sources import Columns, Moment

if TYPE_CHECKING:
    from health.measures.ceilings import Rule
    from health.measures.measure import Measure


class Pick(NamedTuple):
    """A column of the query: SQL of a quantity, such as its ``amount``, over ``window`` days."""

    name: str
    quantity: Measure | Rule
    window: int
    sql: str


def query(
    who: str, kept: str, picks: Sequence[Pick], moment: Moment, *, first: int | None = None, last: int | None = None
) -> str:
    """A row for each customer of ``who`` (SQL with an ``id``): its columns ``kept``, and the picks.

    Between the ids ``first`` and ``last`` sources are grouped, else looked up customer by customer.
    """
    columns = Columns(moment)
    for pick in picks:
        for source in pick.quantity.columns:
            days = pick.quantity.reach * pick.quantity.windows.get(source, pick.window)
            columns.note(source, days, pick.quantity.only.get(source, ""))
    seen_sql = columns.seen()
    columns.note("usage", 1)
    picked = ", ".join(f"{_filled(columns, pick)} AS {pick.name}" for pick in picks)
    joins = columns.joins(first=first, last=last)
    aggregates = ", ".join(f"{source}.c{number}" for number, (source, _, _) in enumerate(columns.wanted))
    base = f"SELECT who.*, {seen_sql} AS seen, {aggregates} FROM ({who}) who {joins}"
    return f"SELECT {kept}, {picked} FROM ({base} OFFSET 0) q"


def amount(name: str, measure: Measure, window: int) -> Pick:
    """The measure's amount as a double."""
    return Pick(name, measure, window, f"({measure.amount})::float8")


def _filled(columns: Columns, pick: Pick) -> str:
    names = {
        name: columns.name(source, aggregate, pick.quantity.windows.get(source, pick.window))
        for source, aggregates in pick.quantity.columns.items()
        for name, aggregate in aggregates.items()
    }
    return pick.sql.format(**columns.moment.words(), w=pick.window, seen="seen", **names)
