"""The scorecards in use and whom they score."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from accounts.models import Customer
from health.models import Scorecard
from health.scoring import cards


@dataclass(frozen=True)
class CardUse:
    """A scorecard in use with how many current customers it scores, by band."""

    card: Scorecard
    bands: dict[str, int]

    @property
    def customers(self) -> int:
        return sum(self.bands.values())

    def share(self, band: str) -> float:
        """Of the customers that have a score."""
        scored = self.customers - self.bands.get("", 0)
        return self.bands.get(band, 0) / scored if scored else 0.0

    @property
    def shares(self) -> list[tuple[str, int, float]]:
        return [(band, self.bands.get(band, 0), self.share(band)) for band in ("green", "yellow", "red")]


def cards_in_use(customers: QuerySet[Customer]) -> list[CardUse]:
    """The published scorecards, first the one that goes first, with their customers among ``customers``.
    Seven statements.
    """
    published = Scorecard.objects.filter(is_published=True).order_by("position", "pk")
    found = list(published.prefetch_related(*cards.parts_of_a_card()))
    if not found:
        return []
    whens = [When(_fits(cards.card(one)), then=Value(one.pk)) for one in found]
    counted = (
        customers.filter(status__in=["live", "notice"])
        .order_by()
        .annotate(card=Case(*whens, output_field=IntegerField()))
        .values_list("card", "band")
        .annotate(n=Count("pk"))
    )
    bands: dict[int, dict[str, int]] = {one.pk: {} for one in found}
    for card, band, n in counted:
        if card in bands:
            bands[card][band] = n
    return [CardUse(one, bands[one.pk]) for one in found]


def _fits(card: cards.Card) -> Q:
    """Who is scored by ``card``, given that no earlier one fits."""
    everyone = Q(pk__isnull=False)
    if card.segments:
        everyone &= Q(segment__in=card.segments)
    if card.stages:
        everyone &= Q(stage__in=card.stages)
    return everyone
