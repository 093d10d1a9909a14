"""Past month-ends under one scorecard version: from what was known then, once, and on after a break."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Contract, Customer
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from health import scoring
from health.models import Replay, ReplayedDay, ScorecardMeasure
from health.publishing import replaying
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use

pytestmark = pytest.mark.usefixtures("months")

END = dt.date(2026, 10, 31)
SEPTEMBER = dt.date(2026, 9, 30)


@pytest.fixture
def card():
    make.organisation()
    return scorecard({"adoption": (1, {"days_since_use": {"zero_at": 20, "full_at": 0, "weight": 1}})}, key="standard")


def served(start=400, **fields):
    first = ago(start)
    customer = make.customer(first_contract_on=first, stage="mature", **fields)
    make.contract(customer, starts_on=first, term_months=36)
    return customer


def said(card):
    return {(row.customer_id, row.day): row.value for row in Replay.objects.filter(scorecard=card)}


def test_month_ends():
    assert replaying.month_ends(dt.date(2026, 11, 24), 3) == [
        dt.date(2026, 8, 31), dt.date(2026, 9, 30), dt.date(2026, 10, 31),
    ]  # fmt: skip
    assert replaying.month_ends(dt.date(2026, 3, 1), 1) == [dt.date(2026, 2, 28)]
    # The month that ends today is not over.
    assert replaying.month_ends(dt.date(2026, 10, 31), 1) == [SEPTEMBER]


def test_a_day_is_scored_from_what_was_known_then(card):
    one = served()
    use(one, [ago(0).toordinal() - END.toordinal() + 5])  # five days before the month's end: 15 of 20 days left: 75
    assert replaying.replay(card, [END, SEPTEMBER]) == 2
    assert said(card) == {(one.pk, END): 75, (one.pk, SEPTEMBER): None}
    row = Replay.objects.get(day=END)
    assert (row.band, row.coverage, row.points) == ("green", 1, [75])


def test_later_facts_change_nothing(card):
    one = served()
    back = (DAY - END).days
    use(one, [back + 5])
    replaying.replay(card, [END])
    told = list(Replay.objects.values("customer_id", "day", "value", "band", "coverage", "points"))
    use(one, range(back))
    Contract.objects.update(ended_on=END + dt.timedelta(days=1))
    Customer.objects.update(status="churned", stage="onboarding")
    ReplayedDay.objects.all().delete()
    assert replaying.replay(card, [END]) == 1
    assert list(Replay.objects.values("customer_id", "day", "value", "band", "coverage", "points")) == told


def test_who_was_no_customer_then_is_not_scored(card):
    served(start=(DAY - END).days - 1)
    gone = served()
    Contract.objects.filter(customer=gone).update(ended_on=END)
    assert replaying.replay(card, [END]) == 0
    assert ReplayedDay.objects.get().customers == 0


def test_the_same_rules_are_not_replayed_again_and_changed_ones_are(card):
    one = served()
    use(one, [(DAY - END).days + 5])
    assert replaying.replay(card, [END]) == 1
    assert replaying.replay(card, [END]) == 0
    ScorecardMeasure.objects.update(zero_at=10)  # 5 of 10 days left
    assert replaying.replay(card, [END]) == 1
    assert said(card) == {(one.pk, END): 50}
    assert ReplayedDay.objects.count() == 1


def test_broken_off_it_goes_on_with_the_days_left(card, monkeypatch):
    served()
    days = replaying.month_ends(DAY, 3)
    real = replaying.scored_as

    def breaks(rules, day, **asked):
        if day == days[1]:
            raise RuntimeError("killed")
        return real(rules, day, **asked)

    monkeypatch.setattr(replaying, "scored_as", breaks)
    with pytest.raises(RuntimeError):
        replaying.replay(card, days)
    assert list(ReplayedDay.objects.values_list("day", flat=True)) == [days[0]]
    monkeypatch.setattr(replaying, "scored_as", real)
    assert replaying.replay(card, days) == 2
    assert ReplayedDay.objects.count() == 3


def test_it_gives_what_scoring_the_past_gives(card):
    for back in range(6):
        use(served(), [(DAY - END).days + 3 * back])
    replaying.replay(card, [END])
    scoring.score_history([END])
    shown = {(row.customer_id, row.day): row.value for row in card.scores.all()}
    assert said(card) == shown
    assert len(shown) == 6


def test_whom_another_card_takes_first_is_left_to_it(card):
    scorecard({"a": (1, {"days_since_use": 1})}, key="first", position=1, stages=["onboarding"])
    type(card).objects.filter(pk=card.pk).update(position=2)
    card.refresh_from_db()
    young, old = served(start=(DAY - END).days + 50), served()
    replaying.replay(card, [END, dt.date(2026, 9, 30)])
    assert {pk for pk, day in said(card) if day == END} == {old.pk}
    assert young.pk not in {pk for pk, _day in said(card)}


def test_a_draft_is_replayed_beside_its_version_in_use(card):
    served()
    draft = scorecard({"adoption": (1, {"days_since_use": 1})}, key="draft")
    type(card).objects.filter(pk=draft.pk).update(key="standard", version=2, is_published=False, is_draft=True)
    draft.refresh_from_db()
    assert replaying.replay(draft, [END]) == replaying.replay(card, [END]) == 1
    draft.groups.all().delete()
    assert replaying.replay(draft, [END]) == replaying.begin(draft, DAY) == 0


def test_a_day_costs_the_same_for_any_number_of_customers(card):
    seen = []
    for number in (1, 3):
        for _ in range(number):
            served()
        ReplayedDay.objects.all().delete()
        with statements() as asked:
            replaying.replay(card, [END])
        seen.append(len(asked))
    assert seen[0] == seen[1]


def work_off():
    return [deliver(pk) for pk in Outbox.objects.filter(state="pending").values_list("pk", flat=True)]


def test_in_the_background_a_year_at_a_time(card):
    import health.tasks  # noqa: F401  (registers the handler, as a worker does)

    served(start=500)  # since 2025-07-12: sixteen month-ends, 2025-07 to 2026-10
    assert replaying.begin(card, DAY) == 12
    assert replaying.begin(card, DAY) == 0  # already on their way
    assert (replaying.progress(card).done, replaying.progress(card).waiting) == (0, 12)
    assert work_off() == ["done"] * 12
    found = replaying.progress(card)
    assert (found.done, found.waiting, found.failed, found.first_on) == (12, 0, 0, dt.date(2025, 11, 30))
    assert replaying.begin(card, DAY) == 4
    assert work_off() == ["done"] * 4
    assert replaying.begin(card, DAY) == 0
    assert replaying.progress(card).first_on == dt.date(2025, 7, 31)


def test_what_was_asked_under_other_rules_is_let_go(card):
    import health.tasks  # noqa: F401

    served(start=60)
    assert replaying.begin(card, DAY) == 2
    ScorecardMeasure.objects.update(zero_at=10)
    assert work_off() == ["done"] * 2
    assert ReplayedDay.objects.count() == 0
    assert replaying.progress(card).total == 0


def test_without_customers_there_is_nothing_to_replay(card):
    assert replaying.begin(card, DAY) == 0


@pytest.mark.parametrize(("first", "ends"), [(SEPTEMBER, 2), (SEPTEMBER + dt.timedelta(days=1), 1)])
def test_the_first_day_of_the_first_contract_is_replayed(card, first, ends):
    served((DAY - first).days)
    assert replaying.begin(card, DAY) == ends


@pytest.mark.parametrize(("number", "asked"), [(3, 1), (4, 0)])
def test_the_first_three_days_of_a_month_ask(card, number, asked):
    one = served(60)  # since 2026-09-25: month-ends September and October
    card.scores.create(customer=one, day=dt.date(2026, 10, 1), value=50, band="yellow")
    assert replaying.sweep(dt.date(2026, 11, number)) == asked


def test_each_month_what_a_card_in_use_lacks_is_asked_for(card):
    one = served(start=120)  # since 2026-07-27: month-ends July to October, on 1 November
    first = dt.date(2026, 11, 1)
    card.scores.create(customer=one, day=dt.date(2026, 9, 15), value=50, band="yellow")
    replaying.replay(card, [dt.date(2026, 7, 31)])
    assert replaying.sweep(dt.date(2026, 11, 24)) == 0  # not at the beginning of a month
    assert replaying.sweep(first) == 1
    assert Outbox.objects.get().payload["day"] == "2026-08-31"
    assert replaying.sweep(first) == 0


def test_rules_that_come_back_are_replayed_again(card):
    """A, then B, then A again within the days for which the keys of done work are kept."""
    import health.tasks  # noqa: F401

    served(start=60)
    for zero_at in (20, 10, 20):
        ScorecardMeasure.objects.update(zero_at=zero_at)
        assert replaying.begin(card, DAY) == 2
        assert work_off() == ["done"] * 2
        assert (replaying.progress(card).done, replaying.begin(card, DAY)) == (2, 0)
