"""The settings that keep Celery from losing work or doing it twice, and the ways it is not used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import carrier
from config.celery import app
from config.environment import BASE_DIR
from config.outbox import queueing
from config.outbox.models import Outbox

FOLDERS = ("config", "accounts", "health", "renewals", "playbooks")
PUBLISHES = re.compile(r"\.delay\(|\.apply_async\(|send_task\(")
PROMISES = re.compile(r"import .*\b(chord|chain|group|signature)\b.*|\b(countdown|eta)=|\.retry\(")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("worker_prefetch_multiplier", 1),
        ("task_ignore_result", True),
        ("result_backend", None),
        ("task_soft_time_limit", 240),
        ("task_time_limit", 300),
        ("broker_connection_retry_on_startup", True),
        ("broker_connection_max_retries", None),
        ("worker_eta_task_limit", 100),
        ("worker_soft_shutdown_timeout", 30),
        ("worker_cancel_long_running_tasks_on_connection_loss", False),
        ("task_serializer", "json"),
        ("accept_content", ["json"]),
        ("task_create_missing_queues", False),
    ],
)
def test_setting(name: str, value: object):
    assert app.conf[name] == value


def test_lost_messages_come_back_in_seconds():
    options = app.conf.broker_transport_options
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] == 5
    assert 0 < options["socket_connect_timeout"] <= 2
    assert 0 < options["socket_timeout"] <= 30


def test_no_task_outlives_half_the_visibility_timeout():
    assert app.conf.task_time_limit < app.conf.broker_transport_options["visibility_timeout"] / 2


def test_only_two_tasks_are_known():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == {"outbox.deliver", "schedule.run"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_carrier_publishes(folder: str):
    sources = {file: file.read_text() for file in code(folder)}
    assert [file for file, source in sources.items() if PUBLISHES.search(source)] == []
    promising = [file for file, source in sources.items() if "celery" in source and PROMISES.search(source)]
    assert promising == []


def code(folder: str) -> list[Path]:
    carrier = BASE_DIR / "config" / "carrier.py"
    files = (BASE_DIR / folder).rglob("*.py")
    return [file for file in files if "migrations" not in file.parts and file != carrier]


@pytest.mark.django_db
def test_pieces_of_imports_may_take_hours_and_nothing_else_may():
    rows = [Outbox(kind=kind, payload={}, dedup_key=kind) for kind in ("accounts.imports", "accounts.bulk")]
    (import_piece, bulk_chunk) = Outbox.objects.bulk_create(rows)
    assert queueing.long_ones([import_piece.pk, bulk_chunk.pk]) == {import_piece.pk}
    assert carrier.limits(True) == (21_540, 21_600)
    assert carrier.limits(False) == (None, None)
