"""Which rows somebody selected: picked one by one, whole groups, or everything that the filters of an address find."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.conditions import Group, How, leaves, write
from accounts.lists import ListKind, Unreadable
from accounts.lists.grouping import MOST
from accounts.lists.written import members_of
from accounts.models import User
from config.text import row_number

# As many as a person can have ticked; a larger selection goes by its filters.
MOST_PICKS: Final = 500
# Conditions of all the groups that a page shows: a month has two.
MOST_OF_GROUPS: Final = 2 * MOST


@dataclass(frozen=True)
class Selection:
    """Rows of ``kind``: the numbers ``picks``, and where ``finds`` all of those ``groups`` that ``address`` finds, without groups all of it.

    ``rows`` are those that the person may see. Picked numbers that are not among them are acted on too, and refused by name.
    """

    kind: ListKind
    rows: QuerySet[Any]
    picks: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    address: str = ""
    finds: bool = False

    def ids(self) -> list[int]:
        """The numbers as they stand now. One statement where something found is meant."""
        found = self.rows.order_by("pk").values_list("pk", flat=True) if self.finds else ()
        return list(dict.fromkeys((*self.picks, *found)))

    def first(self, most: int) -> list[Any]:
        """The first rows by number, with their customers. One statement."""
        rows = self.rows.select_related(self.kind.customer) if self.kind.customer else self.rows
        return list(rows.order_by("pk")[:most])


def digest(ids: list[int]) -> str:
    """A digest of rows: an act is done on those that were shown, not on as many others."""
    return hashlib.blake2b(repr(sorted(ids)).encode(), digest_size=16).hexdigest()


def read(kind: ListKind, data: QueryDict, user: User, day: dt.date) -> Selection:
    """The selection that a form names: ``pick`` for each row, ``group`` for each whole group, or ``all``, of what the address ``found``.

    Raises Unreadable for what is no number, an address that cannot be read, and where nothing is selected.
    """
    address, groups = data.get("found", ""), tuple(dict.fromkeys(data.getlist("group")))
    if data.get("all"):
        return Selection(kind, kind.rows(user, QueryDict(address), day), address=address, finds=True)
    picks = _picks(data)
    if len(picks) > MOST_PICKS:
        raise Unreadable(_("Select at most %(most)s rows, or all that are found.") % {"most": MOST_PICKS})
    picked = kind.visible(user).filter(pk__in=picks)
    if groups:
        found = _of_groups(kind, kind.rows(user, QueryDict(address), day), groups, day)
        rows = kind.visible(user).filter(Q(pk__in=picks) | Q(pk__in=found.order_by().values("pk")))
        return Selection(kind, rows, picks, groups, address, finds=True)
    if not picks:
        raise Unreadable(_("Select at least one row."))
    return Selection(kind, picked, picks)


def _picks(asked: QueryDict) -> tuple[int, ...]:
    numbers = [row_number(text) for text in asked.getlist("pick")]
    picks = tuple(dict.fromkeys(number for number in numbers if number is not None))
    if len(picks) != len(set(asked.getlist("pick"))):
        raise Unreadable(_("The selection cannot be read."))
    return picks


def _of_groups(kind: ListKind, rows: Any, groups: tuple[str, ...], day: dt.date) -> Any:
    """Those of ``rows`` that stand in one of the groups."""
    members, wrong = members_of(groups, kind.key, MOST_OF_GROUPS)
    if wrong:
        raise Unreadable(wrong)
    if any(leaf.field.state for leaf in leaves(Group(How.ANY, tuple(members)))):
        raise Unreadable(_("The selection cannot be read."))
    return kind.holding(rows, write(Group(How.ALL, (Group(How.ANY, tuple(members)),))), day)
