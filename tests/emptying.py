"""The database emptied after a test that commits: Django's own way truncates a hundred tables and their partitions, whether they
hold rows or not, and then asks for every content type and permission anew.
"""

from __future__ import annotations

from functools import lru_cache

import pytest
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

# Written by migrations for every model, the same for every test.
KEPT = {"django_content_type", "auth_permission"}
# As TRUNCATE does, the lock waits for writers: a request of the live server may not have ended.
EMPTY = """
DO $$
DECLARE
    name text;
    has_rows boolean;
    filled text[] := '{{}}';
BEGIN
    LOCK TABLE {tables} IN EXCLUSIVE MODE;
    FOREACH name IN ARRAY {names} LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
        IF has_rows THEN
            filled := filled || name;
        END IF;
    END LOOP;
    SET CONSTRAINTS ALL DEFERRED;
    FOREACH name IN ARRAY filled LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', name);
    END LOOP;
    FOREACH name IN ARRAY filled LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    FOREACH name IN ARRAY filled LOOP
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', name);
    END LOOP;
END $$
"""


@lru_cache(maxsize=1)
def tables() -> list[str]:
    named = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(named) - KEPT)


def empty() -> None:
    """Delete every row that a test may have committed."""
    listed = sql.SQL(", ").join(map(sql.Identifier, tables()))
    names = sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(map(sql.Literal, tables())))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(EMPTY).format(tables=listed, names=names).as_string(cursor.connection))


def install(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
