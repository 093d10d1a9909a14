"""What a heartbeat costs the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.postgres import signals
from django.db import connection

from config.outbox.heartbeats import Pulse, process

pytestmark = pytest.mark.django_db


def beat_in_a_new_process() -> bool:
    """Whether the thread that beats holds a connection afterwards, where Django has not asked for types yet."""
    signals.get_hstore_oids.cache_clear()
    signals.get_citext_oids.cache_clear()
    try:
        Pulse("web").beat()
        return connection.connection is not None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM outbox_heartbeat WHERE process = %s", [process("web")])
            written = cursor.rowcount
        connection.close()
        assert written == 1


def test_no_connection_is_left_of_a_heartbeat():
    with ThreadPoolExecutor(1) as thread:
        assert not thread.submit(beat_in_a_new_process).result()
