import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Contract
from accounts.terms import (
    LAST_DAY,
    Agreement,
    current_term,
    months_after,
    months_within,
    term_end,
    term_on,
    term_start,
    terms,
    terms_begun,
)
from tests.examples import dear
from tests.factories import customer

pytestmark = pytest.mark.django_db


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "months", "ends"),
    [
        ("2023-01-31", None, 1, ["2023-02-28", "2023-03-31", "2023-04-30"]),
        ("2024-01-31", None, 1, ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2024-02-29", None, 12, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2023-08-31", None, 6, ["2024-02-29", "2024-08-31", "2025-02-28"]),
        ("2024-03-01", "2024-12-31", 6, ["2024-12-31", "2025-06-30", "2025-12-31"]),
        ("2024-01-15", "2026-01-15", 12, ["2026-01-15", "2027-01-15"]),
    ],
)
def test_ends_are_always_counted_from_the_start(starts_on, ends_on, months, ends):
    agreement = Agreement(day(starts_on), ends_on and day(ends_on), months)
    assert [term_end(agreement, n + 1).isoformat() for n in range(len(ends))] == ends


def test_a_term_begins_where_the_one_before_ended():
    agreement = Agreement(day("2024-02-29"), None, 12)
    assert [term_start(agreement, n) for n in (1, 2)] == [day("2024-02-29"), day("2025-02-28")]


@pytest.mark.parametrize(
    ("ends_on", "months", "numbers"),
    [
        (None, 12, [1, 2]),  # 2024-01-01 to 2025-01-01, and the one begun then
        (None, 1, []),
        ("2024-07-01", 1, [1]),  # six months agreed, then monthly
        ("2024-06-30", 1, []),
        ("2024-06-30", 6, [2, 3]),
        ("2024-06-30", 12, [2]),  # a stub of less than six months, then years
    ],
)
def test_only_terms_of_six_months_or_more_open_renewals(ends_on, months, numbers):
    agreement = Agreement(day("2024-01-01"), ends_on and day(ends_on), months)
    assert [n for n, _, _ in terms_begun(agreement, day("2025-02-01"))] == numbers


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "months", "ends"),
    [
        ("2025-08-31", "2026-02-28", 6, ["2026-02-28", "2026-08-31", "2027-02-28"]),  # clamped: from the start
        ("2024-02-29", "2025-02-28", 12, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2025-11-30", "2026-02-28", 6, ["2026-02-28", "2026-08-30"]),  # three months clamped, then six each
        ("2025-08-30", "2026-02-27", 6, ["2026-02-27", "2026-08-27"]),  # no whole months: from the agreed end
        ("2025-08-28", "2026-02-28", 6, ["2026-02-28", "2026-08-28"]),
        ("2025-08-31", "2026-08-31", 1, ["2026-08-31", "2026-09-30", "2026-10-31"]),
    ],
)
def test_an_agreed_end_that_was_clamped_does_not_drift(starts_on, ends_on, months, ends):
    agreement = Agreement(day(starts_on), day(ends_on), months)
    assert [term_end(agreement, n + 1).isoformat() for n in range(len(ends))] == ends


def test_terms_longer_than_the_calendar_end_on_its_last_day():
    assert months_after(day("9999-11-15"), 1) == day("9999-12-15")
    assert months_after(day("9999-11-15"), 2) == LAST_DAY
    agreement = Agreement(day("2026-01-01"), None, 32_767)
    assert [term_end(agreement, n) for n in (1, 3, 4)] == [day("4756-08-01"), LAST_DAY, LAST_DAY]


def asked(statement: str, contract: Contract, on: dt.date) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.* FROM accounts_contract c CROSS JOIN LATERAL ({statement}) t WHERE c.id = %(id)s ORDER BY 1",
            {"day": on, "id": contract.pk},
        )
        return cursor.fetchall()


@pytest.mark.parametrize(
    ("on", "term"),
    [
        ("2026-01-30", None),
        ("2026-01-31", (1, "2026-01-31", "2026-02-28")),
        ("2026-02-27", (1, "2026-01-31", "2026-02-28")),  # the last day of the term
        ("2026-02-28", (2, "2026-02-28", "2026-03-31")),
        ("2026-03-30", (2, "2026-02-28", "2026-03-31")),
        ("2026-03-31", (3, "2026-03-31", "2026-04-30")),
    ],
)
def test_current_term_includes_its_first_day_and_not_its_end(on, term):
    contract = Contract.objects.create(customer=customer(), starts_on=day("2026-01-31"), term_months=1)
    expected = term and (term[0], day(term[1]), day(term[2]))
    assert term_on(Agreement(contract.starts_on, None, 1), day(on)) == expected
    assert [row[:3] for row in asked(current_term("c", "%(day)s::date"), contract, day(on))] == (
        [expected] if term else []
    )


def test_term_ends_where_its_follower_begins():
    of = customer()
    follower = Contract.objects.create(customer=of, starts_on=day("2026-06-01"))
    first = Contract.objects.create(customer=of, starts_on=day("2026-01-01"), replaced_by=follower)
    second = Contract.objects.create(
        customer=of, starts_on=day("2025-10-01"), replaced_by=follower, ended_on=day("2026-05-01")
    )
    on = day("2026-04-30")
    term = current_term("c", "%(day)s::date")
    assert [row[2:] for row in asked(term, first, on)] == [(day("2027-01-01"), day("2026-06-01"))]
    assert [row[2:] for row in asked(term, second, on)] == [(day("2026-10-01"), day("2026-05-01"))]
    assert [row[2:] for row in asked(term, follower, day("2026-06-01"))] == [(day("2027-06-01"), day("2027-06-01"))]


# Month ends and leap days come up too rarely by themselves.
edges = st.dates(dt.date(2019, 1, 1), dt.date(2027, 12, 31)) | st.builds(
    lambda year, month: dt.date(year, month, 1) - dt.timedelta(days=1), st.integers(2019, 2028), st.integers(1, 12)
)
agreements = st.builds(
    Agreement,
    starts_on=edges,
    ends_on=st.none(),
    term_months=st.integers(1, 61),
).flatmap(
    lambda a: st.builds(
        Agreement,
        starts_on=st.just(a.starts_on),
        ends_on=st.none()
        | st.integers(1, 1600).map(lambda days: a.starts_on + dt.timedelta(days=days))
        | st.integers(1, 48).map(lambda months: months_after(a.starts_on, months)),
        term_months=st.just(a.term_months),
    )
)


@settings(max_examples=dear(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agreement=agreements, on=st.dates(dt.date(2018, 12, 1), dt.date(2029, 3, 1)))
def test_sql_and_functions_agree_and_terms_are_contiguous(agreement, on):
    contract = Contract.objects.create(customer=customer(), **agreement.__dict__)
    assert asked(terms("c", "%(day)s::date"), contract, on) == list(terms_begun(agreement, on))
    found = term_on(agreement, on)
    assert [row[:3] for row in asked(current_term("c", "%(day)s::date"), contract, on)] == ([found] if found else [])
    if found is None:
        assert on < agreement.starts_on
    else:
        number, starts_on, ends_on = found
        assert starts_on <= on < ends_on
        assert (starts_on, ends_on) == (term_start(agreement, number), term_end(agreement, number))
    assert all(term_end(agreement, n) == term_start(agreement, n + 1) for n in range(1, 5))
    assert all(term_start(agreement, n) < term_end(agreement, n) for n in range(1, 5))


@pytest.mark.parametrize(
    ("first", "end", "months"),
    [
        ("2026-01-01", "2027-01-01", "12"), ("2026-01-31", "2026-02-28", "1"), ("2026-01-01", "2026-01-01", "0"),
        ("2026-04-01", "2026-04-16", "0.5"), ("2026-02-15", "2026-04-30", "2.5"), ("0001-01-01", "0001-01-01", "0"),
        ("0001-01-01", "0001-02-01", "1"),
    ],
)  # fmt: skip
def test_months_within_a_term_count_a_month_begun_by_its_days(first, end, months):
    assert months_within(day(first), day(end)) == Decimal(months)
    assert months_within(day(end), day(first)) == 0
    assert months_within(dt.date(1, 1, 5), dt.date(1, 1, 1)) == 0
