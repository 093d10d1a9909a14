"""Which contact of its customer a name of usage is, and which names are one person: one rule, and one writer of it, the roll-up,
which holds the lock of forgetting.

A contact is known by its external id, by its keys in other systems, by its email address, and by the numbers that ``identify``
events gave for that address. Where these lead to several contacts of the customer, the first of these ways counts, then the
contact that came first.

The names of one contact are one person, on past days as well, and stay one when the contact is deleted or goes to another
customer. A name without contact is a person of its own, and so is each agent. ``Person.who`` holds it; whoever counts people
reads ``who`` and ``names``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from health.signals import numbering

# Names of one person are joined until the days of use of their customers are so many: a roll-up then still ends in time.
DAYS_AT_ONCE: Final = 5_000
# A day without use: a mark of it asks for the people of the customer alone.
PEOPLE_ALONE: Final = "DATE '0001-01-01'"
# The contact by customer and number, of the customers of ``customers`` (a query of ids). A contact that sleeps with a merged
# customer, since the survivor has one of its address, is known as that one.
KNOWN: Final = """
    SELECT DISTINCT ON (customer_id, number) customer_id, number, id FROM (
        WITH known AS (
            SELECT c.customer_id, c.id, c.id AS by_id, c.external_id, c.email FROM accounts_contact c WHERE c.customer_id IN ({customers})
            UNION ALL
            SELECT c.customer_id, c.id, t.id, t.external_id, '' FROM accounts_customer m
            JOIN accounts_contact t ON t.customer_id = m.id AND t.email <> ''
            JOIN accounts_contact c ON c.customer_id = m.merged_into_id AND lower(c.email) = lower(t.email)
            WHERE m.merged_into_id IN ({customers})
        ), addressed AS (
            SELECT c.customer_id, {of_email} AS number, c.id FROM known c WHERE c.email <> ''
        )
        SELECT c.customer_id, {of_id} AS number, c.id, 1 AS way FROM known c WHERE c.external_id <> ''
        UNION ALL SELECT c.customer_id, {of_key}, c.id, 2 FROM known c JOIN accounts_contactkey k ON k.contact_id = c.by_id
        UNION ALL SELECT a.customer_id, a.number, a.id, 3 FROM addressed a
        UNION ALL SELECT a.customer_id, e.number, a.id, 4 FROM addressed a JOIN health_eventperson e ON e.email = a.number
    ) ways ORDER BY customer_id, number, way, id
"""
DIFFER: Final = "(h.customer_id, h.number) = (k.customer_id, k.number) AND h.contact_id IS DISTINCT FROM k.id"
TOUCHED: Final = (
    f"SELECT customer_id FROM person_batch UNION SELECT customer_id FROM touched WHERE day = {PEOPLE_ALONE}"  # noqa: S608 (made of constants)
)
# Names of one contact get the first of them as ``who``. Those whose contact was deleted stay one person by themselves.
JOIN: Final = """
    CREATE TEMP TABLE person_joined ON COMMIT DROP AS
    WITH due AS (
        SELECT * FROM (
            SELECT p.id, p.customer_id, p.who AS was, CASE WHEN count(*) OVER one > 1 THEN min(p.id) OVER one END AS who
            FROM health_person p
            WHERE p.customer_id IN ({customers}) AND NOT p.is_agent AND (p.contact_id IS NOT NULL OR p.who IS NOT NULL)
            WINDOW one AS (PARTITION BY p.customer_id, p.contact_id, CASE WHEN p.contact_id IS NULL THEN p.who END)) n
        WHERE was IS DISTINCT FROM who
    ), {later}, joined AS (
        UPDATE health_person h SET who = d.who FROM due d
        WHERE h.id = d.id AND d.customer_id NOT IN (SELECT customer_id FROM later)
        RETURNING h.customer_id, coalesce(d.was, d.id) AS before, coalesce(h.who, h.id) AS who
    ) SELECT * FROM joined
"""
NONE_LATER: Final = "later AS (SELECT customer_id FROM due WHERE false)"
# Beyond so many days of use, any of which may have to be counted again, the names of the rest wait for the next roll-up,
# as if nobody had asked yet.
LATER: Final = f"""
    later AS (
        SELECT customer_id
        FROM (SELECT customer_id, sum(days) OVER (ORDER BY customer_id) - days AS before
              FROM (SELECT DISTINCT customer_id FROM due) c CROSS JOIN LATERAL (
                  SELECT count(*) AS days FROM health_usageday u
                  WHERE u.customer_id = c.customer_id AND u.day >= %(since)s AND u.people IS NOT NULL) u) c
        WHERE before >= %(most)s
    ), marked AS (
        INSERT INTO health_rollupmark (customer_id, day)
        SELECT customer_id, {PEOPLE_ALONE} FROM later
        WHERE customer_id NOT IN (SELECT customer_id FROM health_rollupmark WHERE day = {PEOPLE_ALONE})
    ), kept AS (
        DELETE FROM touched t USING later l WHERE (t.customer_id, t.day) = (l.customer_id, {PEOPLE_ALONE})
    )"""  # noqa: S608 (made of constants)
# All names of the people who got a name or lost one: their days are counted again.
REJOINED: Final = """
    CREATE TEMP TABLE person_again ON COMMIT DROP AS
    SELECT h.id AS person_id, coalesce(h.who, h.id) AS who, h.customer_id FROM health_person h
    JOIN (SELECT customer_id, before AS who FROM person_joined UNION SELECT customer_id, who FROM person_joined) j
      ON h.customer_id = j.customer_id AND coalesce(h.who, h.id) = j.who
    WHERE NOT h.is_agent
"""
# The numbers of names that are not the only one of their person, each with the one that counts in their place.
SECOND: Final = """
    CREATE TEMP TABLE person_number ON COMMIT DROP AS
    SELECT customer_id, number, min(number) OVER (PARTITION BY customer_id, who) AS one
    FROM health_person WHERE who IS NOT NULL AND customer_id IN (SELECT customer_id FROM touched)
"""


def who(name: str = "h") -> str:
    """SQL: a number that all names of one person of the customer have, and no other."""
    return f"coalesce({name}.who, {name}.id)"


def names(name: str = "h") -> str:
    """SQL: the ids of all names of the person, an array."""
    several = f"SELECT o.id FROM health_person o WHERE o.who = {name}.who AND o.customer_id = {name}.customer_id"  # noqa: S608 (made of constants)
    return f"(CASE WHEN {name}.who IS NULL THEN ARRAY[{name}.id] ELSE ARRAY({several}) END)"


def is_own(contact: str, person: str = "h") -> str:
    """SQL: the contact is that of the person of use, and still of its customer: one that went to another customer is nobody at the old one."""
    return f"({contact}.id, {contact}.customer_id) = ({person}.contact_id, {person}.customer_id)"


def known(customers: str) -> str:
    """SQL of the rule, for the customers of a query; its parameters are those of ``numbering``."""
    return KNOWN.format(
        customers=customers,
        of_id=numbering.number("c.external_id"),
        of_key=numbering.number("k.external_id"),
        of_email=numbering.number("c.email"),
    )


def joined(customers: str, later: str = NONE_LATER) -> str:
    """SQL that joins the names of each person of the customers of a query, and leaves who got or lost a name in ``person_joined``.

    ``later`` are the customers of ``due``, whose names are to be joined, that are left out.
    """
    return JOIN.format(customers=customers, later=later)


LINK: Final = f"UPDATE health_person h SET contact_id = k.id FROM ({known(TOUCHED)}) k WHERE {DIFFER}"  # noqa: S608 (made of constants)


def link(cursor: CursorWrapper, since: dt.date) -> None:
    """Link the people of the customers rolled up, whose use stands in ``touched`` and ``person_batch``, and join the names of each.

    Leaves ``person_again``, the names of people who got one or lost one, and ``person_number``, which number counts for which.
    Names are joined for as many customers as have ``DAYS_AT_ONCE`` days of use from ``since`` on, at least one; the others get a mark of ``PEOPLE_ALONE``.
    A fixed number of statements. The caller holds ``forgetting.LOCK``: nobody who is being forgotten gets a name again.
    """
    cursor.execute(LINK, numbering.parameters())
    cursor.execute(joined(TOUCHED, LATER), {"since": since, "most": DAYS_AT_ONCE})
    for statement in (REJOINED, "DROP TABLE person_joined", SECOND, "ANALYZE person_number"):
        cursor.execute(statement)


def ask(cursor: CursorWrapper, numbers: str, parameters: Mapping[str, Any]) -> None:
    """Let the roll-up link people of ``numbers``, a query, to whom the rule now gives another contact. One statement."""
    customers = f"SELECT p.customer_id FROM health_person p WHERE p.number IN ({numbers})"  # noqa: S608 (made of constants)
    cursor.execute(
        f"INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT h.customer_id, {PEOPLE_ALONE} "  # noqa: S608
        f"FROM health_person h JOIN ({known(customers)}) k ON {DIFFER} WHERE h.number IN ({numbers})",
        parameters,
    )
