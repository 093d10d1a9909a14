"""Runs of imports as pages: what would be and what was, progress, acts, downloads; admins alone find them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.imports import requesting, words
from accounts.imports.mapping import SHIPPED
from accounts.models import Customer, ImportLine, ImportRun, User
from config import clock
from config.history.models import Departure
from tests.accounts.importing.runs import CONTRACTS, CUSTOMERS, begin, imported, previewed, taken_back, work, write
from tests.counting import statements
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
LIST = "/import/runs/"


@pytest.fixture
def admin(client: Client) -> User:
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("address", [LIST, "/api/v1/imports/"])
def test_a_list_of_runs_reads_neither_their_places_nor_what_would_move(
    client: Client, admin: User, tmp_path: Path, address: str
) -> None:
    run = previewed(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    with statements() as asked:
        assert str(run.pk) in text(client.get(address))
    pages = [sql for sql in asked if 'FROM "accounts_importrun"' in sql and '"title"' in sql]
    assert pages
    assert not {column for column in ("moves", "places", "mapping") for sql in pages if f'"{column}"' in sql}


def test_a_preview_is_shown_and_imported_from_its_page(client: Client, admin: User, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    run = previewed(folder, by=admin)
    page = text(client.get(f"{LIST}{run.pk}/"))
    assert "Nothing is written yet." in page
    assert "Import 2 rows" in page
    assert "Acme" in page
    answer = client.post(f"{LIST}{run.pk}/start/")
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{run.pk}/")
    waiting = text(client.get(f"{LIST}{run.pk}/"))
    assert 'hx-trigger="poll"' in waiting
    assert f'hx-get="{LIST}{run.pk}/?empty=1"' in waiting
    assert "No customer has arrived yet" in waiting
    work()
    polled = text(client.get(f"{LIST}{run.pk}/", {"empty": 1}, headers={"HX-Request": "true"}))
    assert '<div id="nothing-yet" hx-swap-oob="delete"></div>' in polled
    done = text(client.get(f"{LIST}{run.pk}/"))
    assert "Everything is in." in done
    assert 'hx-trigger="poll"' not in done
    assert "nothing-yet" not in done + text(client.get(f"{LIST}{run.pk}/", headers={"HX-Request": "true"}))
    assert f'href="/customers/{Customer.objects.get(name="Acme").pk}/"' in done
    assert "Imported" in text(client.get(LIST))
    again = client.post(f"{LIST}{run.pk}/start/", follow=True)
    assert "This import cannot be started now." in text(again)


def test_changed_fields_have_their_labels_and_stand_before_and_after(
    client: Client, admin: User, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    imported(folder, by=admin)
    write(
        folder,
        {"customers.csv": CUSTOMERS.replace("JP,12", "DE,13"), "contracts.csv": CONTRACTS.replace("12000", "18000")},
    )
    run = previewed(folder, by=admin)
    page = text(client.get(f"{LIST}{run.pk}/", {"rows": "changed"}))
    assert (
        '<td class="item">Employees</td> <td class="before"><del>12</del></td> <td class="arrow" aria-hidden="true">→</td> <td class="after"><ins>13</ins></td>'
        in page
    )
    assert '<td class="item">Country</td>' in page
    # With the line that ends the amount that holds from that day on.
    assert (
        '<td class="item">Annual amount from 24 Nov</td> <td class="before"><del>12,000</del></td> <td class="arrow" aria-hidden="true">→</td> <td class="after"><ins>18,000</ins></td>'
        in page
    )
    assert '<del>–</del></td> <td class="arrow" aria-hidden="true">→</td> <td class="after"><ins>24 Nov</ins>' in page


def test_a_customer_of_the_same_import_is_named_before_it_and_after_its_undo(
    client: Client, admin: User, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    imported(folder, by=admin)
    customers, contracts = CUSTOMERS + "C3,Gamma,,\n", CONTRACTS.replace("K1,A1", "K1,C3")
    write(folder, {"customers.csv": customers, "contracts.csv": contracts})
    run = previewed(folder, by=admin)
    moved = '<del>Acme</del></td> <td class="arrow" aria-hidden="true">→</td> <td class="after"><ins>Gamma</ins>'

    def shown() -> str:
        return text(client.get(f"{LIST}{run.pk}/", {"rows": "changed"}))

    assert moved in shown()
    requesting.start(run, DAY, clock.now())
    work()
    assert moved in shown()
    run.refresh_from_db()
    taken_back(run)
    assert not Customer.objects.filter(name="Gamma").exists()
    assert moved in shown()


def test_refused_rows_are_listed_and_downloaded_as_they_come_back_in(
    client: Client, admin: User, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS + ",Nameless,JP,5\n"})
    run = imported(folder, by=admin)
    page = text(client.get(f"{LIST}{run.pk}/", {"rows": "refused"}))
    assert "external_id" in page
    answer = client.get(f"{LIST}{run.pk}/rejects/1/")
    assert answer["Content-Disposition"] == 'attachment; filename="rejects-customers.csv"'
    assert Departure.objects.get().what == "rejects"
    corrected = answer.content.decode().replace('"","Nameless"', '"C3","Named"')
    again = write(tmp_path / "again", {"customers.csv": corrected})
    assert imported(again, by=admin).state == "done"
    assert Customer.objects.filter(name="Named").exists()
    assert client.get(f"{LIST}{run.pk}/cells/1/").status_code == 404
    assert client.get(f"{LIST}{run.pk}/rejects/2/").status_code == 404


def test_cells_left_out_open_in_a_spreadsheet_as_the_file_does(client: Client, admin: User, tmp_path: Path) -> None:
    """With the mark of UTF-8, without which a Japanese spreadsheet shows it in another encoding, and separated as the file is."""
    folder = write(tmp_path / "in", {})
    (folder / "customers.csv").write_bytes("external_id;name;employees\nA1;青空;たくさん\nA2;=1;なし\n".encode("cp932"))
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        'source = "crm"\n[[file]]\nname = "customers.csv"\ninto = "customers"\ndelimiter = ";"\nencoding = "cp932"\n'
        '[file.fields]\nexternal_id = "external_id"\nname = "name"\nemployees = "employees"\n'
    )
    run = imported(folder, by=admin, mapping=mapping)
    content = client.get(f"{LIST}{run.pk}/cells/1/").content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = content.decode("utf-8-sig").splitlines()
    assert rows[0] == '"line";"column";"cell";"reason"'
    assert rows[1].startswith('"2";"employees";"たくさん";')
    cells = [line.cell for line in ImportLine.objects.filter(file__run=run, kind="remark").order_by("line")]
    assert cells == ["たくさん", "なし"]


def told_of(client: Client, run: ImportRun) -> tuple[int, int]:
    """(rows_read, rows_total) as the API says them."""
    found = client.get(f"/api/v1/imports/{run.pk}/").json()
    return found["rows_read"], found["rows_total"]


def test_rows_of_a_run_that_is_done_are_those_of_its_files(client: Client, admin: User, tmp_path: Path) -> None:
    """Lines are more than rows: one of them is the head, and a cell may have several."""
    folder = write(
        tmp_path / "in", {"customers.csv": CUSTOMERS + 'C3,"Two\nlines",,\n,Nameless,,\n', "contracts.csv": CONTRACTS}
    )
    run = previewed(folder, by=admin)
    assert told_of(client, run) == (5, 5)
    requesting.start(run, DAY, clock.now())
    work()
    assert told_of(client, run) == (5, 5)
    ImportRun.objects.update(state="failed", problem="x", rows_total=9)
    run.files.filter(name="contracts.csv").update(written=False)
    assert told_of(client, run) == (4, 9), "the file that is not in is left to be read"


def test_progress_says_rows_file_and_time_left(client: Client, admin: User) -> None:
    now = clock.now()
    run = ImportRun.objects.create(
        title="mine.toml", day=DAY, by=admin, state="running", rows_total=1000, rows_read=250, at_file="usage.csv",
        read_since=now - dt.timedelta(minutes=2), read_at=now,
    )  # fmt: skip
    page = text(client.get(f"{LIST}{run.pk}/", headers={"HX-Request": "true"}))
    assert "250 of about 1,000 rows read · usage.csv" in page
    assert "about 6 minutes left" in page
    assert 'value="25"' in page
    assert "<h1>" not in page
    assert told_of(client, run) == (250, 1000)
    ImportRun.objects.update(at_file="")
    assert "250 of about 1,000 rows read ·" not in text(client.get(f"{LIST}{run.pk}/")).replace("read · about 6", "")


def test_an_import_is_asked_to_stop(client: Client, admin: User, tmp_path: Path) -> None:
    run = begin(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    client.post(f"{LIST}{run.pk}/stop/")
    assert "It was asked to stop." in text(client.get(f"{LIST}{run.pk}/"))
    work()
    assert "Stopped." in text(client.get(f"{LIST}{run.pk}/"))
    assert not Customer.objects.exists()


def test_a_failed_run_says_why(client: Client, admin: User, tmp_path: Path) -> None:
    run = previewed(write(tmp_path / "in", {"customers.csv": "a,b\n1,2\n"}), by=admin)
    page = text(client.get(f"{LIST}{run.pk}/"))
    assert run.problem.split(":", maxsplit=1)[0] in page
    assert "Go on" not in page


def test_others_find_no_runs(client: Client, admin: User, tmp_path: Path) -> None:
    run = previewed(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    client.force_login(user("manager", name="Lena Team"))
    assert [client.get(address).status_code for address in (LIST, f"{LIST}{run.pk}/")] == [404, 404]
    assert client.post(f"{LIST}{run.pk}/start/").status_code == 404
    assert client.get("/api/v1/imports/").json()["results"] == []
    assert client.get(f"/api/v1/imports/{run.pk}/").status_code == 404


def test_the_api_tells_the_same(client: Client, admin: User, tmp_path: Path) -> None:
    run = previewed(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    (told,) = client.get("/api/v1/imports/").json()["results"]
    assert (told["id"], told["state"], told["by"], told["mapping"]) == (
        run.pk,
        "previewed",
        admin.email,
        "tsunagu.toml",
    )
    (file,) = told["files"]
    assert (file["name"], file["written"], file["new"], file["unchanged"]) == ("customers.csv", False, 2, 0)
    assert client.get(f"/api/v1/imports/{run.pk}/").json() == told


def test_the_page_asks_as_much_for_many_lines_as_for_one(client: Client, admin: User, tmp_path: Path) -> None:
    counts = []
    for number in (1, 3):
        rows = "".join(f"{number}-{row},Acme {row},JP,12\n" for row in range(number))
        folder = write(tmp_path / f"in{number}", {"customers.csv": f"external_id,name,country,employees\n{rows}"})
        imported(folder, by=admin)
        write(folder, {"customers.csv": f"external_id,name,country,employees\n{rows.replace('JP,12', 'DE,13')}"})
        run = previewed(folder, by=admin)
        client.get(f"{LIST}{run.pk}/")
        with statements() as asked:
            client.get(f"{LIST}{run.pk}/", {"rows": "changed"})
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_another_import_under_way_is_named(client: Client, admin: User, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    first, second = previewed(folder, by=admin), previewed(folder, by=admin)
    requesting.start(first, DAY, clock.now())
    answer = client.post(f"{LIST}{second.pk}/start/", follow=True)
    assert "Another import is under way" in text(answer)


def test_an_import_is_undone_from_its_page_which_lists_what_stays(client: Client, admin: User, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    imported(folder, by=admin)
    write(folder, {"customers.csv": CUSTOMERS.replace("Acme,JP,12", "Apex,DE,13")})
    run = imported(folder, by=admin)
    Customer.objects.filter(name="Apex").update(employees=99)
    assert "/undo/" in text(client.get(f"{LIST}{run.pk}/"))
    client.post(f"{LIST}{run.pk}/undo/")
    assert "Files are undone one by one" in text(client.get(f"{LIST}{run.pk}/"))
    work()
    page = text(client.get(f"{LIST}{run.pk}/"))
    assert "Undone by Ren Admin." in page
    assert "What stays is listed below." in page
    assert '<td class="item">Employees</td> <td class="reason">changed since: it stays as it is</td>' in page
    assert "There is nothing to undo." in text(client.post(f"{LIST}{run.pk}/undo/", follow=True))


def test_after_an_undo_the_page_says_of_contracts_that_they_never_ran(
    client: Client, admin: User, tmp_path: Path
) -> None:
    """They are still in the record, and nothing is listed below."""
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    run = imported(write(tmp_path / "in", {"contracts.csv": CONTRACTS}), by=admin)
    client.post(f"{LIST}{run.pk}/undo/")
    work()
    page = text(client.get(f"{LIST}{run.pk}/"))
    assert "1 contract that came with it is still in the record, as one that never ran" in page
    assert "What stays is listed below." not in page
    # With their customers they go whole.
    run = imported(write(tmp_path / "all", {"customers.csv": CUSTOMERS.replace("A1", "A7").replace("B2", "B7"),
                         "contracts.csv": CONTRACTS.replace("K1", "K7").replace("A1", "A7")}), by=admin)  # fmt: skip
    client.post(f"{LIST}{run.pk}/undo/")
    work()
    assert "never ran" not in text(client.get(f"{LIST}{run.pk}/"))


def test_every_shipped_mapping_has_words() -> None:
    assert set(words.SHIPPED) == {path.stem for path in SHIPPED.glob("*.toml")}
