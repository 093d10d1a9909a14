"""Work of the record that the worker does."""

from __future__ import annotations

from typing import Any

from accounts import assigning, bulk, changes, segmenting
from accounts.bulk.running import KIND, work_off
from accounts.identity import twins
from accounts.imports import packing, requesting
from accounts.imports import running as imports
from accounts.imports.loading import Busy
from accounts.models import BulkAct, ImportRun
from config import clock
from config.foreseen import foresee
from config.history.actors import acting
from config.outbox.delivery import Later, handler
from config.web.refusing import reason


@handler("accounts.segments")
def segments_due(_payload: dict[str, Any]) -> None:
    """Place customers by the changed rules, mark the moved ones for the other readers of changes, and assign new
    customers.
    """
    day = clock.today()
    changes.mark(segmenting.move_all(day), "segment", by="segments")
    assigning.sweep(day)


def _bulk_given_up(payload: dict[str, Any], problem: str) -> None:
    bulk.stop(payload["act"], problem, clock.now())


@handler(KIND, parked=_bulk_given_up)
def bulk_chunk(payload: dict[str, Any]) -> None:
    """Do the next chunk of a bulk act, in the name of the person who requested it and through their door."""
    bulk_act = BulkAct.objects.get(pk=payload["act"])
    with acting(bulk_act.door, lambda: bulk_act.returned_by_id or bulk_act.by_id):
        work_off(bulk_act.pk, clock.today(), clock.now(), reason)


def _import_given_up(payload: dict[str, Any], problem: str) -> None:
    imports.give_up(payload["run"], problem.removeprefix(f"{Busy.__name__}: "), clock.now())


@handler(requesting.KIND, parked=_import_given_up)
def import_piece(payload: dict[str, Any]) -> Later | None:
    """Preview an import, take its next file or undo its last, in the name of the person who requested it."""
    run = ImportRun.objects.get(pk=payload["run"])
    with acting(imports.door(run), lambda: run.undone_by_id or run.by_id):
        later = imports.work_off(run.pk, clock.now(), foresee)
    if not later:
        twins.seek_after(ImportRun.objects.get(pk=run.pk))
    return later


@handler(twins.KIND)
def seek_twins(_payload: dict[str, Any]) -> None:
    """Look for customers that may be one, which an import just brought."""
    twins.find()


def _export_given_up(payload: dict[str, Any], problem: str) -> None:
    packing.give_up(payload["export"], problem, clock.now())


@handler(packing.KIND, parked=_export_given_up)
def export_record(payload: dict[str, Any]) -> None:
    """Pack the record for an admin."""
    packing.pack(payload["export"], clock.today(), clock.now())
