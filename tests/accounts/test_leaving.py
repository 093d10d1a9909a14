import datetime as dt
from functools import partial

import pytest
from django.core.exceptions import ValidationError

from accounts import leaving, lifecycle
from accounts.models import Change, Contract, Customer
from tests.factories import DAY, contract, customer, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def leaves(made: Contract) -> dt.date | None:
    return Contract.objects.with_leaves_on().get(pk=made.pk).leaves_on


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({}, None),
        ({"notice_given_on": on("2026-06-01")}, "2027-01-20"),  # the end of the term, not of the first one
        ({"notice_given_on": on("2026-06-01"), "notice_withdrawn_on": on("2026-06-01")}, None),
        ({"notice_given_on": on("2026-06-02"), "notice_withdrawn_on": on("2026-06-01")}, "2027-01-20"),  # given anew
        ({"ended_on": on("2026-12-15")}, "2026-12-15"),
        ({"ended_on": on("2026-12-15"), "notice_given_on": on("2026-06-01")}, "2026-12-15"),
        ({"notice_given_on": on("2026-12-21"), "notice_days": 30, "auto_renews": True}, "2027-01-20"),  # just in time
        ({"notice_given_on": on("2026-12-22"), "notice_days": 30, "auto_renews": True}, "2028-01-20"),  # a day late
        ({"notice_given_on": on("2026-12-22"), "notice_days": 30}, "2027-01-20"),  # it would not go on by itself
        ({"notice_given_on": on("2027-01-19"), "auto_renews": True}, "2027-01-20"),
        ({"notice_given_on": on("2027-01-20"), "auto_renews": True}, "2028-01-20"),
        ({"notice_given_on": on("2023-12-01")}, "2025-01-20"),  # before it begins: the end of its first term
    ],
)
def test_leaves_on(fields, end):
    made = contract(customer(), starts_on=on("2024-01-20"), ends_on=on("2025-01-20"), **fields)
    assert leaves(made) == (on(end) if end else None)


def test_replaced_contract_leaves_nobody():
    of = customer()
    follower = contract(of, starts_on=on("2026-11-01"))
    made = contract(of, starts_on=on("2025-11-01"), ended_on=on("2026-11-01"), replaced_by=follower)
    assert leaves(made) is None


def test_notice_and_its_withdrawal_move_the_customer_at_once():
    of = customer()
    made = contract(of, starts_on=on("2026-01-20"))
    leaving.give_notice(made, DAY, day=DAY)
    of.refresh_from_db()
    assert (of.status, of.leaves_on) == ("notice", on("2027-01-20"))
    assert Change.objects.filter(customer_id=of.pk).exists()
    leaving.withdraw_notice(made, DAY, day=DAY)
    of.refresh_from_db()
    assert (of.status, of.leaves_on) == ("live", None)
    leaving.give_notice(made, DAY, day=DAY)
    of.refresh_from_db()
    assert (of.status, of.leaves_on) == ("notice", on("2027-01-20"))


@pytest.mark.parametrize(("days", "status"), [(-1, "churned"), (0, "churned"), (1, "notice")])
def test_confirmed_end(days, status):
    of = customer()
    made = contract(of)
    leaving.confirm_end(made, DAY + dt.timedelta(days=days), day=DAY)
    of.refresh_from_db()
    assert (of.status, of.leaves_on) == (status, DAY + dt.timedelta(days=1) if status == "notice" else None)


def test_acts_refuse_what_cannot_be():
    made = contract(customer(), starts_on=DAY - dt.timedelta(days=10))
    with pytest.raises(ValidationError, match="No notice"):
        leaving.withdraw_notice(made, DAY, day=DAY)
    with pytest.raises(ValidationError, match="not come yet"):
        leaving.give_notice(made, DAY + dt.timedelta(days=1), day=DAY)
    with pytest.raises(ValidationError, match="begins later"):
        leaving.confirm_end(made, DAY - dt.timedelta(days=11), day=DAY)
    leaving.give_notice(made, DAY - dt.timedelta(days=2), day=DAY)
    for day in (DAY - dt.timedelta(days=3), DAY + dt.timedelta(days=1)):
        with pytest.raises(ValidationError, match="between its day and today"):
            leaving.withdraw_notice(made, day, day=DAY)
    leaving.confirm_end(made, DAY, day=DAY)
    with pytest.raises(ValidationError, match="had ended"):
        leaving.give_notice(made, DAY, day=DAY)
    replaced = contract(customer(), replaced_by=made)
    with pytest.raises(ValidationError, match="replaces"):
        leaving.confirm_end(replaced, DAY, day=DAY)


EXPIRED = DAY - dt.timedelta(days=leaving.UNSETTLED_DAYS)


@pytest.mark.parametrize(
    ("fields", "listed"),
    [
        ({"ends_on": EXPIRED}, True),
        ({"ends_on": EXPIRED + dt.timedelta(days=1)}, False),
        ({"ends_on": None}, False),
        ({"ends_on": EXPIRED, "auto_renews": True}, False),
        ({"ends_on": EXPIRED, "ended_on": EXPIRED}, False),
        ({"ends_on": EXPIRED, "is_trial": True}, False),
        ({"notice_given_on": on("2026-10-01"), "ends_on": DAY}, True),  # the end it leads to has come
        ({"notice_given_on": on("2026-10-01"), "ends_on": DAY + dt.timedelta(days=1)}, False),
    ],
)
def test_what_is_to_settle(fields, listed):
    made = contract(customer(), starts_on=on("2025-01-01"), **fields)
    assert list(leaving.to_settle(DAY)) == ([made] if listed else [])


def test_unsettled_contracts_pay_unless_the_organisation_says_otherwise(company):
    of = customer()
    contract(of, starts_on=on("2022-01-01"), ends_on=on("2023-01-01"), amount=9_000)
    lifecycle.sweep(DAY)
    of.refresh_from_db()
    assert (of.status, of.arr) == ("live", 9_000)
    company.counts_unsettled = False
    company.save()
    lifecycle.sweep(DAY)
    of.refresh_from_db()
    assert (of.status, of.arr) == ("churned", 0)
    assert leaving.to_settle(DAY).count() == 1
    assert not Contract.objects.paying_on(DAY).exists()
    assert Customer.objects.current().count() == 0


@pytest.mark.parametrize(
    ("known_on", "asked", "told"),
    [
        (-1, -2, False), (-1, -1, True), (-1, 5, True), (None, 4, False), (None, 5, True), (None, -600, False),
    ],
)  # fmt: skip
def test_an_end_to_come_counts_from_the_day_it_was_known(known_on, asked, told):
    ends_on = DAY + dt.timedelta(days=5)
    made = contract(
        customer(), starts_on=DAY - dt.timedelta(days=700), ended_on=ends_on,
        end_known_on=None if known_on is None else DAY + dt.timedelta(days=known_on),
    )  # fmt: skip
    asked_on = DAY + dt.timedelta(days=asked)
    (found,) = Contract.objects.annotate(then=leaving.leaving_on(asked_on)).values_list("then", flat=True)
    assert found == (ends_on if told else None)
    lifecycle.sweep(DAY + dt.timedelta(days=asked))
    made.customer.refresh_from_db()
    if asked < 5:
        assert made.customer.status == ("notice" if told else "live")


def test_an_end_is_known_since_the_day_it_was_confirmed_and_undone_with_it():
    made = contract(customer(), starts_on=DAY - dt.timedelta(days=100))
    leaving.confirm_end(made, DAY + dt.timedelta(days=30), day=DAY)
    made.refresh_from_db()
    assert made.end_known_on == DAY
    leaving.put_back(made, notice_given_on=None, notice_withdrawn_on=None, ended_on=None, day=DAY)
    made.refresh_from_db()
    assert (made.ended_on, made.end_known_on) == (None, None)


@pytest.mark.parametrize(("back", "taken"), [(4, False), (3, True), (0, True), (-1, False)])
def test_a_notice_is_withdrawn_between_its_day_and_today(back, taken):
    made = contract(customer(), starts_on=DAY - dt.timedelta(days=100), notice_given_on=DAY - dt.timedelta(days=3))
    on_day = DAY - dt.timedelta(days=back)
    if taken:
        assert leaving.withdraw_notice(made, on_day, day=DAY).notice_withdrawn_on == on_day
        return
    with pytest.raises(ValidationError, match="between its day and today"):
        leaving.withdraw_notice(made, on_day, day=DAY)


@pytest.mark.parametrize(("years", "taken"), [(100, False), (1, True), (0, True)])
def test_a_notice_lies_at_most_a_year_before_the_contract(years, taken):
    made = contract(customer(), starts_on=DAY - dt.timedelta(days=30))
    first = made.starts_on - dt.timedelta(days=366)
    on = first if years == 1 else made.starts_on.replace(year=made.starts_on.year - years)
    if taken:
        assert leaving.give_notice(made, on, day=DAY).notice_given_on == on
        return
    for day in (on, first - dt.timedelta(days=1), dt.date(1, 1, 1)):
        with pytest.raises(ValidationError) as error:
            leaving.give_notice(made, day, day=DAY)
        assert list(error.value.message_dict) == ["notice_given_on"]


@pytest.mark.parametrize(
    ("on", "taken"), [(dt.date(2099, 12, 31), True), (dt.date(2100, 1, 1), False), (dt.date.max, False)]
)
def test_an_end_lies_before_2100(on, taken):
    made = contract(customer(), starts_on=DAY)
    if taken:
        assert leaving.confirm_end(made, on, day=DAY).ended_on == on
        return
    with pytest.raises(ValidationError) as error:
        leaving.confirm_end(made, on, day=DAY)
    assert list(error.value.message_dict) == ["ended_on"]


def test_a_contract_that_is_gone_is_refused_in_words():
    gone = contract(customer())
    Contract.objects.all().delete()
    acts = [leaving.give_notice, leaving.withdraw_notice, leaving.confirm_end]
    for act in [*(partial(act, gone, DAY) for act in acts), partial(leaving.runs_on, gone)]:
        with pytest.raises(ValidationError, match="gone"):
            act(day=DAY)
