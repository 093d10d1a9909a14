"""Bulk acts in words: what an act did to how many rows, and which rows it left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts import lists
from accounts.models import BulkAct, BulkRow, Customer, User
from config.sentences import again

State = BulkRow.State
PARTS: Final = {
    State.REFUSED: pgettext_lazy("rows of a bulk act", "Skipped"),
    State.KEPT: pgettext_lazy("rows of a bulk act", "Left by the undo"),
    State.DONE: pgettext_lazy("rows of a bulk act", "Changed"),
    State.RETURNED: pgettext_lazy("rows of a bulk act", "Taken back"),
    State.SAME: pgettext_lazy("rows of a bulk act", "In this state already"),
}


@dataclass(frozen=True)
class Named:
    """A row as people know it: its own title, empty for a customer, and its customer."""

    title: str
    customer: Customer

    @property
    def words(self) -> str:
        return f"{self.title} · {self.customer.name}" if self.title else self.customer.name


@dataclass(frozen=True)
class Part:
    """The rows of an act of which the same became: their ``state`` and how many there are."""

    state: str
    label: str | Promise
    number: int


@dataclass(frozen=True)
class Line:
    """A row of an act, and why the act or its undo left it; ``row`` is None where the reader may not see it."""

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
    list_kind = lists.find(kind)
    return list_kind.counted(number) if list_kind else str(number)


def summed(bulk_act: BulkAct) -> str:
    """The act in a sentence or two: ``Tag added: “pilot”: 28 customers. 2 refused.``"""
    returned = bulk_act.state == BulkAct.State.RETURNED
    parts = [_taken_back(bulk_act) if returned else _done(bulk_act)]
    if returned and bulk_act.kept:
        parts.append(
            ngettext("%(n)s stays as it is now.", "%(n)s stay as they are now.", bulk_act.kept) % {"n": bulk_act.kept}
        )
    if not returned and bulk_act.same:
        parts.append(
            ngettext("%(n)s was in this state already.", "%(n)s were in this state already.", bulk_act.same)
            % {"n": bulk_act.same}
        )
    if not returned and bulk_act.refused:
        parts.append(ngettext("%(n)s refused.", "%(n)s refused.", bulk_act.refused) % {"n": bulk_act.refused})
    return " ".join(parts)


def _done(bulk_act: BulkAct) -> str:
    return _("%(act)s: %(rows)s.") % {"act": bulk_act.words, "rows": counted(bulk_act.kind, bulk_act.done)}


def _taken_back(bulk_act: BulkAct) -> str:
    names = {"act": bulk_act.words, "rows": counted(bulk_act.kind, bulk_act.returned)}
    return _("Taken back (%(act)s): %(rows)s.") % names


def parts(bulk_act: BulkAct) -> list[Part]:
    """What became of the rows of an act that is over, without those of which there are none; they add up to all its rows."""
    if bulk_act.is_under_way:
        return []
    numbers = {
        State.REFUSED: bulk_act.refused,
        State.KEPT: bulk_act.kept,
        State.DONE: bulk_act.done - bulk_act.returned - bulk_act.kept,
        State.RETURNED: bulk_act.returned,
        State.SAME: bulk_act.same,
    }
    return [Part(state, PARTS[state], number) for state, number in numbers.items() if number]


def lines(bulk_act: BulkAct, reader: User, rows: Iterable[BulkRow]) -> list[Line]:
    """``rows`` of the act with their names, as far as ``reader`` may see them. One statement."""
    kind = lists.find(bulk_act.kind)
    bulk_rows = list(rows)
    if kind is None:
        return [Line(row.object_id, None, again(row.reason)) for row in bulk_rows]
    visible = kind.visible(reader).filter(pk__in=[row.object_id for row in bulk_rows])
    visible_rows = {row.pk: row for row in (visible.select_related(kind.customer) if kind.customer else visible)}
    return [
        Line(
            row.object_id,
            named(visible_rows[row.object_id]) if row.object_id in visible_rows else None,
            again(row.reason),
        )
        for row in bulk_rows
    ]
