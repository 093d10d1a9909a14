"""How many rows each saved view finds, within a budget of time: a view that costs too much has no figure and stops
nobody else's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from accounts.conditions import Group, How, leaves
from accounts.embedding import Query, embedded
from accounts.lists.asked import of_view
from accounts.lists.kinds import find
from accounts.models import SavedView, User

# Seconds: for all views in one statement; where that is too short, for one view, and for all that are counted alone.
TOGETHER: Final = 1.0
ALONE: Final = 0.3
REST: Final = 1.0
# Seconds for which a view that was too slow for somebody is not counted again.
PAUSE: Final = 600
MOST_PAUSED: Final = 10_000

# By view, its last change and who looks: when it may be counted again. Of this process alone.
_paused: Final[dict[tuple[int, dt.datetime, int], float]] = {}


def counts(views: Sequence[SavedView], user: User, day: dt.date) -> dict[int, int]:
    """How many rows each view finds for ``user``: one statement for all of them, or, where that takes too long, one for
    each, those with the fewest conditions first. A view without a count was too slow.
    """
    costs: dict[int, int] = {}
    parts: dict[int, Query] = {}
    for view in views:
        kind = find(view.kind)
        if kind is None or _paused.get(_key(view, user), 0) > monotonic():
            continue
        listing = of_view(kind, user, day, view)
        rows = embedded(listing.rows().values("pk"), f"view{view.pk}")
        parts[view.pk] = Query(f"SELECT {int(view.pk)}, (SELECT count(*) FROM ({rows.sql}) found)", rows.params)  # noqa: S608 (bound)
        costs[view.pk] = sum(1 for _leaf in leaves(Group(How.ALL, listing.members)))
    if not parts:
        return {}
    together = _counted(parts, TOGETHER)
    if together is not None:
        return together
    counted: dict[int, int] = {}
    end = monotonic() + REST
    for view in sorted((view for view in views if view.pk in parts), key=lambda view: costs[view.pk]):
        if end - monotonic() < ALONE:
            break  # those that were not asked are asked by the next page, when the slow ones rest
        alone = _counted({view.pk: parts[view.pk]}, ALONE)
        counted |= alone or {}
        if alone is None:
            _pause(_key(view, user))
    return counted


def _counted(parts: Mapping[int, Query], seconds: float) -> dict[int, int] | None:
    """The counts; None where the statement takes longer than ``seconds``."""
    params: dict[str, Any] = {}
    for part in parts.values():
        params |= part.params
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(max(round(seconds * 1000), 1))])
            cursor.execute(" UNION ALL ".join(part.sql for part in parts.values()), params)
            counted = dict(cursor.fetchall())
            # Nothing is written; going back takes the limit away from what the request asks next.
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    return counted


def _key(view: SavedView, user: User) -> tuple[int, dt.datetime, int]:
    return view.pk, view.changed_at, user.pk


def _pause(key: tuple[int, dt.datetime, int]) -> None:
    if len(_paused) >= MOST_PAUSED:
        _paused.clear()
    _paused[key] = monotonic() + PAUSE
