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
            (SELECT quantity FROM accounts_entitlement e WHERE e.contract_id = c.id AND e.kind = 'seats' AND e.starts_on IS NULL) AS seats
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


IN_FORCE = """
    SELECT FROM accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id
    WHERE k.customer_id = d.customer_id AND e.kind = 'module' AND e.name = f.module
      AND k.starts_on <= d.day AND (k.ended_on IS NULL OR k.ended_on > d.day)
      AND (e.starts_on IS NULL OR e.starts_on <= d.day)
"""


def latent(customer: str, day: str) -> str:
    """SQL for h of a customer on a day, while the generator's tables are there."""
    left = f"(SELECT pg_temp.t(left_on) FROM demo_company c WHERE c.n = {customer})"
    return f"pg_temp.latent({customer}, pg_temp.t({day}), {left})"


def test_dealings_follow_the_latent_state() -> None:
    generate.fresh(three_years(200, 1, PLAN.until))
    for table, least in (("accounts_communityactivity", 0.5), ("accounts_advocacyact", 0.8)):
        acts, lowest = row(f"SELECT count(*), min({latent('a.customer_id', 'a.happened_on')}) FROM {table} a")
        assert acts > 50
        assert lowest > least
    well, badly = row(
        "SELECT avg(late) FILTER (WHERE h > 0.5), avg(late) FILTER (WHERE h < -0.5) FROM (SELECT "
        f"(coalesce(paid_on, '2100-01-01') > due_on)::int AS late, {latent('i.customer_id', 'i.due_on')} AS h "
        "FROM accounts_invoice i WHERE due_on < '2026-11-22') i"
    )
    assert well < 0.1
    assert badly > 0.25
    assert row("SELECT count(*) FROM accounts_invoice WHERE paid_on IS NULL AND due_on < '2026-11-15'")[0] > 0
    cut, kept = row(
        "SELECT avg(h) FILTER (WHERE disconnected_on IS NOT NULL), avg(h) FILTER (WHERE disconnected_on IS NULL) FROM "
        "(SELECT disconnected_on, pg_temp.grid(customer_id, pg_temp.t(coalesce(disconnected_on, '2026-11-22')) / 30) AS h "
        "FROM accounts_integration) g"
    )
    assert cut < kept - 0.3
    small, large = row(
        "SELECT avg(n) FILTER (WHERE size = 0), avg(n) FILTER (WHERE size = 2) FROM (SELECT c.size, count(*) AS n "
        "FROM accounts_integration g JOIN demo_company c ON c.n = g.customer_id GROUP BY c.n, c.size) g"
    )
    assert 1 <= small < 2.5 < large <= 5
    visits, lowest, visitors = row(
        f"SELECT count(*), min({latent('d.customer_id', 'd.day')}), count(DISTINCT d.customer_id) "
        "FROM health_featureday d JOIN health_feature f ON f.id = d.feature_id "
        f"WHERE f.module <> '' AND NOT EXISTS ({IN_FORCE})"
    )
    assert visits > 500
    assert lowest > 0.3
    assert 30 < visitors < 190


def test_nobody_uses_more_than_the_seats_of_the_day() -> None:
    """Seats are held as they were: a day before an upgrade does not look like idle seats."""
    generate.fresh(three_years(60, 1, PLAN.until))
    days, over, unknown = row(
        "SELECT count(*), count(*) FILTER (WHERE active_users > 1.05 * seats + 1), count(*) FILTER (WHERE seats IS NULL) "
        "FROM health_usageday u CROSS JOIN LATERAL (SELECT sum(e.quantity) AS seats FROM accounts_entitlement e "
        "JOIN accounts_contract k ON k.id = e.contract_id WHERE k.customer_id = u.customer_id AND e.kind = 'seats' "
        "AND k.starts_on <= u.day AND (k.ended_on IS NULL OR k.ended_on > u.day) "
        "AND (e.starts_on IS NULL OR e.starts_on <= u.day) AND (e.ends_on IS NULL OR e.ends_on > u.day)) s"
    )
    assert days > 10_000
    assert (over, unknown) == (0, 0)
    stretches = "SELECT count(*) FROM accounts_entitlement WHERE kind = 'seats' AND ends_on IS NOT NULL"
    assert row(stretches)[0] > 5
