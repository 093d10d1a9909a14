"""The daily digest in the app: today's or an earlier one, to its own reader only."""

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
    """One's newest digest, or an earlier one of one's own, beside the list of them; of one ``kind`` all its lines."""
    kind = address.choice(request, "kind", DigestKind.values)
    mine = Digest.objects.filter(user=request.user)
    one = get_object_or_404(mine, pk=pk) if pk else mine.order_by("-day").first()
    context = {
        "digest": one,
        "sections": _sections(one, request, kind) if one else [],
        "kind": kind,
        "page": walked(request, mine, NEWEST, PAGE),
        "today": frame_of(request).today,
        "currency": company.currency(),
    }
    return render(request, "health/digest.html", context)


def _sections(one: Digest, request: SignedIn, kind: str) -> list[digests.Section]:
    if not kind:
        return digests.sections(one, request.user, longest=LINES)
    return [section for section in digests.sections(one, request.user) if section.kind == kind]
