"""Who may import, and what a file of somebody who is no admin touches: role by object, before and after rights change."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts import access, uploads
from accounts.imports import bounds, requesting
from accounts.imports.targets import TARGETS
from accounts.models import (
    Contact,
    ContactKey,
    Contract,
    Customer,
    ImportLine,
    ImportRun,
    Organisation,
    SavedMapping,
    Touchpoint,
    Upload,
    User,
)
from config import clock
from health.models import Feature, Ticket, UsageRecord
from tests import factories as make
from tests.accounts.importing.runs import counted, previewed, work, write
from tests.factories import DAY, RATES_TOML

pytestmark = pytest.mark.django_db
ROLES = ("admin", "manager", "csm", "viewer")
CUSTOMERS = "external_id,name,country,owner,parent\n"
CONTRACTS = "external_id,customer,starts_on,product,annual_amount\n"


@dataclass
class World:
    """The own customer O1 and the other's T1, with the same things; ``lea`` manages ``mara``, nobody ``nils``."""

    mara: User
    nils: User
    lea: User
    admin: User
    own: Customer
    theirs: Customer


@pytest.fixture
def world() -> World:
    make.organisation(importers=["manager", "csm"])
    lea = make.user("manager", name="Lea")
    mara, nils = make.user(name="Mara", manager=lea), make.user(name="Nils")
    own, theirs = (make.customer(owner=who, name=name) for who, name in ((mara, "Own"), (nils, "Secret")))
    for customer, letter in ((own, "O"), (theirs, "T")):
        customer.external_keys.create(source="csv", external_id=f"{letter}1")
        make.contract(customer, source="csv", external_id=f"{letter}K", starts_on=dt.date(2026, 1, 1))
        make.contact(customer, source="csv", external_id=f"{letter}P", name=f"{letter} person")
    return World(mara, nils, lea, make.user("admin", name="Ren"), own, theirs)


def imported(by: User, tmp_path: Path, **files: str) -> ImportRun:
    """The files imported by somebody; reloaded."""
    run = previewed(write(tmp_path / "in", {f"{name}.csv": text for name, text in files.items()}), by=by)
    if run.state == "previewed":
        requesting.start(run, DAY, clock.now())
        work()
        run.refresh_from_db()
    return run


def refused(run: ImportRun) -> list[tuple[int | None, str]]:
    lines = ImportLine.objects.filter(file__run=run, kind="refused").order_by("file__position", "line")
    return list(lines.values_list("line", "reason"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("setting", [[], ["csm"], ["manager"], ["manager", "csm"]], ids=",".join)
def test_the_setting_says_who_beside_admins(client: Client, role: str, setting: list[str]) -> None:
    make.organisation(importers=setting)
    person = make.user(role)
    may = role == "admin" or role in setting
    assert (access.imports(person), access.imports(person, setting)) == (may, may)
    client.force_login(person)
    pages = [reverse(f"accounts:{name}") for name in ("imports", "import_runs", "mappings", "mapping_new")]
    assert {client.get(page).status_code for page in pages} == {200 if may else 404}
    assert (b'href="/import/"' in client.get("/customers/").content) == may
    assert client.get(reverse("accounts:sources")).status_code == (200 if role == "admin" else 404)
    api = APIClient()
    api.force_authenticate(person)
    begun = api.post("/api/v1/uploads/", {"name": "a.csv", "size": 4}, format="json")
    listed = api.get("/api/v1/mappings/")
    assert (begun.status_code, listed.status_code) == ((201, 200) if may else (403, 404))


def test_somebody_who_is_deactivated_or_reads_only_imports_nothing() -> None:
    make.organisation(importers=["manager", "csm"])
    assert not access.imports(make.user("manager", is_active=False))
    assert not access.imports(make.user("admin", is_active=False))
    assert not access.imports(make.user("viewer"), ["viewer", "csm"])


def test_rows_out_of_sight_are_refused_as_if_there_were_none(world: World, tmp_path: Path) -> None:
    run = imported(
        world.mara, tmp_path,
        customers=CUSTOMERS + "O1,Own renamed,JP,nils,\nT1,Taken over,JP,,\nN1,Newcomer,DE,,O1\nN2,Under,DE,,T1\n",
        contracts=CONTRACTS + "OK,O1,2026-01-01,Suite,12000\nTK,O1,2026-01-01,Suite,1\nK3,T1,2026-01-01,Suite,1\nK4,X9,2026-01-01,Suite,1\n",
    )  # fmt: skip
    assert (run.state, run.problem) == ("done", "")
    assert refused(run) == [
        (3, "external_id “T1” is no id that you may use"),
        (3, "external_id “TK” is no id that you may use"),
        (4, "customer “T1” is not known: no customer has this id"),
        (5, "customer “X9” is not known: no customer has this id"),
    ]
    assert set(Customer.objects.values_list("name", "owner__name", "parent__name")) == {
        ("Own renamed", "Mara", None), ("Secret", "Nils", None), ("Newcomer", "Mara", "Own renamed"),
        ("Under", "Mara", None),
    }  # fmt: skip
    assert Contract.objects.get(external_id="TK").customer == world.theirs
    remarks = ImportLine.objects.filter(file__run=run, kind="remark").values_list("field", "cell", "reason")
    assert ("parent", "T1", "“T1” is not known: no customer has this id") in set(remarks)
    notes = [note for file in run.files.order_by("position") for note in file.notes]
    assert "the owner of 1 row is not taken: only an admin’s import hands customers over" in notes
    assert not any("Secret" in note or "T1" in note or "not in the file" in note for note in notes)


def test_what_a_row_names_beside_its_customer_is_in_sight_too(world: World, tmp_path: Path) -> None:
    run = imported(
        world.mara, tmp_path,
        entitlements="contract,kind,name,quantity\nOK,module,sso,\nTK,module,sso,\n",
        cancellations="external_id,customer,on,stated_reason,contract\nX1,O1,2026-11-01,price,TK\n",
        surveys="external_id,customer,kind,answer,answered_on,contact\nS1,O1,nps,9,2026-11-01,TP\nS2,O1,nps,9,2026-11-01,OP\n",
        contacts="external_id,customer,name\nTP,O1,Stolen\nOP,O1,Renamed\n",
    )  # fmt: skip
    assert (run.state, run.problem) == ("done", "")
    assert sorted(reason for _line, reason in refused(run)) == [
        "contact “TP” is not a contact that is known",
        "contract “TK” is not a contract that is known",
        "contract “TK” is not a contract that is known",
        "external_id “TP” is no id that you may use",
    ]
    assert set(Contact.objects.values_list("name", flat=True)) == {"Renamed", "T person"}


def test_twins_of_ids_out_of_sight_are_not_told(world: World, tmp_path: Path) -> None:
    world.theirs.external_keys.create(source="csv", external_id="00A7")
    tickets = "external_id,customer,severity,opened_at\nT1,A7,high,2026-11-01T00:00Z\n"
    run = imported(world.mara, tmp_path, tickets=tickets)
    assert run.files.get().notes == []
    again = imported(world.admin, tmp_path, tickets=tickets)
    assert "“A7” and “00A7”" in again.files.get().notes[0]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "users",
            "email,name,role\nmara@demo.example,Mara,admin\n",
            "users.csv: rows of “People who log in” are for admins to import.",
        ),
        (
            "rates",
            "currency,fiscal_year,rate\nEUR,2026,2\n",
            "rates.csv: rows of “Exchange rates” are for admins to import.",
        ),
        ("keys", "source,external_id,customer\ncrm,9,O1\n", None),
        ("features", "key,is_core\nlogin,yes\n", None),
    ],
)
def test_what_holds_for_everybody_is_for_admins(
    world: World, tmp_path: Path, name: str, text: str, problem: str | None
) -> None:
    run = imported(world.mara, tmp_path, **{name: text})
    assert run.state == "failed"
    assert problem in {None, run.problem}
    assert "are for admins to import." in run.problem


def test_the_targets_of_others_are_those_of_single_customers(world: World) -> None:
    assert set(TARGETS) - set(bounds.open_to(world.mara)) == {
        "users", "rates", "keys", "contactkeys", "userkeys", "features",
    }  # fmt: skip
    assert set(bounds.open_to(world.admin)) == set(TARGETS)
    assert not any(target.snapshot for target in bounds.open_to(world.lea).values())


@pytest.mark.parametrize("said", ["correction = true", "history = true", 'missing = "ended"'])
def test_a_mapping_that_rewrites_the_past_or_ends_what_is_missing_is_for_admins(
    world: World, tmp_path: Path, said: str
) -> None:
    toml = tmp_path / "own.toml"
    fields = "\n".join(f'{name} = "{name}"' for name in CONTRACTS.strip().split(","))
    toml.write_text(
        f'title = "t"\nsource = "csv"\n[[file]]\nname = "contracts.csv"\ninto = "contracts"\n{said}\n[file.fields]\n{fields}\n'
    )
    folder = write(tmp_path / "in", {"contracts.csv": CONTRACTS + "OK,O1,2026-01-01,Suite,12000\n"})
    run = previewed(folder, by=world.lea, mapping=toml)
    assert (run.state, "in the mapping is for admins" in run.problem) == ("failed", True)
    assert previewed(folder, by=world.admin, mapping=toml).state == "previewed"


def test_a_manager_imports_for_the_team_and_for_customers_of_nobody(world: World, tmp_path: Path) -> None:
    make.customer(owner=None, name="Nobody’s").external_keys.create(source="csv", external_id="N1")
    rows = "O1,O1 by Lea,,,\nN1,N1 by Lea,,,\nT1,T1 by Lea,,,\n"
    run = imported(world.lea, tmp_path, customers=CUSTOMERS + rows)
    assert counted(run) == [("customers.csv", True, 0, 2, 0, 1)]


def test_rights_are_those_of_the_moment_at_which_the_work_begins(world: World, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS + "O1,Renamed,,,\n"})
    run = previewed(folder, by=world.mara)
    requesting.start(run, DAY, clock.now())
    Customer.objects.filter(pk=world.own.pk).update(owner=world.nils)
    work()
    run.refresh_from_db()
    assert counted(run) == [("customers.csv", True, 0, 0, 0, 1)]
    second = previewed(folder, by=world.nils)
    requesting.start(second, DAY, clock.now())
    Organisation.objects.update(importers=["manager"])
    work()
    second.refresh_from_db()
    assert (second.state, second.problem) == ("failed", "Nils may not import any more: an admin decides who may.")
    assert Customer.objects.get(pk=world.own.pk).name == "Own"


def test_own_runs_are_seen_and_undone_by_their_person_and_by_admins(
    client: Client, world: World, tmp_path: Path
) -> None:
    run = imported(world.mara, tmp_path, customers=CUSTOMERS + "O1,Renamed,,,\n")
    page = f"/import/runs/{run.pk}/"
    for person, status in ((world.mara, 200), (world.nils, 404), (world.lea, 404), (world.admin, 200)):
        client.force_login(person)
        assert client.get(page).status_code == status
        assert (page.encode() in client.get("/import/runs/").content) == (status == 200)
        api = APIClient()
        api.force_authenticate(person)
        assert api.get(f"/api/v1/imports/{run.pk}/").status_code == status
    # Handed over meanwhile: its lines are read, and undone, by an admin alone.
    Customer.objects.filter(pk=world.own.pk).update(owner=world.nils)
    client.force_login(world.mara)
    assert "Renamed" not in client.get(page).content.decode()
    answer = client.post(f"{page}undo/", follow=True).content.decode()
    assert "Customers of this import are not yours any more: an admin can undo it." in answer
    client.force_login(world.admin)
    client.post(f"{page}undo/")
    work()
    assert Customer.objects.get(pk=world.own.pk).name == "Own"


def test_files_and_mappings_of_others_are_not_taken(client: Client, world: World) -> None:
    theirs = uploads.receive("a.csv", BytesIO(b"id,n\n"), 5, by=world.nils, now=clock.now())
    saved = SavedMapping.objects.create(name="Rates", toml=RATES_TOML, by=world.admin)
    client.force_login(world.mara)
    refusal = client.post("/import/begin/", {"upload": theirs.pk}, follow=True).content.decode()
    assert "Choose 1 to 100 files." in refusal
    assert client.post(reverse("accounts:upload_remove", args=[theirs.pk])).status_code == 404
    shown = client.get("/import/mappings/").content.decode()
    assert "Rates" in shown
    assert reverse("accounts:mapping_delete", args=[saved.pk]) not in shown
    for name, status in (("mapping", 403), ("mapping_delete", 403), ("mapping_back", 404)):
        answer: Any = client.post(reverse(f"accounts:{name}", args=[saved.pk]), {"name": "Mine", "toml": RATES_TOML})
        assert answer.status_code == status, name
    assert client.get(reverse("accounts:mapping_file", args=[saved.pk])).status_code == 200
    assert (Upload.objects.count(), SavedMapping.objects.get().name) == (1, "Rates")


def test_the_form_of_a_file_offers_only_what_its_person_may_bring(client: Client, world: World) -> None:
    rows = CONTRACTS + "OK,O1,2026-01-01,Suite,12000\n"
    upload = uploads.receive("contracts.csv", BytesIO(rows.encode()), len(rows), by=world.mara, now=clock.now())
    client.force_login(world.mara)
    client.post("/import/begin/", {"upload": upload.pk})
    form = client.get(f"/import/runs/{ImportRun.objects.get().pk}/files/1/").context["setup"].reading
    offered = {value for value, _words in form.fields["into"].choices}
    assert "contracts" in offered
    assert offered.isdisjoint({"users", "rates", "keys", "features"})
    assert "m-missing" not in form.fields
    assert "m-follows" in form.fields


def test_who_imported_two_files_of_customers_undoes_both(world: World, tmp_path: Path) -> None:
    places = [
        write(tmp_path / name, {"customers.csv": f"{CUSTOMERS}{name},{name} Ltd,,mara,\n"}) for name in ("N1", "N2")
    ]
    run = previewed(*places, by=world.mara)
    requesting.start(run, DAY, clock.now())
    work()
    Customer.objects.filter(name__endswith="Ltd").update(owner=world.mara)
    run.refresh_from_db()
    requesting.take_back(run, world.mara, DAY, clock.now())
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("undone", "")
    assert not Customer.objects.filter(name__endswith="Ltd").exists()


def test_of_a_customer_that_was_merged_the_survivor_is_asked(world: World, tmp_path: Path) -> None:
    run = imported(world.mara, tmp_path, customers=CUSTOMERS + "O1,Renamed,,,\n")
    heir = make.customer(owner=world.mara, name="Heir")
    Customer.objects.filter(pk=world.own.pk).update(owner=None, merged_into=heir)
    bounds.check_undo(run, world.mara)
    Customer.objects.filter(pk=heir.pk).update(owner=world.nils)
    with pytest.raises(ValidationError, match="not yours any more"):
        bounds.check_undo(run, world.mara)


def test_new_keys_join_contacts_by_files_of_admins_alone(world: World, tmp_path: Path) -> None:
    """As those of customers: which keys are one person reaches beyond the rows of a file."""
    Organisation.objects.update(keys_join=True)
    make.contact(world.own, source="help", external_id="H1", name="Ann", email="ann@x.example")
    text = "external_id,customer,name,email\n{key},O1,Ann,ann@x.example\n"
    imported(world.mara, tmp_path, contacts=text.format(key="N1"))
    assert (ContactKey.objects.count(), Contact.objects.filter(email="ann@x.example").count()) == (0, 2)
    Contact.objects.filter(external_id="N1").delete()
    imported(world.admin, tmp_path, contacts=text.format(key="N2"))
    assert (ContactKey.objects.get().external_id, Contact.objects.filter(email="ann@x.example").count()) == ("N2", 1)


def test_use_names_only_features_that_are_known_and_is_undone_by_whose_customers_it_is_of(
    world: World, tmp_path: Path
) -> None:
    """A misspelt feature would count in everybody's share of features."""
    Feature.objects.create(key="reports", name="Reports")
    text = "external_id,customer,day,feature,uses\nU1,O1,2026-11-01,reports,3\nU2,O1,2026-11-01,reprots,3\nU3,O1,2026-11-01,,1\n"
    run = imported(world.mara, tmp_path, usage=text)
    assert refused(run) == [(3, "feature “reprots” is no feature that is known: an admin adds it")]
    assert (UsageRecord.objects.count(), list(Feature.objects.values_list("key", flat=True))) == (2, ["reports"])
    bounds.check_undo(run, world.mara)
    Customer.objects.filter(pk=world.own.pk).update(owner=world.nils)
    with pytest.raises(ValidationError, match="not yours any more"):
        bounds.check_undo(run, world.mara)
    bounds.check_undo(run, world.nils)
    imported(world.admin, tmp_path, usage=text)
    assert Feature.objects.filter(key="reprots").exists()


def test_touches_are_in_the_name_of_who_brings_them_by_file_and_over_the_api(world: World, tmp_path: Path) -> None:
    """Files of a CRM that name whoever logged each touch are an admin's."""
    columns = ["external_id", "customer", "kind", "happened_on", "author", "note"]
    bodies = [
        ["A1", "O1", "call", "2026-11-02", "nils@demo.example", ""],
        ["A2", "O1", "call", "2026-11-02", "Mara", ""],
        ["A3", "O1", "call", "2026-11-02", "", ""],
        ["A4", "O1", "call", "2026-11-02", "who@left.example", ""],
    ]
    theirs = Touchpoint.objects.create(
        customer=world.own, source="csv", external_id="A5", author=world.nils, kind="call", happened_on=DAY
    )
    bodies.append(["A5", "O1", "call", "2026-11-02", "", "Rewritten"])
    text = "\n".join(",".join(row) for row in [columns, *bodies]) + "\n"
    expected = [
        (2, f"author “{world.nils.email}” is somebody else: what you log is yours, so name yourself or nobody"),
        (6, "author is somebody else: who logged this touch changes it, or an admin"),
    ]
    text = text.replace("nils@demo.example", world.nils.email)
    run = imported(world.mara, tmp_path, touchpoints=text)
    assert sorted(refused(run)) == expected
    made = Touchpoint.objects.filter(external_id__startswith="A").order_by("external_id")
    authors = [("A2", world.mara.pk), ("A3", None), ("A4", None), ("A5", world.nils.pk)]
    assert list(made.values_list("external_id", "author")) == authors
    Touchpoint.objects.exclude(pk=theirs.pk).delete()
    api = APIClient()
    api.force_authenticate(world.mara)
    rows = [dict(zip(columns, row, strict=True)) for row in csv.reader(text.splitlines()[1:])]
    answer = api.post("/api/v1/record/touchpoints/bulk/", {"source": "csv", "rows": rows}, format="json").json()
    assert [row["status"] for row in answer["rows"]] == ["refused", "created", "created", "created", "refused"]
    assert list(made.values_list("external_id", "author")) == authors
    imported(world.admin, tmp_path, touchpoints=text)
    assert made.get(external_id="A1").author == world.nils
    assert made.get(external_id="A5").note == "Rewritten"
