"""The daily digest in the app: today's or an earlier one, for its own reader only."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts import company
from accounts.keyset import Order, read_date
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web import address
from config.web.paging import walked
from health import digests
from health.models import Digest, DigestKind

PAGE: Final = 30
LINES: Final = 12
NEWEST: Final = Order("day", read_date, descending=True)


@require_GET
def digest(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """The reader's newest digest or an earlier one, beside the list of theirs; with ``kind`` all lines of that kind."""
    kind = address.choice(request, "kind", DigestKind.values)
    mine = Digest.objects.filter(user=request.user)
    digest = get_object_or_404(mine, pk=pk) if pk else mine.order_by("-day").first()
    context = {
        "digest": digest,
        "sections": _sections(digest, request, kind) if digest else [],
        "kind": kind,
        "page": walked(request, mine, NEWEST, PAGE),
        "today": frame_of(request).today,
        "currency": company.currency(),
    }
    return render(request, "health/digest.html", context)


def _sections(digest: Digest, request: SignedIn, kind: str) -> list[digests.Section]:
    if not kind:
        return digests.sections(digest, request.user, longest=LINES)
    return [section for section in digests.sections(digest, request.user) if section.kind == kind]
