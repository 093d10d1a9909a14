"""A demo made of the RavenStack files, held against the figures computed by independent tools."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Customer, Organisation, Role, User
from config import clock, cycle
from config.demo import source
from config.figures import figures
from tests.config.ravenstack import EXPECTED, FOLDER, needed

pytestmark = [needed, pytest.mark.long, pytest.mark.django_db, pytest.mark.timeout(300)]
DAY = dt.date(2024, 12, 31)


def test_the_demo_of_ravenstack_has_its_figures() -> None:
    expected = json.loads(EXPECTED.read_text())
    said: list[str] = []
    assert source.load(FOLDER, "ravenstack", said.append) == DAY == clock.today()
    assert [line for line in said if "rejected" in line and " 0 rejected" not in line] == []

    out = StringIO()
    call_command("figures", "--json", stdout=out)
    found = json.loads(out.getvalue())
    now, support = expected["as_of_2024_12_31"], expected["support"]
    assert found["as_of"] == "2024-12-31"
    rows = {
        name: found["rows"][name] for name in ("customers", "contracts", "usage_records", "tickets", "cancellations")
    }
    assert list(rows.values()) == [500, 5_000, 25_000, 2_000, 600]
    assert (found["mrr"], found["arr"]) == (now["mrr"], now["arr"]) == (10_159_608, 121_915_296)
    assert found["active_contracts"] == now["active_subscriptions"] == 4_514
    assert found["paying_customers"] == now["paying_accounts"] == 500
    assert (found["trials"], found["active_trials"]) == (778, now["active_trial_subscriptions"])
    assert found["csat"] == {"n": support["csat_responses"], "mean": support["csat_mean"]}
    assert found["first_response_minutes_mean"] == pytest.approx(88.48)
    assert found["escalations"] == support["escalations"] == 95
    assert found["usage_sum"] == expected["usage"]["sum_usage_count"] == 250_525
    assert found["renewals"]["open"] == 1_871
    assert found["renewals"]["due_60"]["count"] == 106
    assert found["renewals"]["due_90"] == {"count": 180, "customers": 131, "arr": 5_725_476, "untold": 0}
    assert found["terms_passed"] == {"alive": 257, "without_auto_renewal": 57}
    assert (found["ended_inside_term"], found["zero_length"]) == (206, 10)
    assert round(found["rolling_share"], 3) == 0.503
    bands = found["customers_per_band"]
    assert sum(bands.values()) == 500
    assert min(bands[band] for band in ("green", "yellow", "red")) >= 25, bands
    assert found["open_tasks"] > 0

    owners = Customer.objects.values_list("owner__role", flat=True).distinct()
    assert list(owners) == [Role.CSM]
    assert User.objects.filter(role=Role.CSM, customers__isnull=False).distinct().count() >= 3
    assert Organisation.objects.get().frozen_today == DAY

    for _done in cycle.run(DAY):
        pass
    assert figures(DAY) == found
