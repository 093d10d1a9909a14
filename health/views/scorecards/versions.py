"""The versions of a scorecard: begin a draft, compare, go back, discard, take out of use. For admins."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.request import SignedIn, admins_change
from config import clock
from config.web.acting import refused
from config.web.toast import seen_by, toast, undo_of
from health import publishing
from health.models import Scorecard, ScorecardAct
from health.scorecards import content_of
from health.views.scorecards import drafts

NEWEST_ACTS = 200


@require_GET
@admins_change
def versions(request: SignedIn, pk: int) -> HttpResponse:
    """Every version of the scorecard, newest first, and who did what when. Two statements more than the head."""
    row = drafts.version(pk)
    rows = Scorecard.objects.filter(key=row.key).select_related("created_by").order_by("-version")
    acts = ScorecardAct.objects.filter(key=row.key).select_related("by").order_by("-pk")[:NEWEST_ACTS]
    return render(
        request, "health/scorecard/versions.html", drafts.head(row, "versions") | {"rows": rows, "acts": acts}
    )


@require_GET
@admins_change
def compare(request: SignedIn, pk: int, other: int) -> HttpResponse:
    """The differences from version ``pk`` to version ``other`` of the same scorecard; 404 for two scorecards."""
    before, after = drafts.version(pk), drafts.version(other)
    if before.key != after.key:
        raise Http404
    differences = publishing.compare(content_of(before), content_of(after))
    context = drafts.head(after, "versions") | {"before": before, "after": after, "differences": differences}
    return render(request, "health/scorecard/compare.html", context)


@require_POST
@admins_change
def begin(request: SignedIn, pk: int) -> HttpResponse:
    """Open the scorecard's draft for editing; without one, begin it as a copy of this version."""
    draft = publishing.begin_draft(drafts.version(pk), request.user, clock.now(), clock.today())
    return redirect("health:scorecard", pk=draft.pk)


@require_POST
@admins_change
def roll_back(request: SignedIn, pk: int) -> HttpResponse:
    """Put a published version in use again; Undo puts back the one that was."""
    row = drafts.version(pk)
    before = Scorecard.objects.filter(key=row.key, is_published=True).first()
    try:
        publishing.roll_back(row, request.user, clock.now(), clock.today(), back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem)
    undo = drafts.way_back(before, row)
    return toast(request, redirect("health:scorecard_versions", pk=pk), drafts.in_use_now(row), undo)


@require_POST
@admins_change
def retire(request: SignedIn, pk: int) -> HttpResponse:
    """Take the scorecard out of use; Undo puts it in use again."""
    row = drafts.version(pk)
    try:
        publishing.retire(row, request.user, clock.now(), clock.today())
    except ValidationError as problem:
        return refused(request, problem)
    undo = undo_of(reverse("health:scorecard_roll_back", args=[pk]), publishing.in_use(None))
    message = _("“%(name)s” is out of use.") % {"name": row.shown_name}
    return toast(request, redirect("health:scorecard_versions", pk=pk), message, undo)


@require_POST
@admins_change
def discard(request: SignedIn, pk: int) -> HttpResponse:
    """Throw the draft away."""
    row = drafts.version(pk)
    try:
        publishing.discard(row, request.user, clock.now(), clock.today())
    except ValidationError as problem:
        return refused(request, problem)
    next_version = Scorecard.objects.filter(key=row.key).order_by("-is_published", "-version").first()
    url = reverse("health:scorecard", args=[next_version.pk]) if next_version else reverse("health:scorecards")
    return toast(request, redirect(url), _("The draft is gone."))
