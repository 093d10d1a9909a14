"""Refused cells mended on the page of a preview: the rows join the run, and what is still wrong is mended in turn."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from io import BytesIO

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import uploads
from accounts.imports import drafting, hearing, mapping, mending
from accounts.imports.mapping import OWN_NAMES
from accounts.imports.mending import Rejected
from accounts.imports.places import mark_of
from accounts.imports.rejects import line_in, named
from accounts.imports.rows import OURS
from accounts.models import Contract, ContractLine, Customer, ImportRun, Upload, User
from config import clock
from tests.accounts.exporting.test_packing import send
from tests.accounts.importing.runs import counted, work
from tests.accounts.importing.test_correcting import GOOD, page, previewed, rejects
from tests.accounts.importing.test_correcting import sent as corrected
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
CONTROL = re.compile(r'<input class="input" id="[^"]*" name="(mend-[\d-]+)" form="mend" value="([^"]*)"')
HIDDEN = re.compile(r'<input type="hidden" name="(file-\d+)" value="([^"]*)">')


@pytest.fixture
def admin(client: Client) -> User:
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def controls(client: Client, run: ImportRun) -> tuple[dict[str, str], dict[str, str]]:
    """(value by name of each control, what says which files the page shows)."""
    shown = page(client, run, "refused")
    return {name: unescape(value) for name, value in CONTROL.findall(shown)}, dict(HIDDEN.findall(shown))


def as_one(shown: str) -> list[list[str]]:
    """(rows, new, changed, unchanged, refused) of each file of the page, with its corrected rows."""
    found = re.findall(r'<td class="num"> ?<span class="hand muted small">\w+</span> ([\d,]+)', shown)
    return [found[at : at + 5] for at in range(0, len(found), 5)]


def told_refused(client: Client, run: ImportRun) -> list[tuple[str, str, str]]:
    """(file, line, cell) of each refused row on the page."""
    row = r'<td class="muted small">(.+?)</td> <td class="line">(.+?)</td>.+?<td class="found"> <mark>(.+?)</mark>'
    return re.findall(row, page(client, run, "refused"))


def sent(client: Client, run: ImportRun, values: dict[str, str]) -> str:
    answer = client.post(f"/import/runs/{run.pk}/mend/", values, follow=True)
    if ' data-poll="2"' in answer.text:
        sentence = "what is still refused stays in sight"
        assert f'hx-get="/import/runs/{run.pk}/?rows=refused&amp;' in answer.text, sentence
    work()
    run.refresh_from_db()
    return " ".join(answer.content.decode().split())


def test_cells_are_mended_on_the_page_and_go_in(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\nC-12;;6\n;桜;7\n")
    cells, files = controls(client, run)
    assert list(cells.values()) == ["", "", ""], "what the file has, to be put right"
    assert "顧客名 in line 4" in page(client, run, "refused")
    first, second, _third = cells
    shown = sent(client, run, files | cells | {first: "=楡", second: "白樺"})
    assert "Mend here" in page(client, run, "refused"), "one is still refused"
    assert "No refused cell" not in shown
    assert counted(run) == [("顧客一覧.csv", False, 1, 0, 0, 3), ("mended-顧客一覧.csv", False, 2, 0, 0, 0)]
    assert '"6";"顧客ID";' in rejects(client, run), "by its line in the file that people have"
    assert '"4"' not in rejects(client, run), "a row that was mended is refused no more"
    # The one that is left stands there with its file, line and cell, and is mended in turn: the new file replaces the first.
    shown = page(client, run, "refused")
    assert re.findall(r'<td class="line">(.+?)</td>', shown) == ["6"]
    assert "2 of its rows are corrected in mended-顧客一覧.csv." in shown
    assert as_one(shown) == [["4", "3", "0", "0", "1"]]
    left, files = controls(client, run)
    assert list(left) == ["mend-1-6-4"]
    assert list(left.values()) == [""]
    before = run.places[1]
    sent(client, run, files | {"mend-1-6-4": "C-13", "mend-1-5-5": "not offered any more"})
    assert counted(run) == [("顧客一覧.csv", False, 1, 0, 0, 3), ("mended-顧客一覧.csv", False, 3, 0, 0, 0)]
    assert (before["name"], before["corrects"]) == (run.places[1]["name"], run.places[1]["corrects"])
    assert before["upload"] != run.places[1]["upload"]
    assert "白樺" in page(client, run, "new")
    assert not Customer.objects.exists()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert set(Customer.objects.values_list("name", "employees")) == {
        ("青葉物流", 12),
        ("=楡", 5),
        ("白樺", 6),
        ("桜", 7),
    }
    assert not controls(client, run)[0], "nothing is mended after the import"


ZIPPED = {
    "customers.csv": "external_id,name,parent\nA1,Acme,C3\nB2,,\n",
    "contracts.csv": "external_id,customer,starts_on,product,annual_amount\nK1,A1,2026-01-01,Suite,12000\nK2,B2,2026-01-01,Suite,5000\n",
    "entitlements.csv": "contract,kind,name,quantity,starts_on\nK1,seats,Seats,5,never\nK2,seats,Seats,7,2026-01-01\n",
    "mapping.toml": OWN_NAMES.read_text(),
}


def test_mended_rows_of_an_export_go_in_beside_their_files_whatever_they_need(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "MOST_FILES", 3)
    long = f"{'x' * 190}.csv"
    send(
        client,
        {
            long if name == "customers.csv" else name: text.replace("customers.csv", long).encode()
            for name, text in ZIPPED.items()
        },
    )
    run = ImportRun.objects.get()
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    run.refresh_from_db()
    assert [row[5] for row in counted(run)] == [1, 1, 2]
    # A ZIP has as many files as an import takes; what is mended goes in behind its file, before what needs it.
    cells, files = controls(client, run)
    (customer,) = [name for name in cells if name.startswith("mend-1-")]
    (day,) = [name for name, value in cells.items() if value == "never"]
    sent(client, run, files | cells | {customer: "Beta", day: "Never"})
    assert [place["name"] for place in run.places] == [
        long, f"mended-{long}"[:196] + ".csv", "contracts.csv", "entitlements.csv", "mended-entitlements.csv",
    ]  # fmt: skip
    cells, files = controls(client, run)
    sent(client, run, files | cells | {name: "2026-01-01" for name, value in cells.items() if value == "Never"})
    run.refresh_from_db()
    assert [(place["name"], row[2], row[5]) for place, row in zip(run.places, counted(run), strict=True)][1:] == [
        (f"mended-{long}"[:196] + ".csv", 1, 0), ("contracts.csv", 2, 0), ("entitlements.csv", 1, 1),
        ("mended-entitlements.csv", 1, 0),
    ]  # fmt: skip
    assert not controls(client, run)[0]


def test_a_mended_row_is_not_read_from_its_first_file_too(client: Client, admin: User) -> None:
    send(client, {name: text.encode() for name, text in ZIPPED.items()})
    run = ImportRun.objects.get()
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    run.refresh_from_db()
    # The contract names a customer that is refused: both are mended at once, and the first file's row could go in by now.
    cells, files = controls(client, run)
    (customer,) = [name for name in cells if name.startswith("mend-1-")]
    (contract,) = [name for name, value in cells.items() if value == "B2"]
    sent(client, run, files | cells | {customer: "Beta", contract: "A1"})
    assert [row for row in counted(run) if "contracts" in row[0]] == [
        ("contracts.csv", False, 1, 0, 0, 1), ("mended-contracts.csv", False, 1, 0, 0, 0),
    ]  # fmt: skip
    assert client.get(f"/import/runs/{run.pk}/rejects/3/").status_code == 404
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert {*Contract.objects.values_list("external_id", "customer__name")} == {("K1", "Acme"), ("K2", "Acme")}


def test_only_rows_that_were_mended_are_kept_from_their_file(client: Client, admin: User) -> None:
    """The others keep their reasons there, and go in from it once it is read otherwise."""
    rows = "K1,A1,2026-01-01,Suite,9\nK2,A1,30.11.2025,Suite,9\nK3,A1,30.11.2025,Suite,9\nK4,Z9,2026-01-01,Suite,9\n"
    given = {
        "customers.csv": "external_id,name\nA1,Acme\n",
        "contracts.csv": ZIPPED["contracts.csv"].split("\n")[0] + f"\n{rows}",
    }
    send(client, {name: text.encode() for name, text in given.items()} | {"mapping.toml": OWN_NAMES.read_bytes()})
    run = ImportRun.objects.get()
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    run.refresh_from_db()
    cells, files = controls(client, run)
    sent(client, run, files | cells | {next(name for name in cells if name.startswith("mend-2-3-")): "2025-11-30"})
    assert counted(run)[1:] == [("contracts.csv", False, 1, 0, 0, 3), ("mended-contracts.csv", False, 1, 0, 0, 0)]
    assert told_refused(client, run) == [("contracts.csv", "4", "30.11.2025"), ("contracts.csv", "5", "Z9")]
    assert as_one(page(client, run))[1:] == [["4", "2", "0", "0", "2"]]
    drafting.reopen(run)
    run.refresh_from_db()
    shown = client.get(reverse("accounts:import_draft", args=[run.pk]), {"all": 1}).text
    assert ("contracts.csv" in shown, "mended-contracts.csv" in shown) == (True, False)
    with transaction.atomic():
        assert [place["name"] for place in drafting.leave_out(run, 2).places] == ["customers.csv"]
        transaction.set_rollback(True)
    (file,) = mapping.parse(run.places[1]["mapping"], "contracts.csv").files
    monthly = tuple(
        replace(field, times=Decimal(12)) if field.name == "annual_amount" else field for field in file.fields
    )
    read = replace(file, formats=replace(file.formats, dates=("%d.%m.%Y",)), fields=monthly)
    drafting.preview(drafting.settle(run, 2, read, {}), DAY, clock.now())
    work()
    # K3 is in from the file, K1 is refused now.
    assert counted(run)[1:] == [("contracts.csv", False, 1, 0, 0, 3), ("mended-contracts.csv", False, 1, 0, 0, 0)]
    assert told_refused(client, run) == [("contracts.csv", "2", "2026-01-01"), ("contracts.csv", "5", "2026-01-01")]
    cells, files = controls(client, run)
    sent(client, run, files | cells | {name: "01.12.2025" for name, value in cells.items() if value == "2026-01-01"})
    assert as_one(page(client, run))[1:] == [["4", "3", "0", "0", "1"]]
    # What is left is put right in its file, after two mends on the page, by somebody who reads its reasons in Japanese.
    (position,) = {int(name.split("-")[1]) for name in controls(client, run)[0]}
    left = client.get(f"/import/runs/{run.pk}/rejects/{position}/").text
    with translation.override("ja"):
        in_japanese = mending.in_words(run, position)
    assert in_japanese
    assert in_japanese.decode() != left
    corrected(client, run, in_japanese.replace(b'"Z9"', b'"A1"'), "rest.csv", position)
    shown = page(client, run)
    assert as_one(shown)[1:] == [["4", "4", "0", "0", "0"]]
    assert "3 of its rows are corrected in mended-contracts.csv." in shown
    assert "1 of its rows is corrected in rest.csv." in shown
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    found = ContractLine.objects.values_list("contract__external_id", "annual_amount")
    assert {*found} == {(f"K{number}", 108) for number in range(1, 5)}, "each once, as its file is read now"
    (sums,) = [row for row in hearing.sums("csv") if row.file.target == "contracts"]
    assert (sums.file.rows, sums.rejected, sums.here, sums.difference) == (4, 0, 4, 0)


def test_what_changes_nothing_or_is_of_another_file_is_refused(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n")
    cells, files = controls(client, run)
    (name,) = cells
    before = Upload.objects.count()
    for values, sentence in [
        (files | cells, "No refused cell was changed"),
        (files, "No refused cell was changed"),
        (files | {"mend-1-99-5": "x"}, "No refused cell was changed"),
        (files | {"mend-1-4-0": "9", "mend-1-4-99": "x"}, "No refused cell was changed"),
        (files | {"mend-7-4-5": "x"}, "have changed meanwhile"),
        ({"file-1": "9/", name: "楡"}, "have changed meanwhile"),
    ]:
        assert sentence in sent(client, run, values), values
    assert Upload.objects.count() == before
    assert counted(run) == [("顧客一覧.csv", False, 1, 0, 0, 1)]
    # Somebody else mended it first: the page of before is told so.
    sent(client, run, files | {name: "楡"})
    assert "have changed meanwhile" in sent(client, run, files | {name: "桜"})
    client.post(f"/import/runs/{run.pk}/start/")
    assert "Rows are corrected between the preview and the import" in sent(client, run, {"mend-2-4-5": "x"})


def test_what_the_encoding_has_not_makes_the_whole_utf_8(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n")
    cells, files = controls(client, run)
    sent(client, run, files | dict.fromkeys(cells, "Zażółć 👍"))
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert Customer.objects.filter(name="Zażółć 👍", employees=5).exists()


def test_columns_with_odd_names_are_shown_and_mended_under_an_odd_title(client: Client, admin: User) -> None:
    """A title with the name of our own column, a column whose name a spreadsheet would run, one with the sign of a list."""
    content = 'Report of "rejected_line",,\nid,=nm,size; all\nC-10,青葉,5\nC-11,,many\n'.encode()
    upload = uploads.receive("odd.csv", BytesIO(content), len(content), by=admin, now=clock.now())
    client.post("/import/begin/", {"upload": upload.pk})
    run = ImportRun.objects.latest("pk")
    said = {"into": "customers", "source": "crm", "c-0-field": "external_id", "c-1-field": "name"}
    said |= {"c-2-field": "employees"}
    client.post(f"/import/runs/{run.pk}/files/1/", said | {"place": mark_of(run.places[0])})
    work()
    shown = page(client, run, "refused")
    assert '<span class="small muted" aria-hidden="true">size; all</span> <input' in shown, "which of the two it is"
    cells, files = controls(client, run)
    assert list(cells.values()) == ["", "many"]
    assert run.files.get().lines.get(kind="refused").cell == "many", "read as the cells to mend are"
    sent(client, run, files | dict(zip(cells, ["白樺", "7"], strict=True)))
    assert [(row[2], row[5]) for row in counted(run)] == [(1, 1), (1, 0)]
    with uploads.as_file(Upload.objects.latest("pk"), "") as path:
        assert path.read_text("utf-8-sig").startswith('Report of "rejected_line",,\n"rejected_line","rejected_field",')


def test_a_preview_by_a_mapping_that_is_taken_no_more_is_still_shown(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n")
    run.places[0]["mapping"] = run.places[0]["mapping"].replace("[[file]]", 'marks = ["万円"]\n\n[[file]]', 1)
    run.save(update_fields=["places"])
    assert not controls(client, run)[0]
    assert "C-11" in page(client, run, "refused")


def test_a_page_of_several_says_that_only_its_own_rows_are_checked(client: Client, admin: User) -> None:
    sentence = "Only the rows of this page are checked"
    run = previewed(client, admin, GOOD + "".join(f"C-{number};;5\n" for number in range(100, 160)))
    shown = page(client, run, "refused")
    assert sentence in shown
    assert '<form class="push" id="mend" data-typed method="post"' in shown, "edit.js asks whoever leaves"
    cells, files = controls(client, run)
    sent(client, run, files | dict.fromkeys(cells, "白樺"))
    assert sentence not in page(client, run, "refused"), "one page is left"


def test_long_and_many_are_left_to_the_file(client: Client, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = previewed(client, admin, GOOD + f"{'9' * 201};桜;\nC-13;;5\n")
    assert list(controls(client, run)[0].values()) == [""]
    assert page(client, run, "refused").count('<span class="muted">in its file</span>') == 1
    columns, row = [*OURS, "x"], ["2", "x", "why", ""]
    assert [cell.value for cell in mending.cells(1, columns, [*row, "9" * 200])] == ["9" * 200]
    assert not [*mending.cells(1, columns, [*row, "9" * 201])]
    assert not [*mending.cells(1, columns, [*row, "9\n9"])]
    assert not [*mending.cells(1, columns, [*row, "\u202e9"])], "no form can send it"
    size = len(bytes(run.files.get().rejects))
    monkeypatch.setattr(mending, "LARGEST", size)
    assert controls(client, run)[0]
    monkeypatch.setattr(mending, "LARGEST", size - 1)
    assert not controls(client, run)[0]
    assert "Mend here" not in page(client, run, "refused")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Plan", ["Plan"]),
        ("Plan end; Plan", ["Plan end", "Plan"]),
        ("A; B; Plan", ["A; B", "Plan"]),
        ("Plan; gone; Plan end", ["Plan", "Plan end"]),
        ("Plan + Plan end", ["Plan", "Plan end"]),
        ("Planet", []),
    ],
)
def test_columns_are_found_in_the_list_of_a_row(text: str, found: list[str]) -> None:
    assert named(text, [*OURS, "Plan", "Plan end", "A; B", ""]) == found


def test_rows_are_read_up_to_the_last_of_the_lines() -> None:
    rows = iter([["2"], [], ["9"], ["4", "x"], ["5"]])
    assert [*mending.of_lines(rows, {4, 2})] == [["2"], ["4", "x"]]
    assert [*rows] == [["5"]], "not read"
    assert [*mending.of_lines(iter([["2"], ["x"]]), {7})] == []


def test_only_plain_digits_are_a_line() -> None:
    assert [line_in(cell) for cell in ("12", "", "²", "１２", "-1", "1.0")] == [12, None, None, None, None, None]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.sampled_from(",;\t"), TEXTS)
def test_what_is_not_mended_is_written_as_it_was(rows: list[tuple[str, str]], delimiter: str, value: str) -> None:
    lines = [[str(number), "x", "why", "2026-11-24", *row] for number, row in enumerate(rows, 2)]
    rejected = Rejected("Title\n", [[*OURS, "x", "y"], *[[*line] for line in lines]], "utf-8", delimiter)
    before = mending.unescaped(lines[0][4])
    assert bool(mending.put(rejected, [(2, 4, value)])) == (before != value)
    assert rejected.rows[2:] == lines[1:]
    assert rejected.rows[1][5] == lines[0][5]
    assert mending.unescaped(rejected.rows[1][4]) == value or before == value
    assert rejected.content.startswith(b"Title\n")
