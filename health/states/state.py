"""What a state is: a named condition of a customer on a day, as one set-based query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.utils.functional import Promise

from accounts import periods

Values = Mapping[str, Any]
Columns = Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """A measure of the catalogue that is taken from the record for every customer.

    ``window`` in days (None: the measure's own), as it was ``back`` days before the day.
    """

    measure: str
    window: int | None = None
    back: int = 0


def reads_nothing(_values: Values) -> dict[str, Measured]:
    return {}


def as_given(values: Values) -> dict[str, Any]:
    return dict(values)


@dataclass(frozen=True)
class State:
    """A condition of a customer on a day; rules open cases for it, playbooks start on it.

    ``sql`` answers ``(customer_id, facts jsonb)`` for every customer ``c`` of the table ``standing`` (see
    ``health.states.table``) whose state holds on ``%(day)s``; it may name its ``fields``, ``%(now)s`` (the end of
    the day) and ``%(zone)s``. Where it reads measures, it is a function of the values and of the columns that have
    its ``reads``. It reads only what was known by the end of the day. ``facts`` are the evidence; ``since`` among them
    is the day on which the state began, where the record has it. A fact that may be unknown (NULL or empty) has a
    sentence of its own in ``unknown``: the evidence without that fact.

    ``fields`` are the form fields of its values, each with its default as ``initial``. ``asks`` is the condition in
    words over the values, ``says`` the evidence, over the facts; both may have plural forms. A fact whose key ends
    in ``_on`` or is ``since`` is a day, ``share`` and ``change`` are parts of one, ``figure``, ``before`` and
    ``beyond`` are in the unit of ``measure``. ``behind`` is a measure whose rows show the state.
    """

    key: str
    name: Promise
    asks: Promise
    says: Promise
    sql: str | Callable[[Values, Columns], str]
    fields: Mapping[str, forms.Field] = field(default_factory=dict)
    reads: Callable[[Values], dict[str, Measured]] = reads_nothing
    bound: Callable[[Values], dict[str, Any]] = as_given
    behind: str = ""
    unknown: Mapping[str, Promise] = field(default_factory=dict)

    def query(self, values: Values, columns: Columns) -> str:
        """The SQL for these values, over a ``standing`` that has the reads in ``columns`` (by name)."""
        return self.sql if isinstance(self.sql, str) else self.sql(values, columns)


DAY: Final = "%(day)s::date"
THERE: Final = periods.present("p", DAY)
TWO_WAY: Final = f"h.two_way AND h.happened_on <= {DAY}"
SEATS: Final = f"""
    SELECT sum(e.quantity) AS seats FROM accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id
    WHERE k.customer_id = c.id AND e.kind = 'seats' AND {periods.entitled("e", "k", DAY)}
"""
# A customer that leaves has no renewal to come and is offered nothing.
STAYS: Final = "c.leaves_on IS NULL AND c.status <> 'notice'"


def opened_within(days: str) -> str:
    """The condition that a ticket was opened in the last ``days`` (a parameter, or a sum of them) days."""
    start = f"(%(day)s::date - ({days}) + 1)::timestamp AT TIME ZONE %(zone)s"
    return f"t.opened_at < %(now)s::timestamptz AND t.opened_at >= {start}"
