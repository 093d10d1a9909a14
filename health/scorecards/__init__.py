"""Scorecards: their content as values, the cards in use, and the tables of their scores."""

from __future__ import annotations

from health.scorecards.cards import Card, card_of, in_place, published
from health.scorecards.content import Cap, Content, Group, Line, Place, Threshold
from health.scorecards.histories import History, history_of
from health.scorecards.stored import content_of, free_key, with_content, write

__all__ = [
    "Cap",
    "Card",
    "Content",
    "Group",
    "History",
    "Line",
    "Place",
    "Threshold",
    "card_of",
    "content_of",
    "free_key",
    "history_of",
    "in_place",
    "published",
    "with_content",
    "write",
]
