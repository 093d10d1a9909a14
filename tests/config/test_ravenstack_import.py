"""The RavenStack files go in whole, and what stands in the record is what they say."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Avg, Count, F, Sum

from accounts.models import Cancellation, Contract, ContractLine, Customer, Organisation
from health.models import Feature, Ticket, UsageRecord
from tests.config.ravenstack import EXPECTED, FOLDER, needed

pytestmark = [needed, pytest.mark.django_db]
DAY = dt.date(2024, 12, 31)


def imported(folder: Path, tmp_path: Path) -> list[str]:
    Organisation.objects.get_or_create(pk=1, defaults={"name": "RavenStack", "frozen_today": DAY})
    out = StringIO()
    call_command("import_data", folder, mapping="ravenstack", rejects=tmp_path / "rejects.csv", stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def expected() -> dict[str, Any]:
    return json.loads(EXPECTED.read_text())


def test_everything_goes_in_as_the_files_say_and_again_changes_nothing(
    expected: dict[str, Any], tmp_path: Path
) -> None:
    assert imported(FOLDER, tmp_path) == [
        "ravenstack_accounts.csv: 500 customers: 500 new, 0 changed, 0 unchanged, 0 rejected",
        "ravenstack_subscriptions.csv: 5,000 contracts: 5,000 new, 0 changed, 0 unchanged, 0 rejected",
        (
            "  278 begin where another of the same customer ends: "
            'if they renew those, say follows = "customer" in the mapping or give a replaces column'
        ),
        "  13 ended on the day they started: kept",
        "  778 are trials: they carry no revenue",
        "ravenstack_feature_usage.csv: 25,000 usage: 25,000 new, 0 changed, 0 unchanged, 0 rejected",
        "  21 ids stand for more than one fact: every fact is kept",
        "  19,142 facts are dated before their contract began: kept",
        "ravenstack_support_tickets.csv: 2,000 tickets: 2,000 new, 0 changed, 0 unchanged, 0 rejected",
        "ravenstack_churn_events.csv: 600 cancellations: 600 new, 0 changed, 0 unchanged, 0 rejected",
    ]
    _the_record_says_what_the_files_say(expected)
    again = [line for line in imported(FOLDER, tmp_path) if line.startswith("ravenstack")]
    for line, rows in zip(again, ["500", "5,000", "25,000", "2,000", "600"], strict=True):
        assert line.endswith(f"0 new, 0 changed, {rows} unchanged, 0 rejected")
    assert list(tmp_path.iterdir()) == []


def _the_record_says_what_the_files_say(expected: dict[str, Any]) -> None:
    now, support, usage = (
        expected["as_of_2024_12_31"],
        expected["support"],
        expected["usage"],
    )
    running = Contract.objects.running_on(DAY)
    arr = ContractLine.objects.filter(contract__in=running).aggregate(n=Sum("annual_amount"))["n"]
    assert (arr, arr / 12) == (now["arr"], now["mrr"]) == (121_915_296, 10_159_608)
    assert running.count() == now["active_subscriptions"] == 4_514
    assert running.filter(is_trial=True).count() == now["active_trial_subscriptions"]
    assert Customer.objects.filter(arr__gt=0).count() == now["paying_accounts"] == 500
    assert Customer.objects.aggregate(n=Sum("arr"))["n"] == now["arr"]
    assert Contract.objects.filter(ended_on=F("starts_on")).count() == 13
    plans = running.values_list("lines__product").annotate(n=Sum("lines__annual_amount") / 12)
    assert dict(plans) == now["mrr_by_subscription_plan"]
    assert UsageRecord.objects.aggregate(n=Sum("uses"))["n"] == usage["sum_usage_count"]
    assert UsageRecord.objects.aggregate(n=Sum("errors"))["n"] == usage["sum_errors"]
    assert UsageRecord.objects.values("message_id").distinct().count() == 24_979
    assert UsageRecord.objects.count() == usage["rows"] == 25_000
    features = Feature.objects.values_list("key").order_by("key")
    assert [key for (key,) in features] == sorted(usage["rows_by_feature"])
    answered = Ticket.objects.aggregate(n=Count("csat"), mean=Avg("csat"))
    assert answered["n"] == support["csat_responses"] == 1_175
    assert float(answered["mean"]) == pytest.approx(support["csat_mean"], abs=1e-6)
    waited = Ticket.objects.aggregate(n=Avg(F("first_response_at") - F("opened_at")))["n"]
    assert waited.total_seconds() / 60 == pytest.approx(support["first_response_minutes_mean"])
    assert Ticket.objects.filter(escalated=True).count() == support["escalations"] == 95
    reasons = expected["churn_events"]["by_reason"]
    assert dict(Cancellation.objects.values_list("stated_reason").annotate(n=Count("pk"))) == {
        "price": reasons["budget"] + reasons["pricing"],
        "competitor": reasons["competitor"],
        "product_gap": reasons["features"],
        "service": reasons["support"],
        "other": reasons["unknown"],
    }
    assert Customer.objects.filter(country="GB").exists()
