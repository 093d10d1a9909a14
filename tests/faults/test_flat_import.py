"""A file of a million rows of usage goes in, and out of it, in the memory that a tenth of it needs."""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import Customer, ExternalKey
from config.environment import BASE_DIR
from health.models import Feature, UsageRecord
from tests.factories import DAY
from tests.faults.conftest import test_database

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

MANY, FEW = 1_000_000, 100_000
CUSTOMERS, FEATURES, DAYS = 2_000, 40, 60
ALLOWANCE = 48 * 1024  # KiB: what Python keeps of one piece more or less


def written(path: Path, rows: int, first: int, *, odd: int = 0) -> Path:
    """``rows`` rows of usage with ids from ``first``; every ``odd``-th names no customer that there is."""
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["external_id", "customer", "day", "feature", "user", "uses"])
        for number in range(first, first + rows):
            customer = f"A-{number % CUSTOMERS:05}" if not odd or number % odd else f"nobody {number}"
            day = DAY - dt.timedelta(days=number % DAYS)
            out.writerow(
                [f"U-{number:08}", customer, day, f"part_{number % FEATURES}", f"{number % 9_000}@x.example", 1]
            )
    return path


def peak(path: Path) -> int:
    """Import the file by the command in a process of its own; its greatest memory in KiB."""
    command = [
        "manage.py",
        "import_data",
        str(path),
        "--mapping",
        "tsunagu",
        "--rejects",
        str(path.with_suffix(".out")),
    ]
    env = os.environ | {"DATABASE_URL": test_database(), "TSUNAGU_PROCESS": "command"}
    with (path.with_suffix(".log")).open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=BASE_DIR, env=env, stdout=log, stderr=log)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, path.with_suffix(".log").read_text()[-2_000:]
    return usage.ru_maxrss


def test_a_million_rows_need_no_more_memory_than_a_tenth_of_them(tmp_path: Path) -> None:
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(CUSTOMERS))
    ExternalKey.objects.bulk_create(
        ExternalKey(customer=one, source="csv", external_id=f"A-{n:05}") for n, one in enumerate(customers)
    )
    Feature.objects.bulk_create(Feature(key=f"part_{number}", name=f"Part {number}") for number in range(FEATURES))
    few = peak(written(tmp_path / "usage.csv", FEW, 0))
    (tmp_path / "second").mkdir()
    many = peak(written(tmp_path / "second" / "usage.csv", MANY, FEW))
    assert UsageRecord.objects.count() == FEW + MANY
    (tmp_path / "third").mkdir()
    refused = peak(written(tmp_path / "third" / "usage.csv", MANY, FEW + MANY, odd=2))
    assert UsageRecord.objects.count() == FEW + MANY + MANY // 2
    print(
        f"\n{FEW:,} rows: {few / 1024:.0f} MiB; {MANY:,}: {many / 1024:.0f} MiB; half of them refused: {refused / 1024:.0f} MiB"
    )
    assert many <= few + ALLOWANCE
    assert refused <= few + ALLOWANCE
