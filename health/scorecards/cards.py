"""Stored scorecards as values; those in use come in the order in which they are matched to customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from health.models import Scorecard
from health.scorecards.content import Content
from health.scorecards.stored import content_of, parts, with_content


@dataclass(frozen=True)
class Card:
    """A stored version with its content."""

    pk: int
    key: str
    content: Content

    @property
    def purpose(self) -> str:
        return self.content.purpose


def published() -> list[Card]:
    """Every scorecard in use, by position. Six statements."""
    rows = Scorecard.objects.filter(is_published=True).order_by("position", "pk")
    return [card_of(row) for row in with_content(rows)]


def in_place(draft: Card) -> list[Card]:
    """The scorecards in use of the draft's purpose with it in the place of its published version, in their order."""
    others = [card for card in published() if card.purpose == draft.purpose and card.key != draft.key]
    return sorted([*others, draft], key=lambda card: (card.content.position, card.pk))


def card_of(row: Scorecard) -> Card:
    """``row`` as values; five statements unless it comes from ``with_content``."""
    return Card(row.pk, row.key, content_of(row))


def stored_card(pk: int) -> Card:
    """The version ``pk`` as stored now. Six statements."""
    return card_of(with_content(Scorecard.objects.filter(pk=pk)).get())


def cards_of(rows: Sequence[Scorecard]) -> list[Card]:
    """A card for each of ``rows``, in their order, however often one comes. Five statements for all."""
    distinct_rows = {row.pk: row for row in rows}
    prefetch_related_objects(list(distinct_rows.values()), *parts())
    cards = {pk: card_of(row) for pk, row in distinct_rows.items()}
    return [cards[row.pk] for row in rows]
