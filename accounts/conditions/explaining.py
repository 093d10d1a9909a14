"""Explains a condition for one customer: every leaf with its value and its truth.

The values and truths are columns of one statement, written by the compiler of the predicate itself, so that the
explanation cannot differ from the predicate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.conditions.compiling import Writer, asked_on
from accounts.conditions.fields import is_past
from accounts.conditions.trees import Group, How, Leaf, Node, Stored, read
from accounts.models import Customer


@dataclass(frozen=True)
class Explained:
    """A node evaluated for a customer. ``holds`` is None where it cannot be told; ``actual`` is a leaf's value."""

    node: Node
    holds: bool | None
    actual: Any = None
    members: tuple[Explained, ...] = ()

    @property
    def required(self) -> tuple[Explained, ...]:
        """The parts that must all hold: the members of *all*, else the node itself."""
        is_all = isinstance(self.node, Group) and self.node.how == How.ALL
        return self.members if is_all else (self,)

    @property
    def leaves(self) -> Iterator[Explained]:
        """The leaves below, in the order of reading; a leaf itself."""
        if isinstance(self.node, Leaf):
            yield self
        for member in self.members:
            yield from member.leaves


def explain(stored: Stored, customer: Customer, day: dt.date, *, today: dt.date | None = None) -> Explained:
    """The condition and each part of it for ``customer`` on ``day``. One statement."""
    tree = read(stored)
    asked = asked_on(day, "c", "condition", [customer.pk])
    writer = Writer(asked, past=is_past(day, today), exact=True)
    columns = list(_columns(tree, writer))
    sql = f"SELECT {', '.join(columns)} FROM accounts_customer c WHERE c.id = {asked.bind(customer.pk)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, asked.params)
        row = cursor.fetchone()
    return _explained(tree, iter(row or [None] * len(columns)))


def _columns(node: Node, writer: Writer) -> Iterator[str]:
    """For a leaf its value and truth; for a group its truth, then the columns of its members."""
    if isinstance(node, Leaf):
        measured = writer.leaf(node)
        yield from (measured.value, measured.truth)
        return
    yield writer.node(node)
    for member in node.members:
        yield from _columns(member, writer)


def _explained(node: Node, row: Iterator[Any]) -> Explained:
    if isinstance(node, Group):
        holds = next(row)
        return Explained(node, holds, members=tuple(_explained(member, row) for member in node.members))
    actual = next(row)
    return Explained(node, next(row), actual)
