"""What an undo takes out of the record, and what stays since something of others hangs on it."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import ownership
from accounts.imports import archive, removing, withdrawing
from accounts.imports.mapping import OWN_NAMES
from accounts.imports.targets import TARGETS
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    ExternalKey,
    Handover,
    ImportLine,
    ImportRun,
    Sentiment,
    Touchpoint,
    User,
    WithdrawnRow,
    Word,
)
from config import clock, locks
from config.history.actors import acting
from health.models import Person, PersonDay, UsageRecord
from health.signals import forgetting
from health.signals.rollup import roll_up_changed
from renewals import pipeline
from renewals.models import ForecastCall, Renewal
from tests.accounts.importing.runs import CONTRACTS, CUSTOMERS, imported, taken_back, write
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[2] / "data" / "cases"
LATER = {"47-handover-by-file": "later", "56-trial-turns-paid": "june"}
CONTACTS = "external_id,customer,name\nP1,A1,Ann\nP2,B2,Bob\n"


@pytest.fixture
def admin() -> User:
    organisation()
    return user("admin", name="Ren Admin")


def stays(run: ImportRun) -> list[tuple[str, str]]:
    """(kind, title) of the lines that the undo left."""
    lines = ImportLine.objects.filter(file__run=run, outcome="kept").order_by("object_kind", "title")
    return list(lines.values_list("object_kind", "title"))


def test_an_objective_called_as_one_of_an_outcome_is_named_in_what_was_taken_out(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    files = {
        "objectives.csv": "external_id,customer,title,agreed_on\noutcome 7,A1,Save,2026-01-10\n",
        "outcomes.csv": "external_id,customer,objective,measure\nR1,A1,outcome 7,Hours\nR2,A1,,Days\n",
    }
    run = imported(write(tmp_path / "in", files), by=admin)
    taken_back(run)
    file = run.files.get(target="outcomes")
    gone = [dict(zip(archive.head(file), row, strict=True)) for row in archive.rows(file)]
    found = {(row["external_id"], row["objective"], row["customer"]) for row in gone}
    assert found == {("R1", "outcome 7", ""), ("R2", "", "A1")}


def test_a_touch_goes_with_its_sentiment_and_its_customer_follows(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    text = "external_id,customer,kind,happened_on,sentiment\nT1,A1,call,2026-11-02,4\n"
    run = imported(write(tmp_path / "in", {"touchpoints.csv": text}), by=admin)
    acme = Customer.objects.get(name="Acme")
    assert (acme.last_touch_on, acme.sentiment) == (dt.date(2026, 11, 2), 4)
    taken_back(run)
    acme.refresh_from_db()
    assert (acme.last_touch_on, acme.sentiment, acme.sentiment_on) == (None, None, None)
    assert not Touchpoint.objects.exists()
    assert not Sentiment.objects.exists()
    assert stays(run) == []
    assert WithdrawnRow.objects.get(kind="sentiment").row["value"] == 4


def test_a_sentiment_that_somebody_wrote_on_keeps_its_touch(admin: User, tmp_path: Path) -> None:
    text = "external_id,customer,kind,happened_on,sentiment\nT1,A1,call,2026-11-02,4\n"
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS, "touchpoints.csv": text}), by=admin)
    Sentiment.objects.update(note="She told me so.")
    taken_back(run)
    assert stays(run) == [("customer", "Acme"), ("touchpoint", "T1")]


def test_who_took_part_in_a_touch_of_others_stays(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    run = imported(write(tmp_path / "in", {"contacts.csv": CONTACTS}), by=admin)
    touch = Touchpoint.objects.create(
        customer=Customer.objects.get(name="Acme"), kind="call", happened_on=DAY, author=admin
    )
    touch.contacts.set([Contact.objects.get(name="Ann")])
    taken_back(run)
    assert stays(run) == [("contact", "Ann")]
    assert touch.contacts.get().name == "Ann"


def test_whom_a_later_answer_names_stays(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    run = imported(write(tmp_path / "in", {"contacts.csv": CONTACTS}), by=admin)
    text = "external_id,customer,contact,kind,answer,answered_on\nS1,B2,P2,nps,9,2026-11-01\n"
    imported(write(tmp_path / "later", {"surveys.csv": text}), by=admin)
    taken_back(run)
    assert stays(run) == [("contact", "Bob")]


def test_a_customer_whom_another_system_knows_stays(admin: User, tmp_path: Path) -> None:
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    Customer.objects.get(name="Beta").external_keys.create(source="billing", external_id="9")
    taken_back(run)
    assert stays(run) == [("customer", "Beta")]
    assert Customer.objects.get().external_keys.count() == 2


def test_keys_of_others_keep_their_rows_though_the_import_had_keys(admin: User, tmp_path: Path) -> None:
    """The helpdesk's key joined the contact, and one of the very source a customer, after the import."""
    text = "external_id,name\nA1,Acme\nB2,Beta\nC3,Cela\n"
    keys = "source,external_id,customer\nbilling,9,A1\nbilling,10,C3\n"
    run = imported(
        write(tmp_path / "in", {"customers.csv": text, "contacts.csv": CONTACTS, "keys.csv": keys}), by=admin
    )
    Contact.objects.get(name="Ann").keys.create(source="help", external_id="U7")
    Customer.objects.get(name="Beta").external_keys.create(source="csv", external_id="B9", joined=True)
    taken_back(run)
    assert stays(run) == [("contact", "Ann"), ("customer", "Acme"), ("customer", "Beta")]
    assert not Customer.objects.filter(external_keys__source="billing").exists()


def test_a_contact_goes_though_their_use_was_known(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", {"customers.csv": CUSTOMERS}), by=admin)
    run = imported(write(tmp_path / "in", {"contacts.csv": CONTACTS}), by=admin)
    ann = Contact.objects.get(name="Ann")
    person = Person.objects.create(customer=ann.customer, number=7, contact=ann, first_on=DAY)
    taken_back(run)
    person.refresh_from_db()
    assert (stays(run), person.contact) == ([], None)


def test_rows_are_kept_as_they_were_however_many_go(
    admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawing, "AT_ONCE", 1)
    text = "external_id,name,parent\nA1,Acme,\nB2,Beta,A1\n"
    run = imported(write(tmp_path / "in", {"customers.csv": text}), by=admin)
    acme = Customer.objects.get(name="Acme")
    taken_back(run)
    kept = {row.row["name"]: row.row["parent_id"] for row in WithdrawnRow.objects.filter(kind="customer")}
    assert kept == {"Acme": None, "Beta": acme.pk}


@pytest.mark.django_db(transaction=True)
def test_what_a_later_command_changed_keeps_its_customer(tmp_path: Path) -> None:
    organisation()
    admin = user("admin", name="Ren Admin")
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    nightly = write(tmp_path / "night", {"contracts.csv": CONTRACTS.replace("12000", "18000")})
    with acting("command:import_data"):
        call_command("import_data", str(nightly), mapping=str(OWN_NAMES), stdout=StringIO())
    taken_back(run)
    assert ("customer", "Acme") in stays(run)
    assert sorted(int(line.annual_amount) for line in ContractLine.objects.filter(contract__customer__name="Acme")) == [
        12_000, 18_000,
    ]  # fmt: skip


def test_rows_taken_out_are_read_page_by_page(admin: User, tmp_path: Path, client: Client) -> None:
    text = "external_id,name,country,parent\n" + "".join(f"A{n:02},Acme {n:02},JP,\n" for n in range(60))
    run = taken_back(imported(write(tmp_path / "in", {"customers.csv": text}), by=admin))
    client.force_login(admin)
    address = f"/import/runs/{run.pk}/withdrawn/1/rows/"
    with CaptureQueriesContext(connection) as captured:
        first = client.get(address)
    assert [value in first.content.decode() for value in ("A00", "Acme 00", "Country", "A59")] == [
        True,
        True,
        True,
        False,
    ]
    last = client.get(address, {"after": first.context["page"].after}).content.decode()
    assert "A59" in last
    assert f"/import/runs/{run.pk}/withdrawn/1/rows/" in client.get(f"/import/runs/{run.pk}/").content.decode()
    few = write(tmp_path / "few", {"customers.csv": "external_id,name\nB1,Beta\n"})
    other = taken_back(imported(few, by=admin))
    with CaptureQueriesContext(connection) as one:
        client.get(f"/import/runs/{other.pk}/withdrawn/1/rows/")
    assert max(len(one), len(captured)) <= 12, "whatever their number"
    assert client.get(f"/import/runs/{run.pk}/withdrawn/2/rows/").status_code == 404


def test_a_parent_stays_with_a_child_that_stays_and_goes_with_one_that_goes(admin: User, tmp_path: Path) -> None:
    text = "external_id,name,parent\nA1,Acme,\nB2,Beta,A1\nC3,Cela,\nD4,Dino,C3\nE5,Eos,D4\n"
    run = imported(write(tmp_path / "in", {"customers.csv": text}), by=admin)
    Touchpoint.objects.create(customer=Customer.objects.get(name="Eos"), kind="call", happened_on=DAY, author=admin)
    taken_back(run)
    assert stays(run) == [("customer", "Cela"), ("customer", "Dino"), ("customer", "Eos")]
    assert Customer.objects.get(name="Eos").parent == Customer.objects.get(name="Dino")


def test_contracts_are_kept_with_their_lines_and_entitlements(admin: User, tmp_path: Path) -> None:
    rights = "contract,kind,quantity\nK1,seats,5\n"
    files = {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS, "entitlements.csv": rights}
    run = imported(write(tmp_path / "in", files), by=admin)
    taken_back(run)
    assert not Customer.objects.exists()
    kept = WithdrawnRow.objects.filter(run=run.pk)
    assert kept.get(kind="contract").row["external_id"] == "K1"
    assert kept.get(kind="contractline").row["annual_amount"] == 12_000
    assert kept.get(kind="entitlement").row["quantity"] == 5


def runs_in_which_nobody_worked(tmp_path: Path, admin: User) -> list[ImportRun]:
    """The two cases, each with its later file, and customers and contracts in imports of their own, as programs send them."""
    for name in ("owen", "priya"):
        user("csm", email=f"{name}@demo.example")
    found = []
    for name, later in LATER.items():
        number = name[:2]
        for place in (CASES / name, CASES / name / later):
            texts = {path.name: path.read_text() for path in place.glob("*.csv")}
            files = {path: text.replace("C1", f"C{number}").replace("K1", f"K{number}") for path, text in texts.items()}
            found.append(imported(write(tmp_path / f"{name}{place.name}", files), by=admin))
    for name, text in {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}.items():
        found.append(imported(write(tmp_path / name, {name: text}), by=admin))
    return found


@pytest.mark.parametrize("order", [(5, 4, 3, 2, 1, 0), (0, 1, 2, 3, 4, 5), (4, 5, 2, 3, 1, 0)])
def test_an_installation_in_which_nobody_worked_is_empty_once_its_imports_are_undone(
    admin: User, tmp_path: Path, order: tuple[int, ...]
) -> None:
    found = runs_in_which_nobody_worked(tmp_path, admin)
    pipeline.follow_contracts(DAY)
    assert Customer.objects.count() == 4
    for number in order:
        assert taken_back(found[number]).state == "undone"
    left = {
        model.__name__: model._default_manager.count()
        for model in (Customer, Contract, Renewal, Handover, ExternalKey, Word)
    }
    assert left == dict.fromkeys(left, 0)
    assert [stays(run) for run in found] == [[]] * len(found)


def test_a_handover_of_a_person_and_a_contract_that_was_taken_up_again_keep_their_customer(
    admin: User, tmp_path: Path
) -> None:
    first = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    second = imported(write(tmp_path / "up", {"contracts.csv": CONTRACTS}), by=admin)
    beta = Customer.objects.get(name="Beta")
    ownership.hand_over([beta.pk], admin, day=DAY, door=ownership.Door.PAGE, by=admin)
    taken_back(second)
    imported(write(tmp_path / "again", {"contracts.csv": CONTRACTS}), by=admin)
    taken_back(first)
    assert stays(first) == [("customer", "Acme"), ("customer", "Beta")]
    assert Contract.objects.get().ended_on is None


def test_a_row_that_was_taken_out_since_does_not_stay(admin: User, tmp_path: Path) -> None:
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}), by=admin)
    contract = Contract.objects.get()
    removing.remove(TARGETS["contracts"], Contract, [contract.pk], "csv")
    taken_back(run)
    assert stays(run) == []
    line = ImportLine.objects.get(file__run=run, object_kind="contract")
    assert (line.outcome, line.reason) == ("returned", "was taken out since")
    assert not Customer.objects.exists()


def test_a_call_on_a_renewal_keeps_its_customer(admin: User, tmp_path: Path) -> None:
    text = CONTRACTS.replace("starts_on", "starts_on,ends_on").replace("2026-01-01", "2026-01-01,2027-01-01")
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": text}), by=admin)
    pipeline.follow_contracts(DAY)
    ForecastCall.objects.create(
        renewal=Renewal.objects.get(), voice="csm", by=admin, on=DAY, made_at=clock.now(), category="commit"
    )
    taken_back(run)
    assert stays(run) == [("customer", "Acme")]
    assert ForecastCall.objects.count() == 1
    assert Contract.objects.count() == 1


@pytest.mark.usefixtures("hurried")
def test_what_somebody_logs_while_the_undo_runs_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A roll-up that takes longer than others may wait is under way, too."""
    organisation()
    admin = user("admin", name="Ren Admin")
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS}), by=admin)
    acme = Customer.objects.get(name="Acme")
    came: list[str] = []

    def log() -> None:
        try:
            Touchpoint.objects.create(customer=acme, kind="call", happened_on=DAY, author=admin)
            came.append("logged")
        except IntegrityError:
            came.append("refused")
        finally:
            connection.close()

    writer = threading.Thread(target=log)
    together = withdrawing.together

    def meanwhile(model: Any, ids: list[int]) -> list[int]:
        if model is Customer:
            writer.start()
            writer.join(0.5)
        return together(model, ids)

    monkeypatch.setattr(withdrawing, "together", meanwhile)
    rolls, is_over = threading.Event(), threading.Event()

    def roll_up() -> None:
        with locks.alone(forgetting.LOCK):
            rolls.set()
            is_over.wait(0.3)
        connection.close()

    other = threading.Thread(target=roll_up)
    other.start()
    rolls.wait()
    run = taken_back(run)
    for thread in (writer, other):
        thread.join()
    assert (run.state, run.problem, came) == ("undone", "", ["refused"])


USED = "external_id,customer,day,user,uses\nU1,A1,2026-11-10,ann,3\nU2,A1,2026-11-12,ben,1\nU3,B2,2026-11-12,ann,2\n"


def test_runs_undone_in_any_order_leave_no_customer_and_nobody_who_used(admin: User, tmp_path: Path) -> None:
    """Customers, contracts and use by person came in three runs, and the worker has swept."""
    files = {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS, "usage.csv": USED}
    runs = [imported(write(tmp_path / name, {name: text}), by=admin) for name, text in files.items()]
    roll_up_changed()
    assert (Person.objects.count(), PersonDay.objects.count()) == (3, 3)
    for order in itertools.permutations(runs):
        with transaction.atomic():
            for run in order:
                taken_back(run)
            left = [model.objects.count() for model in (Customer, Contract, UsageRecord, Person, PersonDay)]
            assert left == [0] * 5, [run.title for run in order]
            assert not ImportLine.objects.filter(outcome="kept").exists()
            transaction.set_rollback(True)


def test_people_of_use_go_with_their_customer_unloaded_and_out_of_a_roll_ups_way(admin: User, tmp_path: Path) -> None:
    """The roll-up has not come since the use went; a contact is one of the people."""
    files = {"customers.csv": CUSTOMERS, "contacts.csv": CONTACTS, "usage.csv": USED}
    run = imported(write(tmp_path / "in", files), by=admin)
    roll_up_changed()
    Person.objects.update(contact=Contact.objects.get(name="Ann"))
    loaded: list[Any] = []
    seen = lambda **given: loaded.append(given["instance"])  # noqa: E731  held as long as the test
    for model in (Person, PersonDay, Contact):
        post_init.connect(seen, sender=model)
    try:
        with CaptureQueriesContext(connection) as queries:
            taken_back(run)
    finally:
        for model in (Person, PersonDay, Contact):
            post_init.disconnect(seen, sender=model)
    assert (Customer.objects.count(), Person.objects.count(), PersonDay.objects.count(), loaded) == (0, 0, 0, [])
    marks = {
        f"hashtextextended('{forgetting.LOCK}'": "lock",
        "FROM accounts_contact t JOIN": "contacts",
        "FROM accounts_customer t JOIN": "customers",
    }
    order = [
        mark
        for query in queries
        for part, mark in marks.items()
        if part in query["sql"] and (mark == "lock" or "FOR UPDATE OF t" in query["sql"])
    ]
    assert order == ["lock", "lock", "contacts", "lock", "customers"]


def test_whoever_uses_by_another_import_keeps_the_customer(admin: User, tmp_path: Path) -> None:
    run = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS, "usage.csv": USED}), by=admin)
    more = USED.splitlines()[0] + "\nU9,A1,2026-11-11,ann,1\n"
    other = imported(write(tmp_path / "more", {"usage.csv": more}), by=admin)
    roll_up_changed()
    taken_back(run)
    (stays,) = ImportLine.objects.filter(file__run=run, outcome="kept")
    assert (stays.title, stays.reason) == ("Acme", "it stays with what hangs on it: usage record (1)")
    assert (Customer.objects.get().name, set(Person.objects.values_list("customer__name"))) == ("Acme", {("Acme",)})
    taken_back(other)
    assert not Customer.objects.exists()
