"""The record as a file: asking for it, how far it has come, the download. Admins only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import uploads
from accounts.forms.exports import ExportForm
from accounts.imports import hearing, packing, progress
from accounts.keyset import Order, read_number
from accounts.models import Customer, RecordExport
from accounts.request import SignedIn, admins_only, posted
from config import clock
from config.history.departures import left
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.asking import fragment_or_page, show
from config.web.paging import walked
from config.web.refusing import blame
from config.web.toast import toast

NEWEST: Final = Order("id", read_number, descending=True)
TONES: Final = {"running": "calm", "done": "good", "stopped": "calm", "failed": "risk"}


@require_http_methods(["GET", "POST"])
@admins_only
def exports(request: SignedIn) -> HttpResponse:
    """The exports, newest first; POST begins one."""
    named = [source.name for source in hearing.sources(clock.now(), frame_of(request).standing[2])]
    form = ExportForm(posted(request), sources=named)
    if request.method == "POST" and form.is_valid():
        try:
            packing.ask(form.cleaned_data["source"], request.user, clock.now())
        except ValidationError as problem:
            blame(form, problem)
        else:
            return redirect("accounts:exports")
    page = walked(request, RecordExport.objects.select_related("by", "upload"), NEWEST)
    context = {
        "form": form,
        "page": page,
        "rows": [(row, TONES[row.state], progress.share(row), minutes(row)) for row in page],
        "under_way": any(row.is_under_way for row in page),
        "kept": packing.KEPT.days,
        "without": Customer.objects.filter(merged_into=None, external_keys=None).count(),
    }
    return show(request, fragment_or_page(request, "imports/exports.html"), context, wrong=bool(form.errors))


def minutes(export: RecordExport) -> int | None:
    """Minutes that are left, at least one."""
    left_over = progress.time_left(export)
    return None if left_over is None else max(1, round(left_over / dt.timedelta(minutes=1)))


@require_GET
@admins_only
def download(_request: SignedIn, pk: int) -> StreamingHttpResponse:
    """The ZIP, which is noted as exported."""
    export = get_object_or_404(RecordExport.objects.select_related("upload"), pk=pk)
    if (upload := export.upload) is None:
        raise Http404
    left("record", rows=export.rows_read, source=export.source, export=export.pk)
    name = content_disposition_header(as_attachment=True, filename=upload.name)
    headers = {"Content-Disposition": name or "", "Content-Length": str(upload.size)}
    return StreamingHttpResponse(uploads.sent(upload), content_type="application/zip", headers=headers)


@require_POST
@admins_only
def stop(request: SignedIn, pk: int) -> HttpResponse:
    """Ask an export to stop."""
    return _acted(request, pk, packing.stop, _("The export stops."))


@require_POST
@admins_only
def remove(request: SignedIn, pk: int) -> HttpResponse:
    """Delete the file of an export; that it was made stays."""
    return _acted(request, pk, packing.remove, _("The file was deleted."))


def _acted(request: SignedIn, pk: int, act: Callable[[RecordExport], Any], said: str) -> HttpResponse:
    export = get_object_or_404(RecordExport.objects.select_related("upload"), pk=pk)
    try:
        act(export)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:exports"))
    return toast(request, redirect("accounts:exports"), said)
