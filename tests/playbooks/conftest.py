from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import organisation, user


@pytest.fixture
def company(db):
    return organisation()


@pytest.fixture
def csm(company) -> User:
    return user(name="Mara")


@pytest.fixture
def admin(company) -> User:
    return user("admin", name="Ren")


def signed_in(who: User, *, htmx: bool = False) -> Client:
    client = Client(headers={"hx-request": "true"} if htmx else {})
    client.force_login(who)
    return client
