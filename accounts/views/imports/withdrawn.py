"""Rows that the undo of a file took out of the record, for download."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts import exporting
from accounts.imports import archive
from accounts.models import ImportFile, ImportRun
from accounts.request import SignedIn, importers_only
from config.history.departures import left
from config.web.finding import visible


@require_GET
@importers_only
def withdrawn(request: SignedIn, pk: int, position: int) -> StreamingHttpResponse:
    """The rows as CSV, by the names that the record has for their fields."""
    run = visible(request, ImportRun.objects, pk)
    file = get_object_or_404(ImportFile.objects.defer("rejects", "cells"), run=run, position=position)
    left("withdrawn", rows=None, run=run.pk, file=file.name)
    return exporting.file(f"withdrawn-{run.pk}-{position}", archive.head(file), archive.rows(file))
