"""What the record's API changes: owners, one and many, and what a contract says of its leaving."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from accounts import changes
from accounts.models import Change, Contract, Customer, Handover
from playbooks import giving
from playbooks.models import Task
from tests.counting import statements
from tests.factories import DAY, contract, customer, organisation, user
from tests.problems import fields

pytestmark = pytest.mark.django_db
READERS = {"segments", "scores", "renewals", "cases", "motions", "plays"}


@pytest.fixture(autouse=True)
def company():
    organisation()


@pytest.fixture
def team():
    """A manager with two CSMs."""
    boss = user("manager", name="Lena")
    return boss, user(name="Mara", manager=boss), user(name="Nils", manager=boss)


@pytest.fixture
def send(client):
    def post(who, address, body):
        client.force_login(who)
        answer = client.post(f"/api/v1/{address}", json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    return post


def test_a_customer_goes_to_its_new_owner_with_all_that_is_the_owners(send, team):
    boss, mara, nils = team
    made = customer(owner=mara)
    giving.add(made, "Call", DAY, user=mara)
    Change.objects.all().delete()
    code, said = send(boss, f"customers/{made.pk}/owner/", {"owner": nils.email.upper(), "before": mara.email})
    assert (code, said["owner"]) == (200, nils.email)
    assert Task.objects.get().assignee == nils
    assert Handover.objects.get().door == "api"
    # Whoever works out something of the customer is told, and does so within seconds (``config.changed``).
    assert {name for name in changes.READERS if made.pk in changes.waiting(name)} >= READERS


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "owner"),
        ({"owner": "x"}, "owner"),
        ({"owner": "nobody@demo.example"}, "owner"),
        ({"owner": "otto@demo.example"}, "owner"),  # of another team
        ({"owner": None, "before": "otto@demo.example"}, "before"),
    ],
)
def test_an_owner_that_cannot_be_is_named_and_nothing_changes(send, team, body, field):
    _boss, mara, _nils = team
    user(name="Otto", email="otto@demo.example")
    made = customer(owner=mara)
    code, said = send(mara, f"customers/{made.pk}/owner/", body)
    assert (code, list(fields(said))) == (400, [field])
    assert Customer.objects.get().owner == mara


def test_many_rows_each_have_their_outcome_and_bad_ones_hold_up_nobody(send, team):
    boss, mara, nils = team
    first, second, third, kept, twice = (customer(owner=mara) for _n in range(5))
    nils_own, foreign = customer(owner=nils), customer(owner=user(name="Otto"))
    to_nils = {"owner": nils.email}
    rows = [
        {"customer": first.pk, **to_nils},
        {"customer": second.pk, **to_nils, "before": mara.email},
        {"customer": third.pk, "owner": None},
        {"customer": kept.pk, **to_nils, "before": nils.email},
        {"customer": twice.pk, **to_nils},
        {"customer": twice.pk, "owner": boss.email},
        {"customer": nils_own.pk, **to_nils},
        {"customer": foreign.pk, **to_nils},
        {"customer": 10**18, **to_nils},
        {"customer": 10**40, **to_nils},
        {"customer": first.pk},
        "first",
    ]
    code, said = send(boss, "customers/owners/", {"rows": rows})
    assert code == 200
    assert [row["status"] for row in said["rows"]] == [
        "moved", "moved", "moved", "kept", "invalid", "invalid", "same", "unknown", "unknown", "invalid", "invalid",
        "invalid",
    ]  # fmt: skip
    assert [row["customer"] for row in said["rows"][:3]] == [first.pk, second.pk, third.pk]
    assert all(row["problem"] for row in said["rows"] if row["status"] not in {"moved", "same"})
    assert said["rows"][10]["problem"].keys() == {"owner"}
    assert said["customers"] == 3
    assert said["handover"] == Handover.objects.get().pk
    now = dict(Customer.objects.values_list("pk", "owner__name"))
    assert [now[made.pk] for made in (first, second, third, kept, twice)] == ["Nils", "Nils", None, "Mara", "Mara"]
    assert now[foreign.pk] == "Otto"


def test_a_preview_says_the_numbers_of_the_page_and_moves_nobody(send, team):
    boss, mara, nils = team
    owned = [customer(owner=mara, arr=100), customer(owner=mara, arr=50)]
    giving.add(owned[0], "Call", DAY, user=mara)
    customer(owner=nils, arr=7)
    body = {"rows": [{"customer": made.pk, "owner": nils.email} for made in owned], "preview": True}
    code, said = send(boss, "customers/owners/", body)
    assert (code, said["handover"], said["customers"], said["items"]) == (200, None, 2, {"tasks": 1, "cases": 0})
    assert said["moving"]["arr"] == "150.00"
    carried = {row["person"]: (row["before"]["arr"], row["after"]["arr"]) for row in said["people"]}
    assert carried == {mara.email: ("150.00", "0.00"), nils.email: ("7.00", "157.00")}
    assert not Handover.objects.exists()
    done = send(boss, "customers/owners/", body | {"preview": False})[1]
    assert (done["customers"], done["items"], done["rows"]) == (2, {"tasks": 1, "cases": 0}, said["rows"])


def test_statements_do_not_grow_with_rows(send, team):
    boss, mara, nils = team
    assert (
        send(boss, "customers/owners/", {"rows": [{"customer": customer(owner=mara).pk, "owner": nils.email}]})[0]
        == 200
    )
    counts = []
    for many in (1, 3):
        made = [customer(owner=mara) for _n in range(many)]
        rows = [{"customer": one.pk, "owner": nils.email} for one in made]
        with statements() as asked:
            assert send(boss, "customers/owners/", {"rows": rows})[1]["customers"] == many
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_no_rows_too_many_and_a_viewer_are_refused(send, team):
    boss = team[0]
    assert send(boss, "customers/owners/", {"rows": []})[0] == 400
    assert send(boss, "customers/owners/", {"rows": [1] * 5_001})[0] == 400
    assert send(user("viewer"), "customers/owners/", {"rows": [{"customer": 1, "owner": None}]})[0] == 403


def test_notice_its_withdrawal_and_the_end_are_the_pages_acts(send):
    csm = user()
    made = contract(customer(owner=csm), starts_on=DAY - dt.timedelta(days=100), ends_on=DAY + dt.timedelta(days=265))
    address = f"contracts/{made.pk}"
    code, said = send(csm, f"{address}/notice/", {})
    assert (code, said["notice_given_on"], said["leaves_on"]) == (200, "2026-11-24", made.ends_on.isoformat())
    assert Customer.objects.get().status == "notice"
    code, said = send(csm, f"{address}/withdraw/", {"on": DAY.isoformat()})
    assert (code, said["notice_withdrawn_on"], said["leaves_on"]) == (200, "2026-11-24", None)
    end = (DAY + dt.timedelta(days=30)).isoformat()
    code, said = send(csm, f"{address}/end/", {"on": end})
    assert (code, said["ended_on"], said["leaves_on"]) == (200, end, end)
    assert Contract.objects.get().end_known_on == DAY
    for act, body, field in (
        ("notice", {"on": (DAY + dt.timedelta(days=1)).isoformat()}, "on"),
        ("withdraw", {}, "non_field_errors"),
        ("end", {}, "on"),
        ("end", {"on": "2019-01-01"}, "on"),
        ("notice", {"lines": [10**18]}, "lines"),
        ("notice", {"lines": []}, "lines"),
        ("runs-on", {}, "non_field_errors"),
    ):
        code, said = send(csm, f"{address}/{act}/", body)
        assert (code, list(fields(said))) == (400, [field]), (act, body)


def test_a_notice_of_some_lines_leaves_the_others(send):
    csm = user()
    made = contract(customer(owner=csm), starts_on=DAY - dt.timedelta(days=100), ends_on=DAY + dt.timedelta(days=265))
    line = made.lines.create(product="Add-on", starts_on=made.starts_on, annual_amount=10)
    code, said = send(csm, f"contracts/{made.pk}/notice/", {"lines": [line.pk]})
    assert (code, said["leaves_on"]) == (200, None)
    gone = {row["id"]: row["ends_on"] for row in said["lines"] if row["notice_given_on"]}
    assert gone == {line.pk: made.ends_on.isoformat()}
