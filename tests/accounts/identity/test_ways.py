"""Rows of files find their customer by key, by another system's key, by a person's email, by domain, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.imports.maps import MappingError
from accounts.models import Contact, ContactKey, Contract, Customer, ExternalKey, Role, UserKey
from health.models import SurveyResponse
from tests import factories as make
from tests.accounts.imports import bring, counts, rejected, write
from tests.examples import dear

pytestmark = pytest.mark.django_db
CASES: Final = Path(__file__).parents[2] / "data" / "identity"
INVOICE: Final = "external_id,customer,issued_on,due_on,amount,status\nI1,{word},2026-06-01,2026-06-30,100,open\n"
INVOICES: Final = """source = "billing"
[[file]]
name = "invoices.csv"
into = "invoices"
[file.fields]
external_id = "external_id"
customer = {{ column = "customer"{through} }}
issued_on = "issued_on"
due_on = "due_on"
amount = "amount"
status = "status"
"""


def a_customer(*keys: str, **fields: str) -> Customer:
    made = make.customer(**fields)
    for key in keys:
        source, _, external_id = key.rpartition(":")
        ExternalKey.objects.create(customer=made, source=source or "billing", external_id=external_id)
    return made


def owner_of(folder: Path, word: str, through: str = "") -> str | None:
    """The name of the customer that an invoice for ``word`` landed on; None where the row was rejected."""
    by = write(folder / "map.toml", INVOICES.format(through=f', through = "{through}"' if through else ""))
    bring(write(folder / "invoices.csv", INVOICE.format(word=word)), str(by))
    found = Customer.objects.filter(invoices__source="billing", invoices__external_id="I1").first()
    return found.name if found else None


@pytest.fixture
def acorn() -> Customer:
    acorn = a_customer("A-1", "crm:hs-1", name="Acorn GmbH", domain="https://www.Acorn.example/")
    make.contact(acorn, name="Ann", email="Ann@private.example", source="billing", external_id="P1")
    a_customer("B-1", name="Beech Inc.", domain="beech.example")
    return acorn


@pytest.mark.parametrize(
    ("word", "through", "found"),
    [
        ("A-1", "", "Acorn GmbH"),
        ("ann@PRIVATE.example", "", "Acorn GmbH"),
        ("billing@acorn.example", "", "Acorn GmbH"),
        ("https://acorn.example/x", "", "Acorn GmbH"),
        ("hs-1", "", None),
        ("Acorn GmbH", "", None),
        ("hs-1", "key:crm", "Acorn GmbH"),
        ("hs-1", "key", "Acorn GmbH"),
        ("A-1", "key:crm", None),
        ("P1", "contact", "Acorn GmbH"),
        ("ann@private.example", "contact", "Acorn GmbH"),
        ("bob@beech.example", "contact", "Beech Inc."),
        ("bob@beech.example", "domain", "Beech Inc."),
        ("ann@private.example", "domain", None),
        ("ACORN", "name", "Acorn GmbH"),
        ("somebody@gmail.com", "", None),
        ("ann+billing@Acorn.example", "", "Acorn GmbH"),
        ("ann+x@private.example", "contact", None),
        ("ａｎｎ@ａｃｏｒｎ．ｅｘａｍｐｌｅ", "", "Acorn GmbH"),
        ("ａｎｎ＠ｐｒｉｖａｔｅ．ｅｘａｍｐｌｅ", "contact", "Acorn GmbH"),
        ("shop.acorn.example", "", None),
        ("key:crm:hs-1", "", "Acorn GmbH"),
        ("key:crm:info@acorn.example", "", None),
        ("key:crm:ann@private.example", "", None),
    ],
)
def test_a_word_leads_to_its_customer(acorn: Customer, tmp_path: Path, word: str, through: str, found: str | None):
    assert owner_of(tmp_path, word, through) == found


KINDS: Final = {
    "case": ("ACORN.example", "acorn.EXAMPLE"),
    "punycode": ("bücher.example", "xn--bcher-kva.example"),
    "full width": ("ａｃｏｒｎ．example", "acorn.example"),
    "address": ("acorn.example", "ann+crm@acorn.example"),
    "dot, www and port": ("acorn.example", "https://www.acorn.example.:8443/about"),
    "ideographic dot": ("北斗.example", "ann@北斗。example"),
}


@pytest.mark.parametrize(("here", "there"), KINDS.values(), ids=KINDS)
def test_by_domain_a_row_of_a_file_of_the_api_and_a_new_key_find_the_same(
    tmp_path: Path, client: Client, by: str, here: str, there: str
):
    make.organisation(keys_join=True)
    acorn = a_customer("crm:1", name="Acorn", domain=here)
    assert owner_of(tmp_path, there) == "Acorn"
    client.force_login(make.user(Role.ADMIN))
    row = {"external_id": "I2", "customer": there, "issued_on": "2026-06-01", "due_on": "2026-06-30", "amount": "100"}
    body = {"source": "shop", "rows": [row]}
    answer = client.post("/api/v1/record/invoices/bulk/", body, content_type="application/json")
    assert [row["status"] for row in answer.json()["rows"]] == ["created"]
    assert acorn.invoices.count() == 2
    bring(write(tmp_path / "companies.csv", f"id,name,domain\n88120,Acorn,{there}\n"), by)
    assert (acorn.external_keys.count(), Customer.objects.count()) == (2, 1)


@pytest.mark.parametrize("email", ["ANN@private.example", "ａｎｎ@private.example"])
def test_by_email_a_contact_is_found_however_it_is_written(acorn: Customer, by: str, tmp_path: Path, email: str):
    """With an address beside the name it is another person's: plus-addresses are addresses of their own."""
    make.organisation(keys_join=True)
    ExternalKey.objects.create(customer=acorn, source="help", external_id="88120")
    rows = f"U7,88120,Ann,{email},CTO\nU8,88120,Ann,ann+crm@private.example,\n"
    bring(write(tmp_path / "people.csv", "id,company,name,email,title\n" + rows), by)
    assert Contact.objects.get(keys__external_id="U7").title == "CTO"
    assert Contact.objects.filter(external_id="U8").count() == 1


def test_domains_are_compared_whole(tmp_path: Path):
    """A subdomain and its domain are two, so are companies under one second level; mail domains of everybody are nobody's."""
    companies = ("hokuto.co.jp", "ａｏｂａ．ｃｏ．ｊｐ", "shop.acorn.example", "gmail.com", "xn--bcher-kva.example")
    for number, domain in enumerate(companies):
        a_customer(f"C-{number}", name=f"Company {number}", domain=domain)
    words = {
        "ann@HOKUTO.co.jp": 0, "www.aoba.co.jp": 1, "co.jp": None, "seiki.co.jp": None, "mail.hokuto.co.jp": None,
        "SHOP.acorn.example": 2, "acorn.example": None, "b.shop.acorn.example": None, "bücher.example": 4,
        "ann@gmail.com": None, "ann＠ＧＭＡＩＬ．ＣＯＭ": None, "https://gmail.com/": None, "ann@YAHOO.co.jp": None,
    }  # fmt: skip
    rows = "".join(f"I{n},{word},2026-06-01,2026-06-30,100,open\n" for n, word in enumerate(words))
    by = str(write(tmp_path / "map.toml", INVOICES.format(through="")))
    bring(write(tmp_path / "invoices.csv", INVOICE.partition("\n")[0] + "\n" + rows), by)
    found = dict(Customer.objects.filter(invoices__source="billing").values_list("invoices__external_id", "name"))
    expected = {f"I{n}": f"Company {at}" for n, at in enumerate(words.values()) if at is not None}
    assert found == expected


def test_the_organisation_orders_the_ways(acorn: Customer, tmp_path: Path):
    a_customer(name="Rival", domain="private.example")
    make.organisation(found_by=["domain", "contact"])
    assert owner_of(tmp_path, "ann@private.example") == "Rival"


def test_without_ways_only_keys_count(acorn: Customer, tmp_path: Path):
    make.organisation(found_by=[])
    assert owner_of(tmp_path, "billing@acorn.example") is None
    assert rejected(tmp_path / "invoices.csv") == [
        ("2", "customer", "customer “billing@acorn.example” is not known: no customer has this id")
    ]


def test_a_way_to_two_customers_leads_to_none(acorn: Customer, tmp_path: Path):
    a_customer(name="Acorn Two", domain="acorn.example")
    assert owner_of(tmp_path, "billing@acorn.example") is None


def test_a_public_domain_is_nobodys(tmp_path: Path):
    a_customer(name="Sole trader", domain="gmail.com")
    assert owner_of(tmp_path, "somebody@gmail.com", "domain") is None


def test_a_way_that_there_is_not_is_refused(acorn: Customer, tmp_path: Path):
    with pytest.raises(MappingError, match="customer"):
        owner_of(tmp_path, "A-1", "telephone")


def test_case_40_finds_the_subscription_by_the_crm_key(tmp_path: Path):
    case = CASES / "40-two-sources-one-customer"
    bring(case / "companies.csv", str(case / "map.toml"))
    by = (
        (case / "stripe.toml")
        .read_text()
        .replace('customer="customer"', 'customer={column="customer",through="key:hubspot"}')
    )
    path = write(
        tmp_path / "stripe_subscriptions.csv", "id,customer,start,plan,annual\nsub_9,hs-1,2026-01-01,pro,24000\n"
    )
    assert counts(bring(path, str(write(tmp_path / "stripe.toml", by)))) == (1, 0, 0, 0)
    assert Contract.objects.get(external_id="sub_9").customer.external_keys.get().external_id == "hs-1"


def test_case_41_an_answer_lands_by_person_and_a_strangers_by_domain():
    case = CASES / "41-nps-by-person"
    for name in ("customers.csv", "contacts.csv"):
        bring(case / name, str(case / "map.toml"))
    assert counts(bring(case / "nps.csv", str(case / "map.toml"))) == (2, 0, 0, 0)
    answers = SurveyResponse.objects.order_by("external_id").values_list("customer__name", "contact__name", "answer")
    assert list(answers) == [("Beech", "Ann", 9), ("Beech", None, 4)]
    assert counts(bring(case / "nps.csv", str(case / "map.toml"))) == (0, 0, 2, 0)


def test_case_32_hidden_characters_do_not_part_ids():
    case = CASES / "32-nfd-ids"
    bring(case / "customers.csv")
    assert counts(bring(case / "contracts.csv")) == (4, 0, 0, 0)


def test_case_20_ids_that_a_spreadsheet_changed_are_remarked():
    case = CASES / "20-mangled-ids"
    bring(case / "customers.csv")
    (note,) = [note for note in bring(case / "contracts.csv").notes if "zeros, case, width or .0" in note]
    assert "4 unknown ids" in note


JOINING: Final = """source = "help"
[[file]]
name = "companies.csv"
into = "customers"
[file.fields]
external_id = "id"
name = "name"
domain = "domain"
[[file]]
name = "people.csv"
into = "contacts"
[file.fields]
external_id = "id"
customer = "company"
name = "name"
email = "email"
title = "title"
"""


@pytest.fixture
def by(tmp_path: Path) -> str:
    return str(write(tmp_path / "help.toml", JOINING))


def test_new_keys_join_by_domain_where_the_organisation_wants_it(acorn: Customer, by: str, tmp_path: Path):
    path = write(tmp_path / "companies.csv", "id,name,domain\n88120,Acorn,acorn.example\n88121,New,new.example\n")
    make.organisation(keys_join=True)
    assert "1 new key joined a customer" in str(bring(path, by).notes)
    acorn.refresh_from_db()
    assert (acorn.name, acorn.external_keys.count(), Customer.objects.count()) == ("Acorn", 3, 3)
    assert counts(bring(path, by)) == (0, 0, 2, 0)


def test_new_keys_make_customers_where_nobody_said_so(acorn: Customer, by: str, tmp_path: Path):
    bring(write(tmp_path / "companies.csv", "id,name,domain\n88120,Acorn,acorn.example\n"), by)
    assert (acorn.external_keys.count(), Customer.objects.count()) == (2, 3)


def test_two_keys_of_one_source_are_two_customers(by: str, tmp_path: Path):
    make.organisation(keys_join=True)
    first = "id,name,domain\n1,Acorn,acorn.example\n"
    bring(write(tmp_path / "companies.csv", first), by)
    bring(write(tmp_path / "companies.csv", f"{first}2,Acorn,acorn.example\n"), by)
    assert Customer.objects.count() == 2
    a_customer("other:x", name="Beech", domain="beech.example")
    twice = "3,Beech,beech.example\n4,Beech,beech.example\n"
    bring(write(tmp_path / "companies.csv", f"{first}2,Acorn,acorn.example\n{twice}"), by)
    assert Customer.objects.count() == 5


def test_a_contact_of_another_system_is_the_one_with_its_email(acorn: Customer, by: str, tmp_path: Path):
    make.organisation(keys_join=True)
    ExternalKey.objects.create(customer=acorn, source="help", external_id="88120")
    path = write(
        tmp_path / "people.csv",
        "id,company,name,email,title\nU7,88120,Ann,ann@private.example,CTO\nU8,88120,Bob,b@x.example,\n",
    )
    assert counts(bring(path, by)) == (1, 1, 0, 0)
    assert Contact.objects.get(keys__external_id="U7").title == "CTO"
    assert counts(bring(path, by)) == (0, 0, 2, 0)
    assert (Contact.objects.count(), ContactKey.objects.count()) == (2, 1)


def test_an_owner_is_named_by_a_key_of_the_source(by: str, tmp_path: Path):
    person = make.user()
    UserKey.objects.create(user=person, source="help", external_id="005xx01")
    text = JOINING.replace('domain = "domain"', 'owner = "owner"')
    bring(write(tmp_path / "companies.csv", "id,name,owner\n1,Acorn,005xx01\n"), str(write(tmp_path / "o.toml", text)))
    assert Customer.objects.get().owner == person


@settings(max_examples=dear(15), deadline=None)
@given(
    scheme=st.sampled_from(["", "http://", "https://www.", "www.", "somebody@", "MAILTO:x@"]),
    name=st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True),
    tail=st.sampled_from(["", "/", "/a/b?c=d", ":8080", "."]),
    upper=st.booleans(),
)
def test_however_a_domain_is_written_it_is_found(tmp_path_factory, scheme, name, tail, upper):
    Customer.objects.all().delete()
    a_customer(name="One", domain=f"{name}.example")
    word = f"{scheme}{name}.example{tail}"
    assert owner_of(tmp_path_factory.mktemp("w"), word.upper() if upper else word, "domain") == "One"
