"""Usage, tickets and survey answers from files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db.models import Sum

from accounts import changes
from accounts.imports import exporting
from accounts.models import Contract, Customer, ExternalKey
from health.models import Feature, RollupMark, SurveyResponse, Ticket, UsageDay, UsageRecord
from health.signals.rollup import roll_up_changed
from tests.accounts.imports import bring, counts, rejected, write
from tests.factories import DAY, customer, user

pytestmark = pytest.mark.django_db
USAGE = "external_id,customer,day,feature,users,uses,errors\n"
TOTALS = "users: read as totals of a day, the largest of its rows counts; say users = “rows” in the mapping if not"
SEEN = DAY - dt.timedelta(days=3)


@pytest.fixture
def acme() -> Customer:
    made = customer()
    ExternalKey.objects.create(customer=made, source="csv", external_id="A1")
    return made


def test_usage_is_kept_once_marked_and_rolled_up(acme: Customer, tmp_path: Path) -> None:
    rows = f"U1,A1,{SEEN},export,2,10,1\nU2,A1,{SEEN},,1,5,\nU1,A1,{SEEN},export,2,10,1\n"
    path = write(tmp_path / "usage.csv", USAGE + rows)
    report = bring(path)
    assert (counts(report), report.notes) == ((2, 0, 1, 0), [TOTALS])
    assert list(Feature.objects.values_list("key", "is_core")) == [("export", False)]
    assert list(RollupMark.objects.values_list("customer_id", "day")) == [(acme.pk, SEEN)]
    assert acme.pk in changes.waiting("scores")
    assert roll_up_changed() == 1
    assert UsageDay.objects.get().uses == 15
    assert counts(bring(path)) == (0, 0, 3, 0)
    assert not RollupMark.objects.exists()


def test_an_export_says_how_its_people_are_counted(acme: Customer, tmp_path: Path) -> None:
    bring(write(tmp_path / "usage.csv", USAGE + f"U1,A1,{SEEN},export,2,10,1\n"))
    exporting.write(tmp_path, user("admin"), "csv")
    report = bring(tmp_path / "usage.csv", str(tmp_path / exporting.MAPPING))
    assert counts(report) == (0, 0, 1, 0)
    assert report.notes == ["users: totals of a day, the largest of its rows counts"]


def test_two_facts_under_one_id_are_both_kept_and_said(acme: Customer, tmp_path: Path) -> None:
    rows = f"U1,A1,{SEEN},export,2,10,1\nU1,A1,{SEEN},search,2,7,0\n"
    report = bring(write(tmp_path / "usage.csv", USAGE + rows))
    assert counts(report) == (2, 0, 0, 0)
    assert report.notes == [TOTALS, "1 id stands for more than one fact: every fact is kept"]
    assert UsageRecord.objects.aggregate(n=Sum("uses"))["n"] == 17


def test_counts_beyond_all_bounds_are_refused(acme: Customer, tmp_path: Path) -> None:
    most = {"users": 10**8, "uses": 10**9, "seconds": 10**9, "errors": 10**9}
    rows = [most, *(most | {name: count + 1} for name, count in most.items())]
    lines = (f"U{n},A1,{SEEN},x,{','.join(map(str, row.values()))}\n" for n, row in enumerate(rows))
    path = write(
        tmp_path / "usage.csv", "external_id,customer,day,feature,users,uses,seconds,errors\n" + "".join(lines)
    )
    assert counts(bring(path)) == (1, 0, 0, 4)
    assert [field for _line, field, _reason in rejected(path)] == list(most)


def test_days_no_partition_should_be_made_for_are_refused(acme: Customer, tmp_path: Path) -> None:
    rows = "U1,A1,1991-01-01,x,1,1,\nU2,A1,2098-01-01,x,1,1,\nU3,A1,,x,1,1,\nU4,??,2026-01-01,x,1,1,\n"
    path = write(tmp_path / "usage.csv", USAGE + rows)
    assert counts(bring(path)) == (0, 0, 0, 4)
    assert [reason for _line, _field, reason in rejected(path)] == [
        "day is more than 20 years old",
        "day lies in the future (today is 2026-11-24)",
        "day is empty",
        "customer “??” is not known: no customer has this id",
    ]
    assert not Feature.objects.exists()


def test_usage_finds_its_customer_through_a_contract(acme: Customer, tmp_path: Path) -> None:
    Contract.objects.create(customer=acme, source="crm", external_id="S1", starts_on=DAY)
    own = write(
        tmp_path / "own.toml",
        'source = "crm"\n[[file]]\nname = "use.csv"\ninto = "usage"\ncore_features = ["f"]\n[file.fields]\n'
        'external_id = "id"\nday = "day"\nfeature = "f"\n'
        'customer = { column = "sub", through = "contract" }\nuses = { constant = "1" }\n',
    )
    path = write(tmp_path / "use.csv", f"id,sub,day,f\n1,S1,{SEEN},f\n2,S2,{SEEN},f\n3,S1,{DAY},f\n")
    report = bring(path, mapping=str(own))
    assert counts(report) == (2, 0, 0, 1)
    assert report.notes == ["1 fact is dated before its contract began: kept"], "the first day is within it"
    assert set(UsageRecord.objects.values_list("customer", flat=True)) == {acme.pk}
    assert Feature.objects.get().is_core


def test_tickets_are_put_right_by_a_later_file(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,severity,opened_at,first_response_at,solved_at,escalated,csat\n"
    path = write(tmp_path / "tickets.csv", head + "T1,A1,high,2026-01-01 10:00,,,no,\n")
    assert counts(bring(path)) == (1, 0, 0, 0)
    write(path, head + "T1,A1,high,2026-01-01 10:00,2026-01-01 11:30,2026-01-02,yes,4\n")
    assert counts(bring(path)) == (0, 1, 0, 0)
    ticket = Ticket.objects.get()
    assert ticket.first_response_at - ticket.opened_at == dt.timedelta(minutes=90)
    assert (ticket.csat, ticket.escalated, ticket.customer) == (4, True, acme)
    write(path, head + "T1,A1,high,2026-01-02,,2026-01-01,,\nT2,A1,huge,2026-01-02,,,,6\n")
    assert counts(bring(path)) == (0, 0, 0, 2)
    assert [reason for _line, _field, reason in rejected(path)] == [
        "solved_at lies before opened_at",
        "severity “huge” is none of: Low, Medium, High, Urgent; csat 6 is out of range (1 to 5) (this alone would only leave the cell out)",
    ]


@pytest.mark.parametrize(
    ("cell", "opened", "reason"),
    [
        ("90", "2026-01-01", None),
        ("-1", "2026-01-01", "wait -1 is out of range (0 to 100000000)"),
        ("100000000", "2026-01-01", "wait 2216-02-19 is out of range (1990 to 2099)"),
        ("soon", "2026-01-01", "wait “soon” is not a number"),
    ],
)
def test_minutes_after_opening_become_an_instant(
    acme: Customer, cell: str, opened: str, reason: str | None, tmp_path: Path
) -> None:
    own = write(
        tmp_path / "own.toml",
        'source = "csv"\n[[file]]\nname = "t.csv"\ninto = "tickets"\n[file.formats]\ntime_zone = "Asia/Tokyo"\n'
        '[file.fields]\nexternal_id = "id"\ncustomer = "c"\nopened_at = "opened"\n'
        'severity = { constant = "low" }\n'
        'first_response_at = { column = "wait", after = "opened_at", unit = "minutes" }\n',
    )
    path = write(tmp_path / "t.csv", f"id,c,opened,wait\nT1,A1,{opened},{cell}\n")
    report = bring(path, mapping=str(own))
    if reason is None:
        ticket = Ticket.objects.get()
        assert ticket.opened_at == dt.datetime(2025, 12, 31, 15, tzinfo=dt.UTC)
        assert ticket.first_response_at == dt.datetime(2025, 12, 31, 16, 30, tzinfo=dt.UTC)
    else:
        assert (report.rejected, rejected(path)[0][2]) == (1, reason)


def test_surveys_keep_to_their_scales(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,kind,answer,answered_on,comment,contact\n"
    rows = "S1,A1,NPS,10,2026-01-01,Great,\nS2,A1,csat,6,2026-01-01,,\nS3,A1,nps,1,2026-01-01,,P9\n"
    path = write(tmp_path / "surveys.csv", head + rows)
    assert counts(bring(path)) == (1, 0, 0, 2)
    assert [reason for _line, _field, reason in rejected(path)] == [
        "answer is out of range for csat (1 to 5)",
        "contact “P9” is not a contact that is known",
    ]
    assert SurveyResponse.objects.get().answer == 10
    assert counts(bring(path)) == (0, 0, 1, 2)


def test_answers_are_taken_up_to_both_ends_of_their_scale(acme: Customer, tmp_path: Path) -> None:
    ends = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "intent": (0, 10)}
    within = [(kind, answer) for kind, scale in ends.items() for answer in scale]
    beyond = [(kind, answer) for kind, (least, most) in ends.items() for answer in (least - 1, most + 1)]
    rows = (f"S{n},A1,{kind},{answer},2026-01-01\n" for n, (kind, answer) in enumerate(within + beyond))
    path = write(tmp_path / "surveys.csv", "external_id,customer,kind,answer,answered_on\n" + "".join(rows))
    assert counts(bring(path)) == (len(within), 0, 0, len(beyond))
    assert list(SurveyResponse.objects.order_by("pk").values_list("kind", "answer")) == within


def test_features_say_their_module_and_mark_everybody(acme: Customer, tmp_path: Path) -> None:
    head = "key,name,is_core,module\n"
    path = write(tmp_path / "features.csv", head + "export,Export,yes,analytics\nsearch,,,\n,Nameless,,\n")
    Feature.objects.create(key="search", name="Search", is_core=True)
    assert counts(bring(path)) == (1, 1, 0, 1)
    assert rejected(path) == [("4", "key", "key is empty")]
    assert list(Feature.objects.order_by("key").values_list("key", "name", "is_core", "module")) == [
        ("export", "Export", True, "analytics"),
        ("search", "search", False, ""),
    ]
    assert list(changes.waiting("scores")) == [acme.pk]
    assert counts(bring(path)) == (0, 0, 2, 1)
    assert list(changes.waiting("scores")) == [acme.pk]
    write(path, "key,module\nsearch,find\nsearch,find\nexport,other\nexport,more\n")
    assert counts(bring(path)) == (0, 2, 1, 1)
    assert list(Feature.objects.order_by("key").values_list("name", "is_core", "module")) == [
        ("Export", True, "other"),
        ("search", False, "find"),
    ]
