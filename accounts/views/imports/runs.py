"""Runs of imports: their list, the page of one with its preview, progress and report, and its acts. For those who may import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts import access, company
from accounts.imports import archive, bounds, correcting, drafting, mending, progress, requesting, words
from accounts.keyset import Order, read_number
from accounts.models import Contract, ImportFile, ImportLine, ImportRun
from accounts.request import SignedIn, importers_only
from accounts.views.imports.lines import rows_of
from accounts.views.imports.moves import moves_of
from accounts.views.imports.remarks import remarks_of
from accounts.views.imports.then import followed
from config import clock
from config.history.departures import left
from config.ui.context import frame_of
from config.web import address
from config.web.acting import refused
from config.web.asking import fragment_or_page
from config.web.finding import changeable, visible
from config.web.paging import walked

NEWEST: Final = Order("id", read_number, descending=True)
OLDEST: Final = Order("id", read_number)
COUNTS: Final = ("new", "changed", "unchanged", "rejected", "unread")
# The tabs of a run: their words, the tone of their mark, and which count of the files each has (None: lines of a sample).
TABS: Final = {
    "changed": (gettext_lazy("Changed"), "info", "changed"),
    "new": (gettext_lazy("New"), "good", "new"),
    "same": (gettext_lazy("Unchanged"), "calm", "unchanged"),
    "refused": (gettext_lazy("Refused"), "risk", "rejected"),
    "remark": (gettext_lazy("Remarks"), "watch", "remarks"),
    "cells": (gettext_lazy("Cells left out"), "watch", "unread"),
    "sample": (gettext_lazy("Sample"), "calm", None),
    "kept": (gettext_lazy("Not undone"), "watch", None),
}


# Tabs of lines of another name.
KINDS: Final = {"cells": ImportLine.Kind.REMARK, "remark": ""}


@require_GET
@importers_only
def runs(request: SignedIn) -> HttpResponse:
    """All runs, the newest first: those of people and those of the command."""
    rows = ImportRun.objects.visible_to(request.user).select_related("by").defer("mapping", "places", "moves")
    context = {"page": walked(request, rows, NEWEST), "may_see_deleted": access.configures(request.user)}
    return render(request, "imports/runs.html", context)


@require_GET
@importers_only
def run(request: SignedIn, pk: int) -> HttpResponse:
    """One run: what it would do or did, its progress while it is under way, and its rows of one kind."""
    found = visible(request, ImportRun.objects.select_related("by", "undone_by").with_awaited(), pk)
    if found.state == ImportRun.State.DRAFT:
        return redirect("accounts:import_draft", found.pk)
    of_this = ImportFile.objects.filter(run=found).annotate(is_kept=Q(rejects__isnull=False))
    files = list(archive.with_gone(of_this.defer("rejects", "cells").order_by("position")))
    as_one = correcting.told(found, files)
    counted = {name: sum(getattr(file, name) for file in as_one) for name in COUNTS}
    counted["remarks"] = sum(len(file.notes) for file in files)
    told = {file.position: file.name for file in files}
    # Mended rows are told by their file and their line in it.
    told |= {after: told[number] for after, number in correcting.mended_of(found).items() if number in told}
    tabs = [(key, label, tone, counted[count]) for key, (label, tone, count) in TABS.items() if count]
    tally, tabs = tabs, [tab for tab in tabs if tab[-1]]
    if any(not file.is_listed and file.rows for file in files):
        tabs.append(("sample", TABS["sample"][0], "calm", None))
    kept = ImportLine.objects.filter(file__in=files, outcome=ImportLine.Outcome.KEPT)
    if stays := kept.count() if found.undone_by_id else 0:
        tabs.insert(0, ("kept", TABS["kept"][0], "watch", stays))
    tab = address.choice(request, "rows", TABS, tabs[0][0] if tabs else "changed")
    of_kind = ImportLine.objects.filter(file__in=files, kind=KINDS.get(tab, tab))
    lines = bounds.lines_of(request.user, kept if tab == "kept" else of_kind)
    page = walked(request, lines, OLDEST)
    for file in files:
        file.run = found
    of_run = {file.pk: file for file in files}
    for line in page.rows:
        line.file = of_run[line.file_id]
    can_mend = tab == ImportLine.Kind.REFUSED and correcting.can_be_corrected(found)
    mended = mending.offered(found, page.rows) if can_mend else {}
    rows = rows_of(request, page.rows, {file.pk: told[file.position] for file in files})
    foreseen = found.moves if found.state == ImportRun.State.PREVIEWED else None
    rows = [replace(row, mended=mended.get(row.line.pk, [])) for row in rows]
    if foreseen and tab == ImportLine.Kind.CHANGED:
        told_of = followed(rows, foreseen, frame_of(request).today)
        rows = [replace(row, told=fields) for row, fields in zip(rows, told_of, strict=True)]
    context = {
        "run": found,
        "files": [(each, words.target_words(each.file.target)) for each in as_one],
        "has_several": len({*told.values()}) > 1,
        "counted": counted,
        "tabs": tabs,
        "tally": tally if files else [],
        "step": 4 if found.started_at else 3,
        "notes": [(told[file.position], remark) for file, remark in remarks_of(files, request.user)]
        if tab == "remark"
        else [],
        "tab": tab,
        "page": page,
        "rows": rows,
        "marks": mending.marks_of(found, [line for line in page.rows if line.pk in mended]),
        "stays": stays,
        "withdrawn": _withdrawn(found),
        "share": None if found.state == ImportRun.State.UNDOING else progress.share(found),
        "minutes": _minutes(progress.time_left(found)),
        "moves": moves_of(request, foreseen) if foreseen else None,
        "currency": company.currency() if found.moves else "",
        "writes": counted["new"] + counted["changed"],
        **_acts(found),
    }
    return render(request, fragment_or_page(request, "imports/run.html"), context)


def _withdrawn(found: ImportRun) -> int:
    """How many contracts its Undo left in the record as ones that never ran."""
    if not found.undone_by_id:
        return 0
    lines = ImportLine.objects.filter(file__run=found, kind=ImportLine.Kind.NEW, object_kind="contract")
    made = lines.filter(outcome=ImportLine.Outcome.RETURNED).values("object_id")
    return Contract.objects.never_ran().filter(pk__in=made).count()


def _minutes(duration: dt.timedelta | None) -> int | None:
    """Minutes, at least one."""
    return None if duration is None else max(1, round(duration / dt.timedelta(minutes=1)))


def _acts(found: ImportRun) -> dict[str, Any]:
    """What can be done with the run now."""
    state = found.state
    requester = found.undone_by_id if state == ImportRun.State.UNDOING else found.by_id
    return {
        "may_start": state == ImportRun.State.PREVIEWED and requesting.can_be_started(found),
        "may_go_on": state != ImportRun.State.PREVIEWED and requesting.can_be_started(found),
        "may_reopen": drafting.can_be_reopened(found),
        "may_correct": correcting.can_be_corrected(found),
        "may_undo": requesting.can_be_undone(found),
        "may_stop": found.is_under_way and requester is not None and not found.stop_asked,
    }


@require_POST
@importers_only
def start(request: SignedIn, pk: int) -> HttpResponse:
    """Import what was previewed, or go on where it stopped."""
    return _acted(request, pk, lambda found: requesting.start(found, frame_of(request).today, clock.now()))


@require_POST
@importers_only
def stop(request: SignedIn, pk: int) -> HttpResponse:
    """Ask a preview, an import or an Undo to stop."""
    return _acted(request, pk, requesting.stop)


@require_POST
@importers_only
def undo(request: SignedIn, pk: int) -> HttpResponse:
    """Undo the files that are in."""
    return _acted(
        request, pk, lambda found: requesting.take_back(found, request.user, frame_of(request).today, clock.now())
    )


def _acted(request: SignedIn, pk: int, act: Callable[[ImportRun], object]) -> HttpResponse:
    """Do ``act`` to a run and lead to its page, or say why not."""
    found = changeable(request, ImportRun.objects, pk)
    try:
        act(found)
    except ValidationError as problem:
        return refused(request, problem, back=_page(found))
    return _lead(request, found)


@require_GET
@importers_only
def rejects(request: SignedIn, pk: int, position: int) -> HttpResponse:
    """The rejected rows of a file, to be corrected and imported again, as they are."""
    return _download(request, pk, position, "rejects")


@require_GET
@importers_only
def cells(request: SignedIn, pk: int, position: int) -> HttpResponse:
    """The list of cells that rows of a file went in without."""
    return _download(request, pk, position, "cells")


def _download(request: SignedIn, pk: int, position: int, part: str) -> HttpResponse:
    found = visible(request, ImportRun.objects, pk)
    file = ImportFile.objects.filter(run=found, position=position).only("name", "rejected", "unread", part).first()
    content = getattr(file, part) if file else None
    if file is None or content is None:
        raise Http404
    if part == "rejects":
        content = mending.in_words(found, position) or content
    left(part, rows=file.rejected if part == "rejects" else file.unread, run=found.pk, file=file.name)
    name = content_disposition_header(as_attachment=True, filename=f"{part}-{Path(file.name).stem}.csv")
    headers = {"Content-Disposition": name or ""}
    return HttpResponse(bytes(content), content_type="text/csv", headers=headers)


def _page(found: ImportRun) -> str:
    return reverse("accounts:import_run", args=[found.pk])


def _lead(request: SignedIn, found: ImportRun) -> HttpResponse:
    return HttpResponseClientRedirect(_page(found)) if request.htmx else redirect(_page(found))
