"""Who may write rows of the record one by one, as a program does.

Who may import writes what files of theirs may bring (``bounds``). Everybody else but viewers writes what the pages let
them type: rows of the source ``typed``, of customers that are theirs to change, in the present and in their own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts import access
from accounts.imports.bounds import open_to
from accounts.imports.targets import Target, Trouble
from accounts.models import User

SOURCE: Final = "typed"
BY_EVERYBODY: Final = frozenset(
    {"contacts", "contracts", "objectives", "outcomes", "cancellations", "invoices", "touchpoints"}
)
AUTHOR: Final = "author"


def writes(user: User, target: Target) -> bool:
    """Whether ``user`` may write any rows of the target."""
    if access.imports(user):
        return target.name in open_to(user)
    return access.writes(user) and target.name in BY_EVERYBODY


def refusal(user: User, source: str, *, is_past: bool) -> str:
    """Why ``user`` may not write rows of the source, or rows that count in the past; "" where they may."""
    if access.imports(user) or (source == SOURCE and not is_past):
        return ""
    return _("Only who imports writes rows of other systems, or of the past: yours are of the source typed.")


def signed(rows: Sequence[Any], target: Target, user: User) -> tuple[Sequence[Any], dict[int, list[Trouble]]]:
    """The rows in the name of ``user``, and by its place why a row that names another author is refused."""
    if access.imports(user) or target.field(AUTHOR) is None:
        return rows, {}
    barred = {
        place: [(AUTHOR, _("What you log is yours: name yourself, or nobody."))]
        for place, row in enumerate(rows)
        if isinstance(row, Mapping) and str(row.get(AUTHOR) or user.email).strip().lower() != user.email
    }
    return [{**row, AUTHOR: user.email} if isinstance(row, Mapping) else row for row in rows], barred
