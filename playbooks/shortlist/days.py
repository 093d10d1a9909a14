"""The list of one day: the ranked places with their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts import access, written
from accounts.cadence import TOUCH_EVERY
from accounts.models import Customer, User
from health import models as health
from health.cases import lists
from health.scoring.columns import score_on
from health.standing import motions
from playbooks.models import Enrolment, Task
from playbooks.shortlist import due
from playbooks.shortlist.lines import Block, Day, Line
from playbooks.shortlist.ranking import ranked
from renewals.models import Qbr, Renewal

NEWS_DAYS: Final = 30


def today(user: User, scope: str, day: dt.date, *, kind: str = "", touched: Sequence[int] = ()) -> Day:
    """The list of ``day``: up to 15 customers with three lines each, and the counts of all lines.

    ``kind`` ("case", "renewal", "task", "touch") restricts the lines to that kind, not the counts;
    ``touched`` are the customers of today's acts. One statement, one
    per kind of row, and one for covers.
    """
    counts, currency, places = ranked(user, scope, day, kind, touched)
    rows = _rows(places, user, scope, day)
    lines_of: dict[int, list[Line]] = {}
    line_counts: dict[int, int] = {}
    for place in places:
        lines_of.setdefault(place["customer"], []).append(_line(place, rows))
        line_counts[place["customer"]] = place["lines"]
    blocks = [Block(lines[0].customer, lines, line_counts[pk] - len(lines)) for pk, lines in lines_of.items()]
    return Day(blocks, counts, (places[0]["blocks"] if places else 0) - len(blocks), currency)


def due_count(user: User, day: dt.date) -> int:
    """How many lines the unfiltered day of ``user`` has. One statement."""
    return ranked(user, access.scopes(user)[0], day, "")[0].all


def _rows(places: Iterable[Mapping[str, Any]], user: User, scope: str, day: dt.date) -> Mapping[tuple[str, int], Any]:
    """The rows of the places and their customers, by (kind, id). One statement per kind present."""
    ids_by_kind: dict[str, list[int]] = {}
    for place in places:
        ids_by_kind.setdefault(place["kind"], []).append(place["pk"])
        ids_by_kind.setdefault("customer", []).append(place["customer"])
    return {
        (kind, row.pk): row
        for kind, build in SOURCES.items()
        if kind in ids_by_kind
        for row in written.ask(build, user, day, scope, ids=ids_by_kind[kind])
    }


def _cases(_user: User, _day: dt.date, _scope: str) -> QuerySet[health.Case]:
    rows = _with_plays(lists.with_newest(health.Case.objects.select_related("owner"))).filter(written.NAMED)
    return rows.only("kind", "title", "plan", "severity", "due_on", "customer", "owner__name")


def _tasks(_user: User, _day: dt.date, _scope: str) -> QuerySet[Task]:
    related = Task.objects.select_related("renewal", "enrolment__playbook", "enrolment__version", "assignee")
    return related.filter(written.NAMED).only(
        "title", "note", "due_on", "customer", "assignee__name", "renewal__due_on", "renewal__stage", "enrolment__why", "enrolment__enrolled_on",
        "enrolment__playbook__name", "enrolment__version__trigger_kind", "enrolment__version__trigger",
    )  # fmt: skip


def _renewals(user: User, day: dt.date, scope: str) -> QuerySet[Renewal]:
    rows = due.asking(user, scope, day).filter(written.NAMED)
    return rows.only("customer", "due_on", "notice_on", "model_likelihood", "csm_likelihood")


def _qbrs(_user: User, _day: dt.date, _scope: str) -> QuerySet[Qbr]:
    return Qbr.objects.filter(written.NAMED).only("customer", "due_on")


def _customers(_user: User, day: dt.date, _scope: str) -> QuerySet[Customer]:
    rows = _shown(Customer.objects.filter(written.NAMED), day)
    return rows.only("name", "score", "band", "leaves_on", "last_touch_on", "owner")


SOURCES: Final[dict[str, Callable[..., QuerySet[Any]]]] = {
    "case": _cases,
    "task": _tasks,
    "renewal": _renewals,
    "qbr": _qbrs,
    "customer": _customers,
}


def _shown(rows: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    """Add ``score_change``, the points since 30 days ago (None without a score then or now), ``noticed``, a notice
    that nobody has confirmed, ``touch_every``, the segment's cadence in days, and the next ``motion``.
    """
    before = score_on(day - dt.timedelta(days=NEWS_DAYS))
    has_notice = Exists(due.noticed(day).filter(customer=OuterRef("pk")))
    compared = rows.annotate(score_before=before, score_change=F("score") - F("score_before"), noticed=has_notice)
    return motions.with_motion(compared.annotate(touch_every=TOUCH_EVERY))


def _with_plays(rows: QuerySet[health.Case]) -> QuerySet[health.Case]:
    """Add ``play_done``: a play that the case started has been finished, and the case is still open."""
    occasion = Concat(Value("case:"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    ended = Enrolment.objects.filter(customer=OuterRef("customer"), occasion=occasion, state=Enrolment.State.DONE)
    return rows.annotate(play_done=Exists(ended))


def _line(place: Mapping[str, Any], rows: Mapping[tuple[str, int], Any]) -> Line:
    kind, customer = place["kind"], rows["customer", place["customer"]]
    row = {kind: rows[kind, place["pk"]]} if kind in SOURCES else {}
    if row:
        row[kind].customer = customer
    stake = None if place["stake"] is None else Decimal(place["stake"])
    return Line(kind, customer, stake, place["days"], Decimal(place["weight"]), place["new"], **row)
