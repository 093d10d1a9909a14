import datetime as dt

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Contract
from renewals.terms import TERMS_SQL, Agreement, prep_day, term_end, term_start, terms_begun
from tests.factories import customer


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
        ("2024-06-30", 12, [2]),  # a stub of less than six months, then years
    ],
)
def test_only_terms_of_six_months_or_more_open_renewals(ends_on, months, numbers):
    agreement = Agreement(day("2024-01-01"), ends_on and day(ends_on), months)
    assert [n for n, _, _ in terms_begun(agreement, day("2025-02-01"))] == numbers


@pytest.mark.parametrize(
    ("lead", "notice", "begins"),
    [
        (90, 0, "2026-10-02"),
        (60, 0, "2026-11-01"),
        (60, 30, "2026-11-01"),  # 60 days either way
        (60, 90, "2026-09-02"),  # notice 90 + 30 days before the lead
        (90, 60, "2026-10-02"),
        (90, 61, "2026-10-01"),
    ],
)
def test_prep_begins_on_the_earlier_of_lead_and_notice(lead, notice, begins):
    assert prep_day(day("2026-12-31"), lead, notice) == day(begins)


agreements = st.builds(
    Agreement,
    starts_on=st.dates(dt.date(2019, 1, 1), dt.date(2027, 12, 31)),
    ends_on=st.none(),
    term_months=st.integers(1, 61),
).flatmap(
    lambda a: st.builds(
        Agreement,
        starts_on=st.just(a.starts_on),
        ends_on=st.none() | st.integers(1, 1600).map(lambda days: a.starts_on + dt.timedelta(days=days)),
        term_months=st.just(a.term_months),
    )
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agreement=agreements, begun=st.dates(dt.date(2020, 1, 1), dt.date(2029, 1, 1)))
def test_sql_and_functions_agree(company, agreement, begun):
    made = Contract.objects.create(customer=customer(), **agreement.__dict__)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.* FROM accounts_contract c CROSS JOIN LATERAL ({TERMS_SQL}) t WHERE c.id = %(id)s ORDER BY 1",
            {"begun": begun, "id": made.pk},
        )
        assert cursor.fetchall() == list(terms_begun(agreement, begun))
