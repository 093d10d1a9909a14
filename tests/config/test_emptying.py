"""What a test commits is gone for the next one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from accounts.models import Customer
from config.history.models import Entry
from tests import emptying
from tests.factories import contract, customer, organisation, user

pytestmark = pytest.mark.django_db


def test_no_table_keeps_a_row_whatever_points_at_it() -> None:
    organisation()
    contract(customer(owner=user()))
    Customer.objects.update(name="Another")
    assert Entry.objects.exists()
    connection.check_constraints()
    emptying.empty()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'")
        assert cursor.fetchone() == (0,)
        for table in emptying.tables():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            assert cursor.fetchone() == (0,), table
    assert Permission.objects.filter(content_type__model="customer").exists()
