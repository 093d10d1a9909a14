"""What else an import would move: reckoned by the sweeps themselves inside the preview, and nothing of it stays."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import Change, Customer, User
from config import foreseen
from config.foreseen import foresee
from health.scoring.writing import LOCK
from renewals.models import Renewal
from tests import factories as make
from tests.accounts.importing.runs import imported, previewed, write
from tests.factories import DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("foreseeing")]
CUSTOMERS = "external_id,name\n"
CONTRACTS = "external_id,customer,starts_on,ends_on,product,annual_amount\n"
FIRST = "K1,A1,2026-02-01,2027-02-01,Suite,12000\nK2,A2,2026-02-01,2027-02-01,Suite,5000\n"


@pytest.fixture
def admin(client: Client, tmp_path: Path) -> User:
    """Acme and Beta are in, with a contract each, and reckoned."""
    make.organisation(currency="USD")
    make.segment(name="All", position=1)
    person = make.user("admin", name="Ren Admin")
    client.force_login(person)
    imported(folder(tmp_path, "A1,Acme\nA2,Beta\n", FIRST), by=person)
    assert foresee(DAY, list(Customer.objects.values_list("pk", flat=True)))
    return person


def folder(tmp_path: Path, customers: str = "", contracts: str = "") -> Path:
    files = {"customers.csv": CUSTOMERS + customers, "contracts.csv": CONTRACTS + contracts}
    return write(tmp_path / "in", {name: text for name, text in files.items() if "\n" in text.partition("\n")[2]})


def words(page: str) -> str:
    return " ".join(unescape(strip_tags(page)).split())


def facts() -> list[object]:
    """What must not change by a preview."""
    renewals = Renewal.objects.order_by("pk").values_list("pk", "due_on", "arr")
    return [*Customer.objects.order_by("pk").values_list("name", "arr", "status"), *renewals, Change.objects.count()]


def test_renewals_and_revenue_that_would_move_are_said_with_the_figures_of_all(
    client: Client, admin: User, tmp_path: Path
) -> None:
    before = facts()
    contracts = FIRST.replace("2027-02-01,Suite,12000", "2027-04-01,Suite,15000").replace(",5000", ",4000")
    run = previewed(folder(tmp_path, "A3,Cello\n", contracts + "K3,A3,2026-11-01,2027-11-01,Suite,7000\n"), by=admin)
    assert run.state == "previewed", run.problem
    assert facts() == before
    moves = run.moves
    assert (moves["customers"], moves["arr"]) == ([2, 3], ["17000.00", "26000.00"])
    assert (moves["arr_new"], moves["arr_changed"]) == ("7000.00", "2000.00")
    assert moves["untold"] == [0, 0]
    assert (moves["scored"], moves["unseen"]) == (3, 0)
    (moved,) = moves["kinds"]["renewal_moved"]["rows"]
    renewal = Renewal.objects.get(contract__external_id="K1")
    assert moved == {
        "customer": renewal.customer_id, "name": "Acme", "of": renewal.pk, "before": "2027-02-01", "after": "2027-04-01",
        "contract": renewal.contract_id,
    }  # fmt: skip
    (opened,) = moves["kinds"]["renewal_opens"]["rows"]
    assert opened == {"customer": None, "name": "Cello", "of": None, "before": "", "after": "2027-11-01"}
    page = words(client.get(f"/import/runs/{run.pk}/").content.decode())
    for text in (
        "What else will move",
        "1 renewal moves",
        "Acme +59 days",
        "Cello 1 Nov 2027",
        "$17k",
        "$26k",
        "+$7k",
        "+$2k",
        # Beside the field of each row that moves it, rows that move nothing behind them.
        "What follows",
        "Agreed end 1 Feb 2027 → 1 Apr 2027 renewal +59 days",
        "Rows that move something else come first.",
    ):
        assert text in page, text
    for row in (r"nnual amount from [^→]*12,?000\S* → \S*15,?000\S* \+\$3k ARR", r"5,?000\S* → \S*4,?000\S* −\$1k ARR"):
        assert re.search(row, page), page[page.index("What follows") :][:1500]
    assert f'href="/renewals/{renewal.pk}/"' in client.get(f"/import/runs/{run.pk}/").content.decode()


def test_an_end_takes_its_renewal_and_its_revenue(admin: User, tmp_path: Path) -> None:
    header = CONTRACTS.replace("ends_on", "ends_on,ended_on")
    path = write(tmp_path / "end", {"contracts.csv": header + "K2,A2,2026-02-01,2027-02-01,2026-11-01,Suite,5000\n"})
    moves = previewed(path, by=admin).moves
    assert (moves["customers"], moves["arr"][1], moves["arr_changed"]) == ([2, 1], "12000.00", "-5000.00")
    assert moves["kinds"]["renewal_closes"]["count"] == 1
    assert Renewal.objects.count() == 2


def test_a_file_that_changes_nothing_moves_nothing(client: Client, admin: User, tmp_path: Path) -> None:
    run = previewed(folder(tmp_path, "A1,Acme\n"), by=admin)
    assert (run.moves["kinds"], run.moves["scored"]) == ({}, 0)
    page = words(client.get(f"/import/runs/{run.pk}/").content.decode())
    assert "No figure, renewal, case, segment or health moves by this import." in page


def test_of_many_customers_only_status_and_revenue_are_reckoned(
    client: Client, admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseen, "MOST", 1)
    run = previewed(folder(tmp_path, contracts=FIRST.replace("12000", "13000").replace("5000", "6000")), by=admin)
    assert (run.moves["arr"], run.moves["unseen"], run.moves["kinds"]) == (["17000.00", "19000.00"], 2, {})
    page = words(client.get(f"/import/runs/{run.pk}/").content.decode())
    assert "2 customers change, too many to reckon before the import" in page


def test_others_see_no_sums_of_all_and_no_names_out_of_their_sight(client: Client, admin: User, tmp_path: Path) -> None:
    make.organisation(importers=["csm"])
    mara = make.user(name="Mara")
    Customer.objects.update(owner=mara)
    run = previewed(folder(tmp_path, contracts=FIRST.replace("2027-02-01", "2027-03-01")), by=mara)
    client.force_login(mara)
    shown = words(client.get(f"/import/runs/{run.pk}/").content.decode())
    assert "2 renewals move" in shown
    assert "Acme +28 days" in shown
    assert "ARR of all customers" not in shown
    Customer.objects.filter(name="Acme").update(owner=None)
    shown = words(client.get(f"/import/runs/{run.pk}/").content.decode())
    assert "Acme" not in shown
    assert "Beta +28 days" in shown


@pytest.mark.parametrize("name", ["renewals.pipeline", LOCK])
def test_nothing_is_foreseen_while_the_sweeps_are_at_work(name: str) -> None:
    """Neither where the sweep waits for the lock, nor where it would go on without the scores."""
    make.organisation()
    customer = make.customer()
    beside = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        assert foresee(DAY, [customer.pk]) is None
    finally:
        beside.close()
    assert foresee(DAY, [customer.pk]) is not None


def test_a_step_that_would_fail_foresees_nothing_and_the_preview_goes_on(
    admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object) -> None:
        raise ValueError("a rule that fails for all")

    monkeypatch.setattr(foreseen.changed, "run_steps", fails)
    run = previewed(folder(tmp_path, "A3,Cello\n"), by=admin)
    assert (run.state, run.moves) == ("previewed", None)
    monkeypatch.setattr(foreseen.changed, "run_steps", cannot)
    with pytest.raises(OperationalError):
        foresee(DAY, [Customer.objects.first().pk])  # type: ignore[union-attr]


def cannot(*_given: object) -> None:
    raise OperationalError("the disk is full")
