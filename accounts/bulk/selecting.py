"""Which rows somebody selected: picked one by one, or everything that the filters of an address find."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.lists import ListKind, Unreadable
from accounts.models import User
from config.text import row_number

# As many as a person can have ticked; whoever means more names the filters.
MOST_PICKS: Final = 500


@dataclass(frozen=True)
class Selection:
    """Rows of ``kind``: the numbers ``picks``, or where there are none all that ``address`` finds.

    ``rows`` are those that the person may see. Picked numbers that are not among them are acted on too, and refused by name.
    """

    kind: ListKind
    rows: QuerySet[Any]
    picks: tuple[int, ...] = ()
    address: str = ""

    def ids(self) -> list[int]:
        """The numbers as they stand now. One statement where everything found is meant."""
        return list(self.picks) or list(self.rows.order_by("pk").values_list("pk", flat=True))

    def count(self) -> int:
        return len(self.picks) or self.rows.count()

    def first(self, most: int) -> list[Any]:
        """The first rows by number, with their customers. One statement."""
        rows = self.rows.select_related(self.kind.customer) if self.kind.customer else self.rows
        return list(rows.order_by("pk")[:most])


def read(kind: ListKind, asked: QueryDict, user: User, day: dt.date) -> Selection:
    """The selection that a form names: ``pick`` for each row, or ``all`` and the address that ``found`` them.

    Raises Unreadable for what is no number, an address that cannot be read, and where nothing is selected.
    """
    if asked.get("all"):
        address = asked.get("found", "")
        return Selection(kind, kind.rows(user, QueryDict(address), day), address=address)
    numbers = [row_number(text) for text in asked.getlist("pick")]
    picks = tuple(dict.fromkeys(number for number in numbers if number is not None))
    if len(picks) != len(set(asked.getlist("pick"))):
        raise Unreadable(_("The selection cannot be read."))
    if not picks:
        raise Unreadable(_("Select at least one row."))
    if len(picks) > MOST_PICKS:
        raise Unreadable(_("Select at most %(most)s rows, or all that are found.") % {"most": MOST_PICKS})
    return Selection(kind, kind.visible(user).filter(pk__in=picks), picks)
