"""Saying an act to people: what it did to how many, and which rows it left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import lists
from accounts.models import BulkAct, BulkRow, Customer, User


@dataclass(frozen=True)
class Named:
    """A row as people know it: its own title, empty for a customer, and its customer."""

    title: str
    customer: Customer

    @property
    def words(self) -> str:
        return f"{self.title} · {self.customer.name}" if self.title else self.customer.name


@dataclass(frozen=True)
class Left:
    """A row that an act left as it was, or that stayed as the act left it, with the reason; ``row`` is None for who may not see it."""

    number: int
    row: Named | None
    reason: str


def named(row: Any) -> Named:
    """A row of any list, read with its customer."""
    if isinstance(row, Customer):
        return Named("", row)
    return Named(getattr(row, "shown_title", ""), row.customer)


def counted(kind: str, number: int) -> str:
    """``30 customers``."""
    known = lists.find(kind)
    return known.counted(number) if known else str(number)


def summed(begun: BulkAct) -> str:
    """The act in a sentence or two: ``Tag added: “pilot”: 28 customers. 2 refused.``"""
    returned = begun.state == BulkAct.State.RETURNED
    parts = [_taken_back(begun) if returned else _done(begun)]
    if returned and begun.kept:
        parts.append(
            ngettext("%(n)s stays as it is now.", "%(n)s stay as they are now.", begun.kept) % {"n": begun.kept}
        )
    if not returned and begun.same:
        parts.append(
            ngettext("%(n)s was in this state already.", "%(n)s were in this state already.", begun.same)
            % {"n": begun.same}
        )
    if not returned and begun.refused:
        parts.append(ngettext("%(n)s refused.", "%(n)s refused.", begun.refused) % {"n": begun.refused})
    return " ".join(parts)


def _done(begun: BulkAct) -> str:
    return _("%(act)s: %(rows)s.") % {"act": begun.words, "rows": counted(begun.kind, begun.done)}


def _taken_back(begun: BulkAct) -> str:
    words = {"act": begun.words, "rows": counted(begun.kind, begun.returned)}
    return _("Taken back (%(act)s): %(rows)s.") % words


def left(begun: BulkAct, reader: User, rows: Iterable[BulkRow]) -> list[Left]:
    """``rows`` of the act with their names, as far as ``reader`` may see them. One statement."""
    kind = lists.find(begun.kind)
    told = list(rows)
    if kind is None:
        return [Left(row.object_id, None, row.reason) for row in told]
    visible = kind.visible(reader).filter(pk__in=[row.object_id for row in told])
    found = {row.pk: row for row in (visible.select_related(kind.customer) if kind.customer else visible)}
    return [
        Left(row.object_id, named(found[row.object_id]) if row.object_id in found else None, row.reason) for row in told
    ]
