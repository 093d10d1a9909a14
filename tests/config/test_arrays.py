"""Lists reach the database as they are, whatever they hold."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.array import ListDumper

from config.arrays import NumbersAtOnce

WHOLE = st.integers(-(2**63), 2**63 - 1)
KINDS = st.one_of(
    st.lists(WHOLE),
    st.lists(st.none() | WHOLE),
    st.lists(st.booleans()),
    st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"))),
    st.lists(st.lists(WHOLE, min_size=2, max_size=2)),
)


@given(values=KINDS)
@pytest.mark.django_db
def test_a_list_is_written_as_the_driver_itself_writes_it(values: list[Any]):
    connection.ensure_connection()
    of_ours, of_the_driver = (
        kind(list, connection.connection).upgrade(values, "t").dump(values) for kind in (NumbersAtOnce, ListDumper)
    )
    assert bytes(of_ours) == bytes(of_the_driver)


@pytest.mark.django_db
@pytest.mark.parametrize("values", [[1, -2, 2**62], [7], [1, None], []])
def test_numbers_come_back_as_they_were(values: list[int | None]):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::bigint[]", [values])
        assert cursor.fetchone()[0] == values


@pytest.mark.django_db
def test_connections_write_lists_so():
    connection.ensure_connection()
    dumper = connection.connection.adapters.get_dumper(list, "s")
    assert issubclass(dumper, NumbersAtOnce)
