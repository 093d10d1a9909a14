"""A team's pages: each person's load, and covers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, capacity, company, covering, exporting, overview, people, segmenting, staffing
from accounts.forms.team import CoverForm
from accounts.models import Band, Cover, Handover
from accounts.request import SignedIn, managers_only, posted
from config.history.departures import left
from config.ui.context import frame_of
from config.web import address
from config.web.acting import refused
from config.web.asking import show
from config.web.paging import numbered
from config.web.toast import toast

PEOPLE: Final = 50
HANDOVERS: Final = 10
TABS: Final = ("now", "weeks")


@require_GET
@managers_only
def team(request: SignedIn) -> HttpResponse:
    """The load and hours of the CSMs below a manager (an admin: all) and of whoever else there carries something, and
    the latest handovers. The sum counts every page.
    """
    day = frame_of(request).today
    tab = address.choice(request, "tab", TABS, "now")
    team_rows = staffing.rows(list(people.below(request.user)), day, nobody=tab == "now")
    rows = [row for row in team_rows if row.is_listed]
    page = numbered(request, rows, PEOPLE)
    context = {
        "page": page,
        "rows": page.rows,
        "all": staffing.together(rows),
        "weeks": capacity.weeks(day) if tab == "weeks" else [],
        "segments": segmenting.in_order(),
        "found": overview.of(request.user, day),
        "bands": dict(Band.choices),
        "day": day,
        "handovers": Handover.objects.changeable_by(request.user).latest_first()[:HANDOVERS],
        "currency": company.currency(),
    }
    return render(request, "accounts/team.html", context)


@require_GET
@managers_only
def export(request: SignedIn) -> StreamingHttpResponse:
    """The load of everybody below, as CSV."""
    day = frame_of(request).today
    everybody = list(people.below(request.user))
    left("team", rows=len(everybody), asked=request.GET.urlencode())
    rows = (staffing.flat(row) for row in staffing.rows(everybody, day))
    return exporting.file(f"team-{day}", staffing.EXPORTED, rows)


@require_http_methods(["GET", "POST"])
def covers(request: SignedIn) -> HttpResponse:
    """One's own absences and, for a manager or an admin, those of the people below; a POST enters one."""
    if not access.writes(request.user):
        raise PermissionDenied
    day = frame_of(request).today
    absence = address.row(request, "absence", covering.uncovered(request.user, day))
    initial: dict[str, Any] = {"starts_on": day, "owner": request.GET.get("owner") or request.user.pk}
    if absence:
        initial = {"owner": absence.owner_id, "starts_on": absence.starts_on, "last_day": absence.last_day}
    form = CoverForm(posted(request), user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            until = answers["last_day"] + dt.timedelta(days=1)
            cover = covering.begin(answers["owner"], answers["by"], answers["starts_on"], until, day=day)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            message = _("The absence of %(name)s is entered; nobody covers yet.") % {"name": cover.owner.name}
            if cover.by:
                message = _("%(by)s covers for %(name)s.") % {"by": cover.by.name, "name": cover.owner.name}
            return toast(request, redirect("accounts:covers"), message)
    context = {
        "form": form,
        "rows": covering.concerning(request.user, day),
        "mine": set(covering.coverable_by(request.user)),
        "day": day,
    }
    return show(request, "accounts/covers.html", context, wrong=bool(form.errors))


@require_POST
def cover_end(request: SignedIn, pk: int) -> HttpResponse:
    """End an absence early, or call off one not begun; for the absent person, a manager above, or an admin."""
    absence = _absence(request, pk)
    try:
        covering.end(absence, day=frame_of(request).today)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:covers"))
    return toast(request, redirect("accounts:covers"), _("The absence has ended."))


@require_POST
def cover_free(request: SignedIn, pk: int) -> HttpResponse:
    """Take the cover of an absence away, which then waits for another; for the same people as ``cover_end``."""
    absence = _absence(request, pk)
    try:
        by = covering.uncover(absence, day=frame_of(request).today)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:covers"))
    message = _("%(by)s no longer covers for %(name)s; nobody does.") % {"by": by.name, "name": absence.owner.name}
    return toast(request, redirect("accounts:covers"), message)


def _absence(request: SignedIn, pk: int) -> Cover:
    """An absence that the reader may change."""
    rows = Cover.objects.filter(owner__in=covering.coverable_by(request.user).order_by())
    absence = get_object_or_404(rows.select_related("owner"), pk=pk)
    if not access.writes(request.user):
        raise PermissionDenied
    return absence
