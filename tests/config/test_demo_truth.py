"""The planted truth is there, and can be found in the signals."""

import datetime as dt

import pytest
from django.db import connection

from config.demo import companies, contracts, generate, randomness
from config.demo.plan import three_years

pytestmark = pytest.mark.django_db

PLAN = three_years(3_000, 1, dt.date(2026, 11, 22))


def row(query: str) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()


AUC = """
    SELECT (sum(rank) FILTER (WHERE good) - count(*) FILTER (WHERE good) * (count(*) FILTER (WHERE good) + 1) / 2.0)
        / (count(*) FILTER (WHERE good) * count(*) FILTER (WHERE NOT good)), count(*), avg(good::int)
    FROM (SELECT good, rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2.0 AS rank FROM ({}) o) r
"""


def test_chance_is_even_and_repeats():
    randomness.install(1)
    query = "SELECT avg(pg_temp.u(n, 1)), var_pop(pg_temp.u(n, 1)), avg(pg_temp.z(n, 2)), var_pop(pg_temp.z(n, 2)) FROM generate_series(1, 20000) n"
    mean, variance, normal_mean, normal_variance = row(query)
    assert mean == pytest.approx(0.5, abs=0.01)
    assert variance == pytest.approx(1 / 12, abs=0.003)
    assert normal_mean == pytest.approx(0, abs=0.02)
    assert normal_variance == pytest.approx(1, abs=0.03)
    first = row("SELECT pg_temp.u(42, 1), pg_temp.bits(42, 1)")
    randomness.install(2)
    assert row("SELECT pg_temp.u(42, 1), pg_temp.bits(42, 1)") != first
    randomness.install(1)
    assert row("SELECT pg_temp.u(42, 1), pg_temp.bits(42, 1)") == first


def test_the_latent_state_is_standard_and_moves_slowly():
    randomness.install(1)
    mean, deviation, next_month, next_year = row(
        "SELECT avg(h), stddev(h), corr(h, soon), corr(h, late) FROM (SELECT pg_temp.grid(n, 290) AS h, "
        "pg_temp.grid(n, 291) AS soon, pg_temp.grid(n, 302) AS late FROM generate_series(1, 5000) n) g"
    )
    assert mean == pytest.approx(0, abs=0.05)
    assert deviation == pytest.approx(1, abs=0.05)
    assert next_month == pytest.approx(0.25 + 0.75 * 7 / 8, abs=0.05)
    assert next_year == pytest.approx(0.25, abs=0.05)


def test_renewals_follow_the_latent_state_but_not_blindly():
    randomness.install(PLAN.seed)
    given = PLAN.parameters() | {"lo": 1, "hi": 3_000}
    companies.choose(given)
    contracts.settle(given)
    ended = "SELECT h AS x, leaves_on IS NULL AS good FROM demo_term WHERE number > 0 AND NOT monthly AND ends_on <= '2026-11-22'"
    area, terms, renewed = row(AUC.format(ended))
    assert terms > 3_000
    assert 0.76 < area < 0.88
    assert 0.74 < renewed < 0.88
    grew, shrank = row(
        "SELECT avg(h) FILTER (WHERE next > seats), avg(h) FILTER (WHERE next < seats) FROM (SELECT h, seats, "
        "lead(seats) OVER (PARTITION BY n ORDER BY number) AS next FROM demo_term WHERE NOT is_trial) t"
    )
    assert grew > 0.2
    assert shrank < -0.3


def test_signals_tell_what_will_become_of_a_renewal():
    generate.fresh(three_years(150, 1, PLAN.until))
    ends = """
        SELECT DISTINCT ON (c.id) c.customer_id, c.ends_on, c.replaced_by_id IS NOT NULL OR c.ended_on IS NULL AS good,
            (SELECT quantity FROM accounts_entitlement e WHERE e.contract_id = c.id AND e.kind = 'seats') AS seats
        FROM accounts_contract c
        WHERE NOT c.is_trial AND c.ends_on BETWEEN '2024-05-01' AND '2026-11-22' AND (c.ended_on IS NULL OR c.ended_on >= c.ends_on)
    """
    usage = f"""
        SELECT e.good, coalesce(sum(u.active_users), 0)::float8 / e.seats AS x FROM ({ends}) e
        LEFT JOIN health_usageday u ON u.customer_id = e.customer_id AND u.day BETWEEN e.ends_on - 120 AND e.ends_on - 60
        GROUP BY e.customer_id, e.ends_on, e.good, e.seats
    """
    area, count, _share = row(AUC.format(usage))
    assert count > 80
    assert 0.62 < area < 0.88
    surveys = f"""
        SELECT e.good, avg(s.answer) AS x FROM ({ends}) e JOIN health_surveyresponse s ON s.customer_id = e.customer_id
            AND s.kind IN ('nps', 'intent') AND s.answered_on BETWEEN e.ends_on - 180 AND e.ends_on - 30
        GROUP BY e.customer_id, e.ends_on, e.good
    """
    assert row(AUC.format(surveys))[0] > 0.6
