"""Changing a scorecard: a draft beside the version in use, published when it is ready, rolled back at will."""

from __future__ import annotations

from health.publishing.acts import (
    begin_draft,
    discard,
    hold,
    in_use,
    publish,
    put_in_use,
    retire,
    roll_back,
    save_draft,
)
from health.publishing.comparing import Difference, compare

__all__ = [
    "Difference",
    "begin_draft",
    "compare",
    "discard",
    "hold",
    "in_use",
    "publish",
    "put_in_use",
    "retire",
    "roll_back",
    "save_draft",
]
