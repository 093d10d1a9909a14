"""Small inputs as they come from the field, imported, then a night: what each must give.

All cases stand in one database, each under a source of its own; organisation in UTC, in USD, on 2026-11-28.
"""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts import leaving, people, rates, revenue, sentiment
from accounts.billing import owed, told
from accounts.churns import churns
from accounts.imports.mapping import SHIPPED
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    Invoice,
    Organisation,
    Touchpoint,
    User,
)
from config import cycle, shipped
from health.models import FeatureDay, SurveyResponse, Ticket, UsageDay, UsageRecord
from playbooks.models import Task
from renewals.models import Renewal
from tests.factories import user

pytestmark = pytest.mark.django_db
CASES: Final = Path(__file__).parents[1] / "data" / "cases"
TSUNAGU: Final = (SHIPPED / "tsunagu.toml").read_text()
DAY: Final = dt.date(2026, 11, 28)
AFTER: Final = {
    "25": ("july", dt.date(2026, 7, 1)),
    "47": ("later", None),
    "49": ("nov", dt.date(2026, 11, 20)),
    "56": ("june", dt.date(2026, 6, 1)),
    "57": ("later", None),
}
RULES: Final = {
    "01": ("contracts.csv", 'follows = "customer"'),
    "63": ("tickets.csv", 'latest_by = "line"'),
}
Reports = dict[str, str]


def mapping(folder: Path, case: str, file: str = "", rule: str = "", more: str = "") -> Path:
    """Our own mapping under a source named after the case, with one rule more for one file."""
    text = more + TSUNAGU.replace('source = "csv"', f'source = "{case}"')
    if file:
        text = text.replace(f'name = "{file}"\n', f'name = "{file}"\n{rule}\n')
    path = folder / f"{case}.toml"
    path.write_text(text)
    return path


def bring_in(place: Path, by: Path, **options: Any) -> str:
    out = StringIO()
    rejects = by.with_suffix(f".{place.name}.csv")
    call_command("import_data", place, mapping=str(by), rejects=rejects, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def case_folder(case: str) -> Path:
    return next(CASES.glob(f"{case}-*"))


@pytest.fixture(scope="module")
def reports(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reports]:
    """What the import said of every case, once a night has passed over all of them."""
    folder = tmp_path_factory.mktemp("cases")
    with django_db_blocker.unblock(), transaction.atomic():
        Organisation.objects.update_or_create(pk=1, defaults={"name": "Field", "frozen_today": DAY})
        shipped.install(DAY)
        for name in ("owen", "priya", "csm"):
            user(email=f"{name}@demo.example", name=name.title())
        user(email="clara@demo.example", name="Clara Bennett")
        user(email="left@demo.example", name="Lee Left", is_active=False)
        said = {}
        for place in sorted(CASES.iterdir()):
            case = place.name.split("-")[0]
            by = mapping(folder, case, *RULES.get(case, ()))
            said[case] = bring_in(place, by)
            if case in AFTER:
                later, as_of = AFTER[case]
                said[case] += bring_in(place / later, by, as_of=as_of and str(as_of))
        for _done in cycle.run(DAY):
            pass
        yield said
        transaction.set_rollback(True)


def of(case: str, key: str) -> Customer:
    return Customer.objects.get(external_keys__source=case, external_keys__external_id=key)


def contract(case: str, key: str) -> Contract:
    return Contract.objects.get(source=case, external_id=key)


def arr(case: str, key: str, day: dt.date) -> Decimal | None:
    found = Customer.objects.annotate(then=revenue.customer_arr(day)).get(pk=of(case, key).pk)
    return found.then


def churned(case: str) -> list[tuple[str, dt.date, Decimal]]:
    with connection.cursor() as cursor:
        statement = churns("DATE '2000-01-01'", f"DATE '{DAY}'")
        cursor.execute(
            f"SELECT k.external_id, l.churned_on, l.arr FROM ({statement}) l "
            "JOIN accounts_externalkey k USING (customer_id) WHERE k.source = %s ORDER BY 1",
            [case],
        )
        return cursor.fetchall()


def test_01_a_renewal_that_comes_as_a_new_contract_is_no_churn(reports: Reports) -> None:
    pairs = Contract.objects.filter(source="01", replaced_by__isnull=False).order_by("external_id")
    assert list(pairs.values_list("external_id", "replaced_by__external_id")) == [
        ("K1", "K2"), ("K2", "K3"), ("K4", "K5"),
    ]  # fmt: skip
    assert churned("01") == []
    assert contract("01", "K4").ended_on is None  # It stops where its follower begins; no copy of that day is kept.
    days = [dt.date(2026, 10, 31), dt.date(2026, 11, 1), dt.date(2026, 11, 2), DAY]
    assert [arr("01", "C2", day) for day in days] == [6000] * 4
    assert [arr("01", "C1", day) for day in days] == [12_000, 15_000, 15_000, 15_000]
    assert of("01", "C1").first_contract_on == dt.date(2024, 11, 1)


def test_01_its_terms_were_renewed(reports: Reports) -> None:
    closed = Renewal.objects.filter(contract__source="01", closed_on__isnull=False).order_by("contract__external_id")
    assert list(closed.values_list("contract__external_id", "outcome", "arr", "closed_arr")) == [
        ("K1", "renewed", 12_000, 12_000), ("K2", "expanded", 12_000, 15_000), ("K4", "renewed", 6000, 6000),
    ]  # fmt: skip


def test_01_without_a_rule_the_report_counts_the_pairs(tmp_path: Path) -> None:
    said = bring_in(case_folder("01"), mapping(tmp_path, "01r"))
    assert "3 begin where another of the same customer ends" in said
    assert not Contract.objects.filter(source="01r", replaced_by__isnull=False).exists()


def test_01_a_column_names_what_is_replaced(tmp_path: Path) -> None:
    head = "external_id,customer,starts_on,ends_on,product,annual_amount,replaces\n"
    rows = "K1,C1,2024-11-01,2025-11-01,Suite,10,\nK2,C1,2024-11-01,2025-11-01,Add-on,5,\n"
    (tmp_path / "customers.csv").write_text("external_id,name\nC1,Alder\n")
    (tmp_path / "contracts.csv").write_text(head + rows + "K3,C1,2025-11-01,2026-11-01,Suite,15,K1;K2\n")
    by = mapping(tmp_path, "01c")
    said = bring_in(tmp_path, by)
    assert "begin where another" not in said
    assert list(contract("01c", "K3").replaces.order_by("pk").values_list("external_id", flat=True)) == ["K1", "K2"]
    assert "0 new, 0 changed, 3 unchanged" in bring_in(tmp_path, by)
    (tmp_path / "contracts.csv").write_text(head + "K4,C1,2026-11-01,2027-11-01,Suite,15,K9\n")
    assert "1 cell left out, its row went in" in bring_in(tmp_path, by)
    assert contract("01c", "K4").replaces.count() == 0


def test_03_revenue_without_a_rate_cannot_be_told(reports: Reports) -> None:
    assert [of("03", key).arr for key in ("C1", "C2", "C3")] == [None, 20_000, None]
    assert revenue.currencies_without_rate() == ["EUR", "JPY"]
    renewals = Renewal.objects.filter(contract__source="03", closed_on__isnull=True).order_by("contract__external_id")
    assert list(renewals.values_list("contract__external_id", "arr")) == [("K1", None), ("K2", 20_000), ("K3", None)]


def test_15_lines_without_a_start_begin_with_their_contract(reports: Reports) -> None:
    lines = ContractLine.objects.filter(contract__source__in=["15", "15b", "15c"])
    found = lines.order_by("contract__source", "contract__external_id")
    assert list(found.values_list("contract__source", "contract__external_id", "annual_amount")) == [
        ("15", "K1", 1000), ("15", "K2", 1000), ("15b", "K1", 1000), ("15c", "K1", 1000),
    ]  # fmt: skip
    assert "3 contracts: 2 new, 0 changed, 0 unchanged, 1 rejected" in reports["15"]
    assert "2 contracts: 1 new, 0 changed, 0 unchanged, 1 rejected" in reports["15b"]
    assert "2 contracts: 1 new, 0 changed, 1 unchanged, 0 rejected" in reports["15c"]
    assert "1 row repeats one above it" in reports["15c"]


@pytest.mark.parametrize("case", ["15", "15b"])
def test_15_the_reason_names_what_coincides_and_how_lines_are_told_apart(tmp_path: Path, case: str) -> None:
    by = mapping(tmp_path, f"{case}r")
    bring_in(case_folder(case), by)
    refused = next(tmp_path.glob(f"{case}r.*contracts*")).read_text()
    assert "external_id + product + line_starts_on" in refused
    assert "lines of one contract differ in product or line_starts_on" in refused


def test_16_amounts_whose_sum_is_large_are_held(reports: Reports) -> None:
    assert of("16", "C1").arr == 2 * 819_012_345_678
    assert of("16", "C2").arr == 1000


def test_17_use_beyond_any_measure_is_refused_by_line(reports: Reports) -> None:
    assert "3 usage: 1 new, 0 changed, 0 unchanged, 2 rejected" in reports["17"]
    assert UsageDay.objects.get(customer=of("17", "C2")).uses == 5


def test_18_an_owner_who_left_loses_the_cell_only(reports: Reports) -> None:
    """The row goes in; an owner is found by email in any case, and by a name that only one has."""
    owners = {key: of("18", key).owner for key in ("C1", "C2", "C3", "C4")}
    assert {key: owner and owner.name for key, owner in owners.items()} == {
        "C1": None, "C2": "Csm", "C3": "Clara Bennett", "C4": None,
    }  # fmt: skip
    assert "1 cell left out, its row went in" in reports["18"]
    assert [arr("18", key, DAY) for key in ("C1", "C2", "C3")] == [10_000] * 3


def test_23_who_comes_back_after_years_begins_anew(reports: Reports) -> None:
    back = of("23", "C1")
    assert (back.stage, back.status, back.first_contract_on) == ("onboarding", "live", dt.date(2026, 11, 1))
    assert churned("23") == [("C1", dt.date(2022, 1, 1), 10_000)]


@pytest.mark.parametrize(("case", "key"), [("23", "C1"), ("27", "C3")])
def test_who_has_just_begun_is_not_late_with_what_nobody_could_see(reports: Reports, case: str, key: str) -> None:
    """First weeks before any use was reported: the milestones due by now are unknown, and no part of the score."""
    new = of(case, key)
    assert list(new.milestones.filter(due_on__lt=DAY).values_list("reached_on", "missed_on")) != []
    assert not new.milestones.exclude(missed_on=None).exists()
    assert new.band != "red"


def test_25_a_new_price_counts_from_the_day_of_its_file(reports: Reports) -> None:
    days = [dt.date(2026, 2, 1), dt.date(2026, 6, 30), dt.date(2026, 7, 1), DAY]
    assert [arr("25", "C1", day) for day in days] == [12_000, 12_000, 18_000, 18_000]
    lines = ContractLine.objects.filter(contract__source="25").order_by("starts_on")
    assert list(lines.values_list("quantity", "starts_on", "ends_on")) == [
        (10, dt.date(2026, 2, 1), dt.date(2026, 7, 1)),
        (15, dt.date(2026, 7, 1), None),
    ]


def test_26_a_line_below_zero_is_refused_with_the_way_to_say_it(reports: Reports) -> None:
    assert "2 contracts: 1 new, 0 changed, 0 unchanged, 1 rejected" in reports["26"]
    assert of("26", "C1").arr == 12_000


def test_26_a_credit_note_settles_its_invoice(reports: Reports) -> None:
    bill, note = Invoice.objects.filter(source="26").order_by("external_id")
    assert (bill.credited_by, bill.credited_on) == (note, dt.date(2026, 6, 15))
    assert owing("26", dt.date(2026, 6, 14)) == [("I1", True)]
    assert owing("26", dt.date(2026, 6, 15)) == [("I1", False)]


def owing(case: str, day: dt.date) -> list[tuple[str, bool]]:
    """(number, whether it is owed at the end of the day) of each invoice whose payment is told."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.external_id, {owed('i', '%(day)s::date')} FROM accounts_invoice i "
            f"WHERE {told('i')} AND i.source = %(case)s ORDER BY 1",
            {"case": case, "day": day},
        )
        return cursor.fetchall()


def test_27_nobody_pays_for_a_free_plan(reports: Reports) -> None:
    free, down, up = (of("27", key) for key in ("C1", "C2", "C3"))
    assert (free.status, free.arr, free.first_contract_on) == ("prospect", 0, None)
    assert (down.status, down.arr) == ("churned", 0)
    assert (up.status, up.arr, up.first_contract_on) == ("live", 8000, dt.date(2026, 10, 15))
    assert churned("27") == [("C2", dt.date(2026, 1, 1), 5000)]
    assert not Renewal.objects.filter(contract__source="27", contract__external_id__in=["K1", "K3", "K4"]).exists()


def test_29_an_end_that_passed_is_to_be_settled(reports: Reports, tmp_path: Path) -> None:
    assert contract("29", "K1") in leaving.to_settle(DAY)
    assert "to be settled" in reports["29"]
    by = mapping(tmp_path, "29", "contracts.csv", 'expired = "ended"')  # The file has no column for an end.
    assert "1 does not renew by itself and its agreed end passed: ended on that day" in bring_in(case_folder("29"), by)
    assert contract("29", "K1").ended_on == dt.date(2023, 1, 1)
    assert arr("29", "C1", DAY) == 0
    assert "0 new, 0 changed" in bring_in(case_folder("29"), by)


def test_29_a_mapping_may_say_that_what_expired_ended(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("external_id,name\nC1,Expired\n")
    head = "external_id,customer,starts_on,ends_on,ended_on,auto_renews,product,annual_amount\n"
    rows = ["K1,C1,2022-01-01,2023-01-01,,no,A,1\n", "K2,C1,2022-01-01,2023-01-01,,yes,B,1\n"]
    rows += [f"K{n},C1,2022-01-01,{DAY - dt.timedelta(ago)},,no,C,1\n" for n, ago in ((3, 90), (4, 89), (5, 0))]
    (tmp_path / "contracts.csv").write_text(head + "".join(rows))
    by = mapping(tmp_path, "29e", "contracts.csv", 'expired = "ended"')
    for changed in ("5 new, 0 changed", "0 new, 0 changed"):
        assert changed in bring_in(tmp_path, by)
        ended = Contract.objects.filter(source="29e", ended_on__isnull=False).order_by("pk")
        assert list(ended.values_list("external_id", "ended_on")) == [
            ("K1", dt.date(2023, 1, 1)), ("K3", DAY - dt.timedelta(90)),
        ]  # fmt: skip


@pytest.mark.parametrize("column", [True, False])
def test_29_who_says_an_end_changes_it(tmp_path: Path, *, column: bool) -> None:
    """A file with a column for ends or without one: an end that moved on runs again, another end that was said stays, and
    so does what a person said.
    """
    (tmp_path / "customers.csv").write_text("external_id,name\nC1,Expired\n")
    by = mapping(tmp_path, "29f", "contracts.csv", 'expired = "ended"')

    def brought(ends: dict[str, tuple[str, str]], *, named: bool) -> str:
        head = f"external_id,customer,starts_on,ends_on,{'ended_on,' if named else ''}product,annual_amount\n"
        rows = [
            f"{k},C1,2022-01-01,{agreed},{f'{ended},' if named else ''}A,1\n" for k, (agreed, ended) in ends.items()
        ]
        (tmp_path / "contracts.csv").write_text(head + "".join(rows))
        return bring_in(tmp_path, by)

    brought({"K1": ("2023-01-01", ""), "K2": ("2023-01-01", "2022-06-01"), "K3": ("2027-01-01", "")}, named=True)
    leaving.confirm_end(contract("29f", "K3"), dt.date(2026, 12, 24), day=DAY)
    brought({"K1": ("2027-01-01", ""), "K2": ("2023-01-01", "2022-06-01"), "K3": ("2027-01-01", "")}, named=column)
    ends = Contract.objects.filter(source="29f").order_by("external_id").values_list("ended_on", flat=True)
    assert list(ends) == [None, dt.date(2022, 6, 1), dt.date(2026, 12, 24)]


def test_29_without_agreed_ends_the_report_says_that_the_rule_was_not_used(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("external_id,name\nC1,Expired\n")
    (tmp_path / "contracts.csv").write_text(
        "external_id,customer,starts_on,product,annual_amount\nK1,C1,2022-01-01,A,1\n"
    )
    said = bring_in(tmp_path, mapping(tmp_path, "29g", "contracts.csv", 'expired = "ended"'))
    assert 'expired = "ended" was not used: the file has no ends_on' in said


def test_47_an_owner_changes_by_file(reports: Reports, tmp_path: Path) -> None:
    """Tasks and cases are on the heir's day at once, and what the CSM before felt ends."""
    handed, by = of("47", "C1"), mapping(tmp_path, "47")
    priya, owen = (User.objects.get(email=f"{name}@demo.example") for name in ("priya", "owen"))
    assert handed.owner == priya
    sentiment.say(handed, value=4, note="", author=priya, day=DAY)
    task = Task.objects.create(
        customer=handed, title="Ring", assignee=priya, due_on=DAY, assigned_as=Task.AssignedAs.OWNER
    )
    bring_in(case_folder("47"), by)
    handed.refresh_from_db()
    task.refresh_from_db()
    assert (handed.owner, handed.sentiment, task.assignee) == (owen, None, owen)


def test_30_what_an_owner_had_is_the_heirs_on_the_day_itself(reports: Reports) -> None:
    handed = of("30", "C1")
    owen, priya = (User.objects.get(email=f"{name}@demo.example") for name in ("owen", "priya"))
    assert handed.owner == owen
    sentiment.say(handed, value=2, note="", author=owen, day=DAY)
    task = Task.objects.create(
        customer=handed, title="Ring", assignee=owen, due_on=DAY, assigned_as=Task.AssignedAs.OWNER
    )
    people.deactivate(owen, [priya], day=DAY)
    handed.refresh_from_db()
    task.refresh_from_db()
    assert (handed.owner, handed.sentiment, task.assignee) == (priya, None, priya)
    assert Renewal.objects.get(customer=handed).customer.owner == priya
    assert not Task.objects.filter(assignee=owen, done_at=None, outcome="").exists()


@pytest.mark.parametrize(("case", "key"), [("35", "C1"), ("35", "C2"), ("35b", "C1")])
def test_35_every_task_is_due_before_the_nearer_of_notice_and_end(reports: Reports, case: str, key: str) -> None:
    renewal = Renewal.objects.get(customer=of(case, key))
    nearer = min(day for day in (renewal.notice_on, renewal.due_on) if day and day > DAY)
    assert renewal.prep_on < nearer
    for _done in cycle.run(renewal.prep_on) if renewal.prep_on > DAY else ():
        pass
    due_days = list(Task.objects.filter(customer=renewal.customer).values_list("due_on", flat=True))
    assert due_days
    assert [day for day in due_days if not DAY <= day < nearer] == []


def test_42_an_answer_off_its_scale_is_refused_with_the_scale(reports: Reports, tmp_path: Path) -> None:
    said = dict(SurveyResponse.objects.filter(source="42").values_list("external_id", "answer"))
    assert said == {"S7": 9, "S9": 9, "S10": 7}
    assert "3 new, 0 changed, 0 unchanged, 10 rejected" in reports["42"]
    by = mapping(tmp_path, "42")
    bring_in(case_folder("42") / "surveys.csv", by)
    with by.with_suffix(".surveys.csv.csv").open(newline="", encoding="utf-8-sig") as stream:
        reasons = {row["external_id"]: row["rejected_reason"] for row in csv.DictReader(stream)}
    scale = "(an answer is 0 to 10 for nps and intent, 1 to 5 for csat, 1 to 7 for ces)"
    assert reasons == {
        "S1": "answer is out of range for nps (0 to 10)",
        "S2": "answer is out of range for nps (0 to 10)",
        "S3": "answer is out of range for csat (1 to 5)",
        "S4": "answer is out of range for csat (1 to 5)",
        "S5": "answer is out of range for csat (1 to 5)",
        "S6": f"answer “good” is not a number {scale}",
        "S8": f"answer “8.5” is not a whole number {scale}",
        "S11": f"answer “9/10” is not a number {scale}",
        "S12": "answer is empty",
        "S13": "answered_on lies in the future (today is 2026-11-28)",
    }


def test_30_somebody_shut_out_is_a_remark_and_no_owner(reports: Reports, tmp_path: Path) -> None:
    User.objects.filter(email="owen@demo.example").update(is_active=False)
    assert "1 cell left out, its row went in" in bring_in(case_folder("47"), mapping(tmp_path, "47"))
    owner = of("47", "C1").owner
    assert owner is not None
    assert owner.email == "priya@demo.example"


def test_49_a_contact_left_on_the_day_of_the_file(reports: Reports, tmp_path: Path) -> None:
    left = Contact.objects.get(source="49")
    assert (left.state, left.state_on) == ("left", dt.date(2026, 11, 20))
    by = mapping(tmp_path, "49")
    assert "0 new, 0 changed, 1 unchanged" in bring_in(case_folder("49") / "nov", by)
    left.refresh_from_db()
    assert left.state_on == dt.date(2026, 11, 20)
    states = Contact.objects.filter(source="49b").order_by("external_id")
    assert list(states.values_list("state", "state_on")) == [("active", DAY), ("left", DAY)]


def test_56_a_trial_that_turned_paid_cost_nothing_before(reports: Reports) -> None:
    days = [dt.date(2026, 5, 1), dt.date(2026, 5, 31), dt.date(2026, 6, 1), DAY]
    assert [arr("56", "C1", day) for day in days] == [0, 0, 12_000, 12_000]
    paid = of("56", "C1")
    assert (paid.status, paid.arr, paid.first_contract_on) == ("live", 12_000, dt.date(2026, 6, 1))
    assert not contract("56", "K1").is_trial


def test_57_a_row_that_is_gone_is_counted_and_ends_by_choice(reports: Reports, tmp_path: Path) -> None:
    assert "1 of this source is not in the file: kept as it was" in reports["57"]
    assert contract("57", "K1").ended_on is None
    by = mapping(tmp_path, "57", "contracts.csv", 'missing = "ended"')
    assert f"1 of this source is not in the file: ended on {DAY}" in bring_in(case_folder("57") / "later", by)
    assert contract("57", "K1").ended_on == DAY
    assert of("57", "C1").status == "churned"
    assert contract("57", "K2").ended_on is None


def test_58_what_lies_in_the_future_is_refused_by_line(reports: Reports) -> None:
    for kind, rows, refused in [
        ("contracts", 1, 0), ("cancellations", 1, 1), ("invoices", 1, 1), ("usage", 1, 1), ("tickets", 2, 2),
        ("surveys", 1, 1),
    ]:  # fmt: skip
        said = f"{rows} {kind}: {rows - refused} new, 0 changed, 0 unchanged, {refused} rejected"
        assert said in reports["58"], kind
    assert not Ticket.objects.filter(opened_at__date__gt=DAY).exists()
    assert not SurveyResponse.objects.filter(answered_on__gt=DAY).exists()
    assert not UsageRecord.objects.filter(day__gt=DAY).exists()


def test_59_payment_is_what_the_source_says(reports: Reports, tmp_path: Path) -> None:
    assert owing("59", DAY) == [("I1", False), ("I2", False)]
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "customers.csv").write_text("external_id,name\nC1,Paid Always\n")
    (plain / "invoices.csv").write_text("external_id,customer,issued_on,due_on,amount\nI1,C1,2026-01-01,2026-02-01,9\n")
    assert "whether the invoices are paid is not known" in bring_in(plain, mapping(tmp_path, "59p"))
    assert owing("59p", DAY) == []


def test_60_an_end_that_is_known_is_a_notice(reports: Reports) -> None:
    assert [of("60", key).status for key in ("C1", "C2", "C3")] == ["notice", "notice", "live"]
    assert [of("60", key).leaves_on for key in ("C1", "C2", "C3")] == [
        dt.date(2027, 1, 20), dt.date(2026, 12, 15), None,
    ]  # fmt: skip


def test_61_a_row_goes_in_without_a_cell_it_can_be_without(reports: Reports) -> None:
    assert reports["61"].count(" 0 rejected") == 4
    assert [of("61", key).country for key in ("C1", "C2", "C3", "C4")] == ["DE", "DE", "DE", "JP"]
    assert [of("61", key).employees for key in ("C1", "C2", "C3", "C4")] == [50, None, 50, 5]
    assert list(Contact.objects.filter(source="61").order_by("pk").values_list("email", "roles")) == [
        ("", ["champion"]), ("bob@c3.example", []),
    ]  # fmt: skip
    assert list(Ticket.objects.filter(source="61").order_by("pk").values_list("csat", flat=True)) == [None, None, None]


def test_62_people_of_a_day_are_counted_as_the_mapping_says(reports: Reports, tmp_path: Path) -> None:
    assert "users: read as totals of a day" in reports["62"]
    assert UsageDay.objects.get(customer=of("62", "C1")).active_users == 1
    by = mapping(tmp_path, "62", "usage.csv", 'users = "rows"')
    said = bring_in(case_folder("62"), by)
    assert "users: each row counts people of its own" in said
    roll_up()
    assert UsageDay.objects.get(customer=of("62", "C1")).active_users == 2
    days = FeatureDay.objects.filter(customer=of("62", "C1")).order_by("feature__key")
    assert list(days.values_list("feature__key", "users")) == [("export", 1), ("login", 2)]
    assert Entitlement.objects.get(contract__source="62").quantity == 2


def test_62_named_people_are_counted_distinct(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("external_id,name\nC1,Two\n")
    rows = (
        "E1,C1,2026-11-20,login,ann\nE2,C1,2026-11-20,login,bob\nE3,C1,2026-11-20,export,ann\nE4,C1,2026-11-20,,ann\n"
    )
    (tmp_path / "usage.csv").write_text("external_id,customer,day,feature,user\n" + rows)
    by = mapping(tmp_path, "62u")
    assert "users: distinct people of the column user" in bring_in(tmp_path, by)
    roll_up()
    assert UsageDay.objects.get(customer=of("62u", "C1")).active_users == 2
    days = FeatureDay.objects.filter(customer=of("62u", "C1")).order_by("feature__key")
    assert list(days.values_list("feature__key", "users")) == [("export", 1), ("login", 2)]
    assert "0 new, 0 changed, 4 unchanged" in bring_in(tmp_path, by)


def roll_up() -> None:
    from health.signals.rollup import roll_up_changed

    roll_up_changed()


def test_03_after_a_rate_is_entered_everything_follows(reports: Reports) -> None:
    rates.enter([rates.Rate("EUR", 2026, Decimal("1.1")), rates.Rate("JPY", 2026, Decimal("0.0065"))], day=DAY)
    assert [of("03", key).arr for key in ("C1", "C2", "C3")] == [55_000, 20_000, 19_500]
    assert "No exchange rate is known for EUR, JPY" in reports["03"]
    assert rates.missing() == []


def test_63_of_a_history_the_last_row_counts(reports: Reports, tmp_path: Path) -> None:
    ticket = Ticket.objects.get(source="63")
    assert (ticket.severity, ticket.reopened) == ("high", 1)
    assert ticket.solved_at == dt.datetime(2026, 11, 3, 10, tzinfo=dt.UTC)
    assert "2 earlier rows of their ids are left out: the last one counts" in reports["63"]
    bring_in(case_folder("63") / "customers.csv", mapping(tmp_path, "63g"))
    assert "2 rejected" in bring_in(case_folder("63") / "tickets.csv", mapping(tmp_path, "63g"))


def test_a_file_that_nothing_reads_is_named(reports: Reports, tmp_path: Path) -> None:
    """What was silent is read now; a file of another name is told."""
    assert Touchpoint.objects.get(source="features").note == "hi"
    assert "Files that no part" not in reports["features"]
    place = Path(shutil.copytree(case_folder("features"), tmp_path / "case"))
    for name in ("holidays.csv", "Notes (1).xlsx", ".DS_Store", "map.toml", "rejects-customers.csv"):
        (place / name).write_bytes(b"a,b")
    said = bring_in(place, mapping(tmp_path, "featuresg"))
    assert "Files that no part of the mapping reads: Notes (1).xlsx, holidays.csv." in said
