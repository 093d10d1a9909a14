"""Kill a first start in the middle of its demo: the next start goes on and ends whole."""

from __future__ import annotations

import sys

import pytest

from accounts.models import Customer
from config.demo.models import Portfolio
from config.setaside.models import StepRun
from renewals.models import Renewal
from tests.faults.conftest import Group, wait

MADE = (
    sys.executable, "-u", "manage.py", "demo", "--customers", "12", "--until", "2026-10-31", "--if-empty", "--yes",
)  # fmt: skip


def ended(group: Group) -> None:
    """Make the demo and wait for its end."""
    process = group.start(MADE, TSUNAGU_PROCESS="command")
    assert process.wait(600) == 0
    group.processes.remove(process)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("line", ["Making 12 customers", "Everything is kept", "daily cycle"])
def test_a_first_start_that_was_killed_goes_on(group: Group, line: str):
    first = group.start(MADE, TSUNAGU_PROCESS="command")
    wait(lambda: line in group.log(), line, 300)
    group.kill(first)
    ended(group)
    held = Portfolio.objects.get()
    assert held.lived_until == held.until
    assert Customer.objects.count() >= 12
    assert Customer.objects.exclude(scored_at=None).exists()
    assert Renewal.objects.filter(stage="upcoming").exists()
    assert not StepRun.objects.exclude(state="done").exists()
    ended(group)
    assert group.log().rstrip().endswith(f"The demo stands as of {held.until}")
