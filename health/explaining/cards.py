"""The scorecards in use and the customers they score."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from accounts.models import Customer
from health.models import Purpose, Scorecard
from health.scorecards import Card, card_of, history_of, with_content


@dataclass(frozen=True)
class CardUse:
    """A scorecard in use with how many current customers it scores, by band."""

    card: Scorecard
    bands: dict[str, int]

    @property
    def customers(self) -> int:
        return sum(self.bands.values())

    def share(self, band: str) -> float:
        """The band's share of the customers that have a score."""
        scored = self.customers - self.bands.get("", 0)
        return self.bands.get(band, 0) / scored if scored else 0.0

    @property
    def shares(self) -> list[tuple[str, int, float]]:
        return [(band, self.bands.get(band, 0), self.share(band)) for band in ("green", "yellow", "red")]


def cards_in_use(customers: QuerySet[Customer]) -> list[CardUse]:
    """The published scorecards, first the one that goes first, with their customers among ``customers``.

    Seven statements, and one for each purpose beside health.
    """
    published = Scorecard.objects.filter(is_published=True).order_by("position", "pk")
    cards = list(with_content(published))
    if not cards:
        return []
    bands: dict[int, dict[str, int]] = {scorecard.pk: {} for scorecard in cards}
    for purpose in dict.fromkeys(scorecard.purpose for scorecard in cards):
        for card, band, n in _counted(
            customers, [scorecard for scorecard in cards if scorecard.purpose == purpose], purpose
        ):
            if card in bands:
                bands[card][band or ""] = n
    return [CardUse(scorecard, bands[scorecard.pk]) for scorecard in cards]


def _counted(
    customers: QuerySet[Customer], cards: list[Scorecard], purpose: str
) -> QuerySet[Customer, tuple[int | None, str | None, int]]:
    """(card, band, customers): each customer under the first of ``cards`` that fits. One statement."""
    whens = [When(_fits(card_of(card)), then=Value(card.pk)) for card in cards]
    newest = history_of(purpose).rows.filter(customer=OuterRef("pk")).order_by("-day").values("band")
    band: F | Subquery = F("band") if purpose == Purpose.HEALTH else Subquery(newest[:1])
    current = customers.filter(status__in=["live", "notice"]).order_by()
    return (
        current.annotate(card=Case(*whens, output_field=IntegerField()), of_purpose=band)
        .values_list("card", "of_purpose")
        .annotate(n=Count("pk"))
    )


def _fits(card: Card) -> Q:
    """The customers that ``card`` scores, given that no earlier card fits."""
    everyone = Q(pk__isnull=False)
    if card.content.segments:
        everyone &= Q(segment__in=card.content.segments)
    if card.content.stages:
        everyone &= Q(stage__in=card.content.stages)
    return everyone
