"""The register of what sweeps pass over: writing it, asking it, and finding the one that is bad.

A sweep that fails over a set because of its data or of a rule is run over halves of the set until the one that
makes it fail is found. That one is set aside alone and the others are done. Time-outs, deadlocks and lost connections
pass through, and the whole is repeated; faults of the program itself pass through too, and fail the whole step: no row and
no rule is to blame for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import psycopg
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, ProgrammingError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from config.setaside.models import SetAside

LONGEST_REASON: Final = 2_000
LONGEST_WORDS: Final = 200
# More bad ones than this are no exceptions: the sweep itself is broken.
MOST_AT_ONCE: Final = 25

# Classes 22 (data), 23 (constraints) and 42 (a statement that cannot be run, such as a rule's) and 54 (too complex).
OF_DATA: Final = (DataError, IntegrityError, ProgrammingError)
STATES_OF_DATA: Final = {"22", "23", "42", "54"}
# What a repetition may mend, and what only another program mends: neither a row nor a rule is to blame.
OF_THE_MOMENT: Final = (OSError, MemoryError, SoftTimeLimitExceeded)
OF_THE_PROGRAM: Final = (NameError, AttributeError, ImportError, AssertionError)

RECORD: Final = """
    INSERT INTO setaside_setaside AS s (step, kind, object_id, words, reason, times)
    VALUES (%(step)s, %(kind)s, %(pk)s, %(words)s, %(reason)s, 1)
    ON CONFLICT (step, kind, object_id) DO UPDATE
    SET words = excluded.words, reason = excluded.reason, times = s.times + 1, latest_at = now()
"""


class TooManyError(Exception):
    """A sweep failed for more single objects than can be exceptions; its cause is the latest failure."""


def of_data(error: BaseException) -> bool:
    """Whether ``error`` comes from a row or a rule: without that one the same work succeeds."""
    if isinstance(error, (DatabaseError, InterfaceError, psycopg.Error)):
        cause = error.__cause__ or error
        state = getattr(cause, "sqlstate", None) or ""
        return isinstance(error, OF_DATA) or state[:2] in STATES_OF_DATA
    return isinstance(error, Exception) and not isinstance(error, OF_THE_MOMENT + OF_THE_PROGRAM)


def fails_again(error: BaseException) -> bool:
    """Whether repeating the same work would fail again: ``error`` comes from a row, a rule or the program itself."""
    return of_data(error) or isinstance(error, OF_THE_PROGRAM)


def is_collision(error: BaseException) -> bool:
    """Whether a unique or foreign key refused it: another writer may have been first, and once more may succeed."""
    state = getattr(error.__cause__ or error, "sqlstate", None)
    return state in {UniqueViolation.sqlstate, ForeignKeyViolation.sqlstate}


def reason_of(error: BaseException) -> str:
    """The first line of what went wrong, with the kind of error before it."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:LONGEST_REASON].replace("\x00", "")


def record(step: str, kind: str, pk: int, words: str, reason: str | BaseException) -> None:
    """Set one object aside for ``step``, or count one more failure of it. One statement.

    Call it outside the savepoint that failed, or the row goes with it.
    """
    said = reason if isinstance(reason, str) else reason_of(reason)
    row: dict[str, Any] = {
        "step": step,
        "kind": kind,
        "pk": pk,
        "words": words[:LONGEST_WORDS],
        "reason": said[:LONGEST_REASON],
    }
    with database.cursor() as cursor:
        cursor.execute(RECORD, row)


def excluded(kind: str, step: str = "") -> QuerySet[SetAside, int]:
    """Ids of the objects of ``kind`` that are set aside, for ``step`` alone where one is named.

    A queryset of ids: pass it to ``exclude(pk__in=…)``, or make it a list.
    """
    rows = SetAside.objects.filter(kind=kind)
    rows = rows.filter(step=step) if step else rows
    return rows.order_by("object_id").values_list("object_id", flat=True)


def release(kind: str, ids: Iterable[int], step: str = "") -> int:
    """Take objects up again (they were repaired, or "run again" was asked); how many lines went."""
    rows = SetAside.objects.filter(kind=kind, object_id__in=list(ids))
    rows = rows.filter(step=step) if step else rows
    return rows.delete()[0]


def release_besides(kind: str, bad: Iterable[int], step: str) -> int:
    """Take up whatever of ``kind`` is set aside for ``step``, but ``bad``; how many lines went."""
    return SetAside.objects.filter(kind=kind, step=step).exclude(object_id__in=list(bad)).delete()[0]


def halved(ids: Sequence[int], run: Callable[[list[int]], int]) -> tuple[int, dict[int, Exception]]:
    """Call ``run`` over ``ids``, over halves of what fails, down to single ids; what it counted, and the bad ones.

    Each call has an atomic block of its own: a failed one leaves nothing. Where a key refused a single id it is called once
    more, for another writer may have been first. An error that is not of the data is raised as it
    is, and TooManyError where more than 25 single ids fail. A bad id costs two calls a halving, together about as much
    as two calls over everything.
    """
    counted, bad = 0, {}
    tried: set[int] = set()
    pieces = [list(ids)] if ids else []
    while pieces:
        piece = pieces.pop()
        try:
            with transaction.atomic():
                counted += run(piece)
        except Exception as error:
            if not of_data(error):
                raise
            if len(piece) > 1:
                middle = len(piece) // 2
                pieces += [piece[middle:], piece[:middle]]
                continue
            if is_collision(error) and piece[0] not in tried:
                tried.add(piece[0])
                pieces.append(piece)
                continue
            bad[piece[0]] = error
            if len(bad) > MOST_AT_ONCE:
                raise TooManyError(f"It fails for more than {MOST_AT_ONCE}; the latest: {reason_of(error)}") from error
    return counted, bad


def sparing(
    step: str,
    kind: str,
    ids: Sequence[int],
    run: Callable[[list[int]], int],
    words: Callable[[list[int]], Mapping[int, str]],
) -> int:
    """Call ``run`` over ``ids`` and set aside, alone and by name, those that make it fail; what it counted.

    ``words`` gives the names of the bad ones by id. Ids that are set aside for ``step`` already must be left out by the
    caller (``excluded``) where they are not to be tried again; one that is done now is taken up again.
    """
    counted, bad = halved(ids, run)
    names = words(list(bad)) if bad else {}
    for pk, error in bad.items():
        record(step, kind, pk, names.get(pk, ""), error)
    healthy: list[Any] = [pk for pk in excluded(kind, step).filter(object_id__in=list(ids)) if pk not in bad]
    if healthy:
        release(kind, healthy, step)
    return counted
