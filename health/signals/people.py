"""Usage records that name somebody into one row a person-day, and the people of a customer-day by how long they were away.

``people`` of a customer-day is an array: first how many people were there who had not been for ``LONGEST`` days, or
never; then, at place 1 + n, how many others had last been there at least n days before. A person counts once in the
days from ``first`` to ``last`` where their day before lies before ``first``, so the people of any such stretch are

    sum over its days of people[1] + people[2 + (day - first)]

(``of_window``), which reads one row a day and is exact, whichever day is asked for. Each name has days of its own; of several
names of one person (``health.signals.linking``) on a day the first counts, the others were there 0 days before.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.backends.utils import CursorWrapper

from health.signals import linking
from health.signals.partitions import ensure_partitions

# The longest time away that is told from "never before", and so the longest window that people are counted over.
LONGEST: Final = 92

BATCH: Final = "CREATE TEMP TABLE person_batch ON COMMIT DROP AS {uses}"
USES: Final = """
    SELECT r.customer_id, r.person AS number, r.agent AS is_agent, r.day, least({most}, sum(r.uses))::int AS uses,
        coalesce(bit_or(1::bigint << f.slot), 0) AS feature_bits, coalesce(bool_or(f.is_core AND r.uses > 0), false) AS core
    FROM health_usagerecord r JOIN {days} USING (customer_id, day) LEFT JOIN ({slots}) f ON f.id = r.feature_id
    WHERE r.person IS NOT NULL AND r.day >= %(since)s
    GROUP BY r.customer_id, r.person, r.agent, r.day
"""
OF_BATCH: Final = "(h.customer_id, h.number, h.is_agent) = (b.customer_id, b.number, b.is_agent)"
ADD: Final = f"""
    INSERT INTO health_person (customer_id, number, is_agent, first_on, core_on)
    SELECT b.customer_id, b.number, b.is_agent, min(b.day), min(b.day) FILTER (WHERE b.core)
    FROM person_batch b LEFT JOIN health_person h ON {OF_BATCH}
    WHERE h.id IS NULL GROUP BY b.customer_id, b.number, b.is_agent
"""  # noqa: S608 (made of constants)
EARLIER: Final = """
    UPDATE health_person h SET first_on = least(h.first_on, b.first_on), core_on = least(h.core_on, b.core_on)
    FROM (SELECT customer_id, number, is_agent, min(day) AS first_on, min(day) FILTER (WHERE core) AS core_on
          FROM person_batch GROUP BY customer_id, number, is_agent) b
    WHERE (h.customer_id, h.number, h.is_agent) = (b.customer_id, b.number, b.is_agent)
      AND (b.first_on < h.first_on OR b.core_on < coalesce(h.core_on, 'infinity'))
"""
# Days rolled up before on which two names came that are one person now, or no longer: their users are counted again from the records.
ALSO: Final = (
    """
    CREATE TEMP TABLE touched_also ON COMMIT DROP AS
    SELECT a.customer_id, d.day, false AS is_less FROM person_again a JOIN health_personday d USING (person_id)
    WHERE d.day >= %(since)s AND NOT EXISTS (SELECT FROM touched t WHERE (t.customer_id, t.day) = (a.customer_id, d.day))
      AND EXISTS (SELECT FROM health_usagerecord r WHERE (r.customer_id, r.day) = (a.customer_id, d.day))
    GROUP BY a.customer_id, d.day HAVING count(*) > 1
    """,
    "INSERT INTO person_batch {uses}",
    "INSERT INTO touched SELECT * FROM touched_also",
    "DROP TABLE touched_also",
)
FRESH: Final = f"""
    CREATE TEMP TABLE person_fresh ON COMMIT DROP AS
    SELECT h.id AS person_id, {linking.who()} AS who, b.customer_id, b.is_agent, b.day, b.uses, b.feature_bits
    FROM person_batch b JOIN health_person h ON {OF_BATCH}
"""  # noqa: S608 (made of constants)
# Person-days whose records are gone. Only days that had people before can have any.
GONE: Final = f"""
    CREATE TEMP TABLE person_gone ON COMMIT DROP AS
    WITH gone AS (
        DELETE FROM health_personday d USING touched t, health_usageday u, health_person h
        WHERE (u.customer_id, u.day) = (t.customer_id, t.day) AND (u.people IS NOT NULL OR u.agents > 0)
          AND h.customer_id = t.customer_id AND (d.person_id, d.day) = (h.id, t.day) AND d.day >= %(since)s
          AND NOT EXISTS (SELECT FROM person_fresh f WHERE (f.person_id, f.day) = (d.person_id, d.day))
        RETURNING {linking.who()} AS who, h.customer_id, h.is_agent, d.day
    ) SELECT * FROM gone
"""  # noqa: S608 (made of constants)
# People who got a name or lost one: all their days may have another day before.
TURNED: Final = """
    INSERT INTO person_gone (who, customer_id, is_agent, day)
    SELECT a.who, a.customer_id, false, unnest(ARRAY[min(d.day) - 1, max(d.day)])
    FROM person_again a JOIN health_personday d USING (person_id) GROUP BY a.who, a.customer_id
"""
# Of each person, by name, the newest day before the batch, and whether other days than its first are there already: their gaps
# can change. A first load, and a new day, find none.
SPANS: Final = f"""
    CREATE TEMP TABLE person_spans ON COMMIT DROP AS
    SELECT who, person_id, customer_id, is_agent, first, last,
        max(before) OVER name AS before, bool_or(is_late) OVER name AS is_late
    FROM (
        SELECT s.*, coalesce(n.id, s.who) AS person_id,
            (SELECT max(d.day) FROM health_personday d
             WHERE d.person_id = coalesce(n.id, s.who) AND d.day < s.first AND d.day >= s.first - {LONGEST}) AS before,
            EXISTS (SELECT FROM health_personday d
                    WHERE d.person_id = coalesce(n.id, s.who) AND d.day > s.first - (n.id IS NOT NULL)::int
                      AND d.day <= s.last + {LONGEST}) AS is_late
        FROM (SELECT who, customer_id, is_agent, min(day) AS first, max(day) AS last
              FROM (SELECT who, customer_id, is_agent, day FROM person_fresh UNION ALL TABLE person_gone) t
              GROUP BY who, customer_id, is_agent) s
        LEFT JOIN health_person n ON (n.who, n.customer_id) = (s.who, s.customer_id)
    ) s WINDOW name AS (PARTITION BY who)
"""  # noqa: S608 (made of constants)
WRITE: Final = f"""
    CREATE TEMP TABLE person_written ON COMMIT DROP AS
    WITH every AS (
        SELECT person_id, customer_id, is_agent, day, uses, feature_bits, NULL::int AS gap, true AS is_fresh FROM person_fresh
        UNION ALL
        SELECT d.person_id, s.customer_id, s.is_agent, d.day, d.uses, d.feature_bits, d.gap, false
        FROM person_spans s JOIN health_personday d
          ON d.person_id = s.person_id AND d.day BETWEEN s.first - {LONGEST} AND s.last + {LONGEST}
        WHERE s.is_late AND NOT EXISTS (SELECT FROM person_fresh f WHERE (f.person_id, f.day) = (d.person_id, d.day))
    ), behind AS (
        SELECT e.*, s.first,
            e.day - coalesce(lag(e.day) OVER (PARTITION BY s.who ORDER BY e.day, e.person_id), s.before) AS away
        FROM every e JOIN person_spans s USING (person_id)
    ), told AS (
        SELECT person_id, customer_id, is_agent, day, uses, feature_bits, is_fresh, gap AS old,
            CASE WHEN away <= {LONGEST} THEN away END AS gap
        FROM behind WHERE day >= first
    )
    SELECT * FROM told WHERE is_fresh OR gap IS DISTINCT FROM old
"""  # noqa: S608 (made of constants)
KEEP: Final = """
    INSERT INTO health_personday AS d (person_id, day, uses, feature_bits, gap)
    SELECT person_id, day, uses, feature_bits, gap FROM person_written
    ON CONFLICT (person_id, day) DO UPDATE
    SET uses = excluded.uses, feature_bits = excluded.feature_bits, gap = excluded.gap
    WHERE (d.uses, d.feature_bits, d.gap) IS DISTINCT FROM (excluded.uses, excluded.feature_bits, excluded.gap)
"""
# The array from counts by time away: at each place those who were away at least so long.
COUNTED: Final = """
    SELECT a.customer_id, a.day, array_agg(n ORDER BY place) AS people
    FROM (
        SELECT g.customer_id, g.day, place,
            (CASE WHEN place = 1 THEN coalesce(sum(g.n) FILTER (WHERE g.gap IS NULL), 0)
                  ELSE coalesce(sum(g.n) FILTER (WHERE g.gap >= place - 1), 0) END)::int AS n
        FROM (SELECT customer_id, day, gap, count(*) AS n, max(max(gap)) OVER (PARTITION BY customer_id, day) AS longest
              FROM {rows} GROUP BY customer_id, day, gap) g
        CROSS JOIN LATERAL generate_series(1, 1 + coalesce(g.longest, 0)) AS place
        GROUP BY g.customer_id, g.day, place
    ) a GROUP BY a.customer_id, a.day
"""
OF_DAYS: Final = f"""
    CREATE TEMP TABLE people_days ON COMMIT DROP AS
    {COUNTED.format(rows="(SELECT * FROM person_written WHERE is_fresh AND NOT is_agent) w")}
"""  # noqa: S608 (made of constants)
# Days that got no new records, but whose people turned out to have been there more lately, or less.
LATER: Final = f"""
    UPDATE health_usageday u SET people = f.people
    FROM ({
    COUNTED.format(
        rows='''(
            SELECT l.customer_id, l.day, d.gap FROM (
                SELECT DISTINCT customer_id, day FROM person_written WHERE NOT is_fresh AND NOT is_agent) l
            JOIN health_person h ON h.customer_id = l.customer_id AND NOT h.is_agent
            JOIN health_personday d ON (d.person_id, d.day) = (h.id, l.day)) r'''
    )
}) f
    WHERE (u.customer_id, u.day) = (f.customer_id, f.day) AND u.people IS DISTINCT FROM f.people
"""  # noqa: S608 (made of constants)
# First days come anew from the records; who has neither days nor records is nobody of this customer.
AGAIN: Final = (
    """
    UPDATE health_person h SET first_on = r.first_on, core_on = r.core_on
    FROM (SELECT r.customer_id, r.person, r.agent, min(r.day) AS first_on, min(r.day) FILTER (WHERE f.is_core AND r.uses > 0) AS core_on
          FROM health_usagerecord r LEFT JOIN health_feature f ON f.id = r.feature_id
          WHERE r.customer_id = ANY(%(group)s) AND r.person IS NOT NULL GROUP BY 1, 2, 3) r
    WHERE (h.customer_id, h.number, h.is_agent) = (r.customer_id, r.person, r.agent) AND h.first_on >= %(since)s
    """,
    """
    DELETE FROM health_person h WHERE h.customer_id = ANY(%(group)s) AND h.first_on >= %(since)s
      AND NOT EXISTS (SELECT FROM health_personday d WHERE d.person_id = h.id)
      AND NOT EXISTS (SELECT FROM health_usagerecord r WHERE (r.customer_id, r.person, r.agent) = (h.customer_id, h.number, h.is_agent))
    """,
)


def of_window(people: str, day: str, last: str, window: str) -> str:
    """SQL of an aggregate: how many people came in the ``window`` days up to ``last``.

    ``people`` and ``day`` are the columns of usage days, all of which lie in the window; NULL where no day names anybody.
    """
    return f"sum({people}[1] + coalesce({people}[2 + {day} - ({last} - {window} + 1)], 0))"


def again(cursor: CursorWrapper, customers: list[int], since: dt.date) -> None:
    """Bring the first days of the people of ``customers`` to what the records say, after some were taken out. Two statements."""
    for statement in AGAIN:
        cursor.execute(statement, {"group": customers, "since": since})


def settle(cursor: CursorWrapper, slots: str, most: int, since: dt.date) -> None:
    """Write the person-days of the table ``touched``, and ``people_days``: its customer-days with people's array.

    Days on which people's names turn out otherwise join ``touched``; ``person_number`` says which number counts for which. Days before ``since`` are left as they are. A fixed number of statements.
    """
    parameters = {"since": since}
    cursor.execute(BATCH.format(uses=USES.format(days="touched", slots=slots, most=most)), parameters)
    cursor.execute("ANALYZE person_batch")
    cursor.execute("SELECT min(day), max(day) FROM person_batch")
    first, last = cursor.fetchone()
    if first:
        ensure_partitions(first, last)
        cursor.execute(ADD)
        cursor.execute(EARLIER)
    linking.link(cursor, since)
    for statement in ALSO:
        cursor.execute(statement.format(uses=USES.format(days="touched_also", slots=slots, most=most)), parameters)
    cursor.execute(FRESH)
    cursor.execute("ANALYZE person_fresh")
    cursor.execute(GONE, parameters)
    cursor.execute(TURNED)
    keep_days(cursor)
    cursor.execute("DROP TABLE person_batch, person_again")


def keep_days(cursor: CursorWrapper) -> None:
    """Write the days of ``person_fresh``, whose people are known, with their gaps; drops it and ``person_gone``.

    Leaves ``people_days``; the later usage days whose people turn out otherwise are updated.
    """
    for statement, table in ((SPANS, "person_spans"), (WRITE, "person_written")):
        cursor.execute(statement)
        cursor.execute(f"ANALYZE {table}")
    cursor.execute(KEEP)
    cursor.execute(OF_DAYS)
    cursor.execute("ANALYZE people_days")
    cursor.execute(LATER)
    cursor.execute("DROP TABLE person_fresh, person_gone, person_spans, person_written")
