"""What a draft would change, worked by hand: nobody's score is written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Customer, User
from health import publishing, scoring
from health.models import NamedScore, Score, Scorecard, SurveyResponse
from health.publishing import preview
from health.scorecards import Content, Group, Line
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, scorecard

pytestmark = pytest.mark.usefixtures("months")

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
EVERYBODY = Customer.objects.all


@pytest.fixture
def admin() -> User:
    make.organisation()
    return make.user("admin")


def answering(name: str, answer: int | None, *, champion: bool, arr: int, **fields: Any) -> Customer:
    """Somebody who said how likely a renewal is, and whose champion is there or is not."""
    one = make.customer(name=name, arr=arr, **fields)
    make.contact(one, roles=["champion"] if champion else ["user"])
    if answer is not None:
        said = {"kind": "intent", "answer": answer, "answered_on": ago(3), "source": "test", "external_id": name}
        SurveyResponse.objects.create(customer=one, **said)
    return one


def content(intent: int, champion: int, **fields: Any) -> Content:
    lines = (
        Line("renewal_intent", Decimal(intent), 180, Decimal(0), Decimal(10), 180),
        Line("champion_present", Decimal(champion), 28, Decimal(0), Decimal(1), 90),
    )
    return Content("Card", groups=(Group("All", Decimal(1), lines),), **fields)


@pytest.fixture
def three() -> list[Customer]:
    """In use both measures count alike: (80 + 100) / 2 = 90, (80 + 0) / 2 = 40; without an answer 100 alone."""
    lines = {"renewal_intent": {"weight": 1, "zero_at": 0, "full_at": 10}, "champion_present": {"weight": 1}}
    scorecard({"all": (1, lines)}, key="card")
    found = [
        answering("Ash", 8, champion=True, arr=100),
        answering("Birch", 8, champion=False, arr=3_000),
        answering("Cedar", None, champion=True, arr=700),
    ]
    for first, last in scoring.chunks(DAY):
        scoring.score_range(first, last, DAY)
    assert list(Customer.objects.order_by("pk").values_list("score", "band")) == [
        (90, "green"), (40, "red"), (100, "green"),
    ]  # fmt: skip
    return found


def drafted(admin: User, new: Content) -> Scorecard:
    draft = publishing.begin_draft(Scorecard.objects.get(key="card", is_published=True), admin, NOW, DAY)
    return publishing.save_draft(draft, new)


def test_a_preview_counts_who_moves_where(admin: User, three: list[Customer]) -> None:
    # With 3 : 1 Ash has (3 × 80 + 100) / 4 = 85, Birch (3 × 80 + 0) / 4 = 60, Cedar 100 still.
    found = preview.preview(drafted(admin, content(3, 1)), DAY, EVERYBODY())
    assert (found.customers, found.scored, found.changing) == (3, 3, 1)
    assert found.before == [0, 0, 0, 0, 1, 0, 0, 0, 0, 2]
    assert found.after == [0, 0, 0, 0, 0, 0, 1, 0, 1, 1]
    assert found.bands == [preview.BandMove("red", "yellow", 1, Decimal("3000.00"))]
    assert [(move.name, move.change) for move in found.largest] == [("Birch", 20), ("Ash", -5)]
    assert found.has_data == {"renewal_intent": pytest.approx(2 / 3), "champion_present": 1.0}


def test_a_preview_writes_nothing(admin: User, three: list[Customer]) -> None:
    draft = drafted(admin, content(3, 1))
    before = list(Score.objects.order_by("pk").values())
    preview.preview(draft, DAY, EVERYBODY())
    assert list(Score.objects.order_by("pk").values()) == before
    assert list(Customer.objects.order_by("pk").values_list("score", flat=True)) == [90, 40, 100]


def test_bands_of_the_draft_count(admin: User, three: list[Customer]) -> None:
    found = preview.preview(drafted(admin, content(1, 1, green_from=Decimal(95))), DAY, EVERYBODY())
    assert found.bands == [preview.BandMove("green", "yellow", 1, Decimal("100.00"))]
    assert found.largest == []


def test_who_leaves_the_scorecard_is_counted(admin: User, three: list[Customer]) -> None:
    """No other scorecard fits, so two lose their score; the one in the named stage keeps it."""
    Customer.objects.filter(name="Ash").update(stage="growth")
    Customer.objects.exclude(name="Ash").update(stage="mature")
    found = preview.preview(drafted(admin, content(1, 1, stages=("growth",))), DAY, EVERYBODY())
    assert (found.customers, found.scored) == (3, 1)
    assert found.bands == [
        preview.BandMove("green", "", 1, Decimal("700.00")),
        preview.BandMove("red", "", 1, Decimal("3000.00")),
    ]


def test_an_earlier_scorecard_keeps_its_customers(admin: User, three: list[Customer]) -> None:
    """The draft of a later one is asked of nobody."""
    later = publishing.begin_draft(None, admin, NOW, DAY, name="Later")
    found = preview.preview(publishing.save_draft(later, content(3, 1, position=2)), DAY, EVERYBODY())
    assert (found.customers, found.has_data) == (0, {})
    first = publishing.save_draft(later, content(3, 1, position=1))
    Scorecard.objects.filter(key="card").update(position=5)
    assert preview.preview(first, DAY, EVERYBODY()).changing == 1


def test_a_draft_without_measures_changes_nothing(admin: User, three: list[Customer]) -> None:
    empty = publishing.begin_draft(None, admin, NOW, DAY, name="Empty")
    assert preview.preview(empty, DAY, EVERYBODY()) == preview.Preview()
    assert preview.movers(empty, DAY, EVERYBODY()) == []


def test_other_purposes_are_compared_with_their_own_scores(admin: User, three: list[Customer]) -> None:
    risk = publishing.begin_draft(None, admin, NOW, DAY, name="Risk", purpose="risk")
    draft = publishing.save_draft(risk, content(3, 1, purpose="risk"))
    found = preview.preview(draft, DAY, EVERYBODY())
    assert {(move.before, move.after) for move in found.bands} == {("", "green"), ("", "yellow")}
    assert sum(found.before) == 0
    kept = {"purpose": "risk", "day": ago(9), "value": 60, "raw": 60, "band": "yellow", "scorecard": draft}
    NamedScore.objects.create(customer=three[1], **kept)
    assert sum(preview.preview(draft, DAY, EVERYBODY()).before) == 1


def test_only_customers_one_may_see_are_counted(admin: User, three: list[Customer]) -> None:
    owner = make.user()
    Customer.objects.filter(name="Ash").update(owner=owner)
    draft = drafted(admin, content(3, 1))
    visible = Customer.objects.visible_to(owner)
    found = preview.preview(draft, DAY, visible)
    assert (found.customers, found.changing) == (1, 0)
    assert preview.movers(draft, DAY, visible) == []


def test_who_has_gone_is_not_counted(admin: User, three: list[Customer]) -> None:
    Customer.objects.filter(name="Birch").update(status="churned")
    found = preview.preview(drafted(admin, content(3, 1)), DAY, EVERYBODY())
    assert (found.customers, found.changing) == (2, 0)


def test_movers_are_paged_by_arr(admin: User, three: list[Customer]) -> None:
    draft = drafted(admin, content(1, 1, green_from=Decimal(99), yellow_from=Decimal(39)))
    # Green from 99 and yellow from 39: Ash at 90 and Birch at 40 are yellow now, Cedar at 100 stays green.
    found = preview.movers(draft, DAY, EVERYBODY())
    assert [(move.name, move.old_band, move.new_band) for move in found] == [
        ("Birch", "red", "yellow"), ("Ash", "green", "yellow"),
    ]  # fmt: skip
    first = preview.movers(draft, DAY, EVERYBODY(), limit=1)
    rest = preview.movers(draft, DAY, EVERYBODY(), beyond=(first[0].arr, first[0].customer))
    assert [move.name for move in first + rest] == ["Birch", "Ash"]
    assert [move.name for move in preview.movers(draft, DAY, EVERYBODY(), before="green", after="yellow")] == ["Ash"]


def test_a_preview_costs_the_same_for_more_customers(admin: User, three: list[Customer]) -> None:
    draft = drafted(admin, content(3, 1))
    counts = []
    for extra in range(2):
        with statements() as asked:
            preview.preview(draft, DAY, EVERYBODY())
            preview.movers(draft, DAY, EVERYBODY())
        counts.append(len(asked))
        for number in range(3):
            answering(f"More {extra} {number}", 9, champion=False, arr=number)
    assert counts[0] == counts[1]
