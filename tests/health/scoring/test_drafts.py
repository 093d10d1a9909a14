"""What a draft would say is asked, never written; who is scored by it is who it would score once published."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from accounts.models import Customer, DatedFact
from health import scoring
from health.models import NamedScore, Score, Scorecard
from health.publishing import shipped
from health.scorecards import Card
from health.scorecards.cards import stored_card
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use

pytestmark = pytest.mark.usefixtures("months")

USE: Any = {"all": (1, {"usage_frequency": 1})}


def draft_of(published: Scorecard, full_at: float, **fields: Any) -> Scorecard:
    """A draft of the next version that wants ``full_at`` days of use a week."""
    values = {"key": published.key, "name": published.name, "created_on": DAY, "position": published.position} | fields
    draft = Scorecard.objects.create(version=2, is_draft=True, purpose=published.purpose, based_on=published, **values)
    group = draft.groups.create(key="all", name="all", weight=1)
    group.measures.create(measure="usage_frequency", zero_at=0, full_at=full_at, weight=1)
    return draft


def values(row: Scorecard) -> Card:
    return stored_card(row.pk)


def asked(query: str) -> dict[int, tuple[int, int]]:
    """Customer → (card, value)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, card, value FROM ({query}) q")
        return {pk: (by, int(value)) for pk, by, value in cursor.fetchall()}


def customer(days: int, **fields: Any) -> Customer:
    made = make.customer(**fields)
    use(made, range(days))
    return made


def test_a_draft_is_asked_in_the_place_of_its_published_version() -> None:
    first = scorecard(USE, position=1, stages=["onboarding"])
    second = scorecard(USE, position=2)
    scorecard(USE, position=3)
    new, grown = customer(14, stage="onboarding"), customer(14, stage="mature")  # 3.5 days a week
    draft = draft_of(second, 7)
    assert asked(scoring.scored_as(values(draft), DAY)) == {grown.pk: (draft.pk, 50)}
    assert asked(scoring.scored_with(values(draft), DAY)) == {new.pk: (first.pk, 88), grown.pk: (draft.pk, 50)}


def test_a_draft_that_goes_first_takes_everybody() -> None:
    first = scorecard(USE, position=2, stages=["onboarding"])
    second = scorecard(USE, position=3)
    new, grown = customer(14, stage="onboarding"), customer(14, stage="mature")
    draft = draft_of(second, 7, position=1)
    assert set(asked(scoring.scored_as(values(draft), DAY))) == {new.pk, grown.pk}
    later = draft_of(first, 7, stages=["growth"], position=2)
    assert asked(scoring.scored_as(values(later), DAY)) == {}
    assert set(asked(scoring.scored_with(values(later), DAY))) == {new.pk, grown.pk}


def test_a_draft_of_another_purpose_asks_no_health_card() -> None:
    scorecard(USE, position=1)
    draft = draft_of(scorecard(USE, purpose="risk", position=2), 14)
    one = customer(28)
    assert asked(scoring.scored_as(values(draft), DAY)) == {one.pk: (draft.pk, 50)}


def test_a_few_customers_are_looked_up() -> None:
    draft = draft_of(scorecard(USE), 14)
    one, _other = customer(28), customer(14)
    query = scoring.scored_as(values(draft), DAY, scope=scoring.Scope(ids=[one.pk]))
    assert asked(query) == {one.pk: (draft.pk, 50)}


def test_the_past_is_asked_as_it_was() -> None:
    draft = draft_of(scorecard(USE), 7)
    gone = make.customer(status="churned", first_contract_on=ago(300))
    make.contract(gone, starts_on=ago(300), ended_on=ago(10))
    use(gone, range(60, 74))
    assert asked(scoring.scored_as(values(draft), ago(60), past=True)) == {gone.pk: (draft.pk, 50)}
    assert asked(scoring.scored_as(values(draft), ago(60))) == {}
    assert asked(scoring.scored_as(values(draft), ago(10), past=True)) == {}


@pytest.mark.parametrize(
    ("rows", "scored"),
    [
        ({}, True),  # nothing is known of any day: today's segment stands for it
        ({60: ""}, False),  # it had none
        ({60: "here"}, True),
        ({61: "here", 60: ""}, False),
        ({59: ""}, True),
        ({60: "there"}, False),
    ],
)
def test_the_past_reads_the_segment_of_then(rows: dict[int, str], scored: bool) -> None:  # noqa: FBT001 (the expectation)
    here, there = make.segment(), make.segment()
    card = scorecard(USE)
    card.segments.set([here])
    one = make.customer(segment=here)
    make.contract(one, starts_on=ago(300))
    use(one, range(60, 74))
    for back, value in rows.items():
        named = {"": "", "here": str(here.pk), "there": str(there.pk)}[value]
        DatedFact.objects.create(customer=one, fact="segment", from_day=ago(back), value=named)
    assert bool(asked(scoring.scored_as(values(card), ago(60), past=True))) == scored


@pytest.mark.parametrize(("contract_on", "line_on", "scored"), [(60, 60, True), (59, 60, False), (60, 59, False)])
def test_the_past_reads_contracts_and_lines_as_known(contract_on: int, line_on: int, scored: bool) -> None:  # noqa: FBT001 (the expectation)
    card = scorecard(USE)
    one = make.customer()
    made = make.contract(one, starts_on=ago(300), known_on=ago(contract_on))
    made.lines.update(known_on=ago(line_on))
    use(one, range(60, 74))
    assert bool(asked(scoring.scored_as(values(card), ago(60), past=True))) == scored


def test_the_past_knows_the_stretch_of_then() -> None:
    card = scorecard(USE, stages=["onboarding"])
    back = make.customer(first_contract_on=ago(5), stage="onboarding")
    make.contract(back, starts_on=ago(400), ended_on=ago(330))
    make.contract(back, starts_on=ago(5))
    use(back, range(350, 364))
    use(back, range(5))
    assert asked(scoring.scored_as(values(card), ago(350), past=True)).keys() == {back.pk}
    assert asked(scoring.scored_as(values(card), ago(300), past=True)) == {}
    assert asked(scoring.scored_as(values(card), DAY, past=True)).keys() == {back.pk}


def test_drafts_score_nobody() -> None:
    published = scorecard(USE)
    draft = draft_of(published, 7)
    draft_of(scorecard(USE, purpose="adoption"), 7)
    one = customer(28)
    scoring.score_range(one.pk, one.pk, DAY)
    assert Score.objects.get().scorecard == published
    assert NamedScore.objects.get().value == 100
    scoring.scored_as(values(draft), DAY)
    assert (Score.objects.count(), NamedScore.objects.count()) == (1, 1)
    Scorecard.objects.filter(pk=draft.pk).update(is_draft=False)
    shipped.publish(draft)
    scoring.score_customers([one.pk], DAY)
    assert Score.objects.get().scorecard == draft


def test_a_card_without_measures_is_refused() -> None:
    empty = Scorecard.objects.create(key="empty", name="Empty", created_on=DAY, is_draft=True)
    with pytest.raises(ValueError, match="without measures"):
        scoring.scored_as(values(empty), DAY)
