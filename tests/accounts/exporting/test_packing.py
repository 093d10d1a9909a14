"""The record as a ZIP on a page for admins: packed in the background, kept for a while, and taken in again."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import tasks, uploads
from accounts.imports import exporting, packing, progress
from accounts.models import Contact, Customer, ExternalKey, ImportRun, Organisation, RecordExport, Role, Upload, User
from config import clock
from config.history.models import Departure
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from tests import tables
from tests.accounts.exporting.test_coming_back import BESIDE, bring, changing, record_of
from tests.accounts.importing import runs
from tests.counting import statements
from tests.factories import DAY, contract, customer, organisation, user

pytestmark = pytest.mark.django_db
PAGE = "/import/exports/"
# What an import by the pages writes beside.
ROUND = {"accounts_upload", "accounts_uploadpiece", "accounts_recordexport", "outbox_outbox", "history_departure"}


@pytest.fixture(autouse=True)
def admin(client: Client) -> User:
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def fill(source: str = "crm") -> None:
    """Two customers of the source, one with a contact; names that a spreadsheet would run."""
    for place, name in enumerate(['=Acme "1"', "Beta\u3000株式会社"], 1):
        key = ExternalKey.objects.create(customer=customer(name=name), source=source, external_id=f"C/{place}")
    Contact.objects.create(customer=key.customer, name="Ada", state_on=DAY, source=source, external_id="P1")


def work() -> RecordExport:
    """Do what the worker would; the newest export."""
    for row in Outbox.objects.filter(kind=packing.KIND, state="pending"):
        assert deliver(row.pk) == "done", Outbox.objects.get(pk=row.pk).error
    return RecordExport.objects.latest("pk")


def packed(source: str, by: User) -> RecordExport:
    packing.ask(source, by, clock.now())
    export = work()
    assert export.state == "done", export.problem
    return export


def content(client: Client, export: RecordExport) -> zipfile.ZipFile:
    answer = client.get(f"{PAGE}{export.pk}/record.zip")
    assert answer["Content-Disposition"] == f'attachment; filename="tsunagu-record-{DAY}.zip"'
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]


def text(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


def test_an_admin_takes_a_source_out_and_its_import_changes_nothing(
    client: Client, admin: User, tmp_path: Path
) -> None:
    fill()
    answer = client.post(PAGE, {"source": "crm"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert 'hx-trigger="poll"' in text(client)
    export = work()
    assert (export.state, export.by, export.rows_read) == ("done", admin, export.rows_total)
    with content(client, export) as archive:
        assert archive.namelist()[-1] == exporting.MAPPING
        archive.extractall(tmp_path)
    written = exporting.write(tmp_path / "command", admin, "crm")[0] if (tmp_path / "command").mkdir() is None else {}
    assert sum(written.values()) == export.rows_read
    for name in [*written, exporting.MAPPING]:
        assert (tmp_path / name).read_bytes() == (tmp_path / "command" / name).read_bytes(), name
    departure = Departure.objects.get()
    assert (departure.what, departure.rows, departure.actor_id) == ("record", export.rows_read, admin.pk)
    before = tables.rows(without=BESIDE)
    assert changing(bring(tmp_path)) == {}
    assert tables.rows(without=BESIDE) == before
    shown = text(client)
    assert 'hx-trigger="poll"' not in shown
    assert f'href="{PAGE}{export.pk}/record.zip"' in shown
    assert "The record, as ZIP" in client.get("/history/left/").content.decode()
    upload = Upload.objects.get()
    assert upload.kept_until - upload.completed_at == packing.KEPT  # type: ignore[operator]
    assert list(Upload.objects.visible_to(admin)) == []


def test_all_sources_lie_in_one_zip_and_what_people_typed_in_one_inside(client: Client, admin: User) -> None:
    fill()
    fill("our shop")
    # A system of contracts alone.
    contract(Customer.objects.latest("pk"), source="billing", external_id="K1")
    whose = f"id:{customer(name='Typed by hand').pk}"
    Contact.objects.create(customer_id=whose[3:], name="Cy", state_on=DAY, source="typed", external_id="P1")
    export = packed("", admin)
    with content(client, export) as archive:
        names = archive.namelist()
        # People are of no source: they go once.
        assert names == [
            "billing.users.csv", "billing.contracts.csv", "billing.mapping.toml",
            "crm.customers.csv", "crm.contacts.csv", "crm.mapping.toml",
            "our-shop.customers.csv", "our-shop.contacts.csv", "our-shop.mapping.toml", "typed.zip",
        ]  # fmt: skip
        assert 'source = "our shop"' in archive.read("our-shop.mapping.toml").decode()
        assert '"key:our shop:C/2"' in archive.read("billing.contracts.csv").decode()
        with zipfile.ZipFile(io.BytesIO(archive.read("typed.zip"))) as inner:
            assert inner.namelist() == ["typed.contacts.csv"]
            assert whose in inner.read("typed.contacts.csv").decode()
    assert "1 customer has no id of any source, and is in no file." in text(client)
    assert export.problem == ""
    assert packed("billing", admin).problem.startswith("1 row names its customer by a key of another system")
    assert packed("typed", admin).rows_read == 1
    assert packed("crm", admin).problem == ""


def test_people_go_with_the_first_source_that_a_file_may_be_of(admin: User) -> None:
    fill("zendesk")
    Contact.objects.create(customer=customer(), name="Cy", state_on=DAY, source="typed", external_id="P1")
    found = packing.files_of(admin, packing.prefixes_of(exporting.sources()))
    assert {source: [one.name for one in files] for source, files in found.items()} == {
        "typed": ["typed.contacts.csv"],
        "zendesk": ["zendesk.users.csv", "zendesk.customers.csv", "zendesk.contacts.csv"],
    }


def test_sources_that_would_be_called_the_same_are_told_apart() -> None:
    assert packing.prefixes_of(["CRM", "crm", "a/b c", "客", "–"]) == {
        "CRM": "CRM.", "crm": "crm-2.", "a/b c": "a-b-c.", "客": "客.", "–": "source.",
    }  # fmt: skip


def test_one_is_made_at_a_time_and_stops_when_asked(client: Client, admin: User) -> None:
    fill()
    client.post(PAGE, {"source": ""})
    again = client.post(PAGE, {"source": "crm"})
    assert again.status_code == 422
    assert "Another export is under way" in again.content.decode()
    export = RecordExport.objects.get()
    client.post(f"{PAGE}{export.pk}/stop/")
    assert work().state == "stopped"
    assert "This export is not under way." in client.post(f"{PAGE}{export.pk}/stop/", follow=True).content.decode()
    assert client.get(f"{PAGE}{export.pk}/record.zip").status_code == 404
    assert client.post(PAGE, {"source": "nobody"}).status_code == 422


def test_it_stops_within_a_file(client: Client, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_self: progress.Telling, _file: str, _rows: int) -> None:
        raise progress.Stopped

    fill()
    packing.ask("crm", admin, clock.now())
    monkeypatch.setattr(progress.Telling, "at", stop)
    export = work()
    assert (export.state, export.upload, Upload.objects.count()) == ("stopped", None, 0)


@pytest.mark.parametrize("change", [{"role": Role.MANAGER}, {"is_active": False}])
def test_rights_are_asked_again_in_the_worker(admin: User, change: dict[str, object]) -> None:
    packing.ask("", admin, clock.now())
    user("admin")
    User.objects.filter(pk=admin.pk).update(**change)
    export = work()
    assert (export.state, export.problem, export.upload) == ("failed", "Only admins export the record.", None)


def test_what_fails_says_why(client: Client, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    packing.ask("", admin, clock.now())
    assert work().problem == "There is nothing to export."
    fill()
    monkeypatch.setattr("accounts.uploads.archives.MOST_MEMBERS", 3)
    packing.ask("", admin, clock.now())
    assert work().problem.endswith("split it. Choose a single source, or use manage.py export_record.")
    monkeypatch.setattr(packing, "LARGEST", 100)
    packing.ask("", admin, clock.now())
    assert "a file may have at most 100\xa0bytes. Choose" in work().problem
    export = packing.ask("", admin, clock.now())
    tasks._export_given_up({"export": export.pk}, "The worker died.")
    assert "The worker died." in text(client)
    assert RecordExport.objects.filter(state="failed").count() == 4
    packing.pack(export.pk, DAY, clock.now())
    assert Upload.objects.count() == 0


def test_a_file_goes_by_itself_or_when_somebody_removes_it_and_its_line_stays(client: Client, admin: User) -> None:
    fill()
    first, second = packed("crm", admin), packed("crm", admin)
    client.post(f"{PAGE}{first.pk}/remove/")
    assert list(Upload.objects.all()) == [second.upload]
    now = clock.now() + packing.KEPT + dt.timedelta(minutes=1)
    assert uploads.tidy(now) == 1
    assert RecordExport.objects.filter(state="done", upload=None).count() == 2
    with pytest.raises(ValidationError):
        packing.remove(RecordExport.objects.get(pk=first.pk))
    assert "deleted" in text(client)
    assert packing.tidy(clock.now() + packing.LISTED - dt.timedelta(days=1)) == 0
    assert packing.tidy(clock.now() + packing.LISTED + dt.timedelta(days=1)) == 2


def test_the_page_says_how_far_it_is_and_asks_as_much_for_many(client: Client, admin: User) -> None:
    now = clock.now()
    RecordExport.objects.create(
        by=admin, rows_total=1000, rows_read=250, at_file="usage.csv", read_since=now - dt.timedelta(minutes=2), read_at=now
    )  # fmt: skip
    with statements() as one:
        page = text(client)
    assert 'value="25"' in page
    assert "usage.csv" in page
    assert "about 6 minutes left" in page
    file = uploads.receive("a.zip", io.BytesIO(b"x"), 1, by=admin, now=now)
    RecordExport.objects.create(by=user("admin"), state="done", upload=file)
    RecordExport.objects.create(by=user("admin"), state="failed", problem="Disk full.")
    with statements() as three:
        part = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" not in part
    assert "Disk full." in part
    assert len(three) == len(one)


def test_the_zip_comes_in_on_the_page_of_imports_and_changes_nothing_or_gives_the_record(
    client: Client, admin: User, tmp_path: Path
) -> None:
    """Two systems know one customer: the keys of the first are in before the rows of the second."""
    fill()
    fill("shop")
    acme = ExternalKey.objects.get(source="crm", external_id="C/1").customer
    ExternalKey.objects.create(customer=acme, source="shop", external_id="C/9")
    with content(client, packed("", admin)) as archive:
        file = archive.fp
        assert file is not None
        file.seek(0)
        whole = file.read()
    kept = {source: record_of(admin, source) for source in ("crm", "shop")}
    before = tables.rows(without=BESIDE | ROUND)
    run = imported(client, whole)
    assert {(each.new, each.changed, each.rejected) for each in run.files.all()} == {(0, 0, 0)}
    assert tables.rows(without=BESIDE | ROUND) == before
    ExternalKey.objects.all().delete()
    Contact.objects.all().delete()
    Customer.objects.all().delete()
    run = imported(client, whole)
    assert sum(each.rejected for each in run.files.all()) == 0
    assert {source: record_of(admin, source) for source in kept} == kept
    assert Customer.objects.count() == 4


def imported(client: Client, whole: bytes) -> ImportRun:
    """The run of an import of the ZIP by the pages, which ask nothing."""
    file = SimpleUploadedFile("record.zip", whole, "application/zip")
    page = client.post("/import/", {"file": file}, follow=True).redirect_chain[-1][0]
    client.post(page.replace("files/", "preview/"))
    run = ImportRun.objects.latest("pk")
    for state in ("previewed", "done"):
        runs.work()
        run.refresh_from_db()
        assert (run.state, run.problem) == (state, "")
        client.post(f"/import/runs/{run.pk}/start/")
    return run


@pytest.mark.parametrize(
    ("mapping", "said"),
    [(b"title = ", "cannot be read"), (b"\xff", "cannot be read"), (b"source = 1", "source"), (random.Random(1).randbytes(2**20 + 1), "too large")],
)  # fmt: skip
def test_a_mapping_in_a_zip_that_cannot_be_read_is_said(client: Client, mapping: bytes, said: str) -> None:
    answer = send(client, {"customers.csv": b"external_id,name\nC1,Acme\n", "mapping.toml": mapping})
    assert said in answer
    assert ImportRun.objects.count() == 0


def test_only_an_admins_zip_brings_its_mapping(client: Client) -> None:
    """It may say what only admins may choose."""
    text = b'title="M"\nsource="crm"\n[[file]]\nname="c.csv"\ninto="customers"\ncorrection=true\n[file.fields]\nexternal_id="a"\nname="b"\n'
    files = {"c.csv": b"a,b\nC1,Acme\n", "crm.mapping.toml": text, "pyproject.toml": b"[x"}
    send(client, files)
    place = ImportRun.objects.get().places[0]
    assert (place["title"], place["into"], "correction = true" in place["mapping"]) == ("M", "customers", True)
    Organisation.objects.update(importers=["csm"])
    client.force_login(user())
    send(client, files)
    assert "own" not in ImportRun.objects.latest("pk").places[0]


def send(client: Client, files: dict[str, bytes]) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    file = SimpleUploadedFile("in.zip", packed.getvalue(), "application/zip")
    answer: str = client.post("/import/", {"file": file}, follow=True).content.decode()
    return answer
