"""Family and given names, honorifics, and the order of people by their reading."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Contact
from accounts.models.contacts import whole_name
from tests import factories as make
from tests.accounts.imports import bring, counts, write

pytestmark = pytest.mark.django_db
BODY = {"state": "active", "state_on": "2026-11-01"}


@pytest.mark.parametrize(
    ("family", "given", "whole"),
    [
        ("森", "健司", "森 健司"),
        ("Mori", "Kenji", "Kenji Mori"),
        ("Mori", "", "Mori"),
        ("", "Kenji", "Kenji"),
        ("もり", "Kenji", "もり Kenji"),
    ],
)
def test_a_name_is_made_in_the_order_of_its_writing(family: str, given: str, whole: str):
    assert whole_name(family, given) == whole


@pytest.mark.parametrize(
    ("fields", "addressed"),
    [
        ({"family_name": "森", "honorific": "様"}, "森様"),
        ({"family_name": "Mori", "honorific": "Dr."}, "Dr. Mori"),
        ({"honorific": "さん"}, "Whole Nameさん"),
        ({}, "Whole Name"),
    ],
)
def test_how_a_person_is_addressed(fields: dict[str, str], addressed: str):
    assert Contact(name="Whole Name", **fields).addressed == addressed


@pytest.fixture
def page(client: Client):
    make.organisation()
    person = make.user()
    client.force_login(person)
    return client, make.customer(owner=person)


def test_a_name_is_typed_whole_or_in_parts(page):
    client, customer = page
    url = reverse("accounts:contact_new", args=[customer.pk])
    client.post(url, BODY | {"family_name": "森", "given_name": "健司", "honorific": "様"})
    contact = Contact.objects.get()
    assert (contact.name, contact.addressed) == ("森 健司", "森様")
    client.post(url, BODY | {"name": "Ann", "family_name": "Smith"})
    assert Contact.objects.latest("pk").name == "Ann"
    answer = client.post(url, BODY)
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"] == ["Give the name, or the family name."]


def test_people_stand_in_the_order_of_their_reading(page):
    client, customer = page
    for name, reading, honorific in (("森", "もり", "様"), ("青木", "あおき", ""), ("Zoe", "", "Dr.")):
        make.contact(customer, name=name, reading=reading, honorific=honorific)
    shown = client.get(reverse("accounts:contacts_panel", args=[customer.pk])).content.decode()
    assert (
        shown.index("Dr. Zoe") < shown.index("青木") < shown.index("あおき") < shown.index("森様") < shown.index("もり")
    )


def test_a_file_in_japanese_brings_the_parts_and_words_of_our_pages(tmp_path: Path):
    write(tmp_path / "customers.csv", "external_id,name\nC1,Acorn\n")
    bring(tmp_path / "customers.csv")
    rows = "P1,C1,緑川,葉子,チャンピオン;決裁者,在籍\nP2,C1,森,健司,ｼｽﾃﾑ管理者,退職\nP3,C1,青木,,何か,在籍\n"
    path = write(tmp_path / "contacts.csv", f"external_id,customer,family_name,given_name,roles,state\n{rows}")
    assert counts(bring(path)) == (3, 0, 0, 0)
    assert list(
        Contact.objects.order_by("external_id").values_list("name", "family_name", "given_name", "roles", "state")
    ) == [
        ("緑川 葉子", "緑川", "葉子", ["champion", "buyer"], "active"),
        ("森 健司", "森", "健司", ["admin"], "left"),
        ("青木", "青木", "", [], "active"),
    ]  # fmt: skip
    assert counts(bring(path)) == (0, 0, 3, 0)


def test_files_bring_the_parts(tmp_path: Path):
    write(tmp_path / "customers.csv", "external_id,name\nC1,Acorn\n")
    bring(tmp_path / "customers.csv")
    path = write(
        tmp_path / "contacts.csv",
        "external_id,customer,name,family_name,given_name,honorific\nP1,C1,森 健司,森,健司,様\n",
    )
    assert counts(bring(path)) == (1, 0, 0, 0)
    assert Contact.objects.get().addressed == "森様"
    assert counts(bring(path)) == (0, 0, 1, 0)
