"""Today's acts that have not been undone, with the values their Undo needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform

from accounts import written
from accounts.models import Customer, Touchpoint, User
from config.history.models import Entry
from health.models import CaseAct
from playbooks.models import Task
from playbooks.shortlist.due import stake_of_task
from renewals.models import ForecastCall, PrepPart, Qbr, Renewal

SHOWN: Final = 15
# The acts on a case, and those that undo them.
CASE_ACTS: Final = (CaseAct.Act.PLANNED, CaseAct.Act.SNOOZED, CaseAct.Act.CLOSED)
TAKES_BACK: Final = (CaseAct.Act.UNPLANNED, CaseAct.Act.WOKEN, CaseAct.Act.REOPENED)
YESTERDAY: Final = dt.timedelta(days=1)
EMPTY: Final = Value("")
ROW: Final = F("pk")
CUSTOMER: Final = F("customer_id")


@dataclass(frozen=True)
class Finished:
    """One act: its ``kind``, its row, who did it and when, and the amount at stake.

    ``detail`` is what its text or its Undo also needs: the day a snooze ends, the stage before a move, the prep part.
    """

    kind: str
    pk: int
    customer_id: int
    customer: str
    by: int
    at: dt.datetime
    title: str
    stake: Decimal | None
    detail: str = ""


@dataclass(frozen=True)
class Done:
    """The newest 15 acts, the number of all, and the ARR of their customers without ``untold`` of them."""

    acts: Sequence[Finished] = ()
    number: int = 0
    touched: Decimal = Decimal(0)
    untold: int = 0


STATEMENT: Final = """
    WITH acts(kind, id, customer_id, by_id, at, title, stake, detail) AS ({acts}),
    touched AS (SELECT c.arr FROM accounts_customer c WHERE c.id IN (SELECT a.customer_id FROM acts a))
    SELECT a.kind, a.id, a.customer_id, c.name, a.by_id, a.at, a.title, a.stake, a.detail, a.number,
        (SELECT coalesce(sum(t.arr), 0) FROM touched t), (SELECT count(*) FROM touched t WHERE t.arr IS NULL)
    FROM (SELECT a.*, count(*) OVER () AS number FROM acts a ORDER BY a.at DESC, a.kind, a.id LIMIT {shown}) a
    JOIN accounts_customer c ON c.id = a.customer_id
    ORDER BY a.at, a.kind, a.id
"""


def finished(user: User, scope: str, since: dt.datetime, day: dt.date) -> Done:
    """The acts of the scope since an instant of ``day``, without undone ones; "mine" are ``user``'s. One statement."""
    statement = written.text(_done, user, scope, since)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.bound(user, day))
        rows = cursor.fetchall()
    acts = [Finished(*row[:9]) for row in rows]
    return Done(acts, *rows[0][9:]) if rows else Done()


def _done(user: User, day: dt.date, scope: str, since: dt.datetime) -> tuple[str, list[Any]]:
    """Every kind of act as rows of one statement."""
    reach = _Reach(user, scope, since, day)
    parts = [_sql(kind, rows) for kind, rows in _kinds(reach).items()]
    sql = STATEMENT.format(acts=" UNION ALL ".join(text for text, _ in parts), shown=SHOWN)
    return sql, [value for _, values in parts for value in values]


@dataclass(frozen=True)
class _Reach:
    """Whose acts are listed, and since when."""

    user: User
    scope: str
    since: dt.datetime
    day: dt.date

    def of(self, rows: QuerySet[Any], who: str, customer: str = "customer") -> QuerySet[Any]:
        """Acts on customers visible to the user: their own acts or, in other scopes, those of anybody."""
        person = Q(**{who: self.user.pk}) if self.scope == "mine" else Q(**{f"{who}__isnull": False})
        return rows.filter(person, **{f"{customer}__in": Customer.objects.visible_to(self.user)})

    def changes(self, kind: str, field: str) -> QuerySet[Entry]:
        """Changes of a field of the outer query's row, the newest first."""
        entries = Entry.objects.filter(kind=kind, object_id=OuterRef("pk"), at__gte=self.since, after__has_key=field)
        person = Q(actor_id=self.user.pk) if self.scope == "mine" else Q(actor_id__isnull=False)
        return entries.filter(person).order_by("-pk")


def _kinds(reach: _Reach) -> dict[str, QuerySet[Any]]:
    """Rows with (pk, whose, who, when, what, worth, detail) by the kind of act."""
    tasks = Task.objects.annotate(worth=stake_of_task())
    closed = reach.of(tasks, "done_by").filter(done_at__gte=reach.since)
    put_off = _changed(tasks.open().filter(snoozed_until__gt=reach.day), reach, "task", "snoozed_until")
    cases = reach.of(
        CaseAct.objects.filter(at__gte=reach.since, day=reach.day, act__in=CASE_ACTS), "by", "case__customer"
    )
    newer_acts = CaseAct.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"), act__in=[*CASE_ACTS, *TAKES_BACK])
    latest_acts = cases.exclude(Exists(newer_acts))
    # A touch of yesterday may be logged this morning; older ones come from an import.
    recent = Touchpoint.objects.filter(changed_at__gte=reach.since, happened_on__gte=reach.day - YESTERDAY)
    touches = reach.of(recent, "author")
    return {
        "task": _act(closed, F("done_by_id"), F("done_at"), F("title"), F("worth")),
        "task_snoozed": _act(put_off, F("actor"), F("when"), F("title"), F("worth"), F("snoozed_until")),
        **{
            f"case_{act}": _act(
                latest_acts.filter(act=act), F("by_id"), F("at"), F("case__title"), F("case__value"), F("case__snoozed_until"),
                pk=F("case_id"), customer=F("case__customer_id"),
            )
            for act in CASE_ACTS
        },
        "touch": _act(touches, F("author_id"), F("changed_at"), F("kind"), F("customer__arr")),
        **_of_renewals(reach),
    }  # fmt: skip


def _of_renewals(reach: _Reach) -> dict[str, QuerySet[Any]]:
    """Calls, decisions, moves, parts of prep completed without a task, closings, and reviews."""
    newer = ForecastCall.objects.filter(renewal=OuterRef("renewal"), voice=OuterRef("voice"), pk__gt=OuterRef("pk"))
    latest_calls = ForecastCall.objects.standing().filter(made_at__gte=reach.since).exclude(Exists(newer))
    calls = reach.of(latest_calls.exclude(likelihood=None, category=""), "by", "renewal__customer")
    first_changes = reach.changes("renewal", "stage").order_by("pk").annotate(was=KeyTextTransform("stage", "before"))
    moved = _changed(Renewal.objects.still_open(), reach, "renewal", "stage")
    # A renewal back in the stage in which it began the day has not moved.
    moved = (
        moved.annotate(before=Subquery(first_changes.values("was")[:1]))
        .exclude(before=F("stage"))
        .exclude(before="closed")
    )
    closed = reach.of(Renewal.objects.counted().filter(closed_on=reach.day), "closed_by")
    by_task = Task.objects.filter(
        renewal=OuterRef("renewal"), prep_part=OuterRef("part"), done_at__gte=reach.since, done_by__isnull=False
    )
    parts = reach.of(PrepPart.objects.filter(done_on=reach.day), "done_by", "renewal__customer").exclude(
        Exists(by_task)
    )
    reviews = reach.of(Qbr.objects.filter(held_on=reach.day), "closed_by")
    of_renewal = {"pk": F("renewal_id"), "customer": F("renewal__customer_id")}
    arr = F("renewal__arr")
    return {
        **{
            kind: _act(calls.filter(voice=voice), F("by_id"), F("made_at"), Value(""), arr, **of_renewal)
            for kind, voice in (("call", ForecastCall.Voice.CSM), ("decision", ForecastCall.Voice.FINAL))
        },
        "moved": _act(moved, F("actor"), F("when"), F("stage"), F("arr"), F("before")),
        "closed": _act(closed, F("closed_by_id"), F("changed_at"), F("outcome"), F("arr")),
        "part": _act(parts, F("done_by_id"), F("renewal__changed_at"), F("part"), arr, F("part"), **of_renewal),
        "qbr": _act(reviews, F("closed_by_id"), F("changed_at"), Value(""), F("customer__arr")),
    }


def _changed(rows: QuerySet[Any], reach: _Reach, kind: str, field: str) -> QuerySet[Any]:
    """Rows whose field a person has changed, with the ``actor`` and the time (``when``) of the latest change."""
    newest = reach.changes(kind, field)
    visible = rows.filter(customer__in=Customer.objects.visible_to(reach.user))
    named = visible.annotate(actor=Subquery(newest.values("actor_id")[:1]), when=Subquery(newest.values("at")[:1]))
    return named.filter(when__isnull=False)


def _act(
    rows: QuerySet[Any], who: Any, when: Any, what: Any, worth: Any, detail: Any = EMPTY,
    *, pk: Any = ROW, customer: Any = CUSTOMER,
) -> QuerySet[Any]:  # fmt: skip
    columns = {"row": pk, "whose": customer, "who": who, "at_last": when, "what": what, "stake": worth, "more": detail}
    return rows.order_by().annotate(**columns).values(*columns)


def _sql(kind: str, rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The acts of ``rows`` as rows of ``acts``; none where the queryset is empty by construction."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        nothing = "NULL::bigint, NULL::bigint, NULL::bigint, NULL::timestamptz, ''::text, NULL::numeric, ''::text"
        return f"SELECT '{kind}'::text, {nothing} WHERE false", ()
    columns = "q.row, q.whose, q.who, q.at_last, q.what::text, q.stake::numeric, coalesce(q.more::text, '')"
    return f"SELECT '{kind}'::text, {columns} FROM ({sql}) q", parameters  # noqa: S608 (made of constants)
