"""The figures of the rail and of tabs, sent after a page is there and again after each write."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.request import SignedIn
from config.ui.context import frame_of
from config.ui.counts import count

RAIL: Final = ("day", "cases", "renewals")
ALSO: Final = ("tasks", "reviews", "settle")


@require_GET
def counts(request: SignedIn) -> HttpResponse:
    """What stands beside the places of the rail and, with ``also``, beside the tabs and links that a page shows of it."""
    also = [place for place in request.GET.get("also", "").split(",") if place]
    if not set(also) <= set(ALSO):
        raise BadRequest(_("A filter in the address cannot be read."))
    day = frame_of(request).today
    figures = [(place, count(place, request.user, day)) for place in (*RAIL, *also)]
    return render(request, "components/counts.html", {"figures": figures})
