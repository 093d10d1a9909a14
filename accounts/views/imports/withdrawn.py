"""Rows that the undo of a file, or a program over the API, took out of the record: page by page, and for download."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts import exporting
from accounts.imports import archive
from accounts.imports.targets import TARGETS
from accounts.imports.words import field_words, target_words
from accounts.keyset import Order, read_number
from accounts.models import ImportFile, ImportRun, User, WithdrawnRow
from accounts.request import SignedIn, admins_only, importers_only
from config.history.departures import left
from config.history.models import Entry, Operation, own_of
from config.web.finding import visible
from config.web.paging import walked

OLDEST: Final = Order("id", read_number)
NEWEST: Final = Order("id", read_number, descending=True)


@require_GET
@importers_only
def taken_out(request: SignedIn, pk: int, position: int) -> HttpResponse:
    """The rows, by the names that people have for their fields."""
    run = visible(request, ImportRun.objects, pk)
    file = _file(run, position)
    page = walked(request, archive.kept(file), OLDEST)
    fields = [field_words(name, file.target) for name in archive.head(file)]
    context = {
        "file": file,
        "target": target_words(file.target),
        "fields": fields,
        "page": page,
        "rows": [(row, None, None) for row in archive.values(file, page.rows)],
        "back": reverse("accounts:import_run", args=[run.pk]),
        "download": reverse("accounts:import_withdrawn", args=[run.pk, position]),
    }
    return render(request, "imports/taken_out.html", context)


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


@require_GET
@admins_only
def deleted(request: SignedIn) -> HttpResponse:
    """Of which sources and targets programs took rows out."""
    groups = [(target, target_words(target), source, count) for target, source, count in archive.all_over_api()]
    return render(request, "imports/deleted.html", {"groups": groups})


@require_GET
@admins_only
def deleted_rows(request: SignedIn, target: str, source: str) -> HttpResponse:
    """The rows of one source and target, with who took each out and when."""
    file = _over_api(target, source)
    page = walked(request, archive.kept(file), NEWEST)
    context = {
        "file": file,
        "target": target_words(target),
        "fields": [field_words(name, target) for name in archive.head(file)],
        "page": page,
        "rows": list(zip(archive.values(file, page.rows), page.rows, _by(page.rows), strict=True)),
        "back": reverse("accounts:deleted"),
        "download": reverse("accounts:deleted_file", args=[target, source]),
        "over_api": True,
    }
    return render(request, "imports/taken_out.html", context)


@require_GET
@admins_only
def deleted_file(_request: SignedIn, target: str, source: str) -> StreamingHttpResponse:
    """The rows of one source and target as CSV."""
    file = _over_api(target, source)
    left("withdrawn", rows=None, file=file.name, target=target)
    return exporting.file(f"withdrawn-{target}", archive.head(file), archive.rows(file))


def _over_api(target: str, source: str) -> ImportFile:
    if target not in TARGETS:
        raise Http404
    return archive.over_api(target, source)


def _by(rows: Sequence[WithdrawnRow]) -> list[User | None]:
    """Who took each of these rows out. Two statements."""
    kinds = {row.kind for row in rows}
    gone = [own_of(kind, (row.object_id for row in rows if row.kind == kind)) for kind in sorted(kinds)]
    entries = Entry.objects.filter(reduce(or_, gone, Q(pk__in=())), operation=Operation.DELETED)
    actors: dict[Any, int | None] = {
        (kind, pk): actor for kind, pk, actor in entries.values_list("kind", "object_id", "actor_id")
    }
    people = User.objects.in_bulk([actor for actor in actors.values() if actor])
    return [people.get(actors.get((row.kind, row.object_id)) or 0) for row in rows]
