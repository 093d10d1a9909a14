"""When a source was last heard of, when it counts as silent, and whether its last file adds up."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from accounts.imports import given, hearing
from accounts.imports.targets import TARGETS
from accounts.models import ExternalKey, ImportFile, ImportRun, Source
from tests import factories as make
from tests.accounts.imports import bring, write
from tests.factories import DAY

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")
NOW = dt.datetime.combine(DAY, dt.time(12), dt.UTC)


def came(source: str, back: int, rows: int = 10, **counts: int) -> ImportFile:
    """A file of the source that came so many days ago."""
    at = NOW - dt.timedelta(days=back)
    run = ImportRun.objects.create(state="done", title="m", day=at.date(), started_at=at, ended_at=at)
    target = {"target": "customers", "name": "customers.csv"}
    return ImportFile.objects.create(run=run, position=1, written=True, source=source, rows=rows, **target, **counts)


def heard(name: str = "crm") -> hearing.Heard:
    return next(row for row in hearing.sources(NOW, UTC) if row.name == name)


def test_a_source_is_silent_after_three_times_its_usual_wait() -> None:
    """A file a week: silent from the 22nd day on."""
    for back in (42, 35, 28, 21):
        came("crm", back, rejected=1)
    row = heard()
    assert (row.usual, row.limit, row.silent_days(DAY), row.silent_days(DAY + dt.timedelta(days=1))) == (
        21,
        21,
        None,
        22,
    )
    assert (row.rows, row.refused, row.last_on) == (20, 2, DAY - dt.timedelta(days=21))


def test_an_admin_says_when_it_is_silent_and_few_files_say_nothing() -> None:
    came("crm", 9)
    assert (heard().limit, heard().silent_days(DAY)) == (None, None)
    Source.objects.create(name="crm", silent_days=8)
    assert heard().silent_days(DAY) == 9
    came("crm", 8)
    assert heard().silent_days(DAY) is None


def test_daily_files_may_miss_a_weekend() -> None:
    for back in (8, 7, 6, 5, 4):
        came("crm", back)
    assert heard().usual == 3
    assert heard().silent_days(DAY) == 4


def test_sources_that_only_keys_name_were_never_heard() -> None:
    ExternalKey.objects.create(customer=make.customer(), source="old", external_id="1")
    assert (heard("old").last_at, heard("old").silent_days(DAY)) == (None, None)


def test_the_last_file_against_the_record() -> None:
    """12 rows of which 2 were refused and 1 left out: 9 should be here, and 8 are."""
    came("crm", 9, rows=99)
    came("crm", 1, rows=12, rejected=2, skipped=1)
    for number in range(8):
        ExternalKey.objects.create(customer=make.customer(), source="crm", external_id=str(number))
    (row,) = hearing.sums("crm")
    assert (row.file.rows, row.expected, row.here, row.difference) == (12, 9, 8, -1)
    assert hearing.sums("none") == []


def test_a_file_of_lines_adds_up_by_its_ids(tmp_path: Path) -> None:
    """Two contracts on three lines, one line twice: two are here, and nothing is left to explain."""
    bring(write(tmp_path / "customers.csv", "external_id,name\nA1,Acme\n"))
    head = "external_id,customer,product,starts_on,annual_amount,line_starts_on\n"
    rows = [
        "K1,A1,Base,2026-04-01,100,2026-04-01",
        "K1,A1,More,2026-04-01,50,2026-06-01",
        "K2,A1,Base,2026-05-01,70,2026-05-01",
    ]
    path = write(tmp_path / "contracts.csv", head + "\n".join([*rows, rows[-1]]) + "\n")
    for _time in range(2):
        call_command("import_data", path, "--mapping", "tsunagu", "--rejects", tmp_path / "no.csv", stdout=StringIO())
        (row,) = (row for row in hearing.sums("csv") if row.file.target == "contracts")
        assert (row.file.rows, row.file.ids, row.here, row.difference) == (4, 2, 2, 0)


@pytest.mark.parametrize(
    ("ids", "here", "difference"), [((1, 1), 1, 0), ((1, 1), 3, 1), ((10, 2), 12, 0), ((10, 2), 9, -1), ((3,), 2, -1)]
)
def test_ids_that_a_correction_names_again_miss_nowhere(ids: tuple[int, ...], here: int, difference: int) -> None:
    """A contract of two lines, one of them corrected, is one contract."""
    file, *corrections = (ImportFile(ids=number) for number in ids)
    assert hearing.Sum(file, here, tuple(corrections)).difference == difference


@pytest.mark.parametrize(
    ("rejected", "corrections", "refused"),
    [((1, 1), [(1, 1, 0)], 1), ((3, 2), [(2, 0, 0)], 1), ((2, 2), [(2, 1, 1), (1, 0, 0)], 0), ((0, 0), [], 0)],
)
def test_a_row_that_was_corrected_is_refused_once(
    rejected: tuple[int, int], corrections: list[tuple[int, int, int]], refused: int
) -> None:
    """Of five rows those that nobody corrected, or that were refused once more: refused, and of these corrected elsewhere."""
    file = came("crm", 1, rows=5, rejected=rejected[0], elsewhere=rejected[1])
    later = [
        ImportFile.objects.create(
            run=file.run,
            position=number,
            written=True,
            source="crm",
            target="customers",
            name="x",
            rows=rows,
            rejected=again,
            elsewhere=elsewhere,
        )
        for number, (rows, again, elsewhere) in enumerate(corrections, 2)
    ]
    assert (heard().rows, heard().refused) == (5, refused)
    assert hearing.Sum(file, 0, tuple(later)).rejected == refused


def test_who_types_is_no_source_that_could_fall_silent() -> None:
    for back in (8, 7, 6, 5):
        came(Source.TYPED, back)
        came("crm", back)
    assert [row.name for row in hearing.sources(NOW, UTC)] == ["crm"]


def test_a_program_whose_rows_change_nothing_is_heard_all_the_same() -> None:
    for back in (8, 7, 6, 5):
        came("crm", back)
    assert heard().silent_days(DAY) == 5
    row = {"external_id": "A1", "name": "Acme"}
    by = make.user(role="admin")
    for hours in (30, 2, 0):
        at = NOW - dt.timedelta(hours=hours)
        given.take([row], TARGETS["customers"], given.Terms("crm"), by=by, day=DAY, now=lambda at=at: at)  # type: ignore[misc]
    assert ImportRun.objects.filter(title__startswith="API").count() == 1
    assert (heard().last_at, heard().silent_days(DAY)) == (NOW, None)
    stored = Source.objects.get()
    given.take(
        [row], TARGETS["customers"], given.Terms("crm"), by=by, day=DAY, now=lambda: NOW + dt.timedelta(minutes=5)
    )
    assert Source.objects.get().heard_at == stored.heard_at


def test_statements_do_not_grow_with_sources(django_assert_num_queries) -> None:
    for number in range(3):
        came(f"s{number}", 1)
    with django_assert_num_queries(1):
        assert len(hearing.sources(NOW, UTC)) == 3


def test_lag_of_the_last_file_and_its_median() -> None:
    """Files of 1, 5 and 3 hours, and one that says of no day: last 1 hour, median 3; an older one counts for the last only."""
    for back, hours in ((40, 50), (3, 3), (2, 5), (1, 1)):
        file = came("crm", back)
        file.newest_at = NOW - dt.timedelta(days=back, hours=hours)
        file.save(update_fields=["newest_at"])
    came("crm", 0)
    assert (heard().lag, heard().usual_lag) == (dt.timedelta(hours=1), dt.timedelta(hours=3))
    came("other", 0)
    assert (heard("other").lag, heard("other").usual_lag) == (None, None)
    early = came("early", 0)
    early.newest_at = NOW + dt.timedelta(hours=12)
    early.save(update_fields=["newest_at"])
    assert heard("early").lag == dt.timedelta(0)


@pytest.mark.parametrize(
    ("mapping", "rows", "expected"),
    [
        ("", "1,K,2026-11-20,1\n2,K,2026-11-22,1\n", "2026-11-23T00:00+09:00"),
        ("as_of = 2026-11-24\n", "1,K,2026-11-20,1\n", "2026-11-25T00:00+09:00"),
    ],
)
def test_a_file_goes_up_to_its_newest_day_or_the_one_that_its_mapping_names(
    tmp_path: Path, mapping: str, rows: str, expected: str
) -> None:
    make.organisation(time_zone="Asia/Tokyo")
    ExternalKey.objects.create(customer=make.customer(), source="s", external_id="K")
    text = f"""source = "s"\n[[file]]\nname = "u.csv"\ninto = "usage"\n{mapping}[file.fields]
external_id = "id"\ncustomer = "customer"\nday = "day"\nuses = "uses"\n"""
    toml = write(tmp_path / "m.toml", text)
    report = bring(write(tmp_path / "u.csv", "id,customer,day,uses\n" + rows), mapping=str(toml))
    assert report.newest_at == dt.datetime.fromisoformat(expected)


def test_what_some_rows_say_of_the_past_does_not_date_their_file(tmp_path: Path) -> None:
    """The last person who left did so in 2024; the list of today is of today."""
    make.organisation()
    ExternalKey.objects.create(customer=make.customer(), source="csv", external_id="K")
    head = "external_id,customer,name,state,state_on\n"
    path = write(tmp_path / "contacts.csv", head + "P1,K,Ann,left,2024-03-01\nP2,K,Bo,active,\n")
    assert bring(path).newest_at is None


def test_an_undo_is_no_word_of_the_source() -> None:
    came("crm", 60)
    file = came("crm", 50)
    ImportFile.objects.filter(pk=file.pk).update(undone=True)
    ImportRun.objects.filter(pk=file.run_id).update(state="undone", ended_at=NOW)
    assert heard().last_on == DAY - dt.timedelta(days=60)
