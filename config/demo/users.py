"""Who used the product, for one customer in five: the others' sources only count.

People are numbered by how often they come: on a day with five users the first five came. Some of the first are contacts
of the customer, until they leave; at every other of these customers the first one comes by another name as well, as where two
sources name users each in its way. Agents work for one customer in twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection

from config.demo.statements import run, table
from health.signals import linking, people

# Numbers that one customer's people take; its agent has the last.
MOST: Final = 512
NAMED: Final = 5
# Whose first person has another name, with the number before that of the agent; it comes on every third day.
RENAMED: Final = 10
WITH_AGENTS: Final = 20

# The contacts' places (config.demo.contacts) of the people 1 to 7.
VISITS: Final = f"""
    SELECT u.customer_id, u.customer_id::int * {MOST} + k AS person_id, k, false AS is_agent, u.day,
        greatest(1, u.uses / u.active_users) AS uses, u.feature_bits, p.id AS contact_id,
        u.core_uses > 0 AND k <= ceil(u.active_users * 0.8) AS core
    FROM health_usageday u
    CROSS JOIN LATERAL generate_series(1, least(u.active_users, {MOST} - 3)) AS k
    LEFT JOIN demo_contact p ON p.n = u.customer_id AND p.place = (ARRAY[3, 0, 4, 5, 6, 1, 7])[k]
    WHERE u.customer_id BETWEEN %(lo)s AND %(hi)s AND u.customer_id %% {NAMED} = 0
      AND u.day BETWEEN %(people_from)s AND %(until)s
      AND (p.id IS NULL OR p.from_on <= u.day AND coalesce(p.gone_on > u.day, true))
    UNION ALL
    SELECT u.customer_id, u.customer_id::int * {MOST} + {MOST} - 2, {MOST} - 2, false, u.day, 1, u.feature_bits, p.id, u.core_uses > 0
    FROM health_usageday u JOIN demo_contact p ON p.n = u.customer_id AND p.place = 3
    WHERE u.customer_id BETWEEN %(lo)s AND %(hi)s AND u.customer_id %% {RENAMED} = 0 AND u.active_users > 0
      AND u.day BETWEEN %(people_from)s AND %(until)s AND mod(u.day - DATE '2000-01-01', 3) = 0
      AND p.from_on <= u.day AND coalesce(p.gone_on > u.day, true)
    UNION ALL
    SELECT u.customer_id, u.customer_id::int * {MOST} + {MOST} - 1, {MOST} - 1, true, u.day, u.sessions * 2, u.feature_bits,
        NULL, u.core_uses > 0
    FROM health_usageday u
    WHERE u.customer_id BETWEEN %(lo)s AND %(hi)s AND u.customer_id %% {WITH_AGENTS} = 0
      AND u.day BETWEEN %(people_from)s AND %(until)s
"""  # noqa: S608 (made of constants)
PERSONS: Final = """
    INSERT INTO health_person AS h (id, customer_id, number, is_agent, contact_id, first_on, core_on)
    SELECT v.person_id, v.customer_id, hashint8extended(v.person_id, 7), v.is_agent, max(c.id), min(v.day),
        min(v.day) FILTER (WHERE v.core)
    FROM demo_visit v LEFT JOIN accounts_contact c ON c.id = v.contact_id
    GROUP BY v.person_id, v.customer_id, v.is_agent
    ON CONFLICT (id) DO UPDATE SET core_on = least(h.core_on, excluded.core_on), contact_id = coalesce(h.contact_id, excluded.contact_id)
"""
FRESH: Final = f"""
    SELECT v.person_id, {linking.who()} AS who, v.customer_id, v.is_agent, v.day, v.uses, v.feature_bits
    FROM demo_visit v JOIN health_person h ON h.id = v.person_id
"""  # noqa: S608 (made of constants)
GONE: Final = "SELECT who, customer_id, is_agent, day FROM person_fresh WHERE false"
TELL: Final = """
    UPDATE health_usageday u SET people = d.people, agents = coalesce(a.agents, 0), agent_uses = coalesce(a.uses, 0)
    FROM people_days d
    LEFT JOIN (SELECT customer_id, day, count(*) AS agents, sum(uses) AS uses FROM demo_visit
               WHERE is_agent GROUP BY customer_id, day) a ON (a.customer_id, a.day) = (d.customer_id, d.day)
    WHERE (u.customer_id, u.day) = (d.customer_id, d.day)
"""


def write(parameters: Mapping[str, Any]) -> int:
    """Write people and their days after ``since``, once usage and contacts are there; how many rows."""
    rows = table("demo_visit", VISITS, parameters)
    run(PERSONS, parameters)
    run(linking.joined("SELECT customer_id FROM demo_visit"), {})
    table("person_fresh", FRESH, {})
    table("person_gone", GONE, {})
    with connection.cursor() as cursor:
        people.keep_days(cursor)
        cursor.execute(TELL)
        cursor.execute("DROP TABLE people_days, person_joined")
    return rows
