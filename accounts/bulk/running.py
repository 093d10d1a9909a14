"""Working an act off: in chunks, each committed with how far the act has come, so that a killed one goes on and nothing is done twice."""

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
    """Do ``act`` to the rows ``ids``: at once where they are few, else in the worker; ``worded`` says a refusal to people."""
    begun = BulkAct.objects.create(
        kind=act.kind, act=act.key, values=dict(values), said=_in_each_language(act, values), ids=list(dict.fromkeys(ids)), by=who.user, day=who.day,
        address=address, door=present().door, language=language or translation.get_language() or "",
    )  # fmt: skip
    _proceed(begun, who, worded)
    begun.refresh_from_db()
    return begun


def _in_each_language(act: Act, values: Values) -> dict[str, str]:
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = act.said(values)
    return said


@transaction.atomic
def take_back(begun: BulkAct, who: Who, worded: Worded) -> BulkAct:
    """Take an act back: of each row that stands as it left it; the others stay and are named. As ``begin``.

    Raises ValidationError where the act is under way, was taken back already or cannot be.
    """
    held = _held(begun.pk)
    act = find(held.kind, held.act)
    if held.state != BulkAct.State.DONE or act is None or act.back is None:
        raise ValidationError(
            _("This was taken back already.") if held.returned_by_id else _("This cannot be taken back.")
        )
    held.state, held.returned_by, held.ended_at, held.problem = BulkAct.State.RETURNING, who.user, None, ""
    held.save(update_fields=["state", "returned_by", "ended_at", "problem"])
    _proceed(held, who, worded)
    held.refresh_from_db()
    return held


@transaction.atomic
def resume(begun: BulkAct, who: Who, worded: Worded) -> BulkAct:
    """Let an act that was given up go on where it stopped. Raises ValidationError where it was not."""
    held = _held(begun.pk)
    if held.state != BulkAct.State.FAILED:
        raise ValidationError(_("This has not stopped."))
    held.state = BulkAct.State.RETURNING if held.returned_by_id else BulkAct.State.RUNNING
    held.problem = ""
    held.save(update_fields=["state", "problem"])
    _proceed(held, who, worded)
    held.refresh_from_db()
    return held


def _proceed(begun: BulkAct, who: Who, worded: Worded) -> None:
    if len(begun.ids) > AT_ONCE:
        _enqueue(begun)
        return
    while go_on(begun.pk, who.day, who.now, worded):
        pass


def _enqueue(begun: BulkAct) -> None:
    """Write down the next chunk as work; its key names the chunk and when the act last stopped, so that it is written once."""
    place = f"{begun.state}#{begun.reached}.{begun.returned + begun.kept}#{begun.ended_at or ''}"
    enqueue(KIND, {"act": begun.pk}, dedup_key=f"{KIND}:{begun.pk}:{place}")


def work_off(pk: int, day: dt.date, now: dt.datetime, worded: Worded) -> None:
    """One chunk in the worker; the rest is written down as further work in the same transaction."""
    if go_on(pk, day, now, worded):
        _enqueue(BulkAct.objects.get(pk=pk))


def stop(pk: int, reason: str, now: dt.datetime) -> None:
    """Give an act up that cannot go on; what is done stays done."""
    rows = BulkAct.objects.filter(pk=pk, state__in=[BulkAct.State.RUNNING, BulkAct.State.RETURNING])
    rows.update(state=BulkAct.State.FAILED, ended_at=now, problem=reason)


@transaction.atomic
def go_on(pk: int, day: dt.date, now: dt.datetime, worded: Worded) -> bool:
    """Do the next chunk of an act, on the day that it was asked; taking back is done on ``day``. Whether there is more."""
    begun = _held(pk)
    act = find(begun.kind, begun.act)
    if act is None or not begun.is_under_way:
        return False
    with translation.override(begun.language or None):
        returning = begun.state == BulkAct.State.RETURNING
        more = _return(begun, act, day, now, worded) if returning else _do(begun, act, now, worded)
    if not more:
        begun.state = BulkAct.State.RETURNED if returning else BulkAct.State.DONE
        begun.ended_at = now
        begun.save(update_fields=["state", "ended_at"])
    return more


def _held(pk: int) -> BulkAct:
    rows = BulkAct.objects.select_for_update(of=("self",), no_key=True).select_related("by", "returned_by")
    return rows.get(pk=pk)


def _do(begun: BulkAct, act: Act, now: dt.datetime, worded: Worded) -> bool:
    ids = begun.ids[begun.reached : begun.reached + CHUNK]
    who = Who(begun.by, begun.day, now)
    refused = _kept_from(act, ids, who.user)
    found = _spared([pk for pk in ids if pk not in refused], lambda piece: act.run(piece, begun.values, who))
    found.refused |= refused
    found.refused |= {pk: ValidationError(GONE) for pk in ids if not _is_told(found, pk)}
    _keep(begun, found, worded)
    begun.reached += len(ids)
    begun.done += len(found.before)
    begun.same += len(found.same)
    begun.refused += len(found.refused)
    begun.save(update_fields=["reached", "done", "same", "refused"])
    return begun.reached < len(begun.ids)


def _is_told(found: Done, pk: int) -> bool:
    return pk in found.before or pk in found.same or pk in found.refused


def _spared(ids: list[int], run: Callable[[list[int]], Done]) -> Done:
    """What ``run`` did with ``ids``; where the data of a row make it fail, that row alone is refused."""
    found = Done()

    def tried(piece: list[int]) -> int:
        try:
            with transaction.atomic():
                part = run(piece)
        except ValidationError as problem:
            part = Done(refused=dict.fromkeys(piece, problem))
        found.add(part)
        return len(piece)

    _count, bad = halved(ids, tried)
    found.refused |= {pk: ValidationError(reason_of(error)) for pk, error in bad.items()}
    return found


def _kept_from(act: Act, ids: Iterable[int], user: User) -> dict[int, ValidationError]:
    """The rows that ``user`` may not change, or that are not there for them, with the reason."""
    kind = lists.find(act.kind)
    asked = list(ids)
    if kind is None or not asked:
        return {}
    changeable = set(kind.changeable(user).filter(pk__in=asked).values_list("pk", flat=True))
    others = [pk for pk in asked if pk not in changeable]
    seen = set(kind.visible(user).filter(pk__in=others).values_list("pk", flat=True)) if others else set()
    return {pk: ValidationError(_("You may not change this.") if pk in seen else GONE) for pk in others}


def _keep(begun: BulkAct, found: Done, worded: Worded) -> None:
    rows: list[tuple[int, str, str, str | None]] = [
        *((pk, "done", "", json.dumps(before)) for pk, before in found.before.items()),
        *((pk, "same", "", None) for pk in found.same),
        *((pk, "refused", worded(problem), None) for pk, problem in found.refused.items()),
    ]
    ids, states, reasons, before = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    chunk = begun.reached // CHUNK
    _execute(
        KEEP, {"act": begun.pk, "chunk": chunk, "ids": ids, "states": states, "reasons": reasons, "before": before}
    )
    statistics.refresh(BulkRow._meta.db_table, len(rows))


def _return(begun: BulkAct, act: Act, day: dt.date, now: dt.datetime, worded: Worded) -> bool:
    """Take back the rows of the next chunk, as they were done together; whether there is another."""
    left = BulkRow.objects.filter(act=begun, state=BulkRow.State.DONE)
    first = left.order_by("chunk").values_list("chunk", flat=True).first()
    if first is None or act.back is None or begun.returned_by is None:
        return False
    who, back = Who(begun.returned_by, day, now), act.back
    before: dict[int, Before] = {row.object_id: row.before or {} for row in left.filter(chunk=first).order_by("pk")}
    kept = _kept_from(act, before, who.user)

    def run(piece: list[int]) -> Done:
        stay = back({pk: before[pk] for pk in piece}, begun.values, who)
        return Done({pk: {} for pk in piece if pk not in stay}, stay)

    found = _spared([pk for pk in before if pk not in kept], run)
    kept |= found.refused
    _mark(begun, dict.fromkeys(found.before, ""), kept, worded)
    begun.returned += len(found.before)
    begun.kept += len(kept)
    begun.save(update_fields=["returned", "kept"])
    return left.exists()


def _mark(begun: BulkAct, back: Mapping[int, str], kept: Mapping[int, ValidationError], worded: Worded) -> None:
    reasons = [*back.values(), *(worded(problem) for problem in kept.values())]
    states = ["returned"] * len(back) + ["kept"] * len(kept)
    _execute(RETURN, {"act": begun.pk, "ids": [*back, *kept], "states": states, "reasons": reasons})


def _execute(sql: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
