"""What the palette finds, of what a person may see, in one statement a kind."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.utils.translation import override

from accounts import finding
from accounts.finding.registry import registered
from accounts.models import Contact, Customer, CustomerWords
from config.folding import Wanted
from health.models import Case
from playbooks.models import Task
from tests import factories
from tests.accounts.finding.world import World, made, of_customer
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return made()


def titles(user, text: str, sign: str = "") -> dict[str, list[str]]:
    groups = finding.found(user, Wanted.of(text), DAY, sign)
    return {str(group.label): [entry.title for entry in group.entries] for group in groups}


AOBA = {
    "Customers": ["青葉物流"],
    "Renewals": ["Renewal of 青葉物流"],
    "Cases": ["Quiet for 14 days"],
    "Tasks": ["Quiet for 14 days"],
}


@pytest.mark.parametrize(
    "text", ["青葉", "物流", "あおば", "ｱｵﾊﾞ", "アオバブツリュウ", "aoba", "ＡＯＢＡ．ｅｘａｍｐｌｅ", "青", "青葉 ぶつ"]
)
def test_a_customer_is_found_however_its_name_is_typed(world, text):
    assert titles(world.mara, text) == AOBA


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("佐藤", "Contacts", "佐藤 花子"),
        ("佐藤花子", "Contacts", "佐藤 花子"),
        ("さとう", "Contacts", "佐藤 花子"),
        ("@mori.example", "Contacts", "佐藤 花子"),
        ("118", "Contracts", "HC-2024-118"),
        ("hc-118", "Contracts", "HC-2024-118"),
        ("ＨＣ－２０２４", "Contracts", "HC-2024-118"),
        ("hc2024118", "Contracts", "HC-2024-118"),
        ("champion", "Playbooks", "Champion change"),
        ("lindgren", "People", "Mara Lindgren"),
        ("mara user", "People", "Mara Lindgren"),
        ("quiet 14", "Cases", "Quiet for 14 days"),
        ("quiet 14", "Tasks", "Quiet for 14 days"),
    ],
)
def test_each_kind_is_found_by_its_own_words(world, text, kind, title):
    assert titles(world.mara, text)[kind] == [title]


def test_nothing_is_found_by_words_of_which_one_is_missing(world):
    assert titles(world.mara, "青葉 nowhere") == {}
    assert titles(world.mara, "・・・") == {}


def test_what_one_may_not_see_is_not_found(world):
    assert titles(world.jonas, "あおば") == {}
    assert titles(world.jonas, "118") == {}
    assert titles(world.jonas, "佐藤") == {}
    assert titles(world.jonas, "mara") == {}
    viewer = factories.user("viewer")
    assert titles(viewer, "あおば") == AOBA


def test_a_sign_asks_for_one_kind_alone(world):
    factories.customer(name="Company 118", owner=world.mara)
    assert titles(world.mara, "118", "#") == {"Contracts": ["HC-2024-118"]}
    assert set(titles(world.mara, "118")) == {"Customers", "Contracts"}


def test_names_that_begin_with_the_word_come_first(world):
    for name in ("Old Granite", "Granite Bank", "Migrant Goods"):
        factories.customer(name=name, owner=world.mara)
    assert titles(world.mara, "gran")["Customers"] == ["Granite Bank", "Old Granite", "Migrant Goods"]


def test_what_ended_or_was_merged_away_is_not_found(world):
    Task.objects.update(done_at="2026-11-24T10:00Z", outcome="done")
    Case.objects.update(state="closed", resolution="resolved", closed_on=DAY)
    assert set(titles(world.mara, "あおば")) == {"Customers", "Renewals"}
    Customer.objects.filter(pk=world.aoba.pk).update(merged_into=factories.customer(owner=world.mara))
    assert "Customers" not in titles(world.mara, "あおば")


SHIPPED = "Write the business case for the next term"


def test_a_shipped_title_is_found_by_what_the_reader_sees_of_it(world):
    Task.objects.update(title=SHIPPED)
    with override("ja"):
        shown = Task.objects.get().shown_title
        assert shown != SHIPPED
        assert titles(world.mara, shown[:4])["タスク"] == [shown]
    assert titles(world.mara, shown[:4]) == {}


def test_words_follow_every_way_a_customer_is_written(world):
    Customer.objects.filter(pk=world.aoba.pk).update(reading="", domain="")
    assert titles(world.mara, "あおば") == {}
    Customer.objects.filter(pk=world.aoba.pk).update(name="Aoba Freight")
    assert titles(world.mara, "freight")["Customers"] == ["Aoba Freight"]
    Customer.objects.bulk_create([Customer(name=f"Bulk {n}", owner=world.mara) for n in range(3)])
    assert titles(world.mara, "bulk")["Customers"] == ["Bulk 0", "Bulk 1", "Bulk 2"]
    assert CustomerWords.objects.count() == Customer.objects.count()
    with connection.cursor() as cursor:  # a change of other columns writes no words
        cursor.execute(
            "UPDATE accounts_customer SET score = 50, band = 'yellow' RETURNING (SELECT max(xmin::text) FROM accounts_customerwords)"
        )
        before = cursor.fetchone()
        cursor.execute("SELECT max(xmin::text) FROM accounts_customerwords")
        assert cursor.fetchone() == before


@pytest.mark.parametrize("customers", [1, 3])
def test_each_kind_asks_one_statement(world, customers):
    for n in range(customers - 1):
        of_customer(factories.customer(name=f"青葉{n}", reading="アオバ", owner=world.mara), f"HC-{n}", f"あおば {n}")
    Contact.objects.update(name="あおば")
    titles(world.mara, "あおば")  # whom Mara stands in for is asked once a request
    with statements() as asked:
        assert len(titles(world.mara, "あおば")["Customers"]) == customers
    assert len(asked) == len(registered.kinds)


GROWING = {
    "accounts_customer", "accounts_customerwords", "accounts_contact", "accounts_contract", "accounts_user", "renewals_renewal",
    "health_case", "playbooks_task",
}  # fmt: skip


def scans(plan: dict) -> set[str]:
    """Tables that a plan reads whole."""
    here = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return here.union(*(scans(part) for part in plan.get("Plans", [])))


@pytest.mark.parametrize("role", ["csm", "admin"])
def test_no_kind_needs_to_read_a_table_whole(world, role):
    user = world.mara if role == "csm" else factories.user(role)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for kind in registered.kinds.values():
        rows = kind.search(kind.rows(user), Wanted.of("あおば ぶつ"))[:5]
        plan = json.loads(rows.explain(format="json"))[0]["Plan"]
        assert not scans(plan) & GROWING, kind.key


def test_what_was_opened_last_comes_back_in_that_order_and_only_while_one_may_see_it(world):
    granite = factories.customer(name="Granite Bank", owner=world.mara)
    case = Case.objects.get()
    records = [
        ("case", case.pk),
        ("customer", granite.pk),
        ("nothing", 1),
        ("customer", world.aoba.pk),
        ("customer", 0),
    ]
    assert [entry.title for entry in finding.recent(world.mara, records, DAY)] == [
        "Quiet for 14 days",
        "Granite Bank",
        "青葉物流",
    ]
    Customer.objects.filter(pk=world.aoba.pk).update(owner=world.jonas)
    assert [entry.title for entry in finding.recent(world.mara, records, DAY)] == ["Granite Bank"]


def test_a_customer_that_is_deleted_by_sql_takes_its_words_along(world):
    gone = factories.customer().pk
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_customer WHERE id = %s", [gone])
    assert CustomerWords.objects.count() == Customer.objects.count() == 1
