"""A condition as SQL: one predicate about a customer, and the value and truth of every leaf.

Truth has three values. A leaf on something the customer does not have is false ("is not" and "is missing" are
true); a leaf that cannot be told, on that day or for that customer, is NULL. AND, OR and NOT take NULL as SQL does,
and only TRUE lets a customer in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import BooleanField, F, Func
from django.db.models import Field as DjangoField

from accounts.conditions.comparing import ALWAYS_TOLD, EXPRESSIONS, LISTED, Comparison
from accounts.conditions.fields import Asked, Field, Kind, StateOf, is_past, named
from accounts.conditions.trees import Group, How, Leaf, Node, Stored, leaves, read
from accounts.embedding import Query, positional

UNKNOWN: Final = "NULL::boolean"
WORDED: Final = (Kind.TEXT, Kind.CHOICE, Kind.KEY)


def compile(  # noqa: A001 (the word for it)
    stored: Stored, day: dt.date, *, c: str = "c", prefix: str = "condition", today: dt.date | None = None
) -> Query:
    """The predicate on alias ``c`` that is true for the customers that match the condition on ``day``.

    Not true is false or NULL: it stands where only truth counts (WHERE, CASE WHEN, FILTER), never under NOT. The
    parameters' names begin with ``prefix``. ``today`` is the day whose facts the record holds, where ``day`` is an
    earlier one.
    """
    asked = asked_on(day, c, prefix)
    sql = Writer(asked, past=is_past(day, today), exact=False).node(read(stored))
    return Query(sql, asked.params)


def verdict(
    stored: Stored, day: dt.date, *, c: str = "c", prefix: str = "condition", today: dt.date | None = None
) -> Query:
    """The truth of the condition in three values: true, false, or NULL where it cannot be told."""
    asked = asked_on(day, c, prefix)
    sql = Writer(asked, past=is_past(day, today), exact=True).node(read(stored))
    return Query(f"({sql})", asked.params)


def members(stored: Stored, day: dt.date, *, prefix: str = "condition", today: dt.date | None = None) -> Query:
    """The ids of the customers that match the condition on ``day``."""
    inner = compile(stored, day, c="member", prefix=prefix, today=today)
    return Query(f"SELECT member.id FROM accounts_customer member WHERE {inner.sql}", inner.params)  # noqa: S608 (bound)


class OnCustomer(Func):
    """For a Customer queryset: SQL about the row of an alias, as an annotation or, where it is true or false, a filter.

    ``text`` gives it for the alias, with named parameters.
    """

    def __init__(self, text: Callable[[str], Query], output_field: DjangoField[Any, Any] | None = None) -> None:
        super().__init__(F("pk"), output_field=output_field or BooleanField(null=True))
        self.text = text

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 (Django's)
        (row,) = self.get_source_expressions()
        query = self.text(compiler.quote_name_unless_alias(row.alias))
        return positional(query)


class OnRow(Func):
    """For a queryset of rows that belong to customers: whether a row and its customer match the condition on ``day``.

    ``customer`` is the path from a row to its customer. Never negated; joins the customer only where a leaf needs it.
    """

    def __init__(self, stored: Stored, day: dt.date, customer: str) -> None:
        on_rows = all(leaf.field.row for leaf in leaves(read(stored)))
        columns = [F("pk")] if on_rows else [F("pk"), F(f"{customer}__name")]
        super().__init__(*columns, output_field=BooleanField(null=True))
        self.stored, self.day = stored, day

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 (Django's)
        sources = self.get_source_expressions()
        row, customer = (compiler.quote_name_unless_alias(source.alias) for source in (sources[0], sources[-1]))
        asked = replace(asked_on(self.day, customer, "condition"), row=row)
        sql = Writer(asked, past=False, exact=False).node(read(self.stored))
        return positional(Query(sql, asked.params))


class ValueOnRow(Func):
    """For a queryset of rows that belong to customers: the value of a field on ``day``, as conditions compare it.

    ``customer`` is the path from a row to its customer, empty where rows are customers.
    """

    def __init__(self, key: str, day: dt.date, customer: str, output_field: DjangoField[Any, Any]) -> None:
        path = F(f"{customer}__name") if customer and not named(key).row else F("pk")
        super().__init__(F("pk"), path, output_field=output_field)
        self.key, self.day = key, day

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 (Django's)
        row, customer = (compiler.quote_name_unless_alias(source.alias) for source in self.get_source_expressions())
        asked = replace(asked_on(self.day, customer, "value"), row=row)
        sql = Writer(asked, past=False, exact=True).leaf(Leaf(self.key, named(self.key).tests[-1], None)).value
        return positional(Query(sql, asked.params))


class ValueOf(OnCustomer):
    """For a Customer queryset: the value of a field on ``day``, as conditions compare it; NULL where it has none."""

    def __init__(
        self, key: str, day: dt.date, output_field: DjangoField[Any, Any], today: dt.date | None = None
    ) -> None:
        def text(c: str) -> Query:
            asked = asked_on(day, c, "value")
            measured = Writer(asked, past=is_past(day, today), exact=True).leaf(Leaf(key, "known", None))
            return Query(measured.value, asked.params)

        super().__init__(text, output_field)


class Holds(OnCustomer):
    """For a Customer queryset: whether the condition holds on ``day``. For ``filter`` and ``When``, never negated.

    With ``exact`` it is the truth in three values, for annotations and for ``filter(…=None)``.
    """

    def __init__(self, stored: Stored, day: dt.date, today: dt.date | None = None, *, exact: bool = False) -> None:
        form = verdict if exact else compile
        super().__init__(lambda c: form(stored, day, c=c, today=today))


@dataclass(frozen=True)
class Measured:
    """The value of a leaf and its truth as SQL."""

    value: str
    truth: str


class Writer:
    """Writes the SQL of a tree's nodes.

    ``exact`` tells false from unknown. Without it a leaf on something missing may be NULL as well, so that a plain
    comparison can use an index; under *none*, where that would matter, leaves are exact all the same.
    """

    def __init__(self, asked: Asked, *, past: bool, exact: bool) -> None:
        self.asked, self.past, self.exact = asked, past, exact

    def node(self, node: Node) -> str:
        """The truth of a node."""
        return self._group(node) if isinstance(node, Group) else self.leaf(node).truth

    def leaf(self, leaf: Leaf) -> Measured:
        """A leaf's value and the truth of its test."""
        field = leaf.field
        if field.row or field.state:
            return self._of_today(leaf, field)
        if not self.past or field.every_day:
            value = field.sql(self.asked)
            if field.held and leaf.test in LISTED:
                return Measured(value, self._held(leaf, field.held))
            return self._told(leaf, field, value)
        if field.then is None:
            return Measured("NULL", UNKNOWN)
        value = field.then(self.asked)
        if field.kind not in WORDED:
            return self._told(leaf, field, value)
        # For a past day NULL means unknown, an empty text means that there was none.
        return Measured(f"nullif({value}, '')", f"({self._test(leaf, value, empty='')})")

    def _of_today(self, leaf: Leaf, field: Field) -> Measured:
        """A state, or a field of a list's row: both are unknown for an earlier day."""
        if self.past or (field.row and not self.asked.row):
            return Measured("NULL", UNKNOWN)
        if field.state:
            return self._state(field.state, leaf)
        of_row = Writer(replace(self.asked, c=self.asked.row), past=False, exact=self.exact)
        return of_row._told(leaf, field, field.sql(of_row.asked))

    def _state(self, state: StateOf, leaf: Leaf) -> Measured:
        c = self.asked.c
        facts = f"(SELECT st.facts::text FROM ({state.found(self.asked, leaf.value)}) st WHERE st.customer_id = {c}.id)"  # noqa: S608
        return Measured(facts, f"{c}.id IN (SELECT st.customer_id FROM ({state.found(self.asked, leaf.value)}) st)")  # noqa: S608

    def _told(self, leaf: Leaf, field: Field, value: str) -> Measured:
        """A leaf whose NULL means "none", unless its field declares that it means "cannot be told"."""
        truth = self._test(leaf, value, empty="" if field.blank else None)
        if field.blank:
            value = f"nullif({value}, '')"
        if not self.exact or field.untold is True or leaf.test in ALWAYS_TOLD:
            return Measured(value, f"({truth})")
        definite_truth = f"coalesce({truth}, false)"
        if not field.untold:
            return Measured(value, definite_truth)
        return Measured(value, f"(CASE WHEN {field.untold(self.asked)} THEN {UNKNOWN} ELSE {definite_truth} END)")

    def _held(self, leaf: Leaf, held: Callable[[Asked, str], str]) -> str:
        values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
        return f"({self.asked.c}.id IN ({held(self.asked, f'{self.asked.bind(values)}::text[]')}))"

    def _test(self, leaf: Leaf, value: str, empty: str | None) -> str:
        return EXPRESSIONS[leaf.test](Comparison(self.asked, leaf, value, empty))

    def _group(self, group: Group) -> str:
        if not group.members:
            return "true"
        inner = Writer(self.asked, past=self.past, exact=self.exact or group.how == How.NONE)
        parts = [inner.node(member) for member in group.members]
        if group.how == How.ALL:
            return f"({' AND '.join(parts)})"
        disjunction = f"({' OR '.join(parts)})"
        return disjunction if group.how == How.ANY else f"(NOT {disjunction})"


def asked_on(day: dt.date, c: str, prefix: str, only: Sequence[int] | None = None) -> Asked:
    """The context in which a tree's fields are compiled; the day is its first parameter."""
    asked = Asked(c, "", {}, prefix, day, only)
    asked.day = f"{asked.bind(day)}::date"
    return asked
