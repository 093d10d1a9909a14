"""The page of the ways by which customers are found."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    make.organisation()
    client.force_login(make.user(Role.ADMIN))
    return client


def test_an_admin_orders_the_ways(admin: Client):
    url = reverse("accounts:ways")
    shown = admin.get(url).content.decode()
    assert "the email of a contact" in shown
    answer = admin.post(url, {"first": "domain", "second": "", "third": "name", "fourth": "", "keys_join": "on"})
    assert answer.status_code == 302
    organisation = Organisation.objects.get()
    assert (organisation.found_by, organisation.keys_join) == (["domain", "name"], True)


def test_a_way_stands_once(admin: Client):
    answer = admin.post(reverse("accounts:ways"), {"first": "domain", "second": "domain"})
    assert answer.status_code == 422
    assert "A way stands here twice." in answer.content.decode()
    assert Organisation.objects.get().found_by == ["contact", "domain"]
