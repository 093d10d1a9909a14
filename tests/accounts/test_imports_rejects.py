"""Rejected rows in the dialect of their file, corrected in a spreadsheet and brought back as they are."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.dialects import Dialect
from accounts.imports.folders import jobs
from accounts.imports.loading import Report, load
from accounts.imports.mapping import parse
from accounts.imports.opening import opened
from accounts.imports.recognising import recognise
from accounts.imports.rejects import Rejects
from accounts.imports.rows import Row
from accounts.imports.targets import TARGETS
from accounts.models import Contract, Customer, ImportRun
from tests.accounts.imports import bring, counts, write
from tests.factories import DAY, organisation

CASES = Path(__file__).parents[1] / "data" / "reading"
MAPPING = """
source = "crm"
[[file]]
name = "kokyaku.csv"
into = "customers"
encoding = "{encoding}"
delimiter = "{delimiter}"
skip_lines = {above}
[file.fields]
external_id = "顧客番号"
name = "会社名"
employees = "従業員"
"""
ROWS = "顧客番号;会社名;従業員\nA-1;株式会社髙橋①;12\nA-2;㈱はしご髙;80\n;～テスト―;7\n"
TITLES = "顧客一覧\n出力日：2026年11月24日\n"


def take(path: Path, mapping: str, name: str = "map.toml") -> Report:
    (job,) = jobs(path, parse(mapping, name), TARGETS, rejects=path.with_suffix(".rejects"))
    return load(job.path, job.file, job.target, day=DAY, rejects=job.rejects)


@pytest.fixture(autouse=True)
def _organisation(request: pytest.FixtureRequest) -> None:
    if "django_db" in request.keywords:
        organisation()


@pytest.mark.django_db
@pytest.mark.parametrize("above", ["", TITLES])
def test_case_07_rejected_rows_are_written_as_their_file_is(tmp_path: Path, above: str) -> None:
    path = write(tmp_path / "kokyaku.csv", (above + ROWS).encode("cp932"))
    mapping = MAPPING.format(encoding="cp932", delimiter=";", above=above.count("\n"))
    assert counts(take(path, mapping)) == (2, 0, 0, 1)
    text = path.with_suffix(".rejects").read_bytes().decode("cp932")
    assert text.startswith(f'{above}"rejected_line";"rejected_field";"rejected_reason";"rejected_on";"顧客番号"')
    assert "～テスト―" in text
    assert "?" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("saved_as", ["cp932", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize(("said", "above"), [("cp932", 2), ("utf-8", 0), ("shift_jis", 0)])
def test_case_07_they_come_back_whatever_the_mapping_says(
    tmp_path: Path, saved_as: str, delimiter: str, said: str, above: int
) -> None:
    path = write(tmp_path / "kokyaku.csv", (TITLES + ROWS).encode("cp932"))
    take(path, MAPPING.format(encoding="cp932", delimiter=";", above=2))
    text = path.with_suffix(".rejects").read_bytes().decode("cp932")
    # A spreadsheet writes its own delimiter, quotes only where it must, and its own encoding.
    text = text.replace('"', "").replace(";～", "A-3;～").replace(";", delimiter)
    corrected = write(tmp_path / "rejects-kokyaku.csv", text.encode(saved_as))
    assert counts(take(corrected, MAPPING.format(encoding=said, delimiter=";", above=above))) == (1, 0, 0, 0)
    assert set(Customer.objects.values_list("name", flat=True)) == {"株式会社髙橋①", "㈱はしご髙", "～テスト―"}
    found = recognise(corrected)
    assert (found.skip_lines, found.columns[0], found.delimiter) == (2, "rejected_line", delimiter)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf"]), max_size=8), min_size=2, max_size=2),
    st.sampled_from(["utf-8", "cp932", "cp1252", "utf-16", "euc_jp"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["", "Title\n", "Liste;x\n\n"]),
)  # fmt: skip
def test_no_character_of_a_rejected_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], encoding: str, delimiter: str, above: str
) -> None:
    path = tmp_path_factory.mktemp("r") / "rejects.csv"
    own = {"encoding": encoding, "delimiter": delimiter, "above": above}
    with Rejects(path, ["id", "name"], DAY, **own) as written:
        written.add(Row(2, ["0", "plain"]), [("id", "is “odd” – まだ")])
        written.add(Row(3, cells), [("id", "no")])
    with opened(path, Dialect(encoding=encoding)) as table:
        rows = [row.cells[4:] for row in table.records()]
    with opened(
        write(path.with_name("b.csv"), f'id,name\n"{cells[0].replace(chr(34), 2 * chr(34))}",x\n'), Dialect()
    ) as plain:
        (expected,) = [row.cells[0] for row in plain.records()]
    assert rows[0] == ["0", "plain"]
    assert rows[1][0] == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "taken", "refused"),
    [
        ("C1,One\n\nNotes\n", 1, 1),  # before an empty line
        ("C1,One\nC2,Two,x\n", 2, 0),  # before a whole record
        ("C1,One\nC2,Two\n", 0, 2),  # cut in two, or not: nobody knows
        ("C1,Two\nlines,y\nC3,Three,z\n", 1, 2),
        ("C1\nC2,Two,x\n", 1, 1),
    ],
)
def test_a_record_without_its_last_cell_goes_in_where_it_stands_alone(
    tmp_path: Path, rows: str, taken: int, refused: int
) -> None:
    path = write(tmp_path / "customers.csv", f"external_id,name,industry\n{rows}")
    report = bring(path)
    assert (report.new, report.rejected) == (taken, refused)


@pytest.mark.django_db
def test_case_53_each_reading_of_a_file_has_rejected_rows_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(CASES / "53-one-file-two-readings", folder)
    call_command(
        "import_data", str(folder), mapping=str(folder / "map.toml"), rejects=tmp_path / "r.csv", stdout=StringIO()
    )
    months, years = ((tmp_path / name).read_text() for name in ("r-subs.csv", "r-subs-2.csv"))
    assert ("s3" in months, "s4" in months) == (True, False)
    assert ("s3" in years, "s4" in years) == (False, True)
    assert set(Contract.objects.values_list("external_id", flat=True)) == {"s1", "s2"}


@pytest.mark.django_db
def test_a_column_that_a_later_file_lacks_is_told_before_the_first_row(tmp_path: Path) -> None:
    write(tmp_path / "kokyaku.csv", ROWS.encode("cp932"))
    write(tmp_path / "keiyaku.csv", "契約番号,顧客\nK1,A-1\n")
    mapping = MAPPING.format(encoding="cp932", delimiter=";", above=0) + (
        '[[file]]\nname = "keiyaku.csv"\ninto = "contracts"\n[file.fields]\nexternal_id = "契約番号"\ncustomer = "顧客"\n'
        'starts_on = "開始"\nproduct = {constant = "x"}\nannual_amount = {constant = "1"}\n'
    )
    toml = write(tmp_path / "map.toml", mapping)
    with pytest.raises(CommandError, match=r"keiyaku\.csv has no column 開始"):
        call_command("import_data", str(tmp_path), mapping=str(toml), stdout=StringIO())
    assert not Customer.objects.exists()
    assert ImportRun.objects.get().state == "failed"
