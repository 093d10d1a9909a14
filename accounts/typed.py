"""Facts of one customer that a person types: by the plan and the load of imports, so by their rules and messages.

A typed row has an id of its own under the source ``typed`` and belongs to a run of imports, as each of its changes does. Undo
deletes it while it is as it was typed, and takes a change back while the row is as the change left it. Rows of other
sources are changed in the same way, and what a person changed of them stays against their files (``accounts.imports.edited``).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import changes, seen, typed_lines
from accounts.imports import reading, running, undoing
from accounts.imports.given import Terms, take
from accounts.imports.loading import Busy, told, wait
from accounts.imports.rows import Unreadable
from accounts.models import (
    Contract,
    Customer,
    ImportFile,
    ImportLine,
    ImportRun,
    Objective,
    Outcome,
    Source,
    User,
)  # fmt: skip
from accounts.models.importing import TYPED
from accounts.typable import Kind
from config.history.actors import acting
from config.history.kept import REGISTER

SOURCE: Final = Source.TYPED
# What goes with a row, so that an Undo sees what somebody did with it.
PARTS: Final[Mapping[type, tuple[str, ...]]] = {Contract: ("lines", "entitlements"), Objective: ("outcomes",)}
BUSY: Final = gettext_lazy("An import or a merge is under way. Save this again in a moment.")
CHANGED_MEANWHILE: Final = gettext_lazy("Somebody else has changed this meanwhile; look at it again.")


class Refused(Exception):  # noqa: N818  a verdict on rows, not a fault
    """Why they cannot be taken: (place, field, reason) of each value; the place is that of the line, from 0, -1 of none."""


Given = Mapping[str, Any]


@transaction.atomic
def add(
    kind: Kind,
    customer: Customer,
    values: Given,
    lines: Sequence[Given] = ({},),
    *,
    by: User,
    day: dt.date,
    now: Callable[[], dt.datetime],
) -> models.Model:
    """Add one row of ``customer``, a contract with its ``lines``; values by field as texts, numbers or True and False, None
    where nothing was typed.

    Raises Refused with every problem, with nothing written.
    """
    head = dict(values)
    key = head.pop("external_id", None) or str(uuid.uuid4())
    with _told():
        wait(kind.key)
    if rows_of(kind).filter(external_id=key).exists():
        raise Refused([(0, "external_id", _("There is one with this number already."))])
    given = [{name: value for name, value in {**head, **line}.items() if value not in (None, "")} for line in lines]
    names = {name for row in given for name in row} | ({"line_starts_on"} if len(given) > 1 else set())
    rows = [{name: row.get(name) for name in names} for row in given]
    terms = Terms(SOURCE, is_checked=True)
    _take(kind, customer.pk, key, rows, terms, by=by, day=day, now=now, title=customer.name)
    return rows_of(kind).get(external_id=key)


@transaction.atomic
def change(
    kind: Kind,
    customer: Customer,
    row: Any,
    values: Given,
    lines: Sequence[Given] = ({},),
    *,
    saw: str,
    by: User,
    day: dt.date,
    now: Callable[[], dt.datetime],
    is_mistake: bool = False,
) -> ImportRun | None:
    """Let a row say ``values`` and, of a contract, have ``lines``; the run of the change, None where nothing changed.

    A contract changes from ``day`` on, as files change it, and where it was a typing mistake (``is_mistake``) from its
    first day on (``accounts.typed_lines``). Raises Refused with every problem, and where the row does not say any more what
    the person ``saw``, with nothing written.
    """
    source, key = row.source, key_of(row)
    before = _held(kind, row, by)
    if reading.version(before) != saw:
        raise Refused([(0, "", CHANGED_MEANWHILE)])
    head = {name: values.get(name) for name in kind.asks if name != "external_id"}
    given = [{name: line.get(name) for name in kind.lines} for line in lines]
    if kind.lines and source != SOURCE and (problems := typed_lines.added(given, before)):
        raise Refused(problems)
    if not kind.lines:
        rows = [head]
    elif is_mistake:
        rows = typed_lines.corrected(given, before, head)
    else:
        if problems := typed_lines.rewritten(given, before, head, day):
            raise Refused(problems)
        rows = typed_lines.dated(given, before, head, day)
    terms = Terms(source, correction=is_mistake, is_checked=True, by_hand=True)
    return _take(kind, named_by(row), key, rows, terms, by=by, day=day, now=now, title=customer.name)


def said(kind: Kind, row: Any, by: User) -> list[dict[str, Any]]:
    """What a row says by field, of a contract line by line; lines that never ran are left out."""
    return [said for said in reading.one(kind.target, by, row.source, key_of(row)) if not typed_lines.never_ran(said)]


def version(kind: Kind, row: Any, by: User) -> str:
    """The mark of all that a row says, for its form and the Undo of a change."""
    return reading.version(reading.one(kind.target, by, row.source, key_of(row)))


def rows_of(kind: Kind, customer: Customer | None = None) -> models.QuerySet[Any]:
    """The typed rows, of ``customer`` alone where one is given."""
    rows = kind.model._default_manager.all() if customer is None else editable(kind, customer)
    return rows.filter(source=SOURCE)


def editable(kind: Kind, customer: Customer) -> models.QuerySet[Any]:
    """The rows of ``customer`` that can be changed: those that can be named, typed or of another source."""
    owner = "customer" if kind.model is not Outcome else "objective__customer"
    return kind.model._default_manager.filter(**{owner: customer}).exclude(external_id="")


def key_of(row: Any) -> str:
    return str(row.external_id)


def named_by(row: Any) -> int:
    """The customer that a row names: of one that was merged since, the merged one, with which it goes when they part."""
    owner = row.objective if isinstance(row, Outcome) else row
    owner.refresh_from_db(fields=["customer", "named"])
    return int(owner.named_id or owner.customer_id)


def _held(kind: Kind, row: Any, by: User) -> list[dict[str, Any]]:
    """What a row says, locked while no import is under way. Raises Refused where others write it for too long."""
    with _told():
        wait(kind.key)
        with told(kind.key):
            return reading.held(kind.target, by, row.source, key_of(row))


def _take(
    kind: Kind,
    whose: int,
    key: str,
    rows: Sequence[Given],
    terms: Terms,
    *,
    by: User,
    day: dt.date,
    now: Callable[[], dt.datetime],
    title: str,
) -> ImportRun | None:
    """Load ``rows`` of the customer ``whose`` under ``key``; their run, called by ``title``. Raises Refused with every
    problem, with nothing written.
    """
    names = {"customer": f"id:{whose}", "external_id": key}
    with _told():
        taken = take([dict(row) | names for row in rows], kind.target, terms, by=by, day=day, now=now)
    problems = [
        (place, name, reason)
        for place, outcome in enumerate(taken.outcomes)
        for name, reason in (*outcome.errors, *outcome.remarks)
        if outcome.status == "refused" or outcome.remarks
    ]
    if problems:
        transaction.set_rollback(True)
        raise Refused(problems)
    if taken.run:
        taken.run.title = (TYPED % {"customer": title})[: taken.run._meta.get_field("title").max_length]
        taken.run.save(update_fields=["title"])
    return taken.run


@contextmanager
def _giving_way(kind: Kind) -> Iterator[None]:
    """Raise ValidationError where others write the same rows for too long, or the database refuses what is written."""
    try:
        with told(kind.key):
            yield
    except Unreadable as problem:
        raise ValidationError(BUSY if isinstance(problem, Busy) else str(problem)) from problem


@contextmanager
def _told() -> Iterator[None]:
    """Refuse, where an import is under way or the database refuses the row."""
    try:
        yield
    except Unreadable as problem:
        raise Refused([(0, "", BUSY if isinstance(problem, Busy) else str(problem))]) from problem


@transaction.atomic
def take_back(kind: Kind, customer: Customer, pk: int, saw: str) -> None:
    """Delete a row that was typed for ``customer``. Raises ValidationError where it is no longer as it was typed."""
    with _giving_way(kind):
        row = rows_of(kind, customer).select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or not saw or mark(row) != saw:
            raise ValidationError(seen.CHANGED_SINCE)
        objective = row.objective if isinstance(row, Outcome) else None
        key = row.external_id
        row.delete()
        # The objective that an outcome without one was given goes with it, unless others use it by now.
        if objective is not None and objective.source == SOURCE and objective.external_id == f"outcome {key}":
            Objective.objects.filter(pk=objective.pk, outcomes=None).delete()
        changes.mark([customer.pk])


@transaction.atomic
def change_back(kind: Kind, customer: Customer, row: Any, run_pk: int, saw: str, *, by: User, day: dt.date) -> None:
    """Take back the change of a row that the run made. Raises ValidationError where the row has changed since."""
    with _giving_way(kind):
        now = reading.version(reading.held(kind.target, by, row.source, key_of(row)))
        run = ImportRun.objects.select_for_update(no_key=True).filter(pk=run_pk, state=ImportRun.State.DONE).first()
        if run is None or not saw or now != saw or not _is_of(run, customer):
            raise ValidationError(seen.CHANGED_SINCE)
        run.state, run.undone_by = ImportRun.State.UNDOING, by
        files = list(ImportFile.objects.filter(run=run, written=True).order_by("-position"))
        with acting(running.door(run)):
            for file in files:
                undoing.undo(file, by, day, [file.act for file in files if file.act], running.door(run))
        run.state = ImportRun.State.UNDONE
        run.save(update_fields=["state", "undone_by"])
        changes.mark([customer.pk])


def can_go_back(run: ImportRun) -> bool:
    """Whether it is known what the run changed."""
    unknown = ImportLine.objects.filter(file__run=run, kind=ImportLine.Kind.CHANGED, fields={})
    return not unknown.exclude(object_kind__in=REGISTER).exists()


def _is_of(run: ImportRun, customer: Customer) -> bool:
    """Whether all that the run wrote was typed for the customer."""
    lines = ImportLine.objects.filter(file__run=run, kind__in=[ImportLine.Kind.NEW, ImportLine.Kind.CHANGED])
    others = lines.exclude(customer_id=customer.pk).exists() or run.files.exclude(source=SOURCE).exists()
    return lines.exists() and not others


def mark(row: models.Model) -> str:
    """The mark of the whole row and of its parts, for its Undo."""
    parts = [part for name in PARTS.get(type(row), ()) for part in getattr(row, name).order_by("pk")]
    return seen.whole([row, *parts])
