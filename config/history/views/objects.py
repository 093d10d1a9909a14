"""The history of one object, as a panel of its page."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.request import SignedIn
from config.history.views.pages import entries_of
from config.history.views.wording import Reader
from config.ui.context import frame_of
from config.web.paging import numbered

SIZE: Final = 20


@require_GET
def of(request: SignedIn, kind: str, pk: int) -> HttpResponse:
    """The history of an object and its parts, twenty rows a page; for htmx a fragment, else a page."""
    page = numbered(request, entries_of(kind, pk, request.user), SIZE)
    frame = frame_of(request)
    reader = Reader(request.user, frame.today, frame.zone)
    context = {"page": page, "acts": reader.acts(page.rows), "kind": kind, "pk": pk}
    return render(request, "history/_of.html" if request.htmx else "history/of.html", context)
