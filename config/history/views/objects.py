"""The history of one object, as a panel of its page."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.request import SignedIn
from config.history.views.pages import entries_of
from config.history.views.wording import Reader
from config.ui.context import frame_of

SIZE: Final = 20


@require_GET
def of(request: SignedIn, kind: str, pk: int) -> HttpResponse:
    """What happened to an object and what belongs to it, twenty rows a page; a fragment to htmx, else a page."""
    page = Paginator(entries_of(kind, pk, request.user), SIZE).get_page(request.GET.get("page"))
    frame = frame_of(request)
    reader = Reader(request.user, frame.today, frame.zone)
    context = {"page": page, "acts": reader.acts(list(page)), "kind": kind, "pk": pk}
    return render(request, "history/_of.html" if request.htmx else "history/of.html", context)
