"""Today's acts that have not been undone, with the values their Undo needs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import JSONObject

from accounts import seen, written
from accounts.models import Customer, Touchpoint, User
from config.history.models import Entry
from health.cases import acts
from health.models import Case, CaseAct
from playbooks import work
from playbooks.models import Task
from playbooks.shortlist.due import stake_of_task
from renewals import calling, closing, prep, qbrs, stages
from renewals.models import ForecastCall, PrepPart, Qbr, Renewal

SHOWN: Final = 15
# The acts on a case, and those that undo them.
CASE_ACTS: Final = (CaseAct.Act.PLANNED, CaseAct.Act.SNOOZED, CaseAct.Act.CLOSED)
TAKES_BACK: Final = (CaseAct.Act.UNPLANNED, CaseAct.Act.WOKEN, CaseAct.Act.REOPENED)
# By kind of act, the row that its Undo locks and the columns that it compares. The Undo of a touch names its very row.
MARKED: Final[Mapping[str, tuple[type[Model], Sequence[str]]]] = {
    "task": (Task, work.CLOSING),
    "task_snoozed": (Task, work.WAITING),
    "case_planned": (Case, acts.PLANNING),
    "case_snoozed": (Case, acts.WAITING),
    "case_closed": (Case, acts.CLOSING),
    "call": (Renewal, calling.CALL),
    "decision": (Renewal, calling.DECISION),
    "moved": (Renewal, stages.STAGE),
    "closed": (Renewal, closing.BY_WHOM),
    "part": (PrepPart, prep.DONE),
    "qbr": (Qbr, qbrs.CLOSING),
}
YESTERDAY: Final = dt.timedelta(days=1)
EMPTY: Final = Value("")
ROW: Final = F("pk")
CUSTOMER: Final = F("customer_id")


@dataclass(frozen=True)
class Finished:
    """One act: its ``kind``, its row, who did it and when, and the amount at stake.

    ``detail`` is what its text or its Undo also needs: the day a snooze ends, the stage before a move, the prep part.
    ``mark`` is what its Undo takes back (``accounts.seen``).
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
    mark: str = ""


@dataclass(frozen=True)
class Done:
    """The newest 15 acts, the number of all, and the ARR of all their ``customers`` without ``untold`` of them."""

    acts: Sequence[Finished] = ()
    number: int = 0
    touched: Decimal = Decimal(0)
    untold: int = 0
    customers: Sequence[int] = ()


STATEMENT: Final = """
    WITH acts(kind, id, customer_id, by_id, at, title, stake, detail, marked) AS ({acts}),
    touched AS (SELECT c.arr FROM accounts_customer c WHERE c.id IN (SELECT a.customer_id FROM acts a))
    SELECT a.kind, a.id, a.customer_id, c.name, a.by_id, a.at, a.title, a.stake, a.detail, a.marked, a.number,
        (SELECT coalesce(sum(t.arr), 0) FROM touched t), (SELECT count(*) FROM touched t WHERE t.arr IS NULL),
        (SELECT array_agg(DISTINCT a.customer_id) FROM acts a)
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
    newest = [Finished(*(*row[:9], _mark(row[0], row[9]))) for row in rows]
    return Done(newest, *rows[0][10:]) if rows else Done()


def _mark(kind: str, values: str) -> str:
    if kind not in MARKED:
        return ""
    return seen.mark_of(*MARKED[kind], json.loads(values, parse_float=Decimal))


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
        """Changes of a field of the outer query's row, by anybody, the newest first."""
        entries = Entry.objects.filter(kind=kind, object_id=OuterRef("pk"), at__gte=self.since, after__has_key=field)
        return entries.order_by("-pk")

    def changed(self, rows: QuerySet[Any], change: QuerySet[Entry]) -> QuerySet[Any]:
        """Rows of which the first of ``change`` is an act listed here, with its ``actor`` and its time (``when``)."""
        named = rows.annotate(actor=Subquery(change.values("actor_id")[:1]), when=Subquery(change.values("at")[:1]))
        return self.of(named, "actor")


def _kinds(reach: _Reach) -> dict[str, QuerySet[Any]]:
    """Rows with (pk, whose, who, when, what, worth, detail) by the kind of act."""
    tasks = Task.objects.annotate(worth=stake_of_task())
    closed = reach.of(tasks, "done_by").filter(done_at__gte=reach.since)
    asleep = tasks.open().filter(snoozed_until__gt=reach.day)
    put_off = reach.changed(asleep, reach.changes("task", "snoozed_until"))
    cases = reach.of(
        CaseAct.objects.filter(at__gte=reach.since, day=reach.day, act__in=CASE_ACTS), "by", "case__customer"
    )
    newer_acts = CaseAct.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"), act__in=[*CASE_ACTS, *TAKES_BACK])
    latest_acts = cases.exclude(Exists(newer_acts))
    # A touch of yesterday may be logged this morning; older ones come from an import.
    recent = Touchpoint.objects.filter(changed_at__gte=reach.since, happened_on__gte=reach.day - YESTERDAY)
    touches = reach.of(recent, "author")
    of_case: dict[str, Any] = {"pk": F("case_id"), "customer": F("case__customer_id"), "through": "case__"}
    return {
        "task": _act("task", closed, F("done_by_id"), F("done_at"), F("title"), F("worth")),
        "task_snoozed": _act(
            "task_snoozed", put_off, F("actor"), F("when"), F("title"), F("worth"), F("snoozed_until")
        ),
        **{
            kind: _act(
                kind, latest_acts.filter(act=act), F("by_id"), F("at"), F("case__title"), F("case__value"),
                F("case__snoozed_until"), **of_case,
            )
            for act in CASE_ACTS for kind in [f"case_{act}"]
        },
        "touch": _act("touch", touches, F("author_id"), F("changed_at"), F("kind"), F("customer__arr")),
        **_of_renewals(reach),
    }  # fmt: skip


def _of_renewals(reach: _Reach) -> dict[str, QuerySet[Any]]:
    """Calls, decisions, moves, parts of prep completed without a task, closings, and reviews."""
    newer = ForecastCall.objects.filter(renewal=OuterRef("renewal"), voice=OuterRef("voice"), pk__gt=OuterRef("pk"))
    latest_calls = ForecastCall.objects.standing().filter(made_at__gte=reach.since).exclude(Exists(newer))
    calls = reach.of(latest_calls.exclude(likelihood=None, category=""), "by", "renewal__customer")
    moves = reach.changes("renewal", "stage").order_by("pk").annotate(was=KeyTextTransform("stage", "before"))
    # The first move of the day into the stage: what was moved on and back again is that of who moved it there first,
    # but not of who moved it back to the stage it came from.
    arrival = moves.annotate(to=KeyTextTransform("stage", "after")).filter(to=OuterRef("stage"))
    stages = Entry.objects.filter(kind="renewal", after__has_key="stage").annotate(
        to=KeyTextTransform("stage", "after")
    )
    returned = stages.filter(object_id=OuterRef("object_id"), pk__gt=OuterRef("pk"), to=OuterRef("was"))
    arrival = arrival.exclude(Exists(returned))
    of_today = {"began": Subquery(moves.values("was")[:1]), "before": Subquery(arrival.values("was")[:1])}
    moved = reach.changed(Renewal.objects.still_open().annotate(**of_today), arrival)
    # A renewal back in the stage in which it began the day has not moved.
    moved = moved.exclude(began=F("stage")).exclude(before="closed")
    closed = reach.of(
        _since(Renewal.objects.counted().filter(closed_on=reach.day), reach, "renewal", "closed_by"), "closed_by"
    )
    by_task = Task.objects.filter(
        renewal=OuterRef("renewal"), prep_part=OuterRef("part"), done_at__gte=reach.since, done_by__isnull=False
    )
    done = _since(PrepPart.objects.filter(done_on=reach.day), reach, "preppart", "done_by")
    parts = reach.of(done, "done_by", "renewal__customer").exclude(Exists(by_task))
    # Once held, a review is not written again.
    reviews = reach.of(Qbr.objects.filter(held_on=reach.day, changed_at__gte=reach.since), "closed_by")
    of_renewal: dict[str, Any] = {"pk": F("renewal_id"), "customer": F("renewal__customer_id")}
    arr = F("renewal__arr")
    return {
        **{
            kind: _act(
                kind,
                calls.filter(voice=voice),
                F("by_id"),
                F("made_at"),
                Value(""),
                arr,
                through="renewal__",
                **of_renewal,
            )
            for kind, voice in (("call", ForecastCall.Voice.CSM), ("decision", ForecastCall.Voice.FINAL))
        },
        "moved": _act("moved", moved, F("actor"), F("when"), F("stage"), F("arr"), F("before")),
        "closed": _act("closed", closed, F("closed_by_id"), F("when"), F("outcome"), F("arr")),
        "part": _act("part", parts, F("done_by_id"), F("when"), F("part"), arr, F("part"), **of_renewal),
        "qbr": _act("qbr", reviews, F("closed_by_id"), F("changed_at"), Value(""), F("customer__arr")),
    }


def _since(rows: QuerySet[Any], reach: _Reach, kind: str, field: str) -> QuerySet[Any]:
    """Rows whose field has changed since the reach's instant, with the time (``when``)."""
    return rows.annotate(when=Subquery(reach.changes(kind, field).values("at")[:1])).filter(when__isnull=False)


def _act(
    kind: str, rows: QuerySet[Any], who: Any, when: Any, what: Any, worth: Any, detail: Any = EMPTY,
    *, pk: Any = ROW, customer: Any = CUSTOMER, through: str = "",
) -> QuerySet[Any]:  # fmt: skip
    """``through`` leads from the rows to that which is marked."""
    _model, fields = MARKED.get(kind, (Model, ()))
    marked = JSONObject(**{name: F(through + name) for name in fields})
    columns = {
        "row": pk, "whose": customer, "who": who, "at_last": when, "what": what, "stake": worth, "more": detail, "marked": marked,
    }  # fmt: skip
    return rows.order_by().annotate(**columns).values(*columns)


def _sql(kind: str, rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The acts of ``rows`` as rows of ``acts``; none where the queryset is empty by construction."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        nothing = (
            "NULL::bigint, NULL::bigint, NULL::bigint, NULL::timestamptz, ''::text, NULL::numeric, ''::text, '{}'::text"
        )
        return f"SELECT '{kind}'::text, {nothing} WHERE false", ()
    columns = (
        "q.row, q.whose, q.who, q.at_last, q.what::text, q.stake::numeric, coalesce(q.more::text, ''), q.marked::text"
    )
    return f"SELECT '{kind}'::text, {columns} FROM ({sql}) q", parameters  # noqa: S608 (made of constants)
