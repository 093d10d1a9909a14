"""Who looks after which customers, and the one act by which that changes.

The customer form, the handover page, imports, deactivations and the API all call ``hand_over`` (or ``move`` for a plan of
their own). What belongs to a customer's owner follows in the same transaction: the record's own part is here, higher apps
``join`` with theirs when they load.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import changes, facts, sentiment
from accounts.models import Customer, Fact, Handover, User

Plan = Mapping[int, int | None]  # customer → heir; None: nobody
Door = Handover.Door
DUE_DAYS: Final = 90


def renews_within(days: int) -> dict[str, Any]:
    """The next renewal is due today or within so many days: as a condition."""
    return {"field": "next_renewal", "test": "within_next", "value": days}


@dataclass(frozen=True)
class Moves:
    """Customers whose owner has just changed; ``leaver``: the person deactivated (or made a viewer) with it."""

    customers: list[int]
    leaver: int | None = None


@dataclass(frozen=True)
class Part:
    """What an app keeps for a customer's owner, such as tasks, and how it follows. Each callable asks one statement.

    ``follow`` brings the items of ``Moves`` to the owners that the customers now have and returns how many it moved; items
    that somebody handed on by hand stay. ``following`` counts by customer what of the day's open items would move;
    ``held`` counts by person those that the person has: the figure that their own page gives as open on the day. What is put
    off or asks to be closed moves along uncounted.
    """

    key: str
    words: str | Promise
    follow: Callable[[Moves, dt.date], int]
    following: Callable[[list[int], dt.date], dict[int, int]]
    held: Callable[[list[int], dt.date], dict[int, int]]


PARTS: Final[dict[str, Part]] = {}


def join(part: Part) -> None:
    """Let ``part`` follow every change of owner from now on."""
    PARTS[part.key] = part


@dataclass(frozen=True)
class Handed:
    """The result of an act: the customers and items moved, and ``kept``, the customers that stay with an unexpected
    owner. ``handover`` is None where it moved nobody; ``again`` is true where an earlier press did it.
    """

    handover: Handover | None
    customers: int
    parts: dict[str, int] = field(default_factory=dict)
    kept: int = 0
    again: bool = False


# The customers are locked in the order of their numbers, so that two handovers wait for each other instead of both failing.
# Where givers are named, a customer that somebody else got meanwhile stays there: the lock reads its owner anew.
# The previous owner's sentiment ends with the handover, no earlier than its own day.
MOVE: Final = """
    WITH moving AS MATERIALIZED (
        SELECT c.id, c.owner_id AS before, asked.heir AS after, c.sentiment, c.sentiment_on
        FROM accounts_customer c
        JOIN unnest(%(customers)s::bigint[], %(heirs)s::bigint[], %(givers)s::bigint[])
            asked(customer, heir, giver) ON asked.customer = c.id
        WHERE c.owner_id IS DISTINCT FROM asked.heir
          AND (%(anybody)s OR c.owner_id IS NOT DISTINCT FROM asked.giver)
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ), ended AS (
        INSERT INTO accounts_sentiment (customer_id, day)
        SELECT id, greatest(%(day)s::date, sentiment_on) FROM moving WHERE sentiment IS NOT NULL
        RETURNING id, customer_id
    ), moved AS (
        UPDATE accounts_customer c SET owner_id = moving.after
        FROM moving WHERE moving.id = c.id
    )
    INSERT INTO accounts_handovermove (handover_id, customer_id, before_id, after_id, ended_id)
    SELECT %(handover)s, moving.id, moving.before, moving.after, ended.id
    FROM moving LEFT JOIN ended ON ended.customer_id = moving.id
    RETURNING customer_id, ended_id IS NOT NULL
"""
# Only unchanged moves go back: the heir still has the customer, and the previous owner may still have customers.
STANDING: Final = """
    SELECT m.customer_id, m.before_id, m.after_id, m.ended_id,
           c.owner_id IS NOT DISTINCT FROM m.after_id
               AND (m.before_id IS NULL OR u.is_active AND u.role <> 'viewer') AS stands
    FROM accounts_handovermove m
    JOIN accounts_customer c ON c.id = m.customer_id
    LEFT JOIN accounts_user u ON u.id = m.before_id
    WHERE m.handover_id = %(handover)s
"""
# The sentiment that a handover ended applies again, unless a newer one was recorded since.
FELT_AGAIN: Final = """
    WITH gone AS (
        DELETE FROM accounts_sentiment s
        WHERE s.id = ANY(%(ended)s) AND NOT EXISTS (
            SELECT FROM accounts_sentiment n
            WHERE n.customer_id = s.customer_id AND (n.day, n.id) > (s.day, s.id))
        RETURNING s.id, s.customer_id
    ), let_go AS (
        UPDATE accounts_handovermove m SET ended_id = NULL FROM gone WHERE m.ended_id = gone.id
    )
    SELECT customer_id FROM gone
"""

# Handovers ``h`` that no person made; and what an import, or an assignment, handed over of customers that an Undo took out of the record.
BY_NOBODY: Final = f"h.door IN ('{Door.IMPORT}', '{Door.AUTO}')"
EMPTY: Final = f"""
    DELETE FROM accounts_handover h
    WHERE {BY_NOBODY} AND NOT EXISTS (SELECT FROM accounts_handovermove m WHERE m.handover_id = h.id)
"""  # noqa: S608 (made of constants)


def forget_empty() -> None:
    """Forget handovers by which no customer moved that is still there, and that no person made. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)


def hand_over(
    customers: Iterable[int], heir: User | None, *, day: dt.date, door: Door, by: User | None = None
) -> Handed:
    """Give ``customers`` to ``heir`` (None: to nobody) from ``day`` on. As ``move``."""
    return move(dict.fromkeys(customers, heir.pk if heir else None), day=day, door=door, by=by)


@transaction.atomic
def move(
    plan: Plan,
    *,
    day: dt.date,
    door: Door,
    by: User | None = None,
    key: uuid.UUID | None = None,
    leaver: User | None = None,
    givers: Plan | None = None,
) -> Handed:
    """Give each customer of ``plan`` to its heir from ``day`` on; what belongs to the owner follows at once.

    Skips customers that have that owner already. ``givers`` names the expected present owner of each: a customer
    that somebody else got meanwhile stays there and is counted as ``kept``. Sentiment ends, dated facts and change
    marks are written. The number of statements depends on neither customers nor heirs. Raises ValidationError, with
    nothing written, where an heir may not look after customers. A second call with the same ``key`` changes nothing
    and answers with the first handover.
    """
    check_heirs(plan.values())
    handover, new = Handover.objects.get_or_create(
        key=key or uuid.uuid4(), defaults={"door": door, "day": day, "by": by}
    )
    if not new:
        return Handed(handover, handover.moves.count(), again=True)
    params: dict[str, Any] = {
        "customers": list(plan),
        "heirs": list(plan.values()),
        "givers": [givers[pk] if givers else None for pk in plan],
        "anybody": givers is None,
        "day": day,
        "handover": handover.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, params)
        rows = cursor.fetchall()
    moved = [customer for customer, _felt in rows]
    if moved:
        sentiment.copy(customer for customer, felt in rows if felt)
        facts.record(day, moved, Fact.OWNER)
        changes.mark(moved, "owner")
    parts = follow(Moves(moved, leaver.pk if leaver else None), day)
    if not moved:
        handover.delete()
        return Handed(None, 0, parts, kept=len(plan) if givers else 0)
    return Handed(handover, len(moved), parts, kept=len(plan) - len(moved) if givers else 0)


def follow(moves: Moves, day: dt.date) -> dict[str, int]:
    """Let every part follow; returns how many items each moved. One statement a part, none without moves."""
    if not moves.customers and moves.leaver is None:
        return {}
    return {part.key: part.follow(moves, day) for part in PARTS.values()}


@transaction.atomic
def undo(
    handover: Handover, *, day: dt.date, now: dt.datetime, by: User, customers: Collection[int] | None = None
) -> Handed:
    """Give back the unchanged moves of ``handover``; ``kept`` counts the customers that stay where they are.

    With ``customers`` only theirs, also after others of the handover were undone.

    A customer stays where its owner has changed again since, where the owner before may no longer have customers, or
    where ``by`` may no longer change it.
    Raises ValidationError where it was undone already, and where nothing of it can go back: it can then be undone later,
    such as when the owner before may sign in again.
    """
    locked = Handover.objects.select_for_update().get(pk=handover.pk)
    if locked.undone_at is not None and customers is None:
        raise ValidationError(_("This handover was taken back already."))
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"handover": locked.pk})
        rows = [row for row in cursor.fetchall() if customers is None or row[0] in customers]
    changeable_pks = set(
        Customer.objects.changeable_by(by).filter(handovers__handover=locked).values_list("pk", flat=True)
    )
    unchanged = {
        customer: (before, after)
        for customer, before, after, _ended, stands in rows
        if stands and customer in changeable_pks
    }
    undone = move(
        {customer: before for customer, (before, _after) in unchanged.items()},
        day=day,
        door=Door.UNDO,
        by=by,
        givers={customer: after for customer, (_before, after) in unchanged.items()},
    )
    if undone.handover is None:
        raise ValidationError(_("Nothing of this handover can go back now."))
    returned_pks = set(undone.handover.moves.values_list("customer_id", flat=True))
    ended = [ended for customer, _before, _after, ended, _stands in rows if ended and customer in returned_pks]
    with connection.cursor() as cursor:
        cursor.execute(FELT_AGAIN, {"ended": ended})
        felt_pks = [row[0] for row in cursor.fetchall()]
    sentiment.copy(felt_pks)
    locked.undone_at = locked.undone_at or now
    locked.save(update_fields=["undone_at"])
    return Handed(undone.handover, undone.customers, undone.parts, kept=len(rows) - undone.customers)


def check_heirs(heirs: Iterable[int | None]) -> None:
    """Raise ValidationError unless every heir is active and no viewer; they stay so until the transaction ends."""
    heir_pks = {heir for heir in heirs if heir is not None}
    missing = heir_pks - able(heir_pks)
    if missing:
        names = ", ".join(User.objects.filter(pk__in=missing).order_by("name").values_list("name", flat=True))
        raise ValidationError(_("%(name)s cannot look after customers.") % {"name": names or "?"})


def able(people: Iterable[int]) -> set[int]:
    """Those of ``people`` who may have customers: active and no viewer; they stay so until the transaction ends."""
    pks = sorted(set(people))
    if not pks:
        return set()
    rows = User.objects.may_own().filter(pk__in=pks).order_by("pk")
    # FOR SHARE: a deactivation, which locks its person for update, comes before or after, never between.
    sql, params = rows.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", params)
        return {row[0] for row in cursor.fetchall()}
