"""Two customers become one, and are two again.

What stands in the record of a customer keeps the customer that its own key names (``named``, ``accounts.models.named``) and
belongs to the survivor (``customer``), which is what everything reads; so no reader knows of merges, and what comes later
under a key of the merged one belongs to the survivor, too. Parted again, each has exactly its own rows, with what came in
between under its keys; what people wrote meanwhile stays with the survivor.

Of two rows that only one customer can have (one open case a reason, one running play, one contact an email) the merged
customer's stays asleep with it: customers that are merged are shown nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, models, transaction
from django.utils.translation import gettext as _

from accounts import changes, facts, lifecycle, ownership, segmenting, sentiment, statistics, timeline
from accounts.identity import families
from accounts.identity.restoring import restore
from accounts.identity.values import SAID, Values, said_of, save, version
from accounts.models import (
    AdvocacyAct,
    Cancellation,
    CommunityActivity,
    Contact,
    Contract,
    Customer,
    Integration,
    Invoice,
    Merge,
    NotSame,
    Objective,
    Sentiment,
    Touchpoint,
    User,
)
from config import locks
from config.history.actors import acting


@dataclass(frozen=True)
class Rows:
    """A table whose rows go along. ``double`` is SQL that holds for a row ``t`` which ``%(to)s`` cannot have beside its own.

    ``is_strict``: nor can the customer that the row names; else it may go back beside one that slept there. ``wakes``: a row
    that is double no more goes to the survivor by and by; not where work that is done would come up again. ``noted`` is
    SQL over the rows ``moved`` that come so.
    """

    model: type[models.Model]
    double: str = "false"
    is_strict: bool = True
    wakes: bool = True
    noted: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table


# Brings what is derived of these customers up to the day.
Follow = Callable[[list[int], dt.date], object]
# Brings derived rows from one customer to another: own, from, to.
Carry = Callable[[int, int, int], object]
ROWS: Final[dict[str, Rows]] = {}
FOLLOW: Final[list[Follow]] = []
CARRY: Final[list[Carry]] = []
SAME_EMAIL: Final = """t.email <> '' AND EXISTS (
    SELECT FROM accounts_contact x WHERE x.customer_id = %(to)s AND x.email <> '' AND lower(x.email) = lower(t.email))"""
MOVE: Final = """
    UPDATE {table} t SET customer_id = %(to)s, named_id = nullif(%(own)s, %(to)s)
    WHERE t.customer_id = ANY(%(group)s) AND coalesce(t.named_id, t.customer_id) = %(own)s AND t.customer_id <> %(to)s
      AND NOT ({double})
"""
# What became the like of a row that slept at its own customer stays where it is.
STAY: Final = "UPDATE {table} t SET named_id = NULL WHERE t.named_id = %(own)s AND t.customer_id = ANY(%(group)s)"
# Everybody who is one with these customers, and the survivor of each chain; survivors come first, and nearer ones.
GROUP: Final = """
    WITH RECURSIVE linked(a, b) AS (
        SELECT merged_id, survivor_id FROM accounts_merge WHERE undone_at IS NULL
    ), around(id) AS (
        SELECT unnest(%(ids)s::bigint[])
        UNION SELECT CASE WHEN l.a = r.id THEN l.b ELSE l.a END FROM around r JOIN linked l ON r.id IN (l.a, l.b)
    ), up(id, root, steps) AS (
        SELECT id, id, 0 FROM around
        UNION SELECT u.id, l.b, u.steps + 1 FROM up u JOIN linked l ON l.a = u.root
    )
    SELECT c.id, coalesce(c.merged_into_id, c.id), u.root FROM up u JOIN accounts_customer c ON c.id = u.id
    WHERE NOT EXISTS (SELECT FROM linked l WHERE l.a = u.root) ORDER BY u.steps, c.id
"""


def join(*rows: Rows, follow: Follow | None = None, carry: Carry | None = None) -> None:
    """Let the rows of an app go along with every merge from now on, in this order; ``follow`` is called after them."""
    ROWS.update({each.table: each for each in rows})
    if follow:
        FOLLOW.append(follow)
    if carry:
        CARRY.append(carry)


def install() -> None:
    """The record's own rows."""
    record = (
        Contract, Invoice, Integration, CommunityActivity, AdvocacyAct, Touchpoint, Objective, Cancellation
    )  # fmt: skip
    # That nothing is felt since a handover holds of the customer that was handed over, as sentiment.STANDS reads it.
    felt = Rows(Sentiment, "t.value IS NULL", wakes=False)
    join(Rows(Contact, SAME_EMAIL, is_strict=False), *map(Rows, record), felt, follow=_follow)


def _follow(ids: list[int], day: dt.date) -> None:
    lifecycle.sweep(day, ids)
    segmenting.place(Customer.objects.filter(pk__in=ids), day)
    timeline.follow(ids)
    sentiment.stay_with_touches(ids)


@contextmanager
def refusing_what_others_hold() -> Iterator[None]:
    """Raise ValidationError where others write the same rows: a lock not had in time, a deadlock."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, locks.IN_THE_WAY):
            raise
        raise ValidationError(_("Somebody else is working on these customers: try again in a moment.")) from error


@refusing_what_others_hold()
@transaction.atomic
def merge(
    merged: Customer,
    survivor: Customer,
    *,
    taken: Collection[str] = (),
    by: User | None,
    day: dt.date,
    seen: str | None = None,
) -> Merge:
    """``merged`` is ``survivor`` from now on; of the fields and attributes ``taken`` the survivor gets the merged one's value.

    ``seen`` is what ``values.version`` said when the pair was shown, None where nobody was shown it. Raises ValidationError where ``by`` may not change both,
    where one is merged already, where the pair has changed since, or where others are writing it. The number of statements depends on no rows.
    """
    locked = {customer.pk: customer for customer in _lock([merged.pk, survivor.pk], by)}
    merged, survivor = locked[merged.pk], locked[survivor.pk]
    if seen is not None and seen != version(merged, survivor):
        raise ValidationError(_("One of the two has changed meanwhile: look at both again."))
    made = Merge.objects.create(merged=merged, survivor=survivor, made_by=by)
    NotSame.objects.filter(first=min(merged.pk, survivor.pk), second=max(merged.pk, survivor.pk)).delete()
    values = Values.of(merged, survivor, taken)
    made.before, made.after = values.before, values.after | {SAID: said_of(merged)}
    with acting(door(made)):
        made.after |= families.adopt(merged, survivor)
        made.save(update_fields=["before", "after"])
        save(survivor, values.after, by=by, day=day)
        settle([merged.pk, survivor.pk], day)
    return made


@refusing_what_others_hold()
@transaction.atomic
def undo(made: Merge, *, by: User | None, day: dt.date, now: dt.datetime) -> None:
    """Part what ``made`` joined: each has its own rows again. Values of the survivor go back where nobody changed them
    since. Raises ValidationError where that was done already, where ``by`` may not change the survivor, or where others are
    writing them.
    """
    ids = [made.merged_id, made.survivor_id]
    # The customers first: an Undo of another merge of theirs writes this one's row, too.
    locked = {customer.pk: customer for customer in _lock_rows([*ids, *_everybody(ids), *families.hung(made)])}
    made = Merge.objects.select_for_update(of=("self",)).select_related("merged").get(pk=made.pk)
    if made.undone_at is not None:
        raise ValidationError(_("This merge was taken back already."))
    if not locked.keys() >= set(_everybody(ids)):
        raise ValidationError(_("One of the two has changed meanwhile: look at both again."))
    made.survivor = locked[made.survivor_id]
    survivor = made.survivor.merged_into or made.survivor
    if by is not None and not Customer.objects.changeable_by(by).filter(pk=survivor.pk).exists():
        raise ValidationError(_("Only who may change the customer can take this back."))
    made.undone_at, made.undone_by = now, by
    made.save(update_fields=["undone_at", "undone_by"])
    with acting(door(made)):
        families.give_back(made, {survivor.pk, made.survivor_id}, locked)
        restore(made, by=by, day=day)
        settle(ids, day)


def door(made: Merge) -> str:
    """The way in, by which the history knows the fields that a merge writes."""
    return f"merge:{made.pk}"


def _everybody(ids: list[int]) -> list[int]:
    """These customers and all who are one with them."""
    return [own for own, _stood, _root in _group(ids)]


def _group(ids: list[int]) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(GROUP, {"ids": ids})
        return cursor.fetchall()


def settle(ids: list[int], day: dt.date) -> None:
    """Give every row of these customers, and of all who are one with them, to the survivor that there is now."""
    group = _group(ids)
    everybody = [own for own, _stood, _root in group]
    moving = [(own, stood, root) for own, stood, root in group if stood != root]
    for own, stood, root in moving:
        Customer.objects.filter(pk=own).update(merged_into=None if own == root else root)
        _move(own, root, everybody)
        # What follows reads the rows that have just moved.
        statistics.refresh_written()
        for carry in CARRY:
            carry(own, stood, root)
    standing = sorted({root for _own, _stood, root in group})
    for follow in FOLLOW:
        follow(standing, day)
    ownership.follow(ownership.Moves(standing), day)
    facts.record(day, standing)
    changes.mark(everybody, "merge")


def _move(own: int, to: int, group: list[int]) -> None:
    """Bring the rows of ``own`` to ``to``; what is double there sleeps at ``own``."""
    with connection.cursor() as cursor:
        for rows in ROWS.values():
            home = rows.double if rows.is_strict else "false"
            double = home if own == to else rows.double
            cursor.execute(MOVE.format(table=rows.table, double=double), {"own": own, "to": to, "group": group})
            if rows.double == "false":
                continue
            elsewhere: dict[str, Any] = {"own": own, "group": [pk for pk in group if pk not in {own, to}]}
            if own != to:
                cursor.execute(MOVE.format(table=rows.table, double=home), elsewhere | {"to": own})
            elif rows.is_strict:
                cursor.execute(STAY.format(table=rows.table), elsewhere)


def survivor_of(customer: int) -> int | None:
    """The number of the customer that ``customer`` was merged into; None where it is itself."""
    return Customer.objects.filter(pk=customer, merged_into__isnull=False).values_list("merged_into", flat=True).first()


def standing(survivor: Customer) -> list[Merge]:
    """The merges that make the customer what it is, the latest first. One statement."""
    merges = Merge.objects.filter(undone_at=None, merged__merged_into=survivor)
    return list(merges.select_related("merged", "made_by").order_by("-pk"))


def _lock(ids: Iterable[int], by: User | None) -> list[Customer]:
    """Lock both customers; ValidationError where one is merged or may not be changed."""
    locked = _lock_rows(ids)
    if any(customer.merged_into_id for customer in locked):
        raise ValidationError(_("One of the two is merged already."))
    if len(locked) < 2:  # noqa: PLR2004 (a pair)
        raise ValidationError(_("Choose two customers."))
    able = Customer.objects.changeable_by(by).filter(pk__in=[c.pk for c in locked]).count() if by else len(locked)
    if able < len(locked):
        raise ValidationError(_("Only who may change both customers can merge them."))
    return locked


def _lock_rows(ids: Iterable[int]) -> list[Customer]:
    """The customers, locked in the order of their numbers, so that rows for them wait."""
    return list(Customer.objects.select_for_update(of=("self",)).filter(pk__in=set(ids)).order_by("pk"))
