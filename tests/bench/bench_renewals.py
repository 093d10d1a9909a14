"""``renewal_sweep``: a night on which no renewal is due, against a bare scan of the open contracts."""

from __future__ import annotations

import time

from django.db import connection, transaction

from renewals import pipeline
from renewals.models import Renewal
from tests.bench.ground import DAY, Bench, Ground, Result

CONTRACTS = 100_000

# Every term ends 200 to 359 days on: rows for all of them, none due, no prep to open.
MAKE = f"""
    INSERT INTO accounts_organisation (id, name, time_zone, currency, fiscal_year_start_month, holiday_country,
        onboarding_days) VALUES (1, 'Bench', 'UTC', 'USD', 1, '', 90) ON CONFLICT DO NOTHING;
    INSERT INTO accounts_customer (name, domain, industry, use_case, country, tags, attributes, status, stage,
        touch_model, pin_reason, band, arr)
    SELECT 'Renewing ' || n, '', '', '', '', '{{}}', '{{}}', 'live', 'mature', 'low', '', '', 0
    FROM generate_series(1, {CONTRACTS}) n;
    INSERT INTO accounts_contract (customer_id, source, external_id, starts_on, term_months, notice_days, auto_renews,
        is_trial, currency)
    SELECT id, 'renewing', id::text, DATE '{DAY}' - 5 - (id % 160)::int, 12, 30, false, false, 'USD'
    FROM accounts_customer WHERE name LIKE 'Renewing %';
    INSERT INTO accounts_contractline (contract_id, product, starts_on, quantity, annual_amount, discount_percent)
    SELECT id, 'Platform', starts_on, 10, 1000 + id % 90000, 0 FROM accounts_contract WHERE source = 'renewing';
    ANALYZE accounts_customer, accounts_contract, accounts_contractline;
"""
# What autovacuum does between two nights, within this one transaction: no dead rows are left.
REST = """
    CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM renewals_termcheck;
    TRUNCATE renewals_termcheck;
    INSERT INTO renewals_termcheck SELECT * FROM kept;
    ANALYZE renewals_renewal, renewals_termcheck;
"""
SCAN = """
    SELECT count(*), min(starts_on), max(ends_on), sum(term_months), sum(notice_days), count(*) FILTER (WHERE auto_renews)
    FROM accounts_contract WHERE ended_on IS NULL AND NOT is_trial
"""


def renewal_sweep(ground: Ground) -> Result:
    """Seconds of the sweep when nothing is due, over those of the scan. All is rolled back."""
    with transaction.atomic():
        execute(MAKE)
        started = time.monotonic()
        opened = pipeline.sweep(DAY)
        ground.say(f"opened {opened} renewals in {time.monotonic() - started:.1f} s")
        execute(REST)
        assert Renewal.objects.filter(contract__source="renewing", stage="upcoming").count() == CONTRACTS
        measured = ground.race(idle, lambda: execute(SCAN))
        transaction.set_rollback(True)
    return measured


def idle() -> None:
    assert pipeline.sweep(DAY) == 0


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


BENCHES = [Bench("renewal_sweep", target=2, stretch=1.2, run=renewal_sweep)]
