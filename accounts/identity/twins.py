"""Customers that may be one: pairs with what speaks for it and against it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.identity.ways import EVERYBODY, PUBLIC, SHARED_BY, SHARED_WORDS
from accounts.imports.twins import alike
from accounts.models import Customer, ImportFile, ImportRun, NotSame, TwinPair
from config.locks import lock
from config.outbox.queueing import enqueue

KIND: Final = "accounts.twins"
# Targets of imports of which pairs are made.
MADE_OF: Final = ("customers", "contacts", "keys")
LISTED: Final = 200
# Of each: how much it weighs. From ``LIKELY`` on a pair is very likely the same.
WEIGHTS: Final = {"domain": 3, "contacts": 3, "ids": 3, "name": 2}
LIKELY: Final = 5
FOR: Final[dict[str, str | Promise]] = {
    "domain": _("Same domain, not a shared one"),
    "contacts": _("Contacts with the same email"),
    "ids": _("Ids that differ only by zeros, case, width or .0"),
    "name": _("Names equal without their legal form"),
}
AGAINST: Final[dict[str, str | Promise]] = {
    "source": _("Two ids in the same system"),
    "owner": _("Two owners"),
    "country": _("Two countries"),
    "parent": _("One is part of the other"),
}
# (first, second, what) over ``who``, the customers asked about. Groups of which many have a share are left out before they
# are paired.
PAIRS: Final = f"""
    WITH who AS MATERIALIZED ({{who}}),
    has(what, value, id) AS (
        {SHARED_WORDS}
        UNION SELECT 'contacts', lower(p.email), p.customer_id FROM who JOIN accounts_contact p ON p.customer_id = who.id
        WHERE p.email <> ''
        UNION SELECT 'ids', k.source || ' ' || {alike("k.external_id")}, k.customer_id
        FROM who JOIN accounts_externalkey k ON k.customer_id = who.id
    ), shared AS MATERIALIZED (
        SELECT what, value FROM has GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND {SHARED_BY}
    ), pair AS (
        SELECT a.id AS first, b.id AS second, a.what, count(*) AS n
        FROM shared JOIN has a USING (what, value) JOIN has b USING (what, value) WHERE a.id < b.id GROUP BY 1, 2, 3
    )
    SELECT first, second, jsonb_object_agg(what, n),
        sum(CASE what WHEN 'domain' THEN {WEIGHTS["domain"]} WHEN 'contacts' THEN {WEIGHTS["contacts"]}
                      WHEN 'ids' THEN {WEIGHTS["ids"]} ELSE {WEIGHTS["name"]} END) AS weight
    FROM pair p GROUP BY 1, 2
"""  # noqa: S608 (made of constants)
KEEP: Final = f"""
    CREATE TEMP TABLE twins_found (first_id, second_id, evidence, weight) ON COMMIT DROP AS {PAIRS.format(who=EVERYBODY)};
    DELETE FROM accounts_twinpair t WHERE NOT EXISTS (
        SELECT FROM twins_found f WHERE (f.first_id, f.second_id) = (t.first_id, t.second_id));
    INSERT INTO accounts_twinpair AS t (first_id, second_id, evidence, weight) SELECT * FROM twins_found
    ON CONFLICT (first_id, second_id) DO UPDATE SET evidence = excluded.evidence, weight = excluded.weight
    WHERE (t.evidence, t.weight) IS DISTINCT FROM (excluded.evidence, excluded.weight);
    DROP TABLE twins_found
"""  # noqa: S608 (made of constants)
COUNTER: Final = """
    SELECT a.owner_id <> b.owner_id, a.country <> b.country AND '' NOT IN (a.country, b.country),
        coalesce(a.parent_id = b.id, false) OR coalesce(b.parent_id = a.id, false),
        EXISTS (SELECT FROM accounts_externalkey k JOIN accounts_externalkey l USING (source)
                WHERE k.customer_id = a.id AND l.customer_id = b.id)
    FROM accounts_customer a, accounts_customer b WHERE (a.id, b.id) = (%(first)s, %(second)s)
"""


@dataclass(frozen=True)
class Pair:
    """Two customers, the lower number first; ``evidence`` counts by kind what they have in common."""

    first: Customer
    second: Customer
    evidence: dict[str, int]
    weight: int

    @property
    def is_likely(self) -> bool:
        return self.weight >= LIKELY

    @property
    def reasons(self) -> list[tuple[str | Promise, int, bool]]:
        """(words, how many, whether that is strong) of what speaks for one customer."""
        kinds = sorted(self.evidence, key=lambda kind: -WEIGHTS[kind])
        return [(FOR[kind], self.evidence[kind], WEIGHTS[kind] > WEIGHTS["name"]) for kind in kinds]


@transaction.atomic
def find(_now: dt.datetime | None = None) -> int:
    """Look for pairs among all customers and keep them; how many there are. Safe to run again: what is the same is not written."""
    lock(KIND)
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"public": list(PUBLIC)})
    return TwinPair.objects.count()


def seek_after(run: ImportRun) -> None:
    """Have the worker look for pairs once the import is in, where it brought what they are made of. Inside a transaction."""
    is_in = run.state == ImportRun.State.DONE
    if is_in and ImportFile.objects.filter(run=run, written=True, target__in=MADE_OF).exists():
        enqueue(KIND, {}, dedup_key=f"{KIND}:{run.pk}")


def pairs(visible: QuerySet[Customer]) -> list[Pair]:
    """The possible twins among ``visible`` as of the latest search, the likeliest first, at most ``LISTED``; none that somebody
    said are two. One statement.
    """
    rows = undecided(visible).select_related("first__owner", "second__owner")
    return [Pair(row.first, row.second, row.evidence, row.weight) for row in rows]


def places(visible: QuerySet[Customer]) -> list[tuple[int, int]]:
    """The numbers of ``pairs``, in their order."""
    return list(undecided(visible).values_list("first", "second"))


def undecided(visible: QuerySet[Customer]) -> QuerySet[TwinPair]:
    said = NotSame.objects.filter(first=OuterRef("first"), second=OuterRef("second"))
    both = TwinPair.objects.filter(first__in=visible, second__in=visible).exclude(Exists(said))
    return both.order_by("-weight", "first", "second")[:LISTED]


def pair(first: Customer, second: Customer) -> Pair:
    """These two, whatever they have in common now."""
    low, high = sorted([first, second], key=lambda customer: customer.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            PAIRS.format(who="SELECT unnest(%(both)s::bigint[]) AS id"),
            {"both": [low.pk, high.pk], "public": list(PUBLIC)},
        )
        rows: list[tuple[int, int, Any, int]] = cursor.fetchall()
    evidence, weight = (json.loads(rows[0][2]), int(rows[0][3])) if rows else ({}, 0)
    return Pair(low, high, evidence, weight)


def against(found: Pair) -> list[str | Promise]:
    """What speaks for two customers."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTER, {"first": found.first.pk, "second": found.second.pk})
        owners, countries, family, source = cursor.fetchone()
    holds = {"source": source, "owner": owners, "country": countries, "parent": family}
    return [AGAINST[kind] for kind, is_so in holds.items() if is_so]


def part(first: Customer, second: Customer, by: Any) -> NotSame:
    """Remember that the two are not the same; saying so twice is harmless."""
    low, high = sorted([first.pk, second.pk])
    return NotSame.objects.get_or_create(first_id=low, second_id=high, defaults={"said_by": by})[0]
