"""Small files from the field, imported, and the day's cycle: what renewals make of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

import accounts.imports
from accounts import shipped as record
from accounts.models import Contract, ContractLine, Customer
from accounts.revenue import customer_arr
from config import cycle
from health.models import Standing
from playbooks import shipped as plays
from playbooks.models import Enrolment, Task
from renewals import forecast, pipeline
from renewals.models import Renewal
from tests.factories import organisation, user

DAY = dt.date(2026, 11, 28)
ON = dt.date.fromisoformat
MAPPING = Path(accounts.imports.__file__).parent / "mappings/tsunagu.toml"


@pytest.fixture
def installed(db):
    organisation(frozen_today=DAY)
    record.install()
    plays.install(DAY)
    user(email="owen@demo.example", name="Owen")
    user(email="csm@demo.example", name="Cleo")


def brought(tmp_path, customers: str, contracts: str, *, follows: str = "", day: dt.date = DAY) -> None:
    """Import the two files as ``import_data`` does, then run the day."""
    (tmp_path / "customers.csv").write_text(customers)
    (tmp_path / "contracts.csv").write_text(contracts)
    mapping = "tsunagu"
    if follows:
        mapping = str(tmp_path / "map.toml")
        text = MAPPING.read_text().replace('into = "contracts"', f'into = "contracts"\nfollows = "{follows}"')
        (tmp_path / "map.toml").write_text(text)
    call_command("import_data", str(tmp_path), "--mapping", mapping)
    list(cycle.run(day))


def closed() -> dict[str, tuple[str, str | None]]:
    rows = Renewal.objects.exclude(outcome="").select_related("contract", "successor")
    return {
        row.contract.external_id: (row.outcome, row.successor.external_id if row.successor else None) for row in rows
    }


def test_01_a_renewal_as_a_new_row_is_no_churn(installed, tmp_path):
    brought(
        tmp_path,
        "external_id,name\nC1,Alder Works\nC2,Birch Labs\n",
        "external_id,customer,starts_on,ends_on,ended_on,term_months,product,annual_amount\n"
        "K1,C1,2024-11-01,2025-11-01,2025-11-01,12,Suite,12000\n"
        "K2,C1,2025-11-01,2026-11-01,2026-11-01,12,Suite,12000\n"
        "K3,C1,2026-11-01,2027-11-01,,12,Suite,15000\n"
        "K4,C2,2025-11-01,2026-11-01,,12,Suite,6000\n"
        "K5,C2,2026-11-01,2027-11-01,,12,Suite,6000\n",
        follows="customer",
    )
    assert closed() == {"K1": ("renewed", "K2"), "K2": ("expanded", "K3"), "K4": ("renewed", "K5")}
    birch = Customer.objects.filter(name="Birch Labs")
    for day in ("2025-11-01", "2026-10-31", "2026-11-01", "2026-11-28"):
        assert birch.annotate(then=customer_arr(ON(day))).get().then == Decimal(6_000), day


def test_29_an_end_long_passed_opens_nothing_to_come_of_its_own(installed, tmp_path):
    brought(
        tmp_path,
        "external_id,name\nC1,Expired Co\n",
        "external_id,customer,starts_on,ends_on,auto_renews,product,annual_amount\n"
        "K1,C1,2022-01-01,2023-01-01,no,Suite,9000\n",
    )
    rows = Renewal.objects.order_by("term_number")
    assert [row.outcome for row in rows] == ["rolled", "rolled", "rolled", "rolled", ""]
    organisation(frozen_today=DAY, counts_unsettled=False)
    Contract.objects.update(term_months=13)
    Contract.objects.update(term_months=12)
    pipeline.sweep(DAY)
    assert not Renewal.objects.counted().filter(outcome="").exists()


@pytest.mark.parametrize(
    ("day", "contracts", "limits"),
    [
        (  # 35
            DAY,
            "K1,C1,2025-12-08,2026-12-08,0,no,Suite,9000\nK2,C2,2026-02-01,2027-02-01,60,yes,Suite,9000\n",
            {"K1": "2026-12-08", "K2": "2026-12-03"},
        ),
        (  # 35b: prep begins a month before the notice is due
            ON("2026-12-01"),
            "K1,C1,2026-03-01,2027-03-01,60,yes,Suite,9000\n",
            {"K1": "2026-12-31"},
        ),
    ],
    ids=["35", "35b"],
)
def test_35_every_task_is_due_before_notice_and_end(installed, tmp_path, day, contracts, limits):
    organisation(frozen_today=day)
    brought(
        tmp_path,
        "external_id,name,owner\nC1,First,owen@demo.example\nC2,Second,owen@demo.example\n",
        f"external_id,customer,starts_on,ends_on,notice_days,auto_renews,product,annual_amount\n{contracts}",
        day=day,
    )
    due = {key: [] for key in limits}
    for task in Task.objects.filter(enrolment__playbook__key="renewal-prep").select_related("renewal__contract"):
        due[task.renewal.contract.external_id].append(task.due_on)
    for key, limit in limits.items():
        assert len(due[key]) == 4
        assert all(day <= due_on < ON(limit) for due_on in due[key]), key


def test_60_an_end_already_known_is_expected_to_bring_nothing(installed, tmp_path):
    brought(
        tmp_path,
        "external_id,name,owner\nC1,Leaves In January,csm@demo.example\nC2,Leaves Inside The Term,csm@demo.example\n"
        "C3,Stays,csm@demo.example\n",
        "external_id,customer,starts_on,ends_on,ended_on,notice_given_on,auto_renews,product,annual_amount\n"
        "K1,C1,2026-01-20,2027-01-20,2027-01-20,2026-11-01,yes,Suite,50000\n"
        "K2,C2,2026-02-01,2027-02-01,2026-12-15,,yes,Suite,30000\n"
        "K3,C3,2026-01-20,2027-01-20,,,yes,Suite,20000\n",
    )
    assert dict(Customer.objects.values_list("name", "status")) == {
        "Leaves In January": "notice", "Leaves Inside The Term": "notice", "Stays": "live",
    }  # fmt: skip
    rows = {row.contract.external_id: row for row in forecast.with_final(Renewal.objects.select_related("contract"))}
    assert {key: (row.leaving, row.leaves_on, row.said) for key, row in rows.items()} == {
        "K1": ("confirmed", ON("2027-01-20"), "omitted"),
        "K2": ("confirmed", ON("2026-12-15"), "omitted"),
        "K3": ("", None, "most_likely"),
    }
    assert (rows["K1"].expected, rows["K2"].expected) == (0, 0)
    assert rows["K3"].expected > 0
    prepared = Enrolment.objects.filter(playbook__key="renewal-prep").values_list("customer__name", flat=True)
    assert list(prepared) == ["Stays"]
    offers = Standing.objects.filter(kind="motion", state="expand", customer__status="notice")
    assert not offers.exists()


HEAD = "external_id,customer,starts_on,ends_on,ended_on,product,annual_amount,replaces\n"
ONE = "E1,C1,2024-01-01,2025-01-01,2025-01-01,A,6000,\n"


@pytest.mark.parametrize(
    ("follows", "named", "expected"),
    [
        ("customer", "", ("expanded", 8_000)),
        ("customer+product", "", ("contracted", 4_000)),
        ("", "E1", ("expanded", 8_000)),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_where_two_go_on_from_one_their_sum_does(installed, tmp_path, follows, named, expected, at_once):
    """In one file or in two: 6,000 to 4,000 + 4,000 is an expansion, unless only the same product goes on."""
    two = f"E2,C1,2025-01-01,,,A,4000,{named}\n"
    three = f"E3,C1,2025-01-01,,,B,4000,{named}\n"
    customers = "external_id,name\nC1,Alder Works\n"
    for rows in [ONE + two + three] if at_once else [ONE + two, ONE + two + three]:
        file = HEAD + rows if named else (HEAD + rows).replace(",replaces", "").replace(",\n", "\n")
        brought(tmp_path, customers, file, follows=follows)
    row = Renewal.objects.get(contract__external_id="E1")
    assert (row.outcome, row.closed_arr) == expected
    assert Customer.objects.get().arr == 8_000
    if follows == "customer":
        ContractLine.objects.filter(contract__external_id="E3").update(annual_amount=1_000)
        pipeline.sweep(DAY)
        row.refresh_from_db()
        assert (row.outcome, row.closed_arr) == ("contracted", 5_000)
