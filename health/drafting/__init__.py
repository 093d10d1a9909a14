"""Changing a scorecard: a draft beside the version in use, published when it is ready, gone back from at will."""

from __future__ import annotations

from health.drafting.acts import Stale, begin_draft, discard, publish, put_in_use, retire, roll_back, save_draft
from health.drafting.comparing import Difference, compare
from health.drafting.content import Cap, Content, Group, Line, Threshold, content_of, digest, with_content

__all__ = [
    "Cap",
    "Content",
    "Difference",
    "Group",
    "Line",
    "Stale",
    "Threshold",
    "begin_draft",
    "compare",
    "content_of",
    "digest",
    "discard",
    "publish",
    "put_in_use",
    "retire",
    "roll_back",
    "save_draft",
    "with_content",
]
