"""The register of what sweeps pass over, and the search for the one that is bad."""

from __future__ import annotations

import datetime as dt
from typing import Final

import psycopg
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from config import cycle
from config.setaside import nights, register
from config.setaside.models import SetAside
from health.models import Ticket
from tests.factories import DAY, customer

pytestmark = pytest.mark.django_db
NOW: Final = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def raised(sql: str) -> Exception:
    """What the database really raises for a statement."""
    try:
        with register.transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except Exception as error:  # noqa: BLE001  the error is what is asked for
        return error
    raise AssertionError(f"{sql} went through")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 / 0",
        "SELECT 9999999999::int",
        "SELECT '2026-02-30'::date",
        "SELECT 1e30::numeric(14, 2)",
        "INSERT INTO setaside_setaside (step, kind, object_id, words, reason, times) VALUES ('a', 'none', 1, '', '', 1)",
        "SELECT 1 FROM accounts_customer WHERE name > DATE '2026-01-01'",
    ],
)
def test_errors_of_data_are_of_data(sql: str):
    assert register.of_data(raised(sql))


def test_time_outs_are_not_of_data():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        error = raised("SELECT pg_sleep(1)")
        cursor.execute("SET LOCAL statement_timeout = 0")
    assert not register.of_data(error)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("no"), True),
        (KeyError("no"), True),
        (ZeroDivisionError(), True),
        (ValidationError("no"), True),
        (RecursionError(), True),
        (UnboundLocalError("name"), False),
        (AttributeError("'NoneType' has no attribute"), False),
        (ModuleNotFoundError("module"), False),
        (AssertionError(), False),
        (DataError("NUL"), True),
        (IntegrityError("twice"), True),
        (ProgrammingError("no such column"), True),
        (psycopg.errors.NumericValueOutOfRange("bare"), True),
        (psycopg.errors.StatementTooComplex("deep"), True),
        (psycopg.errors.DeadlockDetected("lock"), False),
        (psycopg.errors.SerializationFailure("lock"), False),
        (psycopg.errors.DiskFull("full"), False),
        (OperationalError("server closed the connection"), False),
        (InterfaceError("connection is closed"), False),
        (SoftTimeLimitExceeded(), False),
        (OSError("disk"), False),
        (MemoryError(), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_whose_fault_an_error_is(error: BaseException, *, expected: bool):
    assert register.of_data(error) is expected


@pytest.mark.parametrize(
    "error", [NameError("nmae"), AttributeError("no such"), ImportError("gone"), AssertionError("never")]
)
def test_a_fault_of_the_program_sets_nobody_aside_and_fails_the_step(error: Exception):
    def run(_ids: list[int]) -> int:
        raise error

    with pytest.raises(type(error)):
        register.sparing("cases", "rule", [1, 2], run, lambda _ids: {})
    assert not SetAside.objects.exists()
    assert cycle.note(cycle.STEPS[0], DAY, lambda: run([1])) == (0, register.reason_of(error))
    assert nights.failed(DAY) == {cycle.STEPS[0].name}


def test_record_counts_and_keeps_the_first_day():
    register.record("cases", "rule", 7, "Quiet", ValueError("absurd\nDETAIL: a secret"))
    first = SetAside.objects.get()
    assert (first.reason, first.times) == ("ValueError: absurd", 1)
    register.record("cases", "rule", 7, "Quiet weeks", "still absurd")
    again = SetAside.objects.get()
    assert (again.words, again.reason, again.times, again.since) == ("Quiet weeks", "still absurd", 2, first.since)


def test_long_words_and_nul_are_kept_short():
    register.record("x" * 60, "import", 2**62, "é" * 500, ValueError("a\x00" + "b" * 5_000))
    row = SetAside.objects.get()
    assert (len(row.words), row.reason[:14], len(row.reason)) == (200, "ValueError: ab", 1_999)


def test_excluded_by_kind_and_step():
    for step, kind, pk in (
        ("cases", "rule", 2),
        ("plays", "playbook", 5),
        ("scores", "customer", 2),
        ("cases", "rule", 1),
    ):
        register.record(step, kind, pk, "", "bad")
    assert list(register.excluded("rule")) == [1, 2]
    assert list(register.excluded("customer", "scores")) == [2]
    assert list(register.excluded("customer", "cases")) == []
    assert register.release("rule", [1, 2, 99], "cases") == 2
    assert list(register.excluded("rule")) == []


def test_excluded_stands_in_a_query(django_assert_num_queries):
    bad, well = customer(), customer()
    register.record("scores", "customer", bad.pk, bad.name, "bad")
    with django_assert_num_queries(1):
        rest = type(bad).objects.exclude(pk__in=register.excluded("customer", "scores"))
        assert list(rest) == [well]


@given(st.integers(0, 60), st.sets(st.integers(0, 59), max_size=5))
@settings(max_examples=25, deadline=None)
def test_halving_finds_exactly_the_bad(number: int, faulty: set[int]):
    done: list[int] = []

    def run(ids: list[int]) -> int:
        if faulty & set(ids):
            raise ValueError(ids)
        done.extend(ids)
        return len(ids)

    ids = list(range(number))
    counted, bad = register.halved(ids, run)
    assert set(bad) == faulty & set(ids)
    assert done == [pk for pk in ids if pk not in faulty]
    assert counted == len(done)


def test_halving_calls_few():
    calls = []

    def run(ids: list[int]) -> int:
        calls.append(len(ids))
        if 777 in ids:
            raise ValueError("bad")
        return len(ids)

    assert register.halved(range(1_024), run)[0] == 1_023
    assert len(calls) == 21
    assert sum(calls) == 1_024 + 2 * 1_023


def test_halving_leaves_nothing_of_what_failed():
    def run(ids: list[int]) -> int:
        for pk in ids:
            register.record("writes", "customer", pk, "", "a trace")
        if 3 in ids:
            raise ValueError("bad")
        return len(ids)

    assert set(register.halved([1, 2, 3, 4], run)[1]) == {3}
    assert sorted(register.excluded("customer", "writes")) == [1, 2, 4]


def test_a_sum_that_fails_only_together_blames_nobody():
    def run(ids: list[int]) -> int:
        if len(ids) > 2:
            raise ValueError("too much at once")
        return len(ids)

    assert register.halved([1, 2, 3, 4, 5], run) == (5, {})


def test_what_fails_for_everybody_is_the_sweep_itself():
    def run(_ids: list[int]) -> int:
        raise ValueError("a mistake in the code")

    assert len(register.halved(range(25), run)[1]) == 25
    with pytest.raises(register.TooManyError, match="more than 25; the latest: ValueError: a mistake in the code"):
        register.halved(range(26), run)


def test_a_lost_connection_is_raised_at_once():
    calls = []

    def run(ids: list[int]) -> int:
        calls.append(ids)
        raise OperationalError("the connection was lost")

    with pytest.raises(OperationalError):
        register.halved([1, 2, 3], run)
    assert calls == [[1, 2, 3]]


def test_sparing_names_the_bad_and_takes_up_the_repaired():
    register.record("scores", "customer", 1, "", "bad last night")
    register.record("cases", "customer", 1, "", "another step's")

    def run(ids: list[int]) -> int:
        if 2 in ids:
            raise ValueError("too large")
        return len(ids)

    assert register.sparing("scores", "customer", [1, 2, 3], run, lambda ids: dict.fromkeys(ids, "Acme")) == 2
    row = SetAside.objects.get(step="scores")
    assert (row.object_id, row.words, row.reason) == (2, "Acme", "ValueError: too large")
    assert list(register.excluded("customer", "cases")) == [1]


def test_a_row_of_somebody_who_is_gone_is_one_ids_failure_not_the_whole_transactions():
    """Its foreign key is checked with the piece, not where the outer transaction ends: an Undo may have removed the customer."""
    here, gone = customer().pk, 2_000_000_000

    def run(ids: list[int]) -> int:
        return len([Ticket.objects.create(customer_id=pk, external_id=pk, severity="low", opened_at=NOW) for pk in ids])

    counted, bad = register.halved([here, gone], run)
    assert (counted, list(bad), Ticket.objects.count()) == (1, [gone], 1)
    assert register.is_collision(bad[gone])


COLLISIONS: Final = {"23505": UniqueViolation, "23503": ForeignKeyViolation}


@pytest.mark.parametrize(
    ("state", "times", "aside"),
    [("23505", 1, []), ("23503", 1, []), ("23505", 2, [3]), ("23514", 1, [3]), ("22012", 1, [3])],
)
def test_what_collides_with_another_writer_is_tried_once_more(state: str, times: int, aside: list[int]):
    """Id 3 fails alone so often; a key that another writer wrote first is there the second time, a check is not."""
    alone = 0

    def run(ids: list[int]) -> int:
        nonlocal alone
        if 3 not in ids:
            return len(ids)
        alone += ids == [3]
        if ids != [3] or alone <= times:
            raise IntegrityError(state) from psycopg.errors.lookup(state)()
        return len(ids)

    counted, bad = register.halved([1, 2, 3, 4], run)
    assert list(bad) == aside
    assert counted == 4 - len(aside)
    assert alone == (2 if state in COLLISIONS else 1)
