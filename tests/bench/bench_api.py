"""``api_bulk``: 5,000 rows of usage by REST with a token, each with its outcome, against COPY of the same rows.

They are those of 250 customers among the rows of ``import_rows``, so as many a customer as there.
"""

from __future__ import annotations

import csv
import gc
import json
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts import tokens
from accounts.models import Organisation, User
from config import clock
from tests.bench import bench_imports
from tests.bench.ground import DAY, Bench, Ground, Result

CUSTOMERS = 250
ROWS = CUSTOMERS * bench_imports.ROWS // bench_imports.CUSTOMERS
NUMBERS = ("users", "uses", "seconds", "errors")
HOST = "bench.example"


def api_bulk(ground: Ground) -> Result:
    """Rows a second of ours over those of the floor. Leaves nothing behind: all is rolled back."""
    settings.ALLOWED_HOSTS = [HOST]
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "usage.csv"
        lines = bench_imports.make(path).splitlines(keepends=True)
        copied = b"".join(line for number, line in enumerate(lines) if is_taken(number))
        Organisation.objects.get_or_create(pk=1, defaults={"name": "Bench", "frozen_today": DAY})
        admin = User.objects.create_user("api@bench.example", name="Api", role="admin")
        _token, secret = tokens.issue(admin, "Bench", ["*:write"], days=1, by=admin, now=clock.now())
        body = body_of(path)
        freeze()
        seconds = ground.race(
            lambda: send(secret, body), lambda: bench_imports.copy(copied), before=bench_imports.clear
        )
        transaction.set_rollback(True)
    return Result(ROWS / seconds.ours, ROWS / seconds.floor, unit="rows/s")


def freeze() -> None:
    """Leave what stands out of garbage collections, as each process of the web server does (``config.wsgi``)."""
    gc.collect()
    gc.freeze()


def body_of(path: Path) -> bytes:
    """The rows of the CSV that are taken, as a program sends them."""
    with path.open(newline="") as stream:
        rows = [row for number, row in enumerate(csv.DictReader(stream)) if is_taken(number)]
    typed = [row | {name: int(row[name]) for name in NUMBERS} for row in rows]
    return json.dumps({"source": bench_imports.SOURCE, "rows": typed}).encode()


def is_taken(number: int) -> bool:
    return number % bench_imports.CUSTOMERS < CUSTOMERS


def send(secret: str, body: bytes) -> None:
    answer = Client().post(
        "/api/v1/record/usage/bulk/",
        body,
        "application/json",
        headers={"authorization": f"Bearer {secret}", "host": HOST},
    )
    assert answer.status_code == 200, answer.content[:500]
    assert b'"created":%d' % ROWS in answer.content[:200], answer.content[:500]


BENCHES = [Bench("api_bulk", target=0.2, stretch=0.4, run=api_bulk, better="higher")]
