"""The register of objects that sweeps skip: writing it, querying it, and finding the failing object.

A sweep that fails over a set because of data or a rule is run over halves of the set until the failing object is found.
That one is set aside alone and the others are done. Time-outs, deadlocks and lost connections are raised, and the whole
is repeated; errors of the program itself are raised too and fail the whole step, because no row or rule is their cause.
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
# More failing objects than this are no exceptions: the sweep itself is broken.
MOST_AT_ONCE: Final = 25

# Classes 22 (data), 23 (constraints), 42 (a statement that cannot be run, such as a rule's) and 54 (too complex).
OF_DATA: Final = (DataError, IntegrityError, ProgrammingError)
STATES_OF_DATA: Final = {"22", "23", "42", "54"}
# Errors that a repetition may fix, and errors that only new code fixes: neither a row nor a rule is their cause.
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
    """Whether a row or a rule caused ``error``, so that the same work succeeds without it."""
    if isinstance(error, (DatabaseError, InterfaceError, psycopg.Error)):
        cause = error.__cause__ or error
        state = getattr(cause, "sqlstate", None) or ""
        return isinstance(error, OF_DATA) or state[:2] in STATES_OF_DATA
    return isinstance(error, Exception) and not isinstance(error, OF_THE_MOMENT + OF_THE_PROGRAM)


def fails_again(error: BaseException) -> bool:
    """Whether repeating the same work would fail again: a row, a rule or the program itself caused ``error``."""
    return of_data(error) or isinstance(error, OF_THE_PROGRAM)


def is_collision(error: BaseException) -> bool:
    """Whether a unique or foreign key caused it: another writer may have been first, and a repetition may succeed."""
    state = getattr(error.__cause__ or error, "sqlstate", None)
    return state in {UniqueViolation.sqlstate, ForeignKeyViolation.sqlstate}


def reason_of(error: BaseException) -> str:
    """The error's type and the first line of its message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:LONGEST_REASON].replace("\x00", "")


def record(step: str, kind: str, pk: int, words: str, reason: str | BaseException) -> None:
    """Set one object aside for ``step``, or count one more failure of it. One statement.

    Call it outside the failed savepoint, or the row is rolled back with it.
    """
    reason_text = reason if isinstance(reason, str) else reason_of(reason)
    row: dict[str, Any] = {
        "step": step,
        "kind": kind,
        "pk": pk,
        "words": words[:LONGEST_WORDS],
        "reason": reason_text[:LONGEST_REASON],
    }
    with database.cursor() as cursor:
        cursor.execute(RECORD, row)


def excluded(kind: str, step: str = "") -> QuerySet[SetAside, int]:
    """Ids of the objects of ``kind`` that are set aside, with ``step`` only for that one.

    A queryset of ids: pass it to ``exclude(pk__in=…)``, or make it a list.
    """
    rows = SetAside.objects.filter(kind=kind)
    rows = rows.filter(step=step) if step else rows
    return rows.order_by("object_id").values_list("object_id", flat=True)


def release(kind: str, ids: Iterable[int], step: str = "") -> int:
    """Release objects (repaired, or to be run again) from the register; how many rows were deleted."""
    rows = SetAside.objects.filter(kind=kind, object_id__in=list(ids))
    rows = rows.filter(step=step) if step else rows
    return rows.delete()[0]


def release_besides(kind: str, bad: Iterable[int], step: str) -> int:
    """Release all objects of ``kind`` set aside for ``step``, except ``bad``; how many rows were deleted."""
    return SetAside.objects.filter(kind=kind, step=step).exclude(object_id__in=list(bad)).delete()[0]


def halved(ids: Sequence[int], run: Callable[[list[int]], int]) -> tuple[int, dict[int, Exception]]:
    """Call ``run`` over ``ids``, then over halves of what fails, down to single ids; the rows counted, and the bad ids.

    Each call has an atomic block of its own, so that a failed one leaves nothing, at whose end foreign keys are checked. A single id refused by a unique or
    foreign key is called once more, for another writer may have been first. Raises any error not caused by data as it
    is, and TooManyError where more than 25 single ids fail. A bad id costs two calls per halving, together about as
    much as two calls over everything.
    """
    counted, bad = 0, {}
    retried: set[int] = set()
    pieces = [list(ids)] if ids else []
    while pieces:
        piece = pieces.pop()
        try:
            with transaction.atomic():
                done = run(piece)
                _check_constraints()
            counted += done
        except Exception as error:
            if not of_data(error):
                raise
            if len(piece) > 1:
                middle = len(piece) // 2
                pieces += [piece[middle:], piece[:middle]]
                continue
            if is_collision(error) and piece[0] not in retried:
                retried.add(piece[0])
                pieces.append(piece)
                continue
            bad[piece[0]] = error
            if len(bad) > MOST_AT_ONCE:
                raise TooManyError(f"It fails for more than {MOST_AT_ONCE}; the latest: {reason_of(error)}") from error
    return counted, bad


def _check_constraints() -> None:
    """Check now what is put off to the end of the transaction: there it would fail for all, by nobody in particular."""
    with database.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def sparing(
    step: str,
    kind: str,
    ids: Sequence[int],
    run: Callable[[list[int]], int],
    words: Callable[[list[int]], Mapping[int, str]],
) -> int:
    """Call ``run`` over ``ids`` and set aside each id that makes it fail; returns the rows counted.

    ``words`` gives the names of the bad ones by id. The caller excludes ids already set aside for ``step``
    (``excluded``) unless they should be tried again; those that succeed are released.
    """
    counted, bad = halved(ids, run)
    names = words(list(bad)) if bad else {}
    for pk, error in bad.items():
        record(step, kind, pk, names.get(pk, ""), error)
    healthy: list[Any] = [pk for pk in excluded(kind, step).filter(object_id__in=list(ids)) if pk not in bad]
    if healthy:
        release(kind, healthy, step)
    return counted
