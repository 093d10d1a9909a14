"""Today's short list: what to do next, a block a customer, ranked by value at stake and the days left to act.

An act due today or late counts its whole value, tomorrow half, in two days a third, and so on; each
day late adds a tenth, up to double. The value is the ARR of the renewal the act is about, what is at stake in
the case, else the customer's ARR. An act without any value counts one unit, so that days still order it.
A block stands where its most pressing line does. A customer that gave notice stays in the list until the notice is
withdrawn or the end confirmed; an opportunity never comes before a danger, whatever its value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, Greatest

from accounts import access, company, written
from accounts.expressions import OnDay
from accounts.leaving import is_confirmed, leaving_on
from accounts.models import Contract, Customer, Role, User
from accounts.models.customers import CustomerQuerySet
from health import models as health
from health.cases import lists
from health.scoring.columns import score_on
from health.standing import motions
from playbooks.models import Enrolment, Task
from playbooks.models.tasks import TaskQuerySet
from renewals import forecast
from renewals.models import Renewal

NEAR_DAYS: Final = 7
BLOCKS: Final = 15
LINES: Final = 3  # of one customer
LATE_MOST: Final = 10
NOTICE_DAYS: Final = 14
CALL_DAYS: Final = 60
LAST_DAYS: Final = 30
NEWS_DAYS: Final = 30

# What the lines of each kind are counted under.
KINDS: Final = {"case": ("case",), "task": ("task",), "renewal": ("renewal", "notice")}


@dataclass(frozen=True)
class Line:
    """Something to do: a task, a case, a renewal that asks for something (``asks`` says what), or a notice to turn.

    ``stake`` is a year's revenue in the reporting currency, None where it cannot be told; ``days`` how many are left to act, below 0 when late.
    """

    kind: str
    customer: Customer
    stake: Decimal | None
    days: int
    weight: Decimal
    task: Task | None = None
    renewal: Renewal | None = None
    case: health.Case | None = None

    @property
    def asks(self) -> str:
        return getattr(self.renewal, "asks", "")

    @property
    def is_offer(self) -> bool:
        """Whether the line is about more business, not about business that may be lost."""
        return self.case is not None and self.case.kind == health.CaseKind.OPPORTUNITY


@dataclass(frozen=True)
class Finished:
    """A task or a case (``row``) that somebody closed, and when."""

    kind: str
    customer: Customer
    stake: Decimal | None
    at: dt.datetime
    row: Task | health.Case


@dataclass(frozen=True)
class Block:
    """One customer's lines, the most pressing first; ``more`` of them are not shown."""

    customer: Customer
    lines: Sequence[Line]
    more: int = 0


@dataclass(frozen=True)
class Counts:
    """How many tasks and cases are due within a week, how many renewals and notices ask, how many tasks are snoozed,
    how many cases have ``passed`` and ask to be closed;
    ``customers`` they are about, and ``waiting``, those customers' ARR but for ``untold`` of them.
    """

    tasks: int = 0
    renewals: int = 0
    cases: int = 0
    snoozed: int = 0
    passed: int = 0
    customers: int = 0
    waiting: Decimal = Decimal(0)
    untold: int = 0

    @property
    def all(self) -> int:
        return self.tasks + self.renewals + self.cases

    def of_kind(self, kind: str) -> int:
        return {"": self.all, "case": self.cases, "renewal": self.renewals, "task": self.tasks}[kind]


@dataclass(frozen=True)
class Day:
    """The blocks shown, what they were taken from, how many customers ``more`` have something to do, and the
    reporting ``currency`` that every amount is in.
    """

    blocks: Sequence[Block] = ()
    counts: Counts = field(default_factory=Counts)
    more: int = 0
    currency: str = ""

    @property
    def lines(self) -> list[Line]:
        return [line for block in self.blocks for line in block.lines]


def scopes(user: User) -> list[str]:
    """Whose days ``user`` may look at, their own choice first."""
    return {
        Role.MANAGER: ["team", "mine"],
        Role.ADMIN: ["all", "mine"],
        Role.VIEWER: ["all"],
    }.get(Role(user.role), ["mine"])


def own(user: User) -> list[int]:
    """Whose book is ``user``'s own: self, and whom they cover today."""
    return [user.pk, *access.covered(user)]


def customers(user: User, scope: str) -> CustomerQuerySet:
    """Customers of the scope: "mine" are ``user``'s own."""
    visible = Customer.objects.visible_to(user)
    return visible.filter(owner__in=own(user)) if scope == "mine" else visible


def tasks(user: User, scope: str) -> TaskQuerySet:
    """Tasks of the scope: "mine" are those given to ``user`` (a CSM: or to whom they cover)."""
    visible = Task.objects.visible_to(user)
    return visible.filter(assignee__in=own(user)) if scope == "mine" else visible


def near(rows: TaskQuerySet, day: dt.date) -> TaskQuerySet:
    """Open, awake and due within a week, late ones included."""
    return rows.awake(day).filter(due_on__lte=day + dt.timedelta(days=NEAR_DAYS))


def cases(user: User, scope: str, day: dt.date) -> QuerySet[health.Case]:
    """Cases of the scope that are open and due within a week, none that has passed; what only the digest tells stays there."""
    rows = lists.in_state(lists.of_scope(user, scope), "open", day)
    return rows.filter(due_on__lte=day + dt.timedelta(days=NEAR_DAYS), alerted=True)


def asking(user: User, scope: str, day: dt.date) -> QuerySet[Renewal]:
    """Open renewals that ask for something: ``asks`` says what, ``days`` by when.

    ``late``: the term has ended. ``notice``: the notice date is at most 14 days away. ``decide``: CSM and model
    disagree as the forecast defines it and nobody has decided. ``call``: from 60 days out the CSM has made no call.
    A term that is noticed or confirmed to be the last asks for nothing before its end: notice has a line of its own.
    """
    soon = day + dt.timedelta(days=forecast.DECIDE_DAYS)
    near_by = Q(due_on__lte=soon) | Q(notice_on__range=(day, day + dt.timedelta(days=NOTICE_DAYS)))
    rows = Renewal.objects.filter(near_by, customer__in=customers(user, scope)).exclude(stage="closed")
    asked = rows.annotate(
        left=_days(F("due_on"), day),
        to_notice=_days(F("notice_on"), day),
    ).annotate(asks=_asks(day), days=_act_within())
    return asked.exclude(asks="")


def noticed(day: dt.date) -> QuerySet[Contract]:
    """Contracts, no trials, on which notice stands on ``day`` and whose end nobody has confirmed."""
    confirmed = OnDay(lambda contract, _day: is_confirmed(contract), day, BooleanField())
    return _leaving(day).filter(~Q(confirmed), is_trial=False)


def _leaving(day: dt.date) -> QuerySet[Contract]:
    """Contracts that leave, as known on ``day``: by a notice that stands, or by an end that is confirmed."""
    return Contract.objects.annotate(gone_on=leaving_on(day)).filter(gone_on__isnull=False)


def leaving(user: User, scope: str, day: dt.date) -> QuerySet[Customer]:
    """Current customers of the scope that gave notice on a contract whose end nobody has confirmed."""
    return customers(user, scope).current().filter(Exists(noticed(day).filter(customer=OuterRef("pk"))))


def today(user: User, scope: str, day: dt.date, *, kind: str = "") -> Day:
    """The list of ``day``: up to 15 customers with three lines each, and what it was taken from.

    ``kind`` ("case", "renewal", "task") shows lines of that kind only; the counts are of all. Six statements,
    whatever is open, and one more for covers.
    """
    counted, currency, places = _ranked(user, scope, day, kind)
    found = _rows(places, user, scope, day)
    shown: dict[int, list[Line]] = {}
    behind: dict[int, int] = {}
    for place in places:
        shown.setdefault(place["customer"], []).append(_line(place, found))
        behind[place["customer"]] = place["lines"]
    blocks = [Block(lines[0].customer, lines, behind[pk] - len(lines)) for pk, lines in shown.items()]
    return Day(blocks, counted, (places[0]["blocks"] if places else 0) - len(blocks), currency)


def due_count(user: User, day: dt.date) -> int:
    """How many lines the day of ``user`` has before anything is filtered."""
    return today(user, scopes(user)[0], day).counts.all


def task_count(user: User, day: dt.date) -> int:
    """How many open, awake tasks the list shows ``user`` before anything is filtered. One statement."""
    return tasks(user, scopes(user)[0]).in_state("open", day).count()


def finished(user: User, scope: str, since: dt.datetime) -> list[Finished]:
    """Tasks and cases of the scope that people closed since an instant, newest last; at most 15. Two statements."""
    day = since.date()
    done = [
        Finished("task", row.customer, row.stake, row.done_at, row)
        for row in written.ask(_closed_tasks, user, day, scope, since)
    ]
    done += [
        Finished("case", row.customer, row.value, row.closed_at, row)
        for row in written.ask(_closed_cases, user, day, scope, since)
    ]
    return sorted(done, key=lambda one: (one.at, one.row.pk))[-BLOCKS:]


def _closed_tasks(user: User, _day: dt.date, scope: str, since: dt.datetime) -> QuerySet[Task]:
    rows = Task.objects.visible_to(user).filter(done_at__gte=since, done_by__isnull=False)
    if scope == "mine":
        rows = rows.filter(done_by=user)
    newest = rows.annotate(stake=_stake_of_task()).select_related("customer").order_by("-done_at", "-pk")
    return newest.only("title", "done_at", "renewal", "customer__name")[:BLOCKS]


def _closed_cases(user: User, _day: dt.date, scope: str, since: dt.datetime) -> QuerySet[health.Case]:
    rows = health.Case.objects.visible_to(user).filter(closed_at__gte=since, closed_by__isnull=False)
    if scope == "mine":
        rows = rows.filter(closed_by=user)
    newest = rows.select_related("customer").order_by("-closed_at", "-pk")
    return newest.only("title", "value", "closed_at", "customer__name")[:BLOCKS]


# ``open`` holds a row a line of every kind; an offer counts less than the least danger.
RANKED: Final = """
    WITH due(kind, id, customer_id, days, stake, offer) AS ({open}),
    open AS MATERIALIZED (
        SELECT d.*, greatest(d.stake, 1) * (10 + least(greatest(-d.days, 0), {late})) / (10 * (1 + greatest(d.days, 0)))
            AS weight FROM due d
    ),
    pressing AS (
        SELECT o.kind, o.id, o.customer_id, o.days, o.stake, o.weight, CASE WHEN o.offer
            THEN least(o.weight, (SELECT min(d.weight) * 0.999999 FROM open d WHERE d.kind <> 'task' AND NOT d.offer))
            ELSE o.weight END AS presses
        FROM open o WHERE o.kind IN ({kinds})
    ),
    placed AS (
        SELECT p.*, row_number() OVER own AS place, count(*) OVER (PARTITION BY p.customer_id) AS lines,
            first_value(p.presses) OVER own AS most, first_value(p.days) OVER own AS first_days
        FROM pressing p WINDOW own AS (PARTITION BY p.customer_id ORDER BY p.presses DESC, p.days, p.kind, p.id)
    ),
    shown AS (
        SELECT b.*, max(b.block) OVER () AS blocks FROM (
            SELECT p.*, dense_rank() OVER (ORDER BY p.most DESC, p.first_days, p.customer_id) AS block FROM placed p
        ) b
    )
    SELECT (SELECT json_build_object(
            'cases', count(*) FILTER (WHERE o.kind = 'case'), 'tasks', count(*) FILTER (WHERE o.kind = 'task'),
            'renewals', count(*) FILTER (WHERE o.kind IN ('renewal', 'notice')),
            'customers', count(DISTINCT o.customer_id)) FROM open o),
        (SELECT count(*) FROM ({snoozed}) s), (SELECT count(*) FROM ({passed}) p),
        (SELECT coalesce(sum(c.arr), 0) FROM accounts_customer c WHERE c.id IN (SELECT o.customer_id FROM open o)),
        (SELECT count(*) FROM accounts_customer c WHERE c.arr IS NULL AND c.id IN (SELECT o.customer_id FROM open o)),
        (SELECT o.currency FROM accounts_organisation o ORDER BY o.id LIMIT 1),
        (SELECT json_agg(json_build_object('kind', s.kind, 'pk', s.id, 'customer', s.customer_id, 'days', s.days,
            'stake', s.stake::text, 'weight', s.weight::text, 'lines', s.lines, 'blocks', s.blocks)
            ORDER BY s.block, s.place) FROM shown s WHERE s.block <= {blocks} AND s.place <= {lines})
"""


def _ranked(user: User, scope: str, day: dt.date, kind: str) -> tuple[Counts, str, list[dict[str, Any]]]:
    """The counts, the reporting currency, and a place a line to show, in order. One statement."""
    statement = written.text(_ranking, user, scope, kind)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.bound(user, day))
        counts, snoozed, passed, waiting, untold, currency, places = cursor.fetchone()
    counted = Counts(**counts, snoozed=snoozed, passed=passed, waiting=waiting, untold=untold)
    return counted, currency or company.UNNAMED, places or []


def _ranking(user: User, day: dt.date, scope: str, kind: str) -> tuple[str, list[Any]]:
    selects: dict[str, QuerySet[Any]] = {
        "case": _due(cases(user, scope, day), _days(F("due_on"), day), F("value"), _is_offer()),
        "task": _due(near(tasks(user, scope), day), _days(F("due_on"), day), _stake_of_task()),
        "renewal": _due(asking(user, scope, day), F("days"), F("arr")),
        "notice": _due(leaving(user, scope, day), Value(0), F("arr")),
    }
    beside: dict[str, QuerySet[Any]] = {
        "snoozed": tasks(user, scope).in_state("snoozed", day),
        "passed": lists.in_state(lists.of_scope(user, scope), "passed", day),
    }
    parts = [_sql(rows, kind) for kind, rows in selects.items()]
    others = {name: rows.order_by().values_list("pk").query.sql_with_params() for name, rows in beside.items()}
    texts = {"open": " UNION ALL ".join(text for text, _ in parts)} | {name: text for name, (text, _) in others.items()}
    kinds = ", ".join(f"'{each}'" for each in KINDS.get(kind, selects))
    sql = RANKED.format(**texts, kinds=kinds, late=LATE_MOST, blocks=BLOCKS, lines=LINES)
    return sql, [value for _, values in [*parts, *others.values()] for value in values]


def _sql(rows: QuerySet[Any], kind: str) -> tuple[str, tuple[Any, ...]]:
    """The lines of ``rows`` as rows of ``open``; none where nobody can be meant."""
    try:
        sql, given = rows.query.sql_with_params()
    except EmptyResultSet:
        return f"SELECT '{kind}'::text, NULL::bigint, NULL::bigint, 0, 0::numeric, false WHERE false", ()
    picked = f"SELECT '{kind}'::text, q.pk, q.whose, q.days, q.stake::numeric, q.offer FROM ({sql}) q"  # noqa: S608 (made of constants)
    return picked, given


def _rows(places: Iterable[Mapping[str, Any]], user: User, scope: str, day: dt.date) -> Mapping[tuple[str, int], Any]:
    """The rows that the places name, by (kind, id), with their customers. Four statements."""
    named: dict[str, list[int]] = {}
    for place in places:
        named.setdefault(place["kind"], []).append(place["pk"])
        named.setdefault("customer", []).append(place["customer"])
    return {
        (kind, row.pk): row
        for kind, build in SOURCES.items()
        if kind in named
        for row in written.ask(build, user, day, scope, ids=named[kind])
    }


def _cases(_user: User, _day: dt.date, _scope: str) -> QuerySet[health.Case]:
    rows = _with_plays(lists.with_newest(health.Case.objects.select_related("owner"))).filter(written.NAMED)
    return rows.only("kind", "title", "plan", "due_on", "customer", "owner__name")


def _tasks(_user: User, _day: dt.date, _scope: str) -> QuerySet[Task]:
    related = Task.objects.select_related("renewal", "enrolment__playbook", "enrolment__version", "assignee")
    return related.filter(written.NAMED).only(
        "title", "note", "due_on", "customer", "assignee__name", "renewal__due_on", "renewal__stage", "enrolment__why", "enrolment__enrolled_on",
        "enrolment__playbook__name", "enrolment__version__trigger_kind", "enrolment__version__trigger",
    )  # fmt: skip


def _renewals(user: User, day: dt.date, scope: str) -> QuerySet[Renewal]:
    rows = asking(user, scope, day).filter(written.NAMED)
    return rows.only("customer", "due_on", "notice_on", "model_likelihood", "csm_likelihood")


def _customers(_user: User, day: dt.date, _scope: str) -> QuerySet[Customer]:
    rows = _shown(Customer.objects.filter(written.NAMED), day)
    return rows.only("name", "score", "band", "leaves_on", "owner")


SOURCES: Final[dict[str, Callable[..., QuerySet[Any]]]] = {
    "case": _cases,
    "task": _tasks,
    "renewal": _renewals,
    "customer": _customers,
}


def _shown(rows: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    """Add ``score_change``, the points since 30 days ago (None without a score then or now), ``noticed``, a notice
    that nobody has confirmed, and the next ``motion``.
    """
    before = score_on(day - dt.timedelta(days=NEWS_DAYS))
    stands = Exists(noticed(day).filter(customer=OuterRef("pk")))
    compared = rows.annotate(score_before=before, score_change=F("score") - F("score_before"), noticed=stands)
    return motions.with_motion(compared)


def _with_plays(rows: QuerySet[health.Case]) -> QuerySet[health.Case]:
    """Add ``play_done``: a play that the case started has been finished, and the case is still open."""
    occasion = Concat(Value("case:"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    ended = Enrolment.objects.filter(customer=OuterRef("customer"), occasion=occasion, state=Enrolment.State.DONE)
    return rows.annotate(play_done=Exists(ended))


def _line(place: Mapping[str, Any], found: Mapping[tuple[str, int], Any]) -> Line:
    kind, customer = place["kind"], found["customer", place["customer"]]
    row = {kind: found[kind, place["pk"]]} if kind != "notice" else {}
    if row:
        row[kind].customer = customer
    stake = None if place["stake"] is None else Decimal(place["stake"])
    weight = Decimal(place["weight"])
    return Line(kind, customer, stake, place["days"], weight, **row)


def _days(when: Any, day: dt.date) -> Func:
    return Func(when, Value(day), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField())


def _stake_of_task() -> Case:
    """The ARR of the renewal that the task is about, told or not; else the customer's."""
    return Case(When(renewal__isnull=False, then=F("renewal__arr")), default=F("customer__arr"))


def _is_offer() -> Case:
    return Case(When(kind=health.CaseKind.OPPORTUNITY, then=Value(True)), default=Value(False))


def _asks(day: dt.date) -> Case:
    return Case(
        When(left__lte=0, then=Value("late")),
        When(~Q(leaving=""), then=Value("")),
        When(to_notice__range=(0, NOTICE_DAYS), then=Value("notice")),
        When(forecast.to_decide(day), then=Value("decide")),
        When(Q(left__lte=CALL_DAYS) & forecast.NO_CALL, then=Value("call")),
        default=Value(""),
        output_field=CharField(),
    )


def _act_within() -> Case:
    """Days left to act: to the notice date where that is near, else to 30 days before the end."""
    return Case(
        When(left__lte=0, then=F("left")),
        When(to_notice__range=(0, NOTICE_DAYS), then=F("to_notice")),
        default=Greatest(F("left") - LAST_DAYS, 0),
        output_field=IntegerField(),
    )


def _due(rows: QuerySet[Any], days: Any, stake: Any, offer: Any = None) -> QuerySet[Any]:
    """Of the rows what ranking reads: their key and customer, ``days``, ``stake`` and whether it is an ``offer``."""
    named = rows.annotate(stake=stake, offer=Value(False) if offer is None else offer)
    if "days" not in rows.query.annotations:
        named = named.annotate(days=days)
    whose = F("pk") if rows.model is Customer else F("customer_id")
    return named.annotate(whose=whose).order_by().values("pk", "whose", "days", "stake", "offer")
