"""A file of a million rows of usage goes in, and out of it, in the memory that a tenth of it needs."""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.imports import requesting
from accounts.imports.attaching import LARGEST
from accounts.imports.mapping import place_of
from accounts.models import Customer, ExternalKey
from config.environment import BASE_DIR
from config.outbox.models import Outbox
from health.models import Feature, UsageRecord
from tests.accounts.importing.runs import begin
from tests.factories import DAY
from tests.faults.conftest import test_database

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

MANY, FEW = 1_000_000, 100_000
CUSTOMERS, FEATURES, DAYS = 2_000, 40, 60
ALLOWANCE = 48 * 1024  # KiB: what Python keeps of one piece more or less
MARK = "greatest memory in KiB: "
TOLD = f"""
print({MARK!r} + open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""
COMMAND = """
import sys
import manage
sys.argv = {command!r}
manage.main("import_data")
"""
WORK = """
import django; django.setup()
import accounts.tasks
from config.outbox.delivery import deliver
print(deliver({row}))
"""


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


def measured(code: str, log: Path, process: str) -> int:
    """The greatest memory in KiB of a program in a process of its own, as that reads it: what the system says of a child is at
    least what its parent had.
    """
    env = os.environ | {
        "DATABASE_URL": test_database(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TSUNAGU_PROCESS": process,
    }
    with log.open("wb") as stream:
        subprocess.run(
            [sys.executable, "-c", code + TOLD], cwd=BASE_DIR, env=env, stdout=stream, stderr=stream, check=False
        )
    _text, mark, told = log.read_text().rpartition(MARK)
    assert mark, log.read_text()[-2_000:]
    return int(told)


def peak(path: Path) -> int:
    """Import the file by the command; its greatest memory in KiB."""
    rejects = path.with_suffix(".out")
    command = ["manage.py", "import_data", str(path), "--mapping", "tsunagu", "--rejects", str(rejects)]
    return measured(COMMAND.format(command=command), path.with_suffix(".log"), "command")


def peak_of_preview(path: Path) -> int:
    """Preview the file as the worker does; its greatest memory in KiB."""
    run = begin(path, mapping=place_of("tsunagu"))
    waiting = Outbox.objects.get(kind=requesting.KIND, state="pending")
    memory = measured(WORK.format(row=waiting.pk), path.with_suffix(".preview.log"), "worker")
    run.refresh_from_db()
    assert run.state == "previewed", run.problem
    (file,) = run.files.all()
    assert (file.rows, file.rejected, file.new) == (MANY, MANY // 2, MANY // 2)
    assert len(file.rejects) > LARGEST - 1_000_000
    return memory


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
    half = written(tmp_path / "third" / "usage.csv", MANY, FEW + MANY, odd=2)
    previewed = peak_of_preview(half)
    assert UsageRecord.objects.count() == FEW + MANY
    refused = peak(half)
    assert UsageRecord.objects.count() == FEW + MANY + MANY // 2
    told = {f"{FEW:,} rows": few, f"{MANY:,}": many, "half of them refused": refused, "previewed": previewed}
    print("\n" + "; ".join(f"{words}: {kib / 1024:.0f} MiB" for words, kib in told.items()))
    assert many <= few + ALLOWANCE
    assert refused <= few + ALLOWANCE
    assert previewed <= few + ALLOWANCE
