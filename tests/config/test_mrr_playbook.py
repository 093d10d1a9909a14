"""The referee of recurring revenue: mrr-playbook goes in whole with its mapping, and the record has its movements."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Contract, Customer, Organisation
from accounts.revenue import customer_arr
from tests.config.ravenstack import DATA

FOLDER = DATA / "mrr-playbook"
EXPECTED = DATA / "expected" / "mrr_playbook.json"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not FOLDER.is_dir() or not EXPECTED.is_file(),
        reason=f"the real data set is not in {DATA}: name its folder in REAL_DATA_DIR",
    ),
]
MONTHS = [dt.date(2017 + (8 + n) // 12, (8 + n) % 12 + 1, 1) for n in range(29)]


def imported(tmp_path: Path) -> str:
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Playbook", "frozen_today": dt.date(2020, 2, 1)})
    out = StringIO()
    call_command("import_data", FOLDER, mapping="mrr_playbook", rejects=tmp_path / "no.csv", stdout=out)
    return out.getvalue()


def mrr_of(day: dt.date) -> dict[int, Decimal]:
    """Monthly revenue on ``day`` of each customer that has some."""
    rows = Customer.objects.annotate(then=customer_arr(day)).values_list("pk", "then")
    return {pk: arr / 12 for pk, arr in rows if arr}


def movements() -> list[dict[str, Any]]:
    """Each month's movements, from the first months that have revenue."""
    before: dict[int, Decimal] = {}
    ever: set[int] = set()
    found = []
    for month in MONTHS:
        now = mrr_of(month)
        sums, counts = Counter[str](), Counter[str]()
        for pk in before.keys() | now.keys():
            change = now.get(pk, Decimal(0)) - before.get(pk, Decimal(0))
            kind = kind_of(pk in before, pk in now, pk in ever, change)
            sums[kind] += change
            counts[kind] += 1
        found.append({"month": f"{month:%Y-%m}", "closing": sum(now.values()), "sums": sums, "counts": counts})
        ever |= now.keys()
        before = now
    return found


def kind_of(was: bool, runs: bool, ever: bool, change: Decimal) -> str:  # noqa: FBT001  a table of truth
    if not was:
        return "reactivation" if ever else "new"
    if not runs:
        return "churn"
    return "expansion" if change > 0 else "contraction" if change < 0 else "same"


def test_every_period_comes_in_once_and_the_movements_are_the_referees(tmp_path: Path):
    said = imported(tmp_path)
    assert "subscription_periods.csv: 121 contracts: 121 new, 0 changed, 0 unchanged, 0 rejected" in said
    assert (Customer.objects.count(), Contract.objects.count()) == (55, 121)
    again = imported(tmp_path)
    assert "121 contracts: 0 new, 0 changed, 121 unchanged, 0 rejected" in again
    assert not list(tmp_path.iterdir())
    found = movements()
    referee = json.loads(EXPECTED.read_text())["result"]["full_spine_from_2017_09"]
    assert [row["month"] for row in referee["movements"]] == [row["month"] for row in found]
    for row, expected in zip(found, referee["movements"], strict=True):
        assert float(row["closing"]) == expected["closing_mrr"], row["month"]
        for kind in ("new", "reactivation", "expansion", "contraction", "churn"):
            assert (float(row["sums"][kind]), row["counts"][kind]) == (expected[kind], expected[f"n_{kind}"])
    totals = {kind: float(sum(row["sums"][kind] for row in found)) for kind in referee["totals"]}
    assert totals == {"new": 2295, "reactivation": 150, "expansion": 660, "contraction": -555, "churn": -2375}


def test_retention_of_twelve_months_is_the_referees(tmp_path: Path):
    imported(tmp_path)
    base, now = mrr_of(dt.date(2018, 12, 1)), mrr_of(dt.date(2019, 12, 1))
    opening = sum(base.values())
    kept = {pk: now.get(pk, Decimal(0)) for pk in base}
    assert (opening, len(base)) == (585, 12)
    assert float(sum(kept.values()) / opening) == pytest.approx(0.700855, abs=1e-6)
    assert float(sum(min(base[pk], kept[pk]) for pk in base) / opening) == pytest.approx(0.581197, abs=1e-6)
    assert sum(bool(amount) for amount in kept.values()) / len(base) == pytest.approx(0.583333, abs=1e-6)
    assert mrr_of(dt.date(2017, 11, 1)) == {}, "everybody has churned"
