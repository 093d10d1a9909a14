"""The planner's statistics after bulk writes."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from accounts import statistics
from accounts.models import Change

pytestmark = pytest.mark.django_db(transaction=True)


def bulk(number: int) -> None:
    Change.objects.bulk_create(Change(reader="scores", customer_id=n, what="x") for n in range(number))


def known(table: str) -> float:
    """How many rows the planner believes in; -1: never analysed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return float(cursor.fetchone()[0])


def report() -> None:
    """Have the session report what it has written, at the end of this statement: later transactions count anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """An empty table, of which the session has no writes left to report: those of the test before would count as ours."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_change")
    report()


def test_few_rows_are_no_reason():
    with transaction.atomic():
        bulk(99)
        assert statistics.refresh_written() == []


def test_a_filled_table_is_analysed_in_the_transaction_that_filled_it():
    with transaction.atomic():
        bulk(100)
        assert statistics.refresh_written() == ["accounts_change"]
        assert known("accounts_change") == 100


def test_a_tenth_of_a_large_table_is_no_reason_and_more_is():
    with transaction.atomic():
        bulk(10_000)
        statistics.refresh_written()
    report()
    with transaction.atomic():
        bulk(1_000)
        assert statistics.refresh_written() == []
    with transaction.atomic():
        bulk(1_001)
        assert statistics.refresh_written() == ["accounts_change"]


def test_a_table_is_analysed_again_only_for_what_was_written_since():
    with transaction.atomic():
        bulk(1_000)
        assert statistics.refresh_written() == ["accounts_change"]
        assert statistics.refresh_written() == []
        bulk(100)
        assert statistics.refresh_written() == []
        bulk(1)
        assert statistics.refresh_written() == ["accounts_change"]
        assert known("accounts_change") == 1_101
        bulk(111)
        assert statistics.refresh_written() == ["accounts_change"]


def test_an_analysis_that_was_rolled_back_is_none():
    with transaction.atomic():
        point = transaction.savepoint()
        bulk(200)
        assert statistics.refresh_written() == ["accounts_change"]
        transaction.savepoint_rollback(point)
        assert statistics.refresh_written() == ["accounts_change"]
    with transaction.atomic():
        bulk(100)
        assert statistics.refresh_written() == ["accounts_change"]


def test_updates_and_deletions_count():
    with transaction.atomic():
        bulk(1_500)
        statistics.refresh_written()
    with transaction.atomic():
        Change.objects.filter(customer_id__lt=1_200).delete()
        assert statistics.refresh_written() == ["accounts_change"]
        assert known("accounts_change") == 300


def test_temporary_tables_are_left_out():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE many ON COMMIT DROP AS SELECT generate_series(1, 5000) AS n")
        assert statistics.refresh_written() == []


def test_refresh_of_a_named_table():
    bulk(100)
    statistics.refresh("accounts_change", 99)
    before = known("accounts_change")
    statistics.refresh("accounts_change", 100)
    assert (before < 100, known("accounts_change")) == (True, 100)
