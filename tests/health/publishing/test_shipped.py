"""The scorecards that come with the product."""

from __future__ import annotations

from decimal import Decimal

import pytest

from health.measures import SHIPPED
from health.measures.people import PEOPLE
from health.models import Scorecard, ScorecardMeasure
from health.publishing import checking, shipped
from health.scorecards import Threshold, content_of, published, with_content
from tests.factories import DAY

pytestmark = pytest.mark.django_db


def test_install_makes_each_card_once() -> None:
    assert shipped.install(DAY) == 4
    assert shipped.install(DAY) == 0
    assert list(Scorecard.objects.order_by("position").values_list("key", "purpose", "is_published")) == [
        ("onboarding", "health", True),
        ("standard", "health", True),
        ("expansion", "expansion", True),
        ("adoption", "adoption", True),
    ]


def test_install_adds_purposes_that_have_no_card_and_leaves_the_others() -> None:
    mine = Scorecard.objects.create(key="mine", name="Mine", created_on=DAY)
    Scorecard.objects.create(key="sold", name="Sold", purpose="expansion", created_on=DAY)
    assert shipped.install(DAY) == 1
    assert list(Scorecard.objects.filter(is_published=True).values_list("key", flat=True)) == ["adoption"]
    mine.refresh_from_db()
    assert not mine.is_published


def test_thresholds_of_the_shipped_cards_by_tenure() -> None:
    shipped.install(DAY)
    line = next(line for card in published() for line in card.content.lines if card.key == "adoption")
    assert (line.measure, line.zero_at, line.full_at, line.by_tenure) == (
        "activation_share",
        Decimal("0.1"),
        Decimal("0.5"),
        (Threshold(90, Decimal("0.2"), Decimal("0.7")),),
    )


def test_every_measure_but_one_of_a_pair_is_on_a_card() -> None:
    """Plain NPS is the twin of the weighted one; both may be chosen.

    Measures of single people have data for few at first; a card counts them through stickiness and users activated.
    """
    shipped.install(DAY)
    used = set(ScorecardMeasure.objects.values_list("measure", flat=True))
    assert set(SHIPPED) - used == {"nps", *(measure.key for measure in PEOPLE)}


def test_shipped_cards_use_at_least_ten_measures_of_the_catalogue_once_each() -> None:
    shipped.install(DAY)
    used = set(ScorecardMeasure.objects.values_list("measure", flat=True))
    assert len(used) >= 10
    assert used <= set(SHIPPED)
    for card in with_content(Scorecard.objects.all()):
        content = content_of(card)
        assert checking.problems(content, SHIPPED, whole=True) == {}
        assert card.measures == [line.measure for line in content.lines]


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
    for card in published():
        assert sum(card.content.shares.values()) == 1
