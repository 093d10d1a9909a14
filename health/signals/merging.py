"""The use of customers that became one: on each day the sum of what each had, people counted once where the sources name them.

The rows of use are derived. Each customer of a merge keeps its own as parts; the survivor's are made of them, and anew from
the usage records on the days for which all of them have records. So are the days of single people, as far back as they are
kept.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from accounts.models import Customer
from health.models import FeatureDay, UsageDay
from health.signals import forgetting, people
from health.signals.rollup import MOST

KEYS: Final = {UsageDay: ("day",), FeatureDay: ("day", "feature_id")}
MEMBERS: Final = "SELECT id FROM accounts_customer WHERE %(root)s IN (id, merged_into_id)"
# A customer's rows become its part the first time it is one with another.
KEPT: Final = """
    INSERT INTO health_usagepart (customer_id, "table", day, row) VALUES (%(customer)s, '', '0001-01-01', '{}')
"""
IS_KEPT: Final = "SELECT EXISTS (SELECT FROM health_usagepart WHERE customer_id = %(customer)s)"
KEEP: Final = """
    INSERT INTO health_usagepart (customer_id, "table", day, row)
    SELECT t.customer_id, '{table}', t.day, to_jsonb(t) - 'customer_id' - 'changed_at' FROM {table} t
    WHERE t.customer_id = %(customer)s
"""
# Days that came by records after the merge are no part: they follow the records.
CLEAR: Final = """
    DELETE FROM {table} t WHERE t.customer_id = %(root)s AND (
        t.day IN (SELECT p.day FROM health_usagepart p WHERE p."table" = '{table}' AND p.customer_id = ANY(%(group)s))
        OR t.day IN (SELECT r.day FROM health_usagerecord r WHERE r.customer_id = ANY(%(group)s)))
"""
COMBINE: Final = """
    INSERT INTO {table} (customer_id, {keys}, {columns})
    SELECT %(root)s, {grouped}, {sums} FROM health_usagepart p CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, p.row) r
    WHERE p."table" = '{table}' AND p.customer_id IN ({members}) GROUP BY {grouped}
    ON CONFLICT DO NOTHING
"""
ALONE: Final = f"""
    DELETE FROM health_usagepart WHERE customer_id = %(root)s AND (SELECT count(*) FROM ({MEMBERS}) m) = 1
      AND EXISTS (SELECT FROM accounts_customer c WHERE c.id = %(root)s AND c.merged_into_id IS NULL)
"""  # noqa: S608 (made of constants)
ANEW: Final = f"""
    INSERT INTO health_rollupmark (customer_id, day)
    SELECT %(root)s, d.day FROM (SELECT DISTINCT day FROM health_usagerecord WHERE customer_id = %(root)s) d
    WHERE NOT EXISTS (
        SELECT FROM health_usagepart p WHERE p.customer_id IN ({MEMBERS}) AND p."table" = 'health_usageday' AND p.day = d.day
          AND NOT EXISTS (SELECT FROM health_usagerecord r WHERE r.customer_id = %(root)s AND r.day = d.day
                          AND coalesce(r.named_id, r.customer_id) = p.customer_id))
    RETURNING customer_id, day
"""  # noqa: S608 (made of constants)


# The days of people come anew from the records.
# Days on which the customer has no use any more, and those whose records are gone to another, go; days of use that no
# records tell of stay.
PEOPLE_AGAIN: Final = """
    DELETE FROM health_personday d USING health_person h
    WHERE h.customer_id = ANY(%(group)s) AND d.person_id = h.id AND d.day >= %(since)s AND (
        EXISTS (SELECT FROM unnest(%(customers)s::bigint[], %(days)s::date[]) anew(customer_id, day)
                WHERE (anew.customer_id, anew.day) = (h.customer_id, d.day))
        OR NOT EXISTS (SELECT FROM health_usageday u WHERE (u.customer_id, u.day) = (h.customer_id, d.day))
        OR NOT EXISTS (SELECT FROM health_usagerecord r WHERE (r.customer_id, r.day) = (h.customer_id, d.day)
                       AND (r.person, r.agent) = (h.number, h.is_agent))
           AND EXISTS (SELECT FROM health_usagerecord r WHERE r.customer_id = ANY(%(everybody)s) AND r.day = d.day
                       AND (r.person, r.agent) = (h.number, h.is_agent)))
"""


def carry(own: int, stood: int, root: int) -> None:
    """Bring the use of ``own`` from the customer that it was one with to ``root``; the records have gone already. A fixed
    number of statements.
    """
    group, since = sorted({own, stood, root}), forgetting.kept_since()
    with connection.cursor() as cursor:
        for customer in group:
            cursor.execute(IS_KEPT, {"customer": customer})
            if cursor.fetchone()[0]:
                continue
            cursor.execute(KEPT, {"customer": customer})
            for table in KEYS:
                cursor.execute(KEEP.format(table=table._meta.db_table), {"customer": customer})
        for customer in group:
            for table in KEYS:
                words = {"table": table._meta.db_table, "members": MEMBERS, **_columns(table)}
                cursor.execute(CLEAR.format(**words), {"root": customer, "group": group})
                cursor.execute(COMBINE.format(**words), {"root": customer})
        anew: list[tuple[int, dt.date]] = []
        for customer in sorted({stood, root}):
            cursor.execute(ALONE, {"root": customer})
            cursor.execute(ANEW, {"root": customer})
            anew += cursor.fetchall()
        # What stays asleep with a merged customer stays as it is.
        awake = Customer.objects.filter(pk__in=[stood, root], merged_into=None)
        of_people: dict[str, Any] = {
            "group": list(awake.values_list("pk", flat=True)), "everybody": group, "since": since,
            "customers": [customer for customer, _day in anew], "days": [day for _customer, day in anew],
        }  # fmt: skip
        cursor.execute(PEOPLE_AGAIN, of_people)
        people.again(cursor, of_people["group"], since)


def _columns(table: type[models.Model]) -> dict[str, str]:
    """The SQL of a table's columns: its keys, and the rest as sums over the parts of a day."""
    keys = KEYS[table]
    sums = {
        str(field.column): _sum(field)
        for field in table._meta.concrete_fields
        if field.column not in {"customer_id", "changed_at", *keys}
    }
    return {
        "keys": ", ".join(keys), "grouped": ", ".join(f"r.{key}" for key in keys),
        "columns": ", ".join(sums), "sums": ", ".join(sums.values()),
    }  # fmt: skip


def _sum(field: models.Field) -> str:
    if field.column == "feature_bits":
        return "bit_or(r.feature_bits)"
    if field.column == "features":
        return "greatest(max(r.features), bit_count(bit_or(r.feature_bits)::bit(64)))"
    # Who these people are nobody knows any more, so whether some are the same.
    if isinstance(field, ArrayField):
        return f"CASE WHEN count(*) = 1 THEN min(r.{field.column}) END"
    return f"least({MOST}, sum(r.{field.column}))"
