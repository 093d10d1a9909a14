"""The day since which a file's new rows count as known: always for a source's first load, else since the load's day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from accounts.models import Source

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

REMEMBER: Final = """
    INSERT INTO accounts_firstload (source, target, loaded_on)
    SELECT %(source)s, %(target)s, %(came_on)s WHERE NOT %(known)s AND EXISTS (SELECT FROM import_staged)
    ON CONFLICT (source, target) DO UPDATE SET loaded_on = excluded.loaded_on
"""
FIRST: Final = """
    SELECT NOT %(known)s OR EXISTS (
        SELECT FROM accounts_firstload f
        WHERE (f.source, f.target, f.loaded_on) = (%(source)s, %(target)s, %(came_on)s::date))
"""


def known_since(staged: Staged, target: str, *, known: bool) -> dt.date | None:
    """The day since which new rows of the file are known; None in the first load of its source: since their own first day.

    The first load is everything that comes on the first day, a folder's second file too, and rows rejected then that
    come in later, corrected. Corrected rows of a later file are known since the day that file came. ``known``: rows of
    the source exist already. What people type has no first load: it is known since the day on which it is typed.
    """
    if staged.file.source == Source.TYPED:
        return staged.today
    came_on = staged.rejected_on or staged.today
    params = {"target": target, "known": known, "came_on": came_on}
    staged.execute(REMEMBER, params)
    ((is_first,),) = staged.rows(FIRST, params)
    return None if is_first else came_on
