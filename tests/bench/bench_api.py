"""``api_bulk``: 5,000 rows of usage by REST with a token, each with its outcome, against COPY of the same rows."""

from __future__ import annotations

import csv
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

ROWS = 5_000
NUMBERS = ("users", "uses", "seconds", "errors")
HOST = "bench.example"


def api_bulk(ground: Ground) -> Result:
    """Rows a second of ours over those of the floor. Leaves nothing behind: all is rolled back."""
    settings.ALLOWED_HOSTS = [HOST]
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "usage.csv"
        copied = b"".join(bench_imports.make(path).splitlines(keepends=True)[:ROWS])
        Organisation.objects.get_or_create(pk=1, defaults={"name": "Bench", "frozen_today": DAY})
        admin = User.objects.create_user("api@bench.example", name="Api", role="admin")
        _token, secret = tokens.issue(admin, "Bench", ["*:write"], days=1, by=admin, now=clock.now())
        body = body_of(path)
        seconds = ground.race(
            lambda: send(secret, body), lambda: bench_imports.copy(copied), before=bench_imports.clear
        )
        transaction.set_rollback(True)
    return Result(ROWS / seconds.ours, ROWS / seconds.floor, unit="rows/s")


def body_of(path: Path) -> bytes:
    """The first rows of the CSV as a program sends them."""
    with path.open(newline="") as stream:
        rows = [row for row, _number in zip(csv.DictReader(stream), range(ROWS), strict=False)]
    typed = [row | {name: int(row[name]) for name in NUMBERS} for row in rows]
    return json.dumps({"source": bench_imports.SOURCE, "rows": typed}).encode()


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
