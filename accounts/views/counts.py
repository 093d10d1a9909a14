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
ALSO: Final = ("", "tasks", "reviews")


@require_GET
def counts(request: SignedIn) -> HttpResponse:
    """What stands beside the places of the rail and, with ``also``, beside the tab that a page shows of it."""
    also = request.GET.get("also", "")
    if also not in ALSO:
        raise BadRequest(_("A filter in the address cannot be read."))
    day = frame_of(request).today
    places = [place for place in (*RAIL, also) if place]
    figures = [(place, count(place, request.user, day)) for place in places]
    return render(request, "components/counts.html", {"figures": figures})
