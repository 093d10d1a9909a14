"""Dated facts: what a customer's owner, segment, touch model, status and stage were, and since when."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction
from django.db.models import CharField, Min, QuerySet

from accounts import statistics
from accounts.expressions import OnDay, among
from accounts.models import Customer, DatedFact, Fact
from accounts.periods import known

# The SQL of a customer's present facts, in the form in which dated facts store them.
_NOW: Final = {
    Fact.OWNER: "coalesce({c}.owner_id::text, '')",
    Fact.SEGMENT: "coalesce({c}.segment_id::text, '')",
    Fact.TOUCH: "{c}.touch_model",
    Fact.STATUS: "{c}.status",
    Fact.STAGE: "{c}.stage",
}

CURRENT = """
    SELECT c.id AS customer_id, now.fact, now.value
    FROM accounts_customer c
    CROSS JOIN LATERAL (VALUES
        :now
    ) AS now(fact, value)
    WHERE :among
""".replace(":now", ", ".join(f"('{fact.value}', {now.format(c='c')})" for fact, now in _NOW.items())).replace(
    ":among", among("c.id")
)

# A full join is hashed or merged, never nested: planned while the table still was empty, the statement would else read
# the rows that it is writing again and again. The CASE keeps the planner from making it a left join.
RECORD = """
    INSERT INTO accounts_datedfact (customer_id, fact, from_day, value)
    SELECT customer_id, fact, %(day)s, n.value
    FROM (SELECT * FROM ({current}) present WHERE fact = ANY(%(facts)s)) n FULL JOIN (
        SELECT DISTINCT ON (customer_id, fact) customer_id, fact, value
        FROM accounts_datedfact
        WHERE from_day <= %(day)s AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s)) AND fact = ANY(%(facts)s)
        ORDER BY customer_id DESC, fact DESC, from_day DESC
    ) before USING (customer_id, fact)
    WHERE CASE WHEN n.value IS NULL THEN false ELSE before.value IS DISTINCT FROM n.value END
    ON CONFLICT (customer_id, fact, from_day) DO UPDATE SET value = excluded.value
    WHERE accounts_datedfact.value <> excluded.value
"""


MOVE_TO_ARRIVAL = """
    UPDATE accounts_datedfact f SET from_day = e.came_on
    FROM (
        SELECT DISTINCT ON (f.customer_id, f.fact) f.id, c.came_on
        FROM accounts_datedfact f
        JOIN (SELECT id, (created_at AT TIME ZONE %(zone)s)::date AS came_on FROM accounts_customer) c
          ON c.id = f.customer_id
        WHERE f.from_day < c.came_on
        ORDER BY f.customer_id, f.fact, f.from_day DESC
    ) e
    WHERE f.id = e.id AND NOT EXISTS (
        SELECT FROM accounts_datedfact o
        WHERE o.customer_id = f.customer_id AND o.fact = f.fact AND o.from_day = e.came_on)
"""
DROP_BEFORE_ARRIVAL = """
    DELETE FROM accounts_datedfact f USING accounts_customer c
    WHERE c.id = f.customer_id AND f.from_day < (c.created_at AT TIME ZONE %(zone)s)::date
"""


def record(day: dt.date, customers: list[int] | None = None, only: Fact | None = None) -> int:
    """Store today's facts where they differ from the newest stored ones; returns how many.

    One statement for all customers, or for the ids given; ``only``: for a cause that changes no other fact. A fact that changes twice on one day
    keeps its last value. Safe to run again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            RECORD.format(current=CURRENT), {"day": day, "ids": customers, "facts": [only] if only else list(_NOW)}
        )
        written = cursor.rowcount
    statistics.refresh("accounts_datedfact", written)
    return written


def value_on(customer: str, fact: str, day: str, *, known_on: str = "") -> str:
    """The value of a fact of a customer (its id) on the day, as SQL: a scalar, empty for "none", NULL where no row
    covers the day. ``known_on``: only rows known on that day count.
    """
    and_known = f" AND {known('dated', known_on)}" if known_on else ""
    return f"""(SELECT dated.value FROM accounts_datedfact dated
        WHERE dated.customer_id = {customer} AND dated.fact = '{Fact(fact).value}' AND dated.from_day <= {day}{and_known}
        ORDER BY dated.from_day DESC LIMIT 1)"""  # noqa: S608 (made of constants)


def value_or_now(customer: str, fact: str, day: str, *, known_on: str = "") -> str:
    """As ``value_on`` for the customer of an alias; where no row covers the day, today's value.

    An empty value counts as a value: the customer had none.
    """
    now = _NOW[Fact(fact)].format(c=customer)
    return f"coalesce({value_on(f'{customer}.id', fact, day, known_on=known_on)}, {now})"


def begun(fact: str, first: str, day: str) -> str:
    """The values of a fact that hold on the day and began on ``first`` or later, as a query: customer_id, value, from_day."""
    return f"""SELECT dated.customer_id, dated.value, dated.from_day FROM accounts_datedfact dated
        WHERE dated.fact = '{Fact(fact).value}' AND dated.from_day BETWEEN {first} AND {day} AND NOT EXISTS (
            SELECT FROM accounts_datedfact later
            WHERE later.customer_id = dated.customer_id AND later.fact = dated.fact
              AND later.from_day > dated.from_day AND later.from_day <= {day})"""  # noqa: S608 (made of constants)


def as_of(day: dt.date, fact: Fact) -> OnDay:
    """For a Customer queryset: the value of ``fact`` that held on ``day`` (None: not known yet)."""
    return OnDay(lambda customer, on: value_on(f"{customer}.id", fact, on), day, CharField())


@transaction.atomic
def begin_at_arrival(zone: str) -> None:
    """Move facts that sweeps of past days dated before a customer's arrival to the day of its arrival.

    The newest of each fact counts; ``zone`` says on which day a customer was created.
    """
    with connection.cursor() as cursor:
        cursor.execute(MOVE_TO_ARRIVAL, {"zone": zone})
        cursor.execute(DROP_BEFORE_ARRIVAL, {"zone": zone})


def first_day(fact: Fact) -> dt.date | None:
    """The first day with a value of ``fact``; None where there is none."""
    day: dt.date | None = DatedFact.objects.filter(fact=fact).aggregate(day=Min("from_day"))["day"]
    return day


def history(customer: Customer, fact: Fact) -> QuerySet[DatedFact]:
    """All values of one fact of one customer, newest first."""
    return DatedFact.objects.filter(customer=customer, fact=fact).order_by("-from_day")
