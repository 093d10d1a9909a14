"""The field's own files as the command reads them: what goes in, what is refused, what is said."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from django.db import connection

from accounts.imports.folders import jobs
from accounts.imports.loading import Report, load
from accounts.imports.mapping import SHIPPED, find
from accounts.imports.maps import MappingError
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import Contract, ContractLine, Customer, ExternalKey, Invoice
from tests.accounts.imports import bring, counts, rejected, write
from tests.accounts.workbooks import day, workbook
from tests.factories import organisation

pytestmark = pytest.mark.django_db
CASES: Final = Path(__file__).parents[1] / "data" / "reading"
DAY: Final = dt.date(2026, 11, 28)
TSUNAGU: Final = (SHIPPED / "tsunagu.toml").read_text()


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The files of the case that the test's name begins with, in a folder of their own."""
    number = request.node.name.split("_")[1]
    return Path(shutil.copytree(next(CASES.glob(f"{number}-*")), tmp_path / "case"))


def mapped(place: Path, formats: str = "", lines: str = "", text: str = TSUNAGU) -> str:
    """Our own mapping with formats for all files and more lines for the file of contracts or customers."""
    if formats:
        text = text.replace("[[file]]", f"[formats]\n{formats}\n[[file]]", 1)
    if lines:
        for name in ("customers.csv", "contracts.csv"):
            text = text.replace(f'name = "{name}"\n', f'name = "{name}"\n{lines}\n')
    path = place / "own.toml"
    path.write_text(text)
    return str(path)


def brought(place: Path, name: str, mapping: str = "tsunagu") -> Report:
    return bring(place / name, mapping, day=DAY)


def keys() -> list[str]:
    return list(ExternalKey.objects.order_by("external_id").values_list("external_id", flat=True))


def amounts(place: Path, formats: str) -> dict[str, Decimal]:
    brought(place, "customers.csv")
    brought(place, "contracts.csv", mapped(place, formats))
    lines = ContractLine.objects.values_list("contract__external_id", "annual_amount")
    return {key: amount for key, amount in lines if amount is not None}


def test_04_a_quote_that_is_never_closed_takes_its_own_tail_only(place: Path) -> None:
    brought(place, "customers.csv")
    assert [key for key in keys() if key in {"C1", "C5"}] == ["C1", "C5"]
    assert "C2" not in keys()
    with (place / "customers.rejects").open(newline="") as stream:
        found = [[row[0], *row[4:]] for row in list(csv.reader(stream))[1:]]
    assert found == [["3", 'C2,"Toys Direct,Toys'], ["4", "C3,Third Co,Steel"], ["5", 'C4,"Fourth" Co,Wood']]
    again = write(place / "rejects-customers.csv", (place / "customers.rejects").read_bytes())
    assert counts(brought(place, again.name)) == (0, 0, 0, 3)
    text = again.read_text()
    for raw in ('"C2,""Toys Direct,Toys"', '"C3,Third Co,Steel"', '"C4,""Fourth"" Co,Wood"'):
        text = text.replace(raw, raw.replace('""', "").replace(",", '","'))
    assert counts(brought(place, write(again, text).name)) == (3, 0, 0, 0)
    assert keys() == ["C1", "C2", "C3", "C4", "C5"]


def test_05_backslashes_by_escape_or_not_at_all(place: Path) -> None:
    brought(place, "customers.csv")
    assert keys() == ["C2"]
    brought(place, "customers.csv", mapped(place, lines='escape = "\\\\"'))
    assert list(Customer.objects.order_by("name").values_list("name", flat=True)) == ["Second Co", 'The "Best" Shop']


@pytest.mark.parametrize("case", ["06-excel-sep-line", "06b-trailing-delimiter"])
def test_06_marks_of_a_spreadsheet_lose_no_row(case: str, tmp_path: Path) -> None:
    place = Path(shutil.copytree(CASES / case, tmp_path / "case"))
    report = brought(place, "customers.csv")
    assert (report.rejected, report.new) == (0, report.rows)
    assert Customer.objects.get(name="Plain Co").industry == "Retail"


def test_06c_the_foot_of_a_report_is_refused_by_line(place: Path) -> None:
    report = brought(place, "customers.csv")
    assert counts(report) == (2, 0, 0, 3)
    assert keys() == ["C1", "C2"]
    assert [line for line, _field, _reason in rejected(place / "customers.csv")] == ["5", "6", "7"]


def test_07_rejects_come_back_whatever_the_mapping_says(place: Path) -> None:
    for name in ("map.toml", "map_sjis.toml"):
        assert brought(place, "kokyaku.csv", str(place / name)).rows == 3
    assert Customer.objects.get(external_keys__external_id="A-1").name == "株式会社髙橋①"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_07_a_corrected_row_comes_back_as_a_spreadsheet_saves_it(place: Path, encoding: str, delimiter: str) -> None:
    path = write(place / "kokyaku.csv", "顧客番号;会社名;国;メール\n;㈱はしご髙;JP;x\nA-2;二;JP;y\n".encode("cp932"))
    assert counts(bring(path, str(place / "map.toml"))) == (1, 0, 0, 1)
    text = path.with_suffix(".rejects").read_text("cp932").replace('"";', '"A-1";').replace('";', f'"{delimiter}')
    again = write(place / "kokyaku.csv", text.encode(encoding))
    assert counts(bring(again, str(place / "map.toml"))) == (1, 0, 0, 0)
    assert Customer.objects.get(external_keys__external_id="A-1").name == "㈱はしご髙"


def test_09_money_with_a_point_before_its_fraction(place: Path) -> None:
    marks = 'marks = ["$", "USD", "¥", "€", "円"]'
    assert amounts(place, marks) == {
        "K01": 12_000, "K02": 12_000, "K03": 1_200_000, "K06": Decimal("12000.50"), "K08": 12_000, "K09": 12_000,
        "K11": 12_000, "K15": 12_000,
    }  # fmt: skip
    assert ContractLine.objects.get(contract__external_id="K09").discount_percent == 15
    refused = {field: reason for _line, field, reason in rejected(place / "contracts.csv")}
    assert set(refused) == {"annual_amount"}


def test_09_the_mark_beside_an_amount_is_the_currency_of_its_row(place: Path) -> None:
    amounts(place, 'marks = ["$", "USD", "¥", "€", "円"]')
    found = dict(Contract.objects.values_list("external_id", "currency"))
    assert {key: found[key] for key in ("K01", "K02", "K03", "K06", "K11")} == {
        "K01": "USD", "K02": "USD", "K03": "JPY", "K06": "USD", "K11": "JPY",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("home", "amount", "code"),
    [
        ("AUD", "$1,200", "AUD"),
        ("EUR", "$1,200", "USD"),
        ("CNY", "¥1,200", "CNY"),
        ("USD", "￥1,200", "JPY"),
        ("USD", "1,200円", "JPY"),
        ("USD", "1,200 CHF", "CHF"),
        ("NOK", "1,200 kr", "NOK"),
        ("EUR", "1,200", "EUR"),
    ],
)
def test_09_a_mark_of_several_currencies_means_the_organisations_own(
    place: Path, home: str, amount: str, code: str
) -> None:
    organisation(currency=home)
    marks = 'marks = ["$", "¥", "￥", "円", "CHF", "kr"]'
    write(
        place / "contracts.csv",
        f'external_id,customer,starts_on,product,annual_amount\nK1,C1,2026-01-01,S,"{amount}"\n',
    )
    amounts(place, marks)
    assert Contract.objects.get().currency == code


def test_09_crowns_of_a_row_that_names_none_are_refused_where_the_organisation_has_no_crowns(place: Path) -> None:
    head = "external_id,customer,starts_on,product,currency,annual_amount\n"
    rows = "K1,C1,2026-01-01,S,,kr 300\nK2,C1,2026-01-01,S,DKK,kr 300\n"
    write(place / "contracts.csv", head + rows)
    amounts(place, 'marks = ["kr"]')
    assert dict(Contract.objects.values_list("external_id", "currency")) == {"K2": "DKK"}
    ((_line, _field, reason),) = rejected(place / "contracts.csv")
    assert reason == "annual_amount is written in SEK / NOK / DKK / ISK: say in which by the field currency"


def test_09_a_mark_and_a_row_of_different_currencies_are_refused(place: Path) -> None:
    head = "external_id,customer,starts_on,product,currency,annual_amount\n"
    write(
        place / "contracts.csv",
        head + 'K1,C1,2026-01-01,S,USD,"¥1,200"\nK2,C1,2026-01-01,S,JPY,"¥1,200"\nK3,C1,2026-01-01,S,,"€1"\n',
    )
    amounts(place, 'marks = ["¥", "€"]')
    assert dict(Contract.objects.values_list("external_id", "currency")) == {"K2": "JPY", "K3": "EUR"}
    ((_line, field, reason),) = rejected(place / "contracts.csv")
    assert (field, reason) == ("annual_amount", "annual_amount is written in JPY, the row in USD")


def test_09_a_row_without_a_mark_keeps_the_currency_that_it_has(place: Path) -> None:
    """A contract does not change its currency because a cell lost its mark, and its lines have one."""
    head = "external_id,customer,starts_on,product,line_starts_on,annual_amount\n"
    write(
        place / "contracts.csv",
        head + 'K1,C1,2026-01-01,Suite,,"$1,200"\nK2,C1,2026-01-01,Suite,,€100\nK2,C1,2026-01-01,Seats,,0\n',
    )
    organisation(currency="JPY")
    amounts(place, 'marks = ["$", "€"]')
    write(place / "contracts.csv", head + "K1,C1,2026-01-01,Suite,,1300\nK3,C1,2026-01-01,Suite,,5\n")
    amounts(place, 'marks = ["$", "€"]')
    assert dict(Contract.objects.values_list("external_id", "currency")) == {"K1": "USD", "K2": "EUR", "K3": "JPY"}
    assert ContractLine.objects.filter(contract__external_id="K2").count() == 2
    head = "external_id,customer,issued_on,due_on,amount\n"
    write(place / "invoices.csv", head + "I1,C1,2026-01-01,2026-02-01,€100\n")
    brought(place, "invoices.csv", mapped(place, 'marks = ["€"]'))
    write(place / "invoices.csv", head + "I1,C1,2026-01-01,2026-02-01,110\n")
    brought(place, "invoices.csv", mapped(place, 'marks = ["€"]'))
    assert Invoice.objects.get().currency == "EUR"


def test_09_money_with_a_comma_before_its_fraction(place: Path) -> None:
    found = amounts(place, 'marks = ["€"]\ndecimal = ","')
    assert {key: found[key] for key in ("K04", "K05", "K13", "K16")} == {
        "K04": Decimal("12000.50"), "K05": Decimal("12000.50"), "K13": 12_345, "K16": 12,
    }  # fmt: skip
    assert "K14" not in found


def test_10_cents_by_the_digits_of_the_currency(place: Path) -> None:
    text = (place / "map3.toml").read_text()
    (place / "own.toml").write_text(text.replace("times=12", "minor_units = true"))
    brought(place, "customers.csv", str(place / "own.toml"))
    brought(place, "subscriptions.csv", str(place / "own.toml"))
    lines = ContractLine.objects.order_by("contract__external_id")
    assert list(lines.values_list("annual_amount", flat=True)) == [Decimal("1200.00"), Decimal(120_000)]


@pytest.mark.parametrize("name", ["map.toml", "map2.toml"])
def test_10_times_takes_fractions(place: Path, name: str) -> None:
    brought(place, "customers.csv", str(place / name))
    brought(place, "subscriptions.csv", str(place / name))
    assert set(ContractLine.objects.values_list("annual_amount", flat=True)) == {Decimal(14_400)}


def test_10_yen_have_no_fraction(place: Path) -> None:
    brought(place, "customers.csv", str(place / "map.toml"))
    write(place / "subscriptions.csv", "id,customer,start,plan,currency,amount\nS1,cus_1,2026-01-01,pro,jpy,100.5\n")
    brought(
        place, "subscriptions.csv", mapped(place, text=(place / "map3.toml").read_text().replace("times=12", "times=1"))
    )
    assert rejected(place / "subscriptions.csv") == [("2", "amount", "amount 100.50 has more digits than JPY has")]


@pytest.mark.parametrize(("zone", "first"), [("Asia/Tokyo", 1), ("UTC", 31)])
def test_11_an_instant_is_the_organisations_day(place: Path, zone: str, first: int) -> None:
    organisation(time_zone=zone)
    by = str(place / "map.toml")
    brought(place, "customers.csv", by)
    assert counts(brought(place, "contracts.csv", by)) == (4, 0, 0, 0)
    starts = dict(Contract.objects.values_list("external_id", "starts_on"))
    assert starts["K1"].day == first
    assert starts["K4"] == dt.date(2026, 4, 1)


def test_12_days_in_the_notations_that_the_mapping_names(place: Path) -> None:
    notations = '["iso", "era", "serial", "epoch", "%Y年%m月%d日", "%Y/%m/%d", "%d-%b-%y", "%B %d, %Y"]'
    brought(place, "customers.csv")
    brought(place, "contracts.csv", mapped(place, f"dates = {notations}"))
    starts = dict(Contract.objects.values_list("external_id", "starts_on"))
    april = dt.date(2026, 4, 1)
    assert starts == {
        "K01": dt.date(2025, 4, 1), **dict.fromkeys([f"K{n:02}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 12)], april),
    }  # fmt: skip


def test_13_days_that_two_notations_read_apart_are_refused(place: Path) -> None:
    brought(place, "customers.csv", str(place / "map.toml"))
    assert counts(brought(place, "contracts.csv", str(place / "map.toml"))) == (2, 0, 0, 1)
    ((line, field, reason),) = rejected(place / "contracts.csv")
    assert (line, field) == ("2", "starts_on")
    assert "2026-04-03 or 2026-03-04" in reason


def test_19_words_for_nothing_are_empty_and_a_name_stays(place: Path) -> None:
    words = 'null_words = ["NULL", "N/A", "nan", "-", "none", "\\\\N", "#N/A", "?"]'
    assert brought(place, "customers.csv", mapped(place, words)).rejected == 0
    assert Customer.objects.get(name="NULL").domain == ""
    assert set(Customer.objects.values_list("industry", "employees", "country")) == {("", None, "")}


def test_20_ids_that_a_spreadsheet_changed_are_remarked(place: Path) -> None:
    assert brought(place, "customers.csv").notes == []
    notes = " ".join(brought(place, "contracts.csv").notes)
    assert "unknown ids differ from others only by zeros, case, width or .0" in notes
    assert "1 id was shortened by a spreadsheet: “2E+16”" in notes
    write(place / "customers.csv", "external_id,name\n123,New\n7,Seven\n07,Seven\n")
    ids, twins = brought(place, "customers.csv").notes
    assert ids.startswith("external_id: 3 unknown ids differ")
    assert twins.startswith("1 new customer may be one that is there")


def test_20_thousands_of_unknown_ids_are_compared_in_one_pass(place: Path) -> None:
    """Each of them looked up among all others would take minutes; a million rows of which half are refused, days."""
    lines = (f"U-{number},nobody {number},2026-01-01,login" for number in range(4_000))
    write(
        place / "usage.csv", "\n".join(["external_id,customer,day,feature", *lines, "U,NOBODY 7,2026-01-01,login", ""])
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
    report = brought(place, "usage.csv")
    assert counts(report) == (0, 0, 0, 4_001)
    (remark,) = report.remarks
    assert (remark["count"], remark["rows"]) == (2, [[4002, "NOBODY 7 = nobody 7"], [9, "nobody 7 = NOBODY 7"]])


def test_21_names_that_look_like_formulas_stay_and_come_back(place: Path) -> None:
    assert brought(place, "customers.csv").rejected == 0
    names = ["'=Equals Co", "'s-Hertogenbosch Stad", "+81 Media", "-Dash", "=Formula Co", "O'Brien & Söhne"]
    assert sorted(Customer.objects.values_list("name", flat=True)) == names
    write(
        place / "customers.csv",
        "external_id,name,country\n" + "".join(f"X{i},{n},\n" for i, n in enumerate(names)) + ",z,\n",
    )
    text = (place / "customers.csv").read_text().replace("X", "")
    write(place / "customers.csv", text.replace("\n0,", "\n,"))
    brought(place, "customers.csv")
    again = (place / "customers.rejects").read_text().replace('"","', '"Y1","', 1)
    brought(write(place / "customers.csv", again).parent, "customers.csv")
    assert Customer.objects.filter(name="'=Equals Co").count() == 2


def test_32_hidden_characters_are_no_difference(place: Path) -> None:
    brought(place, "customers.csv")
    report = brought(place, "contracts.csv")
    assert (report.new, report.rejected) == (4, 0)


@pytest.mark.parametrize("name", ["map.toml", "map_u8.toml"])
def test_33_a_byte_order_mark_says_the_encoding(place: Path, name: str) -> None:
    assert counts(brought(place, "customers.csv", str(place / name))) == (2, 0, 0, 0)


def refusal(place: Path, name: str, mapping: str = "tsunagu") -> str:
    with pytest.raises(Unreadable) as refused:
        brought(place, name, mapping)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_33b_another_delimiter_is_named(place: Path) -> None:
    assert refusal(place, "customers.csv") == (
        'customers.csv has no column for external_id. It looks as if it needed delimiter = ";".'
    )


def test_33c_another_encoding_is_named(place: Path) -> None:
    report = brought(place, "customers.csv")
    assert counts(report) == (1, 0, 0, 1)
    assert 'the text is not utf-8: it looks as if it needed encoding = "cp1252"' in report.notes
    assert brought(place, "customers.csv", mapped(place, lines='encoding = "cp1252"')).new == 1
    assert Customer.objects.filter(name="Café Köln").exists()
    # Text that is ASCII is as well in any of them.
    write(place / "customers.csv", "external_id,name\n,Nameless\n")
    notes = brought(place, "customers.csv", mapped(place, lines='encoding = "cp932"')).notes
    assert not [note for note in notes if "encoding" in note]


def test_31_headings_with_marks_blanks_and_line_ends(place: Path) -> None:
    assert counts(brought(place, "customers.csv", str(place / "map.toml"))) == (1, 0, 0, 0)
    assert Customer.objects.values_list("name", "domain", "industry").get() == ("Acacia", "acacia.example", "Retail")


def test_34_a_row_that_leaves_out_what_stands_above_is_refused(place: Path) -> None:
    brought(place, "customers.csv")
    assert counts(brought(place, "contracts.csv")) == (1, 0, 0, 1)
    ((line, _column, reason),) = rejected(place / "contracts.csv")
    assert line == "3"
    assert "external_id is empty" in reason


def test_53_each_reading_of_one_file_has_its_rejects(place: Path) -> None:
    """Of each reading the row of the unknown customer comes back, in the file of its reading."""
    found = jobs(place, find(str(place / "map.toml")), TARGETS, rejects=place / "no.csv")
    reports = [load(job.path, job.file, job.target, day=DAY, rejects=job.rejects) for job in found]
    assert [note for report in reports for note in report.notes if "columns" in note] == []
    assert [counts(report) for report in reports] == [(1, 0, 0, 0), (1, 0, 0, 1), (1, 0, 0, 1)]
    lines = [job.rejects.read_text("utf-8-sig").splitlines()[1:] for job in found[1:]]
    assert [[line.split(",")[0].strip('"') for line in each] for each in lines] == [["4"], ["5"]]


@pytest.mark.parametrize("missing", ["", 'missing = "ended"'])
def test_53_no_reading_is_the_whole_of_its_source(place: Path, missing: str) -> None:
    """What the other reading brought is not gone; where it should end, the report says that nothing does."""
    text = (place / "map.toml").read_text().replace('into="contracts"', f'into="contracts"\n{missing}')
    own = mapped(place, text=text)
    for _again in range(2):
        found = jobs(place, find(own), TARGETS, rejects=place / "no.csv")
        notes = [load(job.path, job.file, job.target, day=DAY, rejects=job.rejects).notes for job in found]
    assert not Contract.objects.exclude(ended_on=None).exists()
    told = [note for note in notes[1] + notes[2] if "nothing ends" in note or "not in the file" in note]
    assert len(told) == (2 if missing else 0)


@pytest.mark.parametrize("name", ["customers.csv", "customers.xlsx"])
def test_70_what_is_no_workbook_is_one_sentence(place: Path, name: str) -> None:
    assert refusal(place, name) == f"{name} is no workbook (XLSX) that can be read: save it again as XLSX or CSV."


def test_a_workbook_goes_in_as_a_csv_does(tmp_path: Path) -> None:
    write(tmp_path / "customers.csv", "external_id,name\nC1,One\n")
    brought(tmp_path, "customers.csv")
    path = workbook(
        tmp_path / "contracts.xlsx", ["Contracts"], ["external_id", "customer", "starts_on", "product", "annual_amount"],
        ["K1", "C1", day(46113), "Suite", 1234.5], ["K2", "C1", "01.05.2026", "Suite", 10], ["K3", "C1", "soon", "Suite", 10],
    )  # fmt: skip
    by = mapped(tmp_path, 'dates = ["%d.%m.%Y"]\ndecimal = ","', "skip_lines = 1")
    assert counts(brought(tmp_path, path.name, by)) == (2, 0, 0, 1)
    assert Contract.objects.get(external_id="K1").starts_on == dt.date(2026, 4, 1)
    assert ContractLine.objects.get(contract__external_id="K1").annual_amount == Decimal("1234.50")
    again = write(
        tmp_path / "contracts.csv", (tmp_path / "contracts.rejects").read_text().replace('"soon"', '"2026-06-01"')
    )
    assert counts(brought(tmp_path, again.name, by)) == (1, 0, 0, 0)
    assert counts(brought(tmp_path, path.name, by)) == (0, 0, 2, 1)


def test_json_lines_go_in_as_a_csv_does(tmp_path: Path) -> None:
    path = write(
        tmp_path / "customers.jsonl", '{"external_id": 1, "name": "One", "tags": ["a", "b"]}\n{"external_id": 2}\n'
    )
    assert counts(brought(tmp_path, path.name)) == (1, 0, 0, 1)
    assert Customer.objects.get().tags == ["a", "b"]


@pytest.mark.parametrize("line", ["\r", "\r\n", "\n"])
def test_72_any_line_end_ends_a_line(place: Path, line: str) -> None:
    content = (place / "customers.csv").read_bytes().replace(b"\r", line.encode())
    write(place / "customers.csv", content)
    brought(place, "customers.csv")
    assert {"C1", "C3"} <= set(keys())


def test_74_title_lines_are_proposed_and_skipped(place: Path) -> None:
    assert refusal(place, "customers.csv") == (
        "customers.csv has no column for external_id. It looks as if it needed skip_lines = 3."
    )
    assert counts(brought(place, "customers.csv", mapped(place, lines="skip_lines = 3"))) == (1, 0, 0, 1)
    assert rejected(place / "customers.csv", above=3) == [("6", "", "is the foot of a report, no record")]
    assert keys() == ["C1"]


def test_75_a_copy_is_asked_about_and_case_is_no_difference(place: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        jobs(place, find("tsunagu"), TARGETS)
    assert str(refused.value) == (
        "Customers.CSV, customers (1).csv could each be customers.csv: "
        "keep one of them in the folder, or import one by itself."
    )
    (place / "customers (1).csv").unlink()
    (job,) = jobs(place, find("tsunagu"), TARGETS)
    assert load(job.path, job.file, job.target, day=DAY, rejects=place / "r.csv").new == 1


def test_76_a_mistake_of_the_mapping_is_told_before_the_first_row(place: Path) -> None:
    for gone in ((), ("surveys.csv",)):
        for name in gone:
            (place / name).unlink()
        with pytest.raises(MappingError) as refused:
            jobs(place, find(str(place / "map.toml")), TARGETS)
        assert str(refused.value) == (
            "surveys.csv: surveys need the field answer, which the mapping does not name, and have no field score."
        )
    assert not Customer.objects.exists()


def test_a_column_that_is_missing_is_told_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path / "contracts.csv", "external_id,customer\nK1,C1\n")
    assert refusal(tmp_path, "contracts.csv") == (
        "contracts.csv has no column for starts_on. Its columns are: external_id, customer."
    )


def test_tax_is_taken_off_an_amount(tmp_path: Path) -> None:
    write(tmp_path / "customers.csv", "external_id,name\nC1,One\n")
    brought(tmp_path, "customers.csv")
    rows = "".join(f"K{i},C1,2026-01-01,Suite,{amount}\n" for i, amount in enumerate((1100, 1000, "0.01")))
    write(tmp_path / "contracts.csv", f"external_id,customer,starts_on,product,annual_amount\n{rows}")
    text = TSUNAGU.replace('annual_amount = "annual_amount"', 'annual_amount = { column = "annual_amount", tax = 10 }')
    report = brought(tmp_path, "contracts.csv", mapped(tmp_path, text=text))
    found = dict(ContractLine.objects.values_list("contract__external_id", "annual_amount"))
    assert found == {"K0": 1000, "K1": Decimal("909.09"), "K2": Decimal("0.01")}
    assert (
        "annual_amount: 2 different amounts were rounded, such as “1000”: what is left without the tax"
        in report.notes[0]
    )
