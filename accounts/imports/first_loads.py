"""Since when what a file adds counts as known: a source's first load was always known, what follows since its day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

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

    The first load is everything that comes on the first day: a folder's second file, and rows rejected then that come
    in later, put right. Corrected rows of a later file are known since the day that file came. ``known``: rows of the
    source stand already.
    """
    came_on = staged.rejected_on or staged.today
    words = {"target": target, "known": known, "came_on": came_on}
    staged.execute(REMEMBER, words)
    ((is_first,),) = staged.rows(FIRST, words)
    return None if is_first else came_on
