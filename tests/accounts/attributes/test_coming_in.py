"""Values of defined attributes from files and programs: by their kind, and not over what a person typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.imports import believing, edited
from accounts.imports.attributes import field_of
from accounts.models import Customer, Disagreement, FieldOrder
from config.history.actors import acting
from tests import factories as make
from tests.accounts.attributes.rows import one_of_each
from tests.accounts.imports import bring, counts, listed, write
from tests.counting import statements

pytestmark = pytest.mark.django_db
MAPPING = """source = "crm"
[formats]
dates = ["%d.%m.%Y"]
decimal = ","
null_words = ["n/a"]
[[file]]
name = "customers.csv"
into = "customers"
delimiter = ";"
{more}
[file.fields]
external_id = "id"
name = "name"
attributes = {{ attributes = {{ Seats = "seats", Note = "note", Signed = "signed", Plan = "plan", Public = "public", Free = "free" }} }}
"""
HEAD = "id;name;seats;note;signed;plan;public;free\n"
ROW = "A1;Acme;1.250;;28.02.2026;GOLD;true; as it is \n"


@pytest.fixture(autouse=True)
def defined() -> dict[str, Any]:
    make.organisation()
    return one_of_each()


def come(folder: Path, rows: str, *, correction: bool = False) -> tuple[int, int, int, int]:
    mapping = write(folder / "crm.toml", MAPPING.format(more="correction = true" if correction else ""))
    return counts(bring(write(folder / "customers.csv", HEAD + rows), mapping=str(mapping)))


def by_hand(customer: Customer, **attributes: str) -> None:
    person = make.user(role="admin")
    with acting("page", lambda: person.pk):
        customer.attributes = {**customer.attributes, **attributes}
        customer.save(update_fields=["attributes"])


def test_a_file_is_read_by_its_formats_and_stored_in_one_form(tmp_path: Path) -> None:
    assert come(tmp_path, ROW) == (1, 0, 0, 0)
    known = {"Seats": "1250", "Signed": "2026-02-28", "Plan": "Gold", "Public": "yes", "Free": "as it is"}
    assert Customer.objects.get().attributes == known
    assert come(tmp_path, ROW.replace("GOLD", "gold").replace("1.250", "1250")) == (0, 0, 1, 0)
    assert come(tmp_path, ROW.replace("GOLD", "n/a")) == (0, 1, 0, 0)
    assert Customer.objects.get().attributes == {key: value for key, value in known.items() if key != "Plan"}


def test_what_cannot_be_read_is_left_out_and_listed_by_row_and_column(tmp_path: Path) -> None:
    come(tmp_path, ROW)
    assert come(tmp_path, "A1;Acme;many;;30.02.2026;Tin;perhaps;new\nB2;Beta;7;;;;;\n") == (1, 1, 0, 0)
    acme, beta = Customer.objects.order_by("name")
    assert acme.attributes == {"Seats": "1250", "Signed": "2026-02-28", "Plan": "Gold", "Public": "yes", "Free": "new"}
    assert beta.attributes == {"Seats": "7"}
    assert listed(tmp_path / "customers.csv") == [
        ("2", "seats", "many", "“many” is not a number: write one such as 1250 or 12.5"),
        ("2", "signed", "30.02.2026", "“30.02.2026” is not a date"),
        ("2", "plan", "Tin", "“Tin” is none of its choices: Gold, Silver, Bronze"),
        ("2", "public", "perhaps", "“perhaps” is neither yes nor no: write yes or no"),
    ]


def test_what_a_person_typed_stays_and_is_listed_until_both_agree(tmp_path: Path, defined: dict[str, Any]) -> None:
    come(tmp_path, ROW)
    acme = Customer.objects.get()
    by_hand(acme, Plan="Silver")
    assert come(tmp_path, ROW.replace("1.250", "1.300")) == (0, 1, 0, 0)
    acme.refresh_from_db()
    assert (acme.attributes["Plan"], acme.attributes["Seats"]) == ("Silver", "1300")
    assert listed(tmp_path / "customers.csv") == [
        ("2", "plan", "Gold", "kept: what people enter on the pages is believed before the file")
    ]
    plan = field_of(defined["choice"])
    rows = Disagreement.objects.values_list("field", "given", "stands", "by", "source", "customer")
    assert list(rows) == [(plan, "Gold", "Silver", "hand", "crm", acme.pk)]
    assert believing.settle() == 0
    by_hand(acme, Plan="Gold")
    assert (believing.settle(), Disagreement.objects.count()) == (1, 0)


def test_a_correction_and_an_order_of_the_admin_are_believed(tmp_path: Path, defined: dict[str, Any]) -> None:
    come(tmp_path, ROW)
    acme = Customer.objects.get()
    by_hand(acme, Plan="Silver", Seats="1")
    FieldOrder.objects.create(target="customers", field=field_of(defined["number"]), sources=["crm", "hand"])
    come(tmp_path, ROW)
    acme.refresh_from_db()
    assert (acme.attributes["Plan"], acme.attributes["Seats"]) == ("Silver", "1250")
    come(tmp_path, ROW, correction=True)
    acme.refresh_from_db()
    assert acme.attributes["Plan"] == "Gold"


def test_a_value_that_a_person_removed_does_not_come_back(tmp_path: Path) -> None:
    come(tmp_path, ROW)
    acme = Customer.objects.get()
    person = make.user(role="admin")
    with acting("page", lambda: person.pk):
        acme.attributes = {key: value for key, value in acme.attributes.items() if key != "Plan"}
        acme.save(update_fields=["attributes"])
    assert come(tmp_path, ROW) == (0, 0, 1, 0)
    assert "Plan" not in Customer.objects.get().attributes


def test_a_change_of_another_attribute_is_no_word_on_this_one(tmp_path: Path) -> None:
    come(tmp_path, ROW)
    acme = Customer.objects.get()
    by_hand(acme, Note="A person wrote this")
    come(tmp_path, ROW.replace("GOLD", "Bronze"))
    acme.refresh_from_db()
    assert (acme.attributes["Plan"], acme.attributes["Note"]) == ("Bronze", "A person wrote this")


def test_the_page_of_sources_names_attributes_by_their_label(
    tmp_path: Path, client: Client, defined: dict[str, Any]
) -> None:
    come(tmp_path, ROW)
    by_hand(Customer.objects.get(), Plan="Silver")
    come(tmp_path, ROW)
    client.force_login(make.user("admin"))
    page = client.get(reverse("accounts:sources")).content.decode()
    assert page.count("Our plan") == 3
    url = reverse("accounts:field_order", args=["customers", field_of(defined["choice"])])
    assert "Our plan" in client.get(url).content.decode()
    assert client.post(url, {"first": "crm"}).status_code == 302
    assert field_of(defined["choice"]) in edited.comparable()["customers"]
    assert client.get(reverse("accounts:field_order", args=["customers", "attribute-0"])).status_code == 404


def test_a_program_is_told_which_value_did_not_go_in(client: Client) -> None:
    client.force_login(make.user("admin"))
    attributes = {"Seats": 12, "Public": True, "Signed": "2026-02-30", "Plan": "gold", "Free": 1.5}
    rows = [{"external_id": "A1", "name": "Acme", "attributes": attributes}]
    answer = client.post(
        "/api/v1/record/customers/bulk/", {"source": "crm", "rows": rows}, content_type="application/json"
    ).json()
    assert Customer.objects.get().attributes == {"Seats": "12", "Public": "yes", "Plan": "Gold", "Free": "1.5"}
    (row,) = answer["rows"]
    assert row["status"] == "created"
    assert "“2026-02-30” is not a date: write it as in 2026-11-28" in str(row)
    assert "attributes.Signed" in str(row)


def test_ten_rows_take_as_many_statements_as_one(tmp_path: Path) -> None:
    come(tmp_path, ROW)
    by_hand(Customer.objects.get(), Plan="Silver")
    with statements() as one:
        come(tmp_path, ROW)
    more = "".join(f"B{number};Beta {number};{number};;;Gold;;\n" for number in range(2))
    come(tmp_path, ROW + more)
    for customer in Customer.objects.exclude(name="Acme"):
        by_hand(customer, Plan="Bronze")
    with statements() as three:
        come(tmp_path, ROW + more)
    assert Disagreement.objects.count() == 3
    assert len(three) == len(one)
