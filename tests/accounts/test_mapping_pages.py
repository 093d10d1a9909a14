"""The pages of saved mappings, and the same over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.imports import saved
from accounts.imports.mapping import read
from accounts.models import SavedMapping, User
from tests import factories
from tests.counting import statements
from tests.factories import DAY, RATES_TOML
from tests.problems import told

pytestmark = pytest.mark.django_db
API = "/api/v1/mappings/"


@pytest.fixture(autouse=True)
def company() -> None:
    factories.organisation()


@pytest.fixture
def admin(client: Client) -> User:
    person = factories.user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def mapping(by: User, name: str = "CRM") -> SavedMapping:
    row = SavedMapping(name=name, toml=RATES_TOML)
    saved.save(row, by, DAY)
    return row


def test_the_list_says_who_saved_what_and_what_we_ship(client: Client, admin: User) -> None:
    row = mapping(admin, "Our CRM")
    page = client.get(reverse("accounts:mappings")).content.decode()
    assert "Our CRM" in page
    assert "Ren Admin" in page
    assert reverse("accounts:mapping", args=[row.pk]) in page
    assert f"{reverse('accounts:mapping_new')}?from=ravenstack" in page


def test_the_list_takes_as_many_statements_for_three(client: Client, admin: User) -> None:
    mapping(admin)
    with statements() as one:
        client.get(reverse("accounts:mappings"))
    for name in ("B", "C"):
        mapping(factories.user("admin"), name)
    with statements() as three:
        client.get(reverse("accounts:mappings"))
    assert len(three) == len(one)


def test_a_new_one_begins_as_a_shipped_one(client: Client, admin: User) -> None:
    page = client.get(reverse("accounts:mapping_new"), {"from": "ravenstack"})
    assert page.context["form"].initial["toml"] == saved.shipped_text("ravenstack")
    client.post(reverse("accounts:mapping_new"), {"name": "Ours", "toml": saved.shipped_text("ravenstack")})
    assert read(saved.named("Ours")).source == "ravenstack"
    assert SavedMapping.objects.get().by == admin


def test_a_mistake_comes_back_with_its_line_and_what_was_typed(client: Client, admin: User) -> None:
    row = mapping(admin)
    wrong = RATES_TOML + 'rat = "Rate"\n'
    answer = client.post(reverse("accounts:mapping", args=[row.pk]), {"name": "CRM", "toml": wrong})
    assert answer.status_code == 422
    (error,) = answer.context["form"].errors["toml"]
    assert error == "Line 9: rates.csv: rates have no field rat: they have currency, fiscal_year, rate, known_on."
    assert "rat = &quot;Rate&quot;" in answer.content.decode()
    row.refresh_from_db()
    assert row.toml == RATES_TOML


def test_the_name_of_another_is_refused(client: Client, admin: User) -> None:
    mapping(admin)
    answer = client.post(reverse("accounts:mapping_new"), {"name": "CRM", "toml": RATES_TOML})
    assert answer.status_code == 422
    assert "There is a mapping of this name already." in answer.content.decode()


def test_the_file_is_the_text(client: Client, admin: User) -> None:
    row = mapping(admin, "顧客")
    answer = client.get(reverse("accounts:mapping_file", args=[row.pk]))
    assert answer.content.decode() == RATES_TOML
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E9%A1%A7%E5%AE%A2.toml"
    shipped = client.get(reverse("accounts:mapping_shipped", args=["tsunagu"]))
    assert shipped.content.decode() == saved.shipped_text("tsunagu")
    assert client.get(reverse("accounts:mapping_shipped", args=["nobody"])).status_code == 404


def test_a_deleted_one_is_gone_until_it_is_brought_back(client: Client, admin: User) -> None:
    row = mapping(admin)
    client.post(reverse("accounts:mapping_delete", args=[row.pk]))
    assert client.get(reverse("accounts:mapping", args=[row.pk])).status_code == 404
    client.post(reverse("accounts:mapping_back", args=[row.pk]))
    assert client.get(reverse("accounts:mapping", args=[row.pk])).status_code == 200


def test_what_others_deleted_is_not_there(client: Client, admin: User) -> None:
    """As a number that no mapping has."""
    factories.organisation(importers=["manager"])
    row = mapping(admin)
    saved.withdraw(row, row.changed_at)
    client.force_login(factories.user("manager"))
    answers = [client.post(reverse("accounts:mapping_back", args=[pk])) for pk in (row.pk, row.pk + 1)]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_undo_is_refused_where_the_name_is_taken(client: Client, admin: User) -> None:
    row = mapping(admin)
    saved.withdraw(row, row.changed_at)
    mapping(admin)
    client.post(reverse("accounts:mapping_back", args=[row.pk]))
    row.refresh_from_db()
    assert row.withdrawn_at is not None


def post(client: Client, address: str, body: dict[str, Any]) -> Any:
    return client.post(address, body, content_type="application/json")


def test_the_api_saves_changes_lists_and_deletes(client: Client, admin: User) -> None:
    made = post(client, API, {"name": "CRM", "toml": RATES_TOML})
    assert (made.status_code, made.json()["by"]) == (201, admin.email)
    row = made.json()["id"]
    changed = post(client, f"{API}{row}/change/", {"name": "Billing"})
    assert changed.json() | {"changed_at": "", "updated_at": ""} == {
        "id": row,
        "name": "Billing",
        "toml": RATES_TOML,
        "by": admin.email,
        "changed_at": "",
        "updated_at": "",
    }
    assert [one["name"] for one in client.get(API).json()["results"]] == ["Billing"]
    assert post(client, f"{API}{row}/delete/", {}).status_code == 204
    assert client.get(API).json()["results"] == []


def test_the_api_names_the_line_of_a_mistake(client: Client, admin: User) -> None:
    answer = post(client, API, {"name": "CRM", "toml": "source = 3\n"})
    assert answer.status_code == 400
    assert told(answer) == {"toml": ["Line 1: The mapping CRM: top source is not of the right type."]}


def test_the_api_refuses_a_change_of_what_somebody_changed_since(client: Client, admin: User) -> None:
    row = mapping(admin)
    etag = client.get(f"{API}{row.pk}/")["ETag"]
    post(client, f"{API}{row.pk}/change/", {"name": "Billing"})
    answer = client.post(
        f"{API}{row.pk}/change/", {"name": "Third"}, content_type="application/json", headers={"If-Match": etag}
    )
    assert answer.status_code == 412


def test_others_see_none(client: Client) -> None:
    client.force_login(factories.user("manager"))
    assert client.get(API).status_code == 404
    assert client.get(reverse("accounts:mappings")).status_code == 404
