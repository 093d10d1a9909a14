"""Usage records into one row a customer-day, one a customer-feature-day and one a person-day, where they changed."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from accounts import changes
from config import locks
from health.signals import forgetting, linking, people

# The largest count of a day: a larger one is an error in the source, and must not stop the step for everybody.
MOST: Final = 2_147_483_647

# Marks of people alone, each of which may ask for all days of its customer, that one roll-up takes.
PEOPLE_AT_ONCE: Final = 500

TAKE = f"""
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    WITH taken AS (
        DELETE FROM health_rollupmark WHERE id = ANY(ARRAY(
            SELECT id FROM health_rollupmark
            WHERE day <> {linking.PEOPLE_ALONE} AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
            ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ) || ARRAY(
            SELECT id FROM health_rollupmark
            WHERE day = {linking.PEOPLE_ALONE} AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
            ORDER BY id LIMIT least(%(limit)s, %(people)s) FOR UPDATE SKIP LOCKED
        ))
        RETURNING customer_id, day, is_less
    )
    SELECT customer_id, day, bool_or(is_less) AS is_less FROM taken GROUP BY customer_id, day
"""  # noqa: S608 (made of constants)
# A bit a feature, counted in the order the features were first seen; from the 64th on bits are shared.
SLOTS = "SELECT id, is_core, mod(row_number() OVER (ORDER BY id) - 1, 63)::int AS slot FROM health_feature"
# Who a record is about: of several names of one person one counts (``health.signals.linking``).
PERSON: Final = "coalesce(s.one, r.person)"
NUMBERS: Final = "LEFT JOIN person_number s ON NOT r.agent AND (s.customer_id, s.number) = (r.customer_id, r.person)"
# People of a day by feature, and of the day. Named people are counted distinct. A total counts as it is; people whom a
# fact counts apart add up over the facts of a feature. One person may use several features, so the largest feature is
# the least number of people of the day. What agents did is counted apart.
PEOPLE = f"""
    CREATE TEMP TABLE people ON COMMIT DROP AS
    SELECT r.customer_id, r.day, coalesce(r.feature_id, 0) AS feature, r.agent,
        least({MOST}, greatest(count(DISTINCT {PERSON}), max(r.users) FILTER (WHERE r.person IS NULL AND NOT r.apart),
            sum(r.users) FILTER (WHERE r.person IS NULL AND r.apart)))::int AS users
    FROM health_usagerecord r JOIN touched USING (customer_id, day) {NUMBERS}
    GROUP BY r.customer_id, r.day, r.feature_id, r.agent
"""  # noqa: S608 (made of constants)
USAGE_DAYS = f"""
    INSERT INTO health_usageday (customer_id, day, active_users, sessions, uses, core_uses, features, seconds,
        errors, feature_bits, agents, agent_uses, people)
    SELECT a.*, n.people FROM (
        SELECT r.customer_id, r.day,
            greatest(count(DISTINCT {PERSON}) FILTER (WHERE NOT r.agent), coalesce(max(p.users) FILTER (WHERE NOT r.agent), 0)),
            count(*) FILTER (WHERE NOT r.agent), least({MOST}, coalesce(sum(r.uses) FILTER (WHERE NOT r.agent), 0)),
            least({MOST}, coalesce(sum(r.uses) FILTER (WHERE f.is_core AND NOT r.agent), 0)),
            least(32767, count(DISTINCT r.feature_id) FILTER (WHERE NOT r.agent)),
            least({MOST}, coalesce(sum(r.seconds) FILTER (WHERE NOT r.agent), 0)),
            least({MOST}, coalesce(sum(r.errors) FILTER (WHERE NOT r.agent), 0)),
            coalesce(bit_or(1::bigint << f.slot) FILTER (WHERE NOT r.agent), 0),
            greatest(count(DISTINCT r.person) FILTER (WHERE r.agent), coalesce(max(p.users) FILTER (WHERE r.agent), 0)),
            least({MOST}, coalesce(sum(r.uses) FILTER (WHERE r.agent), 0))
        FROM health_usagerecord r JOIN touched USING (customer_id, day) LEFT JOIN ({SLOTS}) f ON f.id = r.feature_id
        JOIN people p ON (p.customer_id, p.day, p.feature, p.agent) = (r.customer_id, r.day, coalesce(r.feature_id, 0), r.agent)
        {NUMBERS}
        GROUP BY r.customer_id, r.day
    ) a LEFT JOIN people_days n ON (n.customer_id, n.day) = (a.customer_id, a.day)
    ON CONFLICT (customer_id, day) DO UPDATE SET active_users = excluded.active_users, sessions = excluded.sessions,
        uses = excluded.uses, core_uses = excluded.core_uses, features = excluded.features, seconds = excluded.seconds,
        errors = excluded.errors, feature_bits = excluded.feature_bits, agents = excluded.agents,
        agent_uses = excluded.agent_uses,
        people = CASE WHEN excluded.day < %(since)s THEN health_usageday.people ELSE excluded.people END
"""  # noqa: S608 (made of constants)
FEATURE_DAYS = f"""
    INSERT INTO health_featureday (customer_id, day, feature_id, users, uses)
    SELECT r.customer_id, r.day, r.feature_id, max(p.users), least({MOST}, sum(r.uses))
    FROM health_usagerecord r JOIN touched USING (customer_id, day)
    JOIN people p ON (p.customer_id, p.day, p.feature) = (r.customer_id, r.day, r.feature_id) AND NOT p.agent
    WHERE NOT r.agent
    GROUP BY r.customer_id, r.day, r.feature_id
    ON CONFLICT (customer_id, day, feature_id) DO UPDATE SET users = excluded.users, uses = excluded.uses
"""  # noqa: S608 (made of constants)
# A day whose records were all taken out, unless a merge keeps parts of it.
NO_DAYS: Final = """
    DELETE FROM health_usageday u USING touched t
    WHERE t.is_less AND (u.customer_id, u.day) = (t.customer_id, t.day)
      AND NOT EXISTS (SELECT FROM people p WHERE (p.customer_id, p.day) = (u.customer_id, u.day))
      AND NOT EXISTS (SELECT FROM health_usagepart p WHERE (p.customer_id, p.day) = (u.customer_id, u.day))
"""


def roll_up_changed(limit: int = 1_000_000, customers: list[int] | None = None) -> int:
    """Roll up the customer-days that got new records, up to ``limit`` marks; returns how many marked days.

    With ``customers`` only theirs. Of marks that ask for people alone it takes ``PEOPLE_AT_ONCE``, and joins the names of as many customers
    as ``linking.DAYS_AT_ONCE`` allows; the rest keep a mark for the next.

    Users of a day are its people, counted as in ``PEOPLE``; sessions are its records; agents are counted apart. No count
    exceeds ``MOST``. Days of single people are written as far back as they are kept. One transaction deletes the marks,
    writes the rows and marks the customers as changed for scoring; an interruption leaves everything as before. A fixed number of statements; one roll-up at a time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Two at once could each miss the other's newest record of the same day.
        locks.lock(forgetting.LOCK)
        cursor.execute(TAKE, {"limit": limit, "people": PEOPLE_AT_ONCE, "customers": customers})
        days = int(cursor.rowcount)
        if days:
            cursor.execute("ANALYZE touched")
            since = forgetting.kept_since()
            people.settle(cursor, SLOTS, MOST, since)
            cursor.execute(PEOPLE)
            cursor.execute("ANALYZE people")
            cursor.execute(USAGE_DAYS, {"since": since})
            cursor.execute(FEATURE_DAYS)
            cursor.execute("SELECT customer_id, bool_or(is_less) FROM touched GROUP BY customer_id")
            customers_touched = dict(cursor.fetchall())
            if less := [pk for pk, is_less in customers_touched.items() if is_less]:
                cursor.execute(NO_DAYS)
                people.again(cursor, less, since)
            changes.mark(customers_touched)
            cursor.execute("DROP TABLE people, people_days, person_number")
        cursor.execute("DROP TABLE touched")
        return days
