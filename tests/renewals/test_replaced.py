"""How the terms of a replaced contract close: by the money of its follower, whatever the term."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from importlib import import_module

import pytest
from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Contract, ContractLine, Customer
from renewals import closing, money, pipeline
from renewals.models import Renewal, TermCheck
from renewals.term_facts import LATE_DAYS
from tests.factories import DAY, contract, customer, user
from tests.renewals.factories import due_in, renewal_due_in, successor


def replaced_in_term(
    term: int, amount: int, *, of: Customer | None = None, auto: bool = True, on: dt.date = DAY
) -> Contract:
    """A contract in the last year of its term ``term``, which ends on the day."""
    return contract(of or customer(), starts_on=on - relativedelta(years=term), amount=amount, auto_renews=auto)


def closed(made: Contract) -> list[tuple[int, str, Decimal | None]]:
    rows = Renewal.objects.filter(contract=made).order_by("term_number")
    return list(rows.values_list("term_number", "outcome", "closed_arr"))


@pytest.mark.parametrize(
    ("new", "outcome", "kept", "contracted", "lost"),
    [
        (20_000, "expanded", 10_000, 0, 0),
        (4_000, "contracted", 4_000, 6_000, 0),
        (10_000, "renewed", 10_000, 0, 0),
        (0, "churned", 0, 0, 10_000),
    ],
)
@pytest.mark.parametrize("term", [1, 2, 3])
def test_the_last_term_closes_by_what_follows(term, new, outcome, kept, contracted, lost):
    made = replaced_in_term(term, 10_000)
    successor(made, new, DAY)
    pipeline.sweep(DAY)
    before = [(n, "auto", Decimal(10_000)) for n in range(1, term)]
    assert closed(made) == [*before, (term, outcome, Decimal(new))]
    sums = money.sums(Renewal.objects.filter(contract=made, term_number=term))
    assert (sums.available, sums.kept, sums.contracted, sums.lost, sums.untold) == (10_000, kept, contracted, lost, 0)


def read_plainly(amounts: list[int], new: int) -> list[tuple[str, Decimal]]:
    """What each of the contracts of ``amounts`` closes as when one contract of ``new`` replaces them all."""
    old = sum(amounts)
    if new == 0:
        return [("churned", Decimal(0))] * len(amounts)
    change = Decimal(new - old) / old
    outcome = "renewed" if abs(change) <= Decimal("0.01") else "expanded" if change > 0 else "contracted"
    return [(outcome, round(Decimal(new) * amount / old, 2)) for amount in amounts]


def test_any_number_of_terms_and_of_contracts_closes_as_a_plain_reading_says():
    dice, expected = random.Random(7), {}
    for _ in range(8):
        of, amounts = customer(), [dice.randrange(1_000, 9_000) for _ in range(dice.randint(1, 3))]
        new = dice.choice([0, sum(amounts), sum(amounts) + 5, sum(amounts) // 2, sum(amounts) * 2])
        terms = [dice.randint(1, 3) for _ in amounts]
        made = [replaced_in_term(term, amount, of=of, auto=False) for term, amount in zip(terms, amounts, strict=True)]
        follower = successor(made[0], new, DAY)
        Contract.objects.filter(pk__in=[each.pk for each in made]).update(replaced_by=follower, ended_on=DAY)
        for each, term, amount, end in zip(made, terms, amounts, read_plainly(amounts, new), strict=True):
            expected[each] = [(n, "rolled", Decimal(amount)) for n in range(1, term)] + [(term, *end)]
    pipeline.sweep(DAY)
    assert {made: closed(made) for made in expected} == expected


def test_what_closed_wrongly_by_itself_is_put_right_when_it_is_looked_at_again():
    made = replaced_in_term(2, 10_000)
    successor(made, 20_000, DAY)
    pipeline.sweep(DAY)
    wrong = Renewal.objects.filter(contract=made, term_number=2)
    wrong.update(outcome="renewed", closed_arr=None)
    TermCheck.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("renewals.migrations.0007_outcomes_and_notices_anew").AGAIN)
    pipeline.sweep(DAY)
    assert wrong.values_list("outcome", "closed_arr").get() == ("expanded", Decimal(20_000))


def test_a_free_contract_to_come_ends_the_paid_one_on_its_day():
    made, starts_on = due_in(40), DAY + dt.timedelta(days=40)
    successor(made, 0, starts_on)
    pipeline.sweep(DAY)
    row = Renewal.objects.get(contract=made)
    assert (row.outcome, row.leaving, row.leaves_on) == ("", "confirmed", starts_on)
    pipeline.sweep(starts_on)
    assert closed(made) == [(1, "churned", Decimal(0))]


def test_nobody_closes_a_renewal_with_a_free_contract():
    renewal = renewal_due_in(20)
    free = contract(renewal.customer, starts_on=renewal.due_on, amount=0)
    with pytest.raises(ValidationError, match="close this renewal as churned"):
        closing.renew_with(renewal, user(), DAY, free)


# Followers after the end


@pytest.mark.parametrize("late", [1, LATE_DAYS])
@pytest.mark.parametrize("term", [1, 2])
@pytest.mark.parametrize("is_known", [False, True])
def test_a_follower_some_days_after_the_end_renews_the_term_that_ended(late, term, is_known):
    """A file that means the last day and does not say so; known before the end, or heard of when the next term had begun."""
    made, starts_on = replaced_in_term(term, 10_000), DAY + dt.timedelta(days=late)
    if is_known:
        new = successor(made, 20_000, starts_on)
    pipeline.sweep(DAY)
    if not is_known:
        assert [n for n, outcome, _arr in closed(made) if not outcome] == [term + 1]
        new = successor(made, 20_000, starts_on)
    pipeline.sweep(starts_on)
    before = [(n, "auto", Decimal(10_000)) for n in range(1, term)]
    assert closed(made) == [*before, (term, "expanded", Decimal(20_000))]
    assert closed(new) == [(1, "", None)], "and opens its own"
    assert Renewal.objects.get(contract=made, term_number=term).closed_on == DAY


def test_a_later_follower_replaces_the_term_in_which_it_begins():
    made = replaced_in_term(1, 10_000)
    successor(made, 20_000, DAY + dt.timedelta(days=LATE_DAYS + 1))
    pipeline.sweep(DAY + dt.timedelta(days=LATE_DAYS + 1))
    assert closed(made) == [(1, "auto", Decimal(10_000)), (2, "expanded", Decimal(20_000))]


@pytest.mark.parametrize(
    ("late", "begins", "terms"),
    [(1, LATE_DAYS, 1), (1, LATE_DAYS + 1, 2), (LATE_DAYS, 150, 2), (0, 150, 1), (-20, 1, 1)],
)
def test_of_a_contract_that_ended_by_itself_the_follower_alone_renews_the_term_before(late, begins, terms):
    """It ended so many days after the end of its first term; what begins more than a week after that end renews the term in which it ended."""
    made = replaced_in_term(1, 10_000)
    successor(made, 4_000, DAY + dt.timedelta(days=begins))
    ended_on = DAY + dt.timedelta(days=late)
    Contract.objects.filter(pk=made.pk).update(ended_on=ended_on)
    pipeline.sweep(DAY + dt.timedelta(days=begins))
    before = [(1, "auto", Decimal(10_000))] if terms > 1 else []
    assert closed(made) == [*before, (terms, "contracted", Decimal(4_000))]
    assert Renewal.objects.get(contract=made, term_number=terms).closed_on == (
        min(DAY, ended_on) if terms == 1 else ended_on
    )


def test_a_free_follower_a_day_after_the_end_is_a_churn_at_the_end():
    made = replaced_in_term(1, 10_000)
    successor(made, 0, DAY + dt.timedelta(days=1))
    pipeline.sweep(DAY)
    row = Renewal.objects.get(contract=made)
    assert (row.outcome, row.leaving, row.leaves_on) == ("", "confirmed", DAY)
    pipeline.sweep(DAY + dt.timedelta(days=1))
    assert closed(made) == [(1, "churned", Decimal(0))]


def test_contracts_that_end_about_the_same_day_share_what_follows_them():
    of = customer()
    ends = (0, -1, -LATE_DAYS + 1)
    made = [replaced_in_term(1, 5_000, of=of, on=DAY + dt.timedelta(days=n)) for n in ends]
    new = successor(made[0], 30_000, DAY + dt.timedelta(days=1))
    Contract.objects.filter(pk__in=[each.pk for each in made]).update(replaced_by=new)
    pipeline.sweep(DAY + dt.timedelta(days=1))
    assert [closed(each) for each in made] == [[(1, "expanded", Decimal(10_000))]] * 3


@pytest.mark.parametrize("age", [-20, 3, 40])
@pytest.mark.parametrize("begins", [-3, 1, 20])
def test_what_a_person_closed_with_a_follower_closes_no_other_term_with_it(age, begins):
    """The open term ends in 20 days, or began 3 or 40 days ago behind one that went on by itself; the follower begins so many days
    after the term's first end.
    """
    made = replaced_in_term(1, 10_000, on=DAY - dt.timedelta(days=age))
    pipeline.sweep(DAY)
    ended_on = DAY - dt.timedelta(days=age)
    new = contract(made.customer, starts_on=ended_on + dt.timedelta(days=begins), amount=20_000)
    renewal = Renewal.objects.still_open().get(contract=made)
    closing.renew_with(renewal, user(), DAY, new)
    TermCheck.objects.create(contract_id=made.pk, from_day=DAY)
    pipeline.sweep(DAY + dt.timedelta(days=60))
    by_itself = [(1, "auto", Decimal(10_000))] if age > 0 else []
    assert closed(made) == [*by_itself, (1 if age < 0 else 2, "expanded", Decimal(20_000))]
    closing.reopen(Renewal.objects.get(pk=renewal.pk), DAY + dt.timedelta(days=60))
    assert not Renewal.objects.filter(successor=new).exists()


# Dated facts


@pytest.mark.parametrize(
    "facts",
    [
        {"notice_given_on": 5},
        {"notice_given_on": -5, "notice_withdrawn_on": 5},
        {"ended_on": 20, "end_known_on": 5},
        {"ended_on": 5, "end_known_on": 5},
        {"ended_on": 5, "end_known_on": -5},
        {"ends_on": 5},
        {"starts_on": 5},
        {"replaced": 5},
        {"line_ends_on": 5},
        {"line_starts_on": 5},
    ],
    ids="+".join,
)
def test_a_fact_dated_ahead_takes_effect_on_its_day_without_another_mark(facts):
    """Every date of a contract and its lines that the derivation reads: the sweeps of the days before and on the day make what one
    sweep of the day makes of a contract that is looked at for the first time.
    """
    made = due_in(30, auto_renews=True, notice_days=10)
    if "replaced" in facts:
        successor(made, 4_000, DAY + dt.timedelta(days=5))
    else:
        dated = {name: DAY + dt.timedelta(days=n) for name, n in facts.items()}
        of_lines = {name.removeprefix("line_"): dated.pop(name) for name in list(dated) if name.startswith("line_")}
        made.lines.update(**of_lines or {"quantity": 1})
        Contract.objects.filter(pk=made.pk).update(**{"ends_on": DAY + dt.timedelta(days=30)} | dated)
    for n in (0, 4, 5):
        pipeline.sweep(DAY + dt.timedelta(days=n))
    stepped = list(Renewal.objects.order_by("contract", "term_number").values(*DERIVED))
    Renewal.objects.all().delete()
    TermCheck.objects.bulk_create(
        TermCheck(contract_id=pk, from_day=DAY) for pk in Contract.objects.values_list("pk", flat=True)
    )
    pipeline.sweep(DAY + dt.timedelta(days=5))
    assert stepped == list(Renewal.objects.order_by("contract", "term_number").values(*DERIVED))


DERIVED = ("contract", "term_number", "due_on", "arr", "leaving", "leaves_on", "outcome", "closed_arr", "successor")


def test_every_date_of_a_contract_is_among_them():
    """A new date column of contracts says here whether the derivation reads it."""
    read = {"starts_on", "ends_on", "ended_on", "end_known_on", "notice_given_on", "notice_withdrawn_on"}
    dates = {
        field.name for field in Contract._meta.get_fields() if getattr(field, "get_internal_type", str)() == "DateField"
    }
    assert dates - {"known_on"} == read
    lines = {field.name for field in ContractLine._meta.concrete_fields if field.get_internal_type() == "DateField"}
    # The others say how a line came to its dates.
    assert lines - {"known_on", "notice_given_on", "agreed_ends_on", "source_starts_on"} == {"starts_on", "ends_on"}
