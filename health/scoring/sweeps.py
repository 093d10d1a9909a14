"""Scores of a few customers that have changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from accounts.models import Customer
from health.scoring import LOOK_UP_BELOW, writing
from health.scoring.formula import Scope

FEW: Final = 100


def score(day: dt.date, ids: Sequence[int]) -> int:
    """Score customers as of ``day`` in the caller's transaction; returns how many. A fixed number of statements.

    The caller has the exclusive lock (``writing.try_lock``). Safe to run again.
    """
    return writing.write(_scope(sorted(ids)), day) if ids else 0


def _scope(ids: list[int]) -> Scope:
    """The ids one by one; the whole range at once when they are a large part of the customers between them."""
    between = Customer.objects.filter(pk__range=(ids[0], ids[-1])).count()
    if len(ids) > FEW and len(ids) > LOOK_UP_BELOW * between:
        return Scope(first=ids[0], last=ids[-1])
    return Scope(ids=ids)
