"""The roles and the customer that contacts had at the end of a past day: the history dates them, and before a contact came its roles are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import Contact, Customer
from accounts.periods import present
from config.history import then

# A contact of a time when nobody noted when it came was there at its last change, and at every change that the history keeps.
CAME = """coalesce(c.created_at < {over}, c.changed_at < {over} OR EXISTS (
    SELECT FROM history_entry e WHERE e.kind = 'contact' AND e.object_id = c.id AND e.at < {over}))"""


# Who stands now, and who was deleted from the instant on and does not stand again, as it was at its last deletion; of a customer that
# was merged since, its survivor's.
NOW = "SELECT id, customer_id, state, state_on, created_at, changed_at, roles, false AS is_gone FROM accounts_contact"
GONE_SINCE = """SELECT * FROM (
    SELECT d.object_id AS id, {customer} AS customer_id, (d.before ->> 'state')::varchar AS state, (d.before ->> 'state_on')::date AS state_on,
        (d.before ->> 'created_at')::timestamptz AS created_at, d.at AS changed_at, NULL::varchar[] AS roles, true AS is_gone
    FROM history_entry d LEFT JOIN accounts_customer o ON o.id = d.customer_id
    WHERE d.kind = 'contact' AND d.operation = 'deleted' AND d.at >= {over} AND o.merged_into_id IS {merged} NULL
      AND NOT EXISTS (SELECT FROM accounts_contact s WHERE s.id = d.object_id)
      AND NOT EXISTS (SELECT FROM history_entry l WHERE l.kind = 'contact' AND l.object_id = d.object_id
          AND l.operation = 'deleted' AND l.id > d.id)) c WHERE {came}"""
# Who went to another customer from the instant on: few, of whom there is an index.
MOVED_SINCE = f"""SELECT DISTINCT e.object_id AS id FROM history_entry e
    WHERE e.kind = 'contact' AND e.operation = 'changed' AND e.before ? 'customer' AND e.at >= {{over}} AND {then.BY_SOMEBODY}"""  # noqa: S608 (made of constants)
ROLES = """CASE WHEN {told} AND {came} THEN
    CASE WHEN h.roles IS NULL THEN c.roles ELSE ARRAY(SELECT jsonb_array_elements_text(h.roles))::varchar[] END END"""
# The customer that the contact belonged to, as merges have it now. Where somebody moved it since, merges before that may have been
# taken back without it: it was of the customer that it had before all of them.
BEFORE_MERGES = f"""(SELECT m.before -> 'customer' FROM history_entry m
    WHERE m.kind = 'contact' AND m.object_id = c.id AND m.before ? 'customer' AND split_part(m.door, ':', 1) <> 'undo'
      AND NOT EXISTS (SELECT FROM history_entry e WHERE e.kind = 'contact' AND e.object_id = c.id AND e.before ? 'customer'
          AND e.id >= m.id AND e.at < {{over}} AND {then.BY_SOMEBODY})
    ORDER BY m.id LIMIT 1)"""  # noqa: S608 (made of constants)
OF = f"""coalesce((SELECT coalesce(o.merged_into_id, o.id) FROM accounts_customer o
    WHERE {{told}} AND o.id = (CASE WHEN c.is_gone THEN h.customer WHEN h.customer IS NOT NULL THEN {BEFORE_MERGES} END)::bigint), c.customer_id)"""  # noqa: S608 (made of constants)
STATE = "CASE WHEN r.customer_id <> c.customer_id THEN coalesce(r.{column}, c.{column}) ELSE c.{column} END AS {column}"


def contacts_then(over: str, *, with_gone: bool = False) -> str:
    """Contacts with the roles they had just before the instant ``over`` (SQL), NULL where these are unknown; a table for a FROM.

    It has ``id``, ``customer_id``, ``roles``, ``state``, ``state_on`` and ``is_gone``; the customer is that of then. State and its day are
    dated by themselves; of who went to another customer since they are those of then, as what they are there tells nothing of here.
    ``with_gone``: also who was there before ``over`` and has been deleted since (``is_gone``), to be looked up by customer; else by
    ``id``. Each row looks into the history once.
    """
    came, told = CAME.format(over=over), then.is_told(over)
    before = then.fields_since("contact", "c", over, roles="", customer=then.BY_SOMEBODY, state="", state_on="")
    looked = f"""CROSS JOIN LATERAL (SELECT {ROLES.format(told=told, came=came)} AS roles, {OF.format(told=told, over=over)} AS customer_id,
        h.state #>> '{{}}' AS state, (h.state_on #>> '{{}}')::date AS state_on FROM ({before} OFFSET 0) h OFFSET 0) r"""  # noqa: S608 (made of our own names)
    columns = f"{STATE.format(column='state')}, {STATE.format(column='state_on')}, c.is_gone, r.roles"
    if not with_gone:
        return f"(SELECT c.id, r.customer_id, {columns} FROM ({NOW}) c {looked})"  # noqa: S608 (made of our own names)
    gone = " UNION ALL ".join(
        GONE_SINCE.format(over=over, came=came, customer=customer, merged=merged)
        for customer, merged in (("d.customer_id", ""), ("o.merged_into_id", "NOT"))
    )
    rows = f"({NOW} UNION ALL {gone}) c"
    return f"""(SELECT c.id, c.customer_id, {columns} FROM {rows} {looked} WHERE r.customer_id = c.customer_id
        UNION ALL
        SELECT c.id, r.customer_id, {columns} FROM ({MOVED_SINCE.format(over=over)}) moved JOIN {rows} USING (id) {looked}
        WHERE r.customer_id <> c.customer_id)"""  # noqa: S608 (made of our own names)


@dataclass(frozen=True)
class Told:
    """What a contact was at an instant. ``roles`` are None where they are unknown."""

    customer_id: int
    roles: list[str] | None
    name: str
    state: str
    state_on: dt.date


def told_then(contacts: Collection[int], over: dt.datetime) -> dict[int, Told]:
    """What the history tells of each of the contacts, by its number, just before ``over``. One statement."""
    before = then.fields_since("contact", "c", "%(over)s", name="")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.id, p.customer_id, p.roles, coalesce(h.name #>> '{{}}', c.name), p.state, p.state_on
            FROM {contacts_then("%(over)s")} p JOIN accounts_contact c ON c.id = p.id CROSS JOIN LATERAL ({before}) h
            WHERE p.id = ANY(%(ids)s)""",  # noqa: S608 (made of our own names)
            {"over": over, "ids": list(contacts)},
        )
        return {key: Told(*values) for key, *values in cursor.fetchall()}


def held_since(contacts: Collection[int], role: str) -> dict[int, dt.datetime]:
    """Since when those of the contacts to whom somebody gave the role later than they came have it; of others it is not known. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT e.object_id, max(e.at) FROM history_entry e
            WHERE e.kind = 'contact' AND e.object_id = ANY(%(ids)s) AND e.operation = 'changed' AND {then.BY_SOMEBODY}
              AND e.after -> 'roles' ? %(role)s AND NOT e.before -> 'roles' ? %(role)s GROUP BY 1""",  # noqa: S608 (made of constants)
            {"ids": list(contacts), "role": role},
        )
        return dict(cursor.fetchall())


def contacts_at(customer: Customer, over: dt.datetime, present_on: dt.date | None = None) -> QuerySet[Contact]:
    """The contacts, of those that still stand, that belonged to the customer just before ``over``; ``present_on``: who was there on the day."""
    instant = f"TIMESTAMPTZ '{over.isoformat()}'"
    theirs = f"SELECT p.id FROM {contacts_then(instant, with_gone=True)} p WHERE p.customer_id = %s AND NOT p.is_gone"  # noqa: S608 (made of our own names)
    if present_on:
        there = present("p", f"DATE '{present_on}'")
        theirs = f"{theirs} AND {there}"
    return Contact.objects.filter(pk__in=RawSQL(theirs, [customer.pk]))  # noqa: S611 (made of our own names)
