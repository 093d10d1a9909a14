"""Rows that the undo of a file took out of the record: page by page, and for download."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts import exporting
from accounts.imports import archive
from accounts.imports.words import field_words, target_words
from accounts.keyset import Order, read_number
from accounts.models import ImportFile, ImportRun
from accounts.request import SignedIn, importers_only
from config.history.departures import left
from config.web.finding import visible
from config.web.paging import walked

OLDEST: Final = Order("id", read_number)


@require_GET
@importers_only
def taken_out(request: SignedIn, pk: int, position: int) -> HttpResponse:
    """The rows, by the names that people have for their fields."""
    run = visible(request, ImportRun.objects, pk)
    file = _file(run, position)
    page = walked(request, archive.kept(file), OLDEST)
    fields = [field_words(name) for name in archive.head(file)]
    context = {"run": run, "file": file, "target": target_words(file.target), "fields": fields, "page": page}
    return render(request, "imports/taken_out.html", context | {"rows": archive.values(file, page.rows)})


def _file(run: ImportRun, position: int) -> ImportFile:
    return get_object_or_404(ImportFile.objects.defer("rejects", "cells"), run=run, position=position)


@require_GET
@importers_only
def withdrawn(request: SignedIn, pk: int, position: int) -> StreamingHttpResponse:
    """The rows as CSV, by the names that the record has for their fields."""
    run = visible(request, ImportRun.objects, pk)
    file = _file(run, position)
    left("withdrawn", rows=None, run=run.pk, file=file.name)
    return exporting.file(f"withdrawn-{run.pk}-{position}", archive.head(file), archive.rows(file))
