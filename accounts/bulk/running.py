"""Runs bulk acts in chunks, each committed with the act's progress: a killed act resumes, and no row is done twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import lists, statistics
from accounts.bulk.acts import Act, Before, Done, Values, Who, find
from accounts.models import BulkAct, BulkRow, User
from accounts.sets import GONE
from config.history.actors import present
from config.outbox.queueing import enqueue
from config.setaside.register import halved, reason_of

KIND: Final = "accounts.bulk"
# Up to so many rows are done while the person waits.
AT_ONCE: Final = 300
CHUNK: Final = 2_000
Worded = Callable[[ValidationError], str]

KEEP: Final = """
    INSERT INTO accounts_bulkrow (act_id, chunk, object_id, state, reason, before)
    SELECT %(act)s, %(chunk)s, given.id, given.state, given.reason, given.before::jsonb
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(before)s::text[]) given(id, state, reason, before)
"""
RETURN: Final = """
    UPDATE accounts_bulkrow r SET state = given.state, reason = given.reason
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[]) given(id, state, reason)
    WHERE r.act_id = %(act)s AND r.object_id = given.id
"""


@transaction.atomic
def begin(
    act: Act, ids: Sequence[int], values: Values, who: Who, worded: Worded, *, address: str = "", language: str = ""
) -> BulkAct:
    """Do ``act`` to the rows ``ids``: at once where they are few, else in the worker; ``worded`` words a refusal."""
    bulk_act = BulkAct.objects.create(
        kind=act.kind, act=act.key, values=dict(values), said=_in_each_language(act, values), ids=list(dict.fromkeys(ids)), by=who.user, day=who.day,
        made_at=who.now,
        address=address, door=present().door, language=language or translation.get_language() or "",
    )  # fmt: skip
    _proceed(bulk_act, who, worded)
    bulk_act.refresh_from_db()
    return bulk_act


def _in_each_language(act: Act, values: Values) -> dict[str, str]:
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts[language] = act.said(values)
    return texts


@transaction.atomic
def take_back(bulk_act: BulkAct, who: Who, worded: Worded) -> BulkAct:
    """Undo an act on each row that is unchanged since; the others stay and are named. At once or later as ``begin``.

    Raises ValidationError where the act is under way, was taken back already or cannot be.
    """
    locked_act = _held(bulk_act.pk)
    act = find(locked_act.kind, locked_act.act)
    if locked_act.state != BulkAct.State.DONE or act is None or act.back is None:
        raise ValidationError(
            _("This was taken back already.") if locked_act.returned_by_id else _("This cannot be taken back.")
        )
    locked_act.state, locked_act.returned_by, locked_act.ended_at, locked_act.problem = (
        BulkAct.State.RETURNING,
        who.user,
        None,
        "",
    )
    locked_act.save(update_fields=["state", "returned_by", "ended_at", "problem"])
    _proceed(locked_act, who, worded)
    locked_act.refresh_from_db()
    return locked_act


@transaction.atomic
def resume(bulk_act: BulkAct, who: Who, worded: Worded) -> BulkAct:
    """Resume a failed act where it stopped. Raises ValidationError where it has not failed."""
    locked_act = _held(bulk_act.pk)
    if locked_act.state != BulkAct.State.FAILED:
        raise ValidationError(_("This has not stopped."))
    locked_act.state = BulkAct.State.RETURNING if locked_act.returned_by_id else BulkAct.State.RUNNING
    locked_act.problem = ""
    locked_act.save(update_fields=["state", "problem"])
    _proceed(locked_act, who, worded)
    locked_act.refresh_from_db()
    return locked_act


def _proceed(bulk_act: BulkAct, who: Who, worded: Worded) -> None:
    if len(bulk_act.ids) > AT_ONCE:
        _enqueue(bulk_act)
        return
    while go_on(bulk_act.pk, who.day, who.now, worded):
        pass


def _enqueue(bulk_act: BulkAct) -> None:
    """Queue the next chunk; the key names the chunk and when the act last stopped, so that it is queued once."""
    place = f"{bulk_act.state}#{bulk_act.reached}.{bulk_act.returned + bulk_act.kept}#{bulk_act.ended_at or ''}"
    enqueue(KIND, {"act": bulk_act.pk}, dedup_key=f"{KIND}:{bulk_act.pk}:{place}")


def work_off(pk: int, day: dt.date, now: dt.datetime, worded: Worded) -> None:
    """Do one chunk in the worker; the same transaction queues the next."""
    if go_on(pk, day, now, worded):
        _enqueue(BulkAct.objects.get(pk=pk))


def stop(pk: int, reason: str, now: dt.datetime) -> None:
    """Mark an act as failed; rows already done stay done."""
    rows = BulkAct.objects.filter(pk=pk, state__in=[BulkAct.State.RUNNING, BulkAct.State.RETURNING])
    rows.update(state=BulkAct.State.FAILED, ended_at=now, problem=reason)


@transaction.atomic
def go_on(pk: int, day: dt.date, now: dt.datetime, worded: Worded) -> bool:
    """Do the next chunk, for the day the act was begun; an undo runs for ``day``. Return whether there is more."""
    bulk_act = _held(pk)
    act = find(bulk_act.kind, bulk_act.act)
    if act is None or not bulk_act.is_under_way:
        return False
    with translation.override(bulk_act.language or None):
        returning = bulk_act.state == BulkAct.State.RETURNING
        more = _return(bulk_act, act, day, now, worded) if returning else _do(bulk_act, act, now, worded)
    if not more:
        bulk_act.state = BulkAct.State.RETURNED if returning else BulkAct.State.DONE
        bulk_act.ended_at = now
        bulk_act.save(update_fields=["state", "ended_at"])
    return more


def _held(pk: int) -> BulkAct:
    rows = BulkAct.objects.select_for_update(of=("self",), no_key=True).select_related("by", "returned_by")
    return rows.get(pk=pk)


def _do(bulk_act: BulkAct, act: Act, now: dt.datetime, worded: Worded) -> bool:
    ids = bulk_act.ids[bulk_act.reached : bulk_act.reached + CHUNK]
    who = Who(bulk_act.by, bulk_act.day, now)
    refused = _kept_from(act, ids, who.user)
    result = _spared([pk for pk in ids if pk not in refused], lambda piece: act.run(piece, bulk_act.values, who))
    result.refused |= refused
    result.refused |= {pk: ValidationError(GONE) for pk in ids if not _is_told(result, pk)}
    _keep(bulk_act, result, worded)
    bulk_act.reached += len(ids)
    bulk_act.done += len(result.before)
    bulk_act.same += len(result.same)
    bulk_act.refused += len(result.refused)
    bulk_act.save(update_fields=["reached", "done", "same", "refused"])
    return bulk_act.reached < len(bulk_act.ids)


def _is_told(result: Done, pk: int) -> bool:
    return pk in result.before or pk in result.same or pk in result.refused


def _spared(ids: list[int], run: Callable[[list[int]], Done]) -> Done:
    """The result of ``run`` on ``ids``; where the data of a row make it fail, that row alone is refused."""
    result = Done()

    def tried(piece: list[int]) -> int:
        try:
            with transaction.atomic():
                part = run(piece)
        except ValidationError as problem:
            part = Done(refused=dict.fromkeys(piece, problem))
        result.add(part)
        return len(piece)

    _count, failures = halved(ids, tried)
    result.refused |= {pk: ValidationError(reason_of(error)) for pk, error in failures.items()}
    return result


def _kept_from(act: Act, ids: Iterable[int], user: User) -> dict[int, ValidationError]:
    """The rows that ``user`` may not change, or that are not there for them, with the reason."""
    kind = lists.find(act.kind)
    pks = list(ids)
    if kind is None or not pks:
        return {}
    changeable_pks = set(kind.changeable(user).filter(pk__in=pks).values_list("pk", flat=True))
    unchangeable_pks = [pk for pk in pks if pk not in changeable_pks]
    visible_pks = (
        set(kind.visible(user).filter(pk__in=unchangeable_pks).values_list("pk", flat=True))
        if unchangeable_pks
        else set()
    )
    return {
        pk: ValidationError(_("You may not change this.") if pk in visible_pks else GONE) for pk in unchangeable_pks
    }


def _keep(bulk_act: BulkAct, result: Done, worded: Worded) -> None:
    rows: list[tuple[int, str, str, str | None]] = [
        *((pk, "done", "", json.dumps(before)) for pk, before in result.before.items()),
        *((pk, "same", "", None) for pk in result.same),
        *((pk, "refused", worded(problem), None) for pk, problem in result.refused.items()),
    ]
    ids, states, reasons, before = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    chunk = bulk_act.reached // CHUNK
    _execute(
        KEEP, {"act": bulk_act.pk, "chunk": chunk, "ids": ids, "states": states, "reasons": reasons, "before": before}
    )
    statistics.refresh(BulkRow._meta.db_table, len(rows))


def _return(bulk_act: BulkAct, act: Act, day: dt.date, now: dt.datetime, worded: Worded) -> bool:
    """Undo the rows of the next chunk, which were done together; return whether there is another."""
    done_rows = BulkRow.objects.filter(act=bulk_act, state=BulkRow.State.DONE)
    chunk = done_rows.order_by("chunk").values_list("chunk", flat=True).first()
    if chunk is None or act.back is None or bulk_act.returned_by is None:
        return False
    who, back = Who(bulk_act.returned_by, day, now), act.back
    before: dict[int, Before] = {
        row.object_id: row.before or {} for row in done_rows.filter(chunk=chunk).order_by("pk")
    }
    stay_reasons = _kept_from(act, before, who.user)

    def run(piece: list[int]) -> Done:
        stay = back({pk: before[pk] for pk in piece}, bulk_act.values, who)
        return Done({pk: {} for pk in piece if pk not in stay}, stay)

    result = _spared([pk for pk in before if pk not in stay_reasons], run)
    stay_reasons |= result.refused
    _mark(bulk_act, dict.fromkeys(result.before, ""), stay_reasons, worded)
    bulk_act.returned += len(result.before)
    bulk_act.kept += len(stay_reasons)
    bulk_act.save(update_fields=["returned", "kept"])
    return done_rows.exists()


def _mark(
    bulk_act: BulkAct, returned: Mapping[int, str], stay_reasons: Mapping[int, ValidationError], worded: Worded
) -> None:
    reasons = [*returned.values(), *(worded(problem) for problem in stay_reasons.values())]
    states = ["returned"] * len(returned) + ["kept"] * len(stay_reasons)
    _execute(RETURN, {"act": bulk_act.pk, "ids": [*returned, *stay_reasons], "states": states, "reasons": reasons})


def _execute(sql: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
