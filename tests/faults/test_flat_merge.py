"""Two customers become one with 200,000 rows of usage, and are two again, in hardly more memory than without."""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from accounts.models import Customer, ExternalKey
from config.environment import BASE_DIR
from health.models import Feature, UsageDay, UsageRecord
from health.signals.rollup import roll_up_changed
from tests.factories import DAY
from tests.faults.conftest import test_database
from tests.faults.test_flat_import import peak

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

ROWS, DAYS, PEOPLE = 200_000, 80, 2_500
ALLOWANCE = 48 * 1024  # KiB
MERGE = """
import django; django.setup()
import datetime as dt
from accounts.identity import merging
from accounts.models import Customer, Merge
from config import clock
merged, survivor = (Customer.objects.get(name=name) for name in {names})
made = merging.merge(merged, survivor, by=None, day=dt.date({day}))
"""
UNDO = """
import django; django.setup()
import datetime as dt
from accounts.identity import merging
from accounts.models import Merge
from config import clock
merging.undo(Merge.objects.latest("pk"), by=None, day=dt.date({day}), now=clock.now())
"""


def run(code: str, *names: str) -> tuple[float, int]:
    """Seconds and greatest memory in KiB of a program in a process of its own."""
    env = os.environ | {"DATABASE_URL": test_database(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    text = code.format(names=names, day=f"{DAY.year}, {DAY.month}, {DAY.day}")
    since = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", text], cwd=BASE_DIR, env=env)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - since, usage.ru_maxrss


def test_two_hundred_thousand_rows_of_usage_are_merged_and_parted(tmp_path: Path) -> None:
    for name in "ABCD":
        key = Customer.objects.create(name=name)
        ExternalKey.objects.create(customer=key, source="csv", external_id=name)
    Feature.objects.bulk_create(Feature(key=f"part_{number}", name=f"Part {number}") for number in range(8))
    with (tmp_path / "usage.csv").open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["external_id", "customer", "day", "feature", "user", "uses"])
        for number in range(ROWS):
            day = DAY - dt.timedelta(days=number % DAYS)
            out.writerow(
                [f"U-{number:06}", "AB"[number % 2], day, f"part_{number % 8}", f"{number % PEOPLE}@x.example", 1]
            )
    peak(tmp_path / "usage.csv")
    while roll_up_changed():
        pass
    a, b = Customer.objects.get(name="A"), Customer.objects.get(name="B")
    before = [
        (UsageRecord.objects.filter(customer=one).count(), UsageDay.objects.filter(customer=one).count())
        for one in (a, b)
    ]
    empty, least = run(MERGE, "C", "D")
    seconds, memory = run(MERGE, "A", "B")
    assert UsageRecord.objects.filter(customer=a).count() + UsageRecord.objects.filter(customer=b).count() == ROWS
    parted, after = run(UNDO)
    now = [
        (UsageRecord.objects.filter(customer=one).count(), UsageDay.objects.filter(customer=one).count())
        for one in (a, b)
    ]
    print(
        f"\nmerge {seconds:.1f} s ({empty:.1f} s of customers without any), {memory / 1024:.0f} MiB ({least / 1024:.0f} MiB); "
        f"undo {parted:.1f} s, {after / 1024:.0f} MiB; {before}"
    )
    assert now == before
    assert max(memory, after) <= least + ALLOWANCE
