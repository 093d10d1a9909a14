"""Refused rows corrected before the import: they join the run, take the place of earlier ones, and everything is previewed anew."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import uploads
from accounts.imports import hearing
from accounts.models import Customer, ImportRun, Upload, User
from config import clock
from tests.accounts.importing.runs import counted, work
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db
ROWS = "出力日：2026年11月24日\n顧客ID;顧客名;従業員数\n{}\n"
GOOD = "C-10;青葉物流;12\n"


@pytest.fixture
def admin(client: Client) -> User:
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def previewed(client: Client, by: User, rows: str, name: str = "顧客一覧.csv") -> ImportRun:
    content = ROWS.format(rows).encode("cp932")
    upload = uploads.receive(name, BytesIO(content), len(content), by=by, now=clock.now())
    client.post("/import/begin/", {"upload": upload.pk})
    run = ImportRun.objects.latest("pk")
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    return run


def rejects(client: Client, run: ImportRun, position: int = 1) -> str:
    return client.get(f"/import/runs/{run.pk}/rejects/{position}/").content.decode("cp932")


def sent(
    client: Client, run: ImportRun, text: str | bytes, name: str = "rejects-顧客一覧.csv", position: int = 1
) -> str:
    """The page after the file was sent as the correction of the one at ``position``, and worked off."""
    content = text.encode("cp932") if isinstance(text, str) else text
    file = SimpleUploadedFile(name, content)
    answer = client.post(f"/import/runs/{run.pk}/correct/{position}/", {"file": file}, follow=True)
    work()
    run.refresh_from_db()
    return " ".join(answer.content.decode().split()) + page(client, run)


def page(client: Client, run: ImportRun, rows: str = "") -> str:
    return " ".join(client.get(f"/import/runs/{run.pk}/", {"rows": rows} if rows else {}).content.decode().split())


def test_corrected_rows_join_the_run_and_the_refused_ones_count_no_more(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n;名無し;7\n")
    assert counted(run) == [("顧客一覧.csv", False, 1, 0, 0, 2)]
    refused = page(client, run, "refused")
    assert "C-11" in refused, "its id tells which row it is"
    assert '<th scope="col">File</th>' not in refused, "there is one file"
    assert "Corrected rows" in page(client, run)
    text = rejects(client, run)
    assert text.startswith("出力日")
    shown = sent(client, run, text.replace('"C-11";""', '"C-11";"白樺"').replace('"";"名無し"', '"C-12";"名無し"'))
    assert counted(run) == [("顧客一覧.csv", False, 1, 0, 0, 2), ("rejects-顧客一覧.csv", False, 2, 0, 0, 0)]
    assert "Import 3 rows" in shown
    assert "2 of its rows are corrected in rejects-顧客一覧.csv." in shown
    assert "is empty" not in page(client, run, "refused")
    # Lists of two files name them.
    rows = page(client, run, "new")
    assert '<th scope="col">File</th>' in rows
    assert '<td class="muted small">rejects-顧客一覧.csv</td>' in rows
    assert not Customer.objects.exists()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")
    assert set(Customer.objects.values_list("name", "employees")) == {("青葉物流", 12), ("白樺", 5), ("名無し", 7)}
    (sums,) = hearing.sums(run.files.get(position=1).source)
    assert (sums.file.rows, sums.rejected, sums.ids, sums.here, sums.difference) == (3, 0, 3, 3, 0)
    assert "Corrected rows" not in page(client, run)
    (heard,) = hearing.sources(clock.now(), clock.UTC)
    assert (heard.rows, heard.refused) == (3, 0), "a corrected row is one row"
    address = reverse("accounts:source", args=[heard.name])
    shown = client.get(address).text
    assert (shown.count("Corrected rows"), shown.count("Undone")) == (1, 0)
    client.post(f"/import/runs/{run.pk}/undo/")
    work()
    assert not Customer.objects.exists()
    assert client.get(address).status_code == 404


def test_a_line_that_was_not_refused_is_no_correction_and_rows_that_are_added_correct_none(
    client: Client, admin: User
) -> None:
    """A spreadsheet fills rejected_line downwards: the good row of line 3 stays."""
    run = previewed(client, admin, GOOD + "C-11;;5\nC-12;;6\n")
    above, head, first, second = rejects(client, run).splitlines()
    mended = first.replace('"C-11";""', '"C-11";"白樺"')
    added = '"";"";"";"";"C-13";"桜";"9"'
    wrong = "\n".join([above, head, mended.replace('"4"', '"3"', 1), ""])
    shown = sent(client, run, wrong)
    assert "“rejects-顧客一覧.csv”: line 3, in the column rejected_line, was not refused in “顧客一覧.csv”." in shown
    assert (len(run.places), Upload.objects.count()) == (1, 1)
    shown = sent(client, run, f"{above}\n{head}\n{mended}\n{added}\n")
    assert [(new, refused) for _name, _written, new, _changed, _same, refused in counted(run)] == [(1, 2), (2, 0)]
    assert "1 of its rows is corrected in rejects-顧客一覧.csv." in shown
    assert "C-12" in page(client, run, "refused")
    assert "C-11" not in page(client, run, "refused")
    # What went in corrected may be corrected once more, and what is refused still.
    sent(client, run, "\n".join([above, head, mended, second.replace('"C-12";""', '"C-12";"楓"'), ""]))
    assert len(run.places) == 3
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert {*Customer.objects.values_list("name", flat=True)} == {"青葉物流", "白樺", "桜", "楓"}
    (sums,) = hearing.sums(run.files.get(position=1).source)
    assert (sums.rejected, sums.ids, sums.here, sums.difference) == (0, 4, 4, 0)
    (heard,) = hearing.sources(clock.now(), clock.UTC)
    assert (heard.rows, heard.refused) == (4, 0)


def test_a_run_with_refused_rows_does_not_say_that_everything_is_in(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n")
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    shown = page(client, run)
    assert "What was not refused is in." in shown
    assert "Everything is in." not in shown


def test_rows_that_are_still_wrong_are_corrected_in_turn_or_anew(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\nC-12;;6\n")
    text = rejects(client, run)
    once = text.replace('"C-11";""', '"C-11";"白樺"')
    sent(client, run, once)
    assert counted(run)[1] == ("rejects-顧客一覧.csv", False, 1, 0, 0, 1)
    left = rejects(client, run, 2)
    assert "C-12" in left
    assert "C-11" not in left
    sent(client, run, left.replace('"C-12";""', '"C-12";"桜"'), position=2)
    assert [(rejected, new) for _name, _written, new, _changed, _same, rejected in counted(run)] == [
        (2, 1),
        (1, 1),
        (0, 1),
    ]
    # Sent anew for the first file: each row goes in as it was corrected last.
    again = once.replace('"C-12";""', '"C-12";"桜木"')
    sent(client, run, again)
    assert [(rejected, new) for _name, _written, new, _changed, _same, rejected in counted(run)] == [
        (2, 1), (2, 0), (1, 0), (0, 2),
    ]  # fmt: skip
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert {*Customer.objects.values_list("name", flat=True)} == {"青葉物流", "白樺", "桜木"}
    (sums,) = hearing.sums(run.files.get(position=1).source)
    assert (sums.rejected, sums.here, sums.difference) == (0, 3, 0)
    (heard,) = hearing.sources(clock.now(), clock.UTC)
    assert (heard.rows, heard.refused) == (3, 0)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("rows.csv", b"id,name\n1,Acme\n", "“rows.csv” has no column rejected_line"),
        ("rows.csv", b'"rejected_line","x"\n"1","2"\n', "“rows.csv” has no column “"),
        ("rows.csv", b"", "is empty"),
        ("rows.exe", b"x", "cannot be imported"),
        ("rows.csv", b"\0\1\2", "rows.csv"),
    ],
)
def test_what_is_no_correction_is_refused_and_the_preview_stays(
    client: Client, admin: User, name: str, content: bytes, sentence: str
) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n")
    assert sentence in sent(client, run, content, name)
    assert counted(run) == [("顧客一覧.csv", False, 1, 0, 0, 1)]
    assert len(run.places) == 1
    assert Upload.objects.count() == 1


def test_rows_are_corrected_only_between_preview_and_import(client: Client, admin: User) -> None:
    run = previewed(client, admin, GOOD + "C-11;;5\n")
    text = rejects(client, run)
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    sent(client, run, text)
    assert (run.state, len(run.places)) == ("done", 1)
    assert client.post(f"/import/runs/{run.pk}/correct/1/").status_code == 302
