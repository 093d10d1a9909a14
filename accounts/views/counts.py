"""The figures of the rail and of tabs, sent after a page is there and again after each write."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import access
from accounts.lists import counting, find, saved
from accounts.models import SavedView, User
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.ui.counts import count

SHARED: Final = {"team": gettext_lazy("Team"), "all": gettext_lazy("Shared with everyone")}
RAIL: Final = ("day", "cases", "renewals")
ALSO: Final = ("tasks", "reviews", "settle")


@dataclass(frozen=True)
class RailView:
    """A saved view as the rail shows it."""

    name: str
    url: str
    icon: str
    # None: it takes too long to count.
    count: int | None
    is_shared: bool


@require_GET
def counts(request: SignedIn) -> HttpResponse:
    """The figures of the rail's places and, as ``also`` names them, of tabs and links on the page."""
    also = [place for place in request.GET.get("also", "").split(",") if place]
    if not set(also) <= set(ALSO):
        raise BadRequest(_("A filter in the address cannot be read."))
    day = frame_of(request).today
    figures = [(place, count(place, request.user, day)) for place in (*_rail(request.user), *also)]
    return render(request, "components/counts.html", {"figures": figures, "views": _views(request, day)})


def _rail(user: User) -> tuple[str, ...]:
    """The places with a figure in the rail of ``user``; a person who may not write has no day of their own."""
    return RAIL if access.writes(user) else tuple(place for place in RAIL if place != "day")


def _views(request: SignedIn, day: dt.date) -> list[tuple[Any, list[RailView]]]:
    """The rail's saved views, grouped by sharing, each with its number of rows, as far as it is quickly
    counted.
    """
    views = saved.views_of(request.user)
    row_counts = counting.counts(views, request.user, day)
    groups: dict[Any, list[RailView]] = {}
    for view in views:
        kind = find(view.kind)
        if kind is not None:
            is_own = view.owner_id == request.user.pk
            place = gettext_lazy("My views") if is_own else SHARED[view.shared]
            link = RailView(
                view.name,
                f"{reverse(kind.page)}?view={view.pk}",
                kind.icon,
                row_counts.get(view.pk),
                is_own and view.shared != SavedView.Shared.NOBODY,
            )
            groups.setdefault(place, []).append(link)
    return list(groups.items())
