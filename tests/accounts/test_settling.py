"""Leaving by pages of the record: some lines that go, contracts to be settled, and where the day is shown."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import contracts, leaving, lifecycle
from accounts.forms.contracts import LinesNoticeForm
from accounts.models import Contract, ContractLine, Customer
from tests.factories import DAY, contract, customer, organisation, user

pytestmark = pytest.mark.django_db


def on(n: int) -> dt.date:
    return DAY + dt.timedelta(days=n)


@pytest.fixture(autouse=True)
def company():
    organisation()


class LeadsTo(TestCase):
    @given(
        starts=st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)),
        agreed_days=st.one_of(st.none(), st.integers(1, 1200)),
        months=st.integers(1, 36),
        notice_days=st.integers(0, 200),
        auto=st.booleans(),
        after=st.integers(-30, 1500),
    )
    @settings(max_examples=25, deadline=None)
    def test_end_of_a_notice_is_the_same_in_python_and_in_sql(
        self, starts, agreed_days, months, notice_days, auto, after
    ):
        given_on = starts + dt.timedelta(days=after)
        made = contract(
            customer(), starts_on=starts, ends_on=agreed_days and starts + dt.timedelta(days=agreed_days),
            term_months=months, notice_days=notice_days, auto_renews=auto, notice_given_on=given_on,
        )  # fmt: skip
        found = Contract.objects.with_leaves_on().get(pk=made.pk)
        assert leaving.leads_to(made, given_on) == found.leaves_on


def test_lines_that_were_or_will_be_are_history_and_no_present_price():
    one = customer()
    made = contract(one, starts_on=on(-400), line={"product": "Old", "ends_on": DAY}, auto_renews=True)
    for product, starts, ends in [("Now", DAY, None), ("Last day", on(-9), on(1)), ("Later", on(1), None)]:
        ContractLine.objects.create(contract=made, product=product, starts_on=starts, ends_on=ends, annual_amount=1)
    (row,) = contracts.of_customer(one, DAY)
    found = contracts.standing(row, DAY)
    names = [[line.product for line in lines] for lines in (found.lines, found.later, found.past)]
    assert names == [["Now", "Last day"], ["Later"], ["Old"]]
    assert found.term == 2


@pytest.mark.parametrize(("day", "term"), [(-401, None), (-400, 1), (-36, 1), (-35, 2)])
def test_term_is_counted_from_the_day_it_begins(day, term):
    one = customer()
    contract(one, starts_on=on(-400), ends_on=on(-35), auto_renews=True)
    (row,) = contracts.of_customer(one, on(day))
    assert contracts.standing(row, on(day)).term == term


def test_notice_of_some_lines_lowers_the_amount_from_the_terms_end():
    one = customer()
    made = contract(one, starts_on=on(-100), ends_on=on(265), auto_renews=True, line={"product": "Stays"})
    goes = ContractLine.objects.create(contract=made, product="Goes", starts_on=on(-100), annual_amount=3_000)
    gone = ContractLine.objects.create(contract=made, product="Gone", starts_on=on(-100), ends_on=DAY, annual_amount=1)
    assert leaving.give_notice_of_lines(made, [goes.pk, gone.pk], DAY, day=DAY) == on(265)
    for line in (goes, gone):
        line.refresh_from_db()
    assert (goes.ends_on, gone.ends_on) == (on(265), DAY)
    made.refresh_from_db()
    assert made.notice_given_on is None
    with pytest.raises(ValidationError, match="a line that runs"):
        leaving.give_notice_of_lines(made, [gone.pk], DAY, day=DAY)
    with pytest.raises(ValidationError, match="not come yet"):
        leaving.give_notice_of_lines(made, [goes.pk], on(1), day=DAY)


def test_page_takes_notice_of_some_lines(client):
    mara = user()
    made = contract(customer(owner=mara), starts_on=on(-100), ends_on=on(265), auto_renews=True)
    goes = ContractLine.objects.create(contract=made, product="Goes", starts_on=on(-100), annual_amount=3_000)
    client.force_login(mara)
    panel = client.get(reverse("accounts:contract_panel", args=[made.customer_id])).content.decode()
    url = reverse("accounts:lines_notice", args=[made.pk])
    assert url in panel
    assert client.post(url, {"notice_given_on": on(1), "lines": [goes.pk]}).status_code == 422
    assert client.post(url, {"notice_given_on": DAY}).status_code == 422
    assert client.post(url, {"notice_given_on": DAY, "lines": [goes.pk]}).status_code == 302
    goes.refresh_from_db()
    assert goes.ends_on == on(265)
    assert Customer.objects.get(pk=made.customer_id).leaves_on is None


def test_panel_and_toast_take_the_notice_of_a_line_back(client):
    mara = user()
    made = contract(customer(owner=mara), starts_on=on(-100), ends_on=on(265), auto_renews=True)
    goes = ContractLine.objects.create(contract=made, product="Goes", starts_on=on(-100), annual_amount=3_000)
    client.force_login(mara)
    back = f"{reverse('accounts:lines_back', args=[made.pk])}?line={goes.pk}"
    htmx = {"HX-Request": "true"}
    said = {"notice_given_on": DAY, "lines": [goes.pk]}
    toast = client.post(reverse("accounts:lines_notice", args=[made.pk]), said, headers=htmx).content.decode()
    panel = client.get(reverse("accounts:contract_panel", args=[made.customer_id])).content.decode()
    assert f'action="{back}&amp;seen=' in toast
    assert f'action="{back}"' in panel
    answer = client.post(back, headers=htmx)
    assert "contracts:changed" in answer["HX-Trigger"]
    goes.refresh_from_db()
    assert (goes.ends_on, goes.notice_given_on) == (None, None)
    assert "No notice stands" in client.post(back, headers=htmx).content.decode()
    assert back not in client.get(reverse("accounts:contract_panel", args=[made.customer_id])).content.decode()


def test_a_contract_to_be_settled_runs_on_and_is_asked_no_more():
    passed = contract(customer(), starts_on=on(-500), ends_on=on(-135))
    noticed = contract(customer(), starts_on=on(-500), ends_on=on(-1), notice_given_on=on(-60))
    fresh = contract(customer(), starts_on=on(-500), ends_on=on(-10))
    assert set(leaving.to_settle(DAY)) == {passed, noticed}
    for made in (passed, noticed):
        leaving.runs_on(made, day=DAY)
    assert not leaving.to_settle(DAY).exists()
    noticed.refresh_from_db()
    assert (noticed.is_noticed, noticed.auto_renews) == (False, True)
    with pytest.raises(ValidationError, match="settled already"):
        leaving.runs_on(fresh, day=DAY)


def test_contracts_to_be_settled_of_ones_customers_have_a_page(client):
    mara = user()
    mine = contract(customer(name="Mine", owner=mara), starts_on=on(-500), ends_on=on(-135))
    contract(customer(name="Foreign", owner=user()), starts_on=on(-500), ends_on=on(-135))
    client.force_login(mara)
    page = client.get(reverse("accounts:to_settle")).content.decode()
    assert "Mine" in page
    assert "Foreign" not in page
    client.post(reverse("accounts:runs_on", args=[mine.pk]))
    assert "Nothing to settle" in client.get(reverse("accounts:to_settle")).content.decode()


def test_day_a_customer_leaves_stands_on_its_page_in_the_list_the_export_and_the_api(client):
    mara = user()
    one = customer(owner=mara)
    leaving.give_notice(contract(one, starts_on=on(-100), ends_on=on(265), auto_renews=True), DAY, day=DAY)
    client.force_login(mara)
    assert "Leaves on" in client.get(reverse("accounts:customer", args=[one.pk])).content.decode()
    assert "leaves 16 Aug 2027" in client.get(reverse("accounts:portfolio"), {"status": "any"}).content.decode()
    export = b"".join(client.get(reverse("accounts:export"), {"status": "any"})).decode().splitlines()
    assert export[0].endswith('"leaves_on"')
    assert export[1].endswith('"2027-08-16"')
    assert client.get("/api/v1/customers/").json()["results"][0]["leaves_on"] == "2027-08-16"


def test_a_past_day_names_the_end_that_was_known_then(client):
    admin = user("admin")
    made = contract(customer(owner=admin), starts_on=on(-300), ends_on=on(65))
    lifecycle.sweep(on(-20))
    leaving.give_notice(made, on(-5), day=DAY)
    client.force_login(admin)
    for day, leaves_on in ((on(-6), None), (on(-5), str(on(65)))):
        found = client.get("/api/v1/customers/", {"as_of": day, "status": "any"}).json()
        rows = found["results"] if isinstance(found, dict) else found
        assert [row["leaves_on"] for row in rows] == [leaves_on]


def test_notice_of_some_lines_rewrites_no_day_that_is_over():
    made = contract(customer(), starts_on=on(-1000), auto_renews=True, term_months=12)
    line = made.lines.get()
    with pytest.raises(ValidationError, match="which has passed"):
        leaving.give_notice_of_lines(made, [line.pk], on(-500), day=DAY)
    line.refresh_from_db()
    assert (line.ends_on, line.notice_given_on) == (None, None)


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_notice_of_some_lines_may_end_them_today_at_the_earliest(late):
    made = contract(customer(), starts_on=on(late - 365), ends_on=on(late), term_months=12)
    line = made.lines.get()
    if late < 0:
        with pytest.raises(ValidationError, match="which has passed"):
            leaving.give_notice_of_lines(made, [line.pk], on(late - 30), day=DAY)
    else:
        assert leaving.give_notice_of_lines(made, [line.pk], on(late - 30), day=DAY) == on(late)


def test_lines_of_what_has_ended_or_is_replaced_take_no_notice():
    one = customer()
    ended = contract(one, starts_on=on(-300), ended_on=on(-1))
    replaced = contract(one, starts_on=on(-300), replaced_by=contract(one, starts_on=on(5)))
    for made, words in ((ended, "had ended"), (replaced, "replaces this one")):
        with pytest.raises(ValidationError, match=words):
            leaving.give_notice_of_lines(made, [made.lines.get().pk], DAY, day=DAY)


def test_lines_run_to_the_end_they_had_once_their_notice_is_withdrawn():
    made = contract(customer(), starts_on=on(-100), ends_on=on(265), line={"ends_on": on(300)})
    line = made.lines.get()
    assert leaving.give_notice_of_lines(made, [line.pk], on(-1), day=DAY) == on(265)
    with pytest.raises(ValidationError, match="a line that runs"):
        leaving.give_notice_of_lines(made, [line.pk], DAY, day=DAY)
    line.refresh_from_db()
    assert (line.ends_on, line.agreed_ends_on, line.notice_given_on) == (on(265), on(300), on(-1))
    assert leaving.withdraw_notice_of_lines(made, [line.pk], day=DAY) == 1
    line.refresh_from_db()
    assert (line.ends_on, line.agreed_ends_on, line.notice_given_on) == (on(300), None, None)
    with pytest.raises(ValidationError, match="No notice stands"):
        leaving.withdraw_notice_of_lines(made, [line.pk], day=DAY)


def test_lines_under_notice_are_not_offered_again():
    made = contract(customer(), starts_on=on(-100), ends_on=on(265))
    other = made.lines.create(product="Extra", starts_on=made.starts_on, annual_amount=1)
    leaving.give_notice_of_lines(made, [made.lines.first().pk], DAY, day=DAY)
    assert list(LinesNoticeForm(contract=made, day=DAY).fields["lines"].queryset) == [other]
