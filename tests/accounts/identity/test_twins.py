"""Pairs of customers that may be one, with what speaks for it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity import twins
from accounts.models import Customer, ExternalKey, Role, TwinPair
from config.outbox import housekeeping
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from tests import factories as make
from tests.accounts.identity.test_ways import CASES
from tests.accounts.importing import runs
from tests.accounts.imports import bring

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str, list[str], bool]]:
    twins.find()
    return [
        (pair.first.name, pair.second.name, sorted(pair.evidence), pair.is_likely)
        for pair in twins.pairs(Customer.objects.all())
    ]


def test_case_40_the_companies_of_one_crm_and_the_one_of_billing(tmp_path: Path):
    case = CASES / "40-two-sources-one-customer"
    bring(case / "companies.csv", str(case / "map.toml"))
    bring(case / "stripe_customers.csv", str(case / "stripe.toml"))
    assert found() == [
        ("Acorn GmbH", "Acorn GmbH", ["domain", "name"], True),
        ("Acorn GmbH", "ACORN GMBH", ["domain", "name"], True),
        ("Acorn GmbH", "ACORN GMBH", ["domain", "name"], True),
        ("Acorn GmbH", "Acorn GmbH", ["name"], False),
        ("Acorn GmbH", "Acorn GmbH", ["name"], False),
        ("ACORN GMBH", "Acorn GmbH", ["name"], False),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("00123", "123"), ("0015000000abcdE", "0015000000ABCDE"), ("1001", "1001.0"), ("００１２３", "00123")],
)
def test_ids_that_a_spreadsheet_changed(one: str, other: str):
    for key in (one, other):
        ExternalKey.objects.create(customer=make.customer(), source="crm", external_id=key)
    ExternalKey.objects.create(customer=make.customer(name="Elsewhere"), source="billing", external_id=other)
    assert [(evidence, likely) for _first, _second, evidence, likely in found()] == [(["ids"], False)]


def test_contacts_and_legal_forms():
    first, second = make.customer(name="北斗精機株式会社"), make.customer(name="(株)北斗精機")
    for customer in (first, second):
        make.contact(customer, email="Mori@hokuto.example" if customer is first else "mori@HOKUTO.example")
    assert twins.find() == 1
    (pair,) = twins.pairs(Customer.objects.all())
    assert pair.evidence == {"contacts": 1, "name": 1}
    assert pair.is_likely


def test_what_many_share_says_nothing():
    for n in range(twins.SHARED_BY + 1):
        make.customer(name=f"Branch {n}", domain="group.example")
    make.customer(name="Sole", domain="gmail.com")
    make.customer(name="Trader", domain="gmail.com")
    assert found() == []


def test_two_that_somebody_said_are_two_stay_apart():
    first, second = make.customer(name="Acorn"), make.customer(name="ACORN Inc.")
    twins.part(second, first, make.user())
    twins.part(first, second, None)
    assert found() == []
    assert twins.pair(second, first).evidence == {"name": 1}


def test_merged_customers_and_those_of_others_are_no_twins():
    csm = make.user()
    first = make.customer(name="Acorn", owner=csm)
    make.customer(name="Acorn", owner=make.user())
    make.customer(name="Acorn", owner=csm, merged_into=first)
    twins.find()
    assert twins.pairs(Customer.objects.visible_to(csm)) == []
    assert len(twins.pairs(Customer.objects.visible_to(make.user(Role.ADMIN)))) == 1


def test_what_speaks_against_it():
    first = make.customer(name="Acorn", owner=make.user(), country="DE")
    second = make.customer(name="Acorn", owner=make.user(), country="AT", parent=first)
    for customer in (first, second):
        ExternalKey.objects.create(customer=customer, source="crm", external_id=str(customer.pk))
    reasons = [str(words) for words in twins.against(twins.pair(first, second))]
    assert reasons == ["Two ids in the same system", "Two owners", "Two countries", "One is part of the other"]
    assert twins.against(twins.pair(make.customer(), make.customer())) == []


def test_a_fixed_number_of_statements():
    counted = []
    for n in (1, 3):
        for pair in range(n):
            for _each in range(2):
                make.customer(name=f"Twin {n} {pair}", owner=make.user())
        with CaptureQueriesContext(connection) as queries:
            twins.find()
            assert len(twins.pairs(Customer.objects.all())) == {1: 1, 3: 4}[n]
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_it_is_sought_once_an_import_is_in(tmp_path: Path):
    """By the worker for a run of the browser, at once for the command; not for what makes no pairs, nor for a preview."""
    first = make.customer(name="Acorn")
    files = runs.write(tmp_path / "a", {"customers.csv": "external_id,name\nA1,ACORN Inc.\n"})
    runs.previewed(files)
    assert not Outbox.objects.filter(kind=twins.KIND).exists()
    runs.imported(files)
    row = Outbox.objects.get(kind=twins.KIND)
    assert (deliver(row.pk), [pair.first for pair in twins.pairs(Customer.objects.all())]) == ("done", [first])
    features = runs.write(tmp_path / "b", {"features.csv": "key,name\nexport,Export\n"})
    runs.imported(features)
    assert Outbox.objects.filter(kind=twins.KIND).count() == 1
    TwinPair.objects.all().delete()
    call_command(
        "import_data", str(files / "customers.csv"), mapping="tsunagu", rejects=tmp_path / "no", stdout=StringIO()
    )
    assert TwinPair.objects.count() == 1


def test_the_search_keeps_what_is_so_and_forgets_what_is_so_no_more():
    first, second = make.customer(name="Acorn"), make.customer(name="ACORN Inc.")
    assert [twins.find(), twins.find()] == [1, 1]
    assert twins.find in housekeeping.JOINED
    assert twins.places(Customer.objects.all()) == [(first.pk, second.pk)]
    Customer.objects.filter(pk=second.pk).update(name="Oak")
    assert twins.find() == 0
