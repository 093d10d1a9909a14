"""The scorecards that come with the product."""

from __future__ import annotations

import pytest

from health import shipped
from health.measures import SHIPPED
from health.models import Scorecard, ScorecardMeasure
from health.scoring import cards
from tests.factories import DAY

pytestmark = pytest.mark.django_db


def test_install_makes_two_cards_once() -> None:
    assert shipped.install(DAY) == 2
    assert shipped.install(DAY) == 0
    assert list(Scorecard.objects.order_by("position").values_list("key", "is_published")) == [
        ("onboarding", True),
        ("standard", True),
    ]


def test_shipped_cards_use_at_least_ten_measures_of_the_catalogue_once_each() -> None:
    shipped.install(DAY)
    used = set(ScorecardMeasure.objects.values_list("measure", flat=True))
    assert len(used) >= 10
    assert used <= set(SHIPPED)
    for card in Scorecard.objects.prefetch_related(*cards.parts_of_a_card()):
        assert cards.repeated(card) == []
        assert card.measures == cards.order_of(card)


def test_publishing_a_version_takes_the_one_before_out_of_use() -> None:
    shipped.install(DAY)
    draft = Scorecard.objects.create(key="standard", version=2, name="Standard", created_on=DAY)
    group = draft.groups.create(key="all", name="All", weight=1)
    group.measures.create(measure="nps", zero_at=0, full_at=50, weight=1)
    shipped.publish(draft)
    draft.refresh_from_db()
    assert (draft.is_published, draft.measures) == (True, ["nps"])
    assert not Scorecard.objects.get(key="standard", version=1).is_published


def test_shares_of_a_card_sum_to_one() -> None:
    shipped.install(DAY)
    for card in cards.published():
        assert abs(sum(line.share for line in card.lines) - 1) < 1e-12
