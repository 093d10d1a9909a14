import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Contract, ExternalKey
from renewals import listing, pipeline, stages
from renewals.models import Renewal
from tests.factories import DAY, customer, user
from tests.renewals.factories import due_in


def days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def printed(*options: str) -> list[dict[str, object]]:
    out = StringIO()
    call_command("renewals", "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def made():
    of = customer(owner=user())
    ExternalKey.objects.create(customer=of, source="billing", external_id="B-1")
    ExternalKey.objects.create(customer=of, source="crm", external_id="C-1")
    one = due_in(-20, of, auto_renews=True, notice_days=30, source="crm", external_id="K-1")
    pipeline.sweep(DAY)
    return one


def test_every_column_of_every_term(made):
    first, second = printed()
    assert list(first) == list(listing.COLUMNS)
    assert first == {
        "contract": "K-1", "customer": "C-1", "term": 1, "starts_on": "2025-11-04", "due_on": "2026-11-04",
        "notice_on": "2026-10-05", "prep_on": "2026-08-06", "stage": "closed", "outcome": "auto",
        "closed_on": "2026-11-04", "arr": 12000, "arr_after": 12000,
    }  # fmt: skip
    assert second == first | {
        "term": 2, "starts_on": "2026-11-04", "due_on": "2027-11-04", "notice_on": "2027-10-05", "prep_on": "2027-08-06",
        "stage": "upcoming", "outcome": "", "closed_on": None, "arr_after": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "terms"),
    [
        ("2026-11-24", [(1, "closed", "auto"), (2, "upcoming", "")]),
        ("2026-11-04", [(1, "closed", "auto"), (2, "upcoming", "")]),
        ("2026-11-03", [(1, "upcoming", "")]),
        ("2025-11-04", [(1, "upcoming", "")]),
        ("2025-11-03", []),
    ],
)
def test_a_past_day_knows_nothing_of_later_ones(made, as_of, terms):
    assert [(row["term"], row["stage"], row["outcome"]) for row in printed("--as-of", as_of)] == terms


def test_what_was_being_prepared_on_the_day_says_so(made):
    due_in(40, external_id="K-2")
    pipeline.sweep(DAY)
    stages.move(Renewal.objects.get(contract__external_id="K-2"), "proposed", DAY)
    stood = {
        day: {row["contract"]: row["stage"] for row in listing.rows(day, now=day == DAY)}
        for day in (DAY, DAY - days(1))
    }
    assert (stood[DAY]["K-2"], stood[DAY - days(1)]["K-2"]) == ("proposed", "upcoming")


def test_what_was_not_known_on_the_day_is_left_out(made):
    Contract.objects.update(known_on=DAY - days(5))
    assert len(printed("--as-of", (DAY - days(6)).isoformat())) == 0
    assert len(printed("--as-of", (DAY - days(5)).isoformat())) == 2


def test_lines_for_people_and_a_day_to_come(made):
    out = StringIO()
    call_command("renewals", stdout=out)
    head, first, _second = out.getvalue().splitlines()
    assert head.split("\t") == list(listing.COLUMNS)
    assert first.split("\t")[:3] == ["K-1", "C-1", "1"]
    with pytest.raises(CommandError, match="has not come yet"):
        call_command("renewals", "--as-of", "2026-11-25", stdout=out)


@pytest.mark.parametrize("n", [1, 3])
def test_one_statement_whatever_the_rows(n, django_assert_num_queries):
    for _ in range(n):
        due_in(30)
    pipeline.sweep(DAY)
    with django_assert_num_queries(1):
        assert len(list(listing.rows(DAY, now=True))) == n
