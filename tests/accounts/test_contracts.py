"""A contract is shown with its current term, the lines in force, and whether it leaves."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts import asof, contracts, leaving
from accounts.models import ContractLine
from accounts.views import comparing
from tests.factories import DAY, contract, customer, organisation, user

YEAR = dt.timedelta(days=365)


@pytest.fixture(autouse=True)
def company(db):
    return organisation()


def days(n):
    return dt.timedelta(days=n)


def shown(of):
    (row,) = contracts.of_customer(of, DAY)
    return contracts.standing(row, DAY)


def test_the_current_term_counts_and_not_the_first():
    of = customer()
    contract(of, starts_on=dt.date(2022, 1, 6), ends_on=dt.date(2023, 1, 6), auto_renews=True)
    found = shown(of)
    assert (found.term_ends_on, found.last_day, found.is_over) == (dt.date(2027, 1, 6), dt.date(2027, 1, 5), False)


def test_lines_that_were_replaced_are_no_price():
    of = customer()
    made = contract(of, line={"ends_on": DAY})
    new = ContractLine.objects.create(contract=made, product="Platform", starts_on=DAY, annual_amount=9)
    ContractLine.objects.create(contract=made, product="Later", starts_on=DAY + days(1), annual_amount=1)
    assert shown(of).lines == [new]


def test_one_that_is_over_shows_its_last_day():
    of = customer()
    made = contract(of, starts_on=DAY - days(500), ended_on=DAY - days(100), line={"ends_on": DAY - days(100)})
    found = shown(of)
    assert (found.is_over, found.last_day, found.lines) == (True, DAY - days(101), [made.lines.get()])


@pytest.mark.parametrize(("ended", "is_over"), [(-1, True), (0, True), (1, False)])
def test_over_begins_on_the_day_it_ended(ended, is_over):
    of = customer()
    contract(of, ended_on=DAY + days(ended))
    found = shown(of)
    assert (found.is_over, found.is_confirmed, found.is_noticed) == (is_over, True, False)


def test_notice_is_shown_with_the_day_it_leads_to_and_is_acted_on(client):
    owner = user()
    of = customer(owner=owner)
    made = contract(of, starts_on=DAY - days(300))
    client.force_login(owner)
    path = f"/customers/{of.pk}/contracts/"
    page = client.get(path).text
    assert f"/contracts/{made.pk}/leaving/notice/" in page
    leaving.give_notice(made, DAY, day=DAY)
    found, page = shown(of), client.get(path).text
    assert (found.is_noticed, found.leaves_on) == (True, made.starts_on + YEAR)
    assert f"/contracts/{made.pk}/leaving/withdraw/" in page
    assert "notice given, leaves on" in page
    leaving.confirm_end(made, DAY + days(9), day=DAY)
    page = client.get(path).text
    assert (shown(of).is_confirmed, "leaves on" in page, "notice given" in page) == (True, True, False)
    client.force_login(user("viewer"))
    assert "/leaving/" not in client.get(path).text


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    of = customer()
    for _ in range(n):
        contract(of)
    with django_assert_num_queries(3):
        [contracts.standing(row, DAY) for row in contracts.of_customer(of, DAY)]


def test_one_that_is_replaced_shows_the_day_before_its_follower():
    of = customer()
    made = contract(of, starts_on=DAY - days(300))
    made.replaced_by = contract(of, starts_on=DAY - days(30))
    made.save(update_fields=["replaced_by"])
    over = contracts.standing(contracts.of_customer(of, DAY)[1], DAY)
    assert (over.contract, over.is_over, over.last_day) == (made, True, DAY - days(31))


def test_one_that_ended_on_its_first_day_never_ran(client):
    """An Undo took it back: no page shows an end before its start, or counts it."""
    owner = user("admin")
    of = customer(owner=owner)
    gone = contract(
        of, starts_on=dt.date(2019, 4, 1), ended_on=dt.date(2019, 4, 1), external_id="K-2019", is_trial=True
    )
    stays = contract(of, starts_on=dt.date(2026, 4, 1), external_id="K-2026")
    assert list(contracts.of_customer(of, DAY)) == [stays]
    assert comparing.figures(of.pk, owner).contracts == 1
    assert comparing.side(of, customer(), DAY).contracts == [stays]
    assert asof.first_known() == stays.starts_on
    client.force_login(owner)
    panel = client.get(f"/customers/{of.pk}/contracts/").text
    assert ("K-2019" in panel, "K-2026" in panel) == (False, True)
    assert "2019" not in panel
    found = [client.get(reverse("accounts:search"), {"q": f"#{one.external_id}"}).text for one in (gone, stays)]
    assert [of.name in text for text in found] == [False, True]
