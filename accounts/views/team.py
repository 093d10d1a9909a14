"""A team's pages: who carries what, handing customers over with the way back, standing in for somebody."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, capacity, company, covering, handing_over, ownership, people, segmenting, staffing
from accounts.forms.team import SHOWN, CoverForm, HandOverForm
from accounts.models import Cover, Customer, Handover
from accounts.request import SignedIn, posted
from config import clock
from config.ui.context import frame_of
from config.web.acting import CONFLICT, refused
from config.web.asking import UNREADABLE, show
from config.web.paging import numbered
from config.web.toast import toast

PEOPLE: Final = 50
HANDOVERS: Final = 10


@require_GET
def team(request: SignedIn) -> HttpResponse:
    """Everybody below a manager (an admin: everybody) who carries something: how much, and the hours for it; the latest handovers."""
    _managers_only(request)
    day = frame_of(request).today
    page = numbered(request, people.below(request.user), PEOPLE)
    rows = [row for row in staffing.rows(list(page), day, nobody=True) if row.carries]
    context = {
        "page": page,
        "rows": rows,
        "all": staffing.together(rows),
        "weeks": capacity.weeks(day) if request.GET.get("tab") == "weeks" else [],
        "segments": segmenting.in_order(),
        "day": day,
        "handovers": Handover.objects.changeable_by(request.user).latest_first()[:HANDOVERS],
        "currency": company.currency(),
    }
    return render(request, "accounts/team.html", context)


@require_http_methods(["GET", "POST"])
def hand_over(request: SignedIn) -> HttpResponse:
    """Whose customers go to whom: first the form, then what it would do, then it is done, with Undo."""
    _managers_only(request)
    day = frame_of(request).today
    given = posted(request) or (request.GET if "heirs" in request.GET else None)
    form = HandOverForm(given, user=request.user, day=day, initial=_asked(request.GET))
    if given is None or not form.is_valid():
        return _handing(request, form, {}, status=UNREADABLE if form.errors else 200)
    try:
        plan = form.plan()
        seen = form.cleaned_data["seen"] == form.digest or Handover.objects.filter(key=form.press(plan)).exists()
        if request.method == "POST" and seen and "look" not in request.POST:
            return _hand_over(request, form, plan)
    except ValidationError as problem:
        form.add_error(None, problem)
        return _handing(request, form, {}, status=UNREADABLE)
    changed = request.method == "POST" and form.cleaned_data["seen"] != form.digest
    context = {"preview": handing_over.preview(plan, day), "rows": _rows(form, plan), "changed": changed}
    return _handing(request, form, context, status=CONFLICT if changed else 200)


@require_POST
def handover_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Take back what still stands of a handover."""
    _managers_only(request)
    handover = get_object_or_404(Handover.objects.changeable_by(request.user), pk=pk)
    try:
        back = ownership.undo(handover, day=frame_of(request).today, now=clock.now(), by=request.user)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:team"))
    words = ngettext("%(n)s customer went back.", "%(n)s customers went back.", back.customers) % {"n": back.customers}
    if back.kept:
        words = f"{words} {_kept(back.kept)}"
    return toast(request, redirect("accounts:team"), words)


@require_http_methods(["GET", "POST"])
def covers(request: SignedIn) -> HttpResponse:
    """One's own absences and, for a manager or an admin, those of the people below; a POST enters one."""
    if not access.writes(request.user):
        raise PermissionDenied
    day = frame_of(request).today
    initial = {"starts_on": day, "owner": request.GET.get("owner") or request.user.pk}
    form = CoverForm(posted(request), user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            until = said["last_day"] + dt.timedelta(days=1)
            cover = covering.begin(said["owner"], said["by"], said["starts_on"], until, day=day)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            words = _("%(by)s covers for %(name)s.") % {"by": cover.by.name, "name": cover.owner.name}
            return toast(request, redirect("accounts:covers"), words)
    context = {
        "form": form,
        "rows": covering.concerning(request.user, day),
        "mine": set(covering.coverable_by(request.user)),
        "day": day,
    }
    return show(request, "accounts/covers.html", context, wrong=bool(form.errors))


@require_POST
def cover_end(request: SignedIn, pk: int) -> HttpResponse:
    """End a cover early, or call off one that has not begun: who is away, a manager above, or an admin may."""
    rows = Cover.objects.filter(owner__in=covering.coverable_by(request.user).order_by())
    cover = get_object_or_404(rows, pk=pk)
    if not access.writes(request.user):
        raise PermissionDenied
    try:
        covering.end(cover, day=frame_of(request).today)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:covers"))
    return toast(request, redirect("accounts:covers"), _("The cover has ended."))


def _managers_only(request: SignedIn) -> None:
    """To everybody else the page does not exist."""
    if not access.manages(request.user):
        raise Http404


def _asked(query: QueryDict) -> dict[str, Any]:
    return {"owner": query.get("owner"), "filters": query.get("filters", ""), "split": query.get("split") or "count"}


def _hand_over(request: SignedIn, form: HandOverForm, plan: dict[int, int | None]) -> HttpResponse:
    door, day = ownership.Door.PAGE, frame_of(request).today
    done = ownership.move(plan, day=day, door=door, by=request.user, key=form.press(plan), givers=form.givers)
    words = _("This was done already.") if done.again else _handed(done)
    if done.kept:
        words = f"{words} {_kept(done.kept)}"
    undo = reverse("accounts:handover_undo", args=[done.handover.pk]) if done.handover else None
    return toast(request, redirect("accounts:team"), words, undo)


def _handed(done: ownership.Handed) -> str:
    """How many customers went, and how many beside them that are none now."""
    load = handing_over.moved(done.handover) if done.handover else handing_over.Load()
    words = ngettext("%(n)s customer handed over.", "%(n)s customers handed over.", load.customers) % {
        "n": load.customers
    }
    if others := load.churned + load.prospects:
        beside = ngettext("And %(n)s churned or prospect.", "And %(n)s churned or prospects.", others)
        return f"{words} {beside % {'n': others}}"
    return words


def _kept(customers: int) -> str:
    return ngettext("%(n)s stays where it is.", "%(n)s stay where they are.", customers) % {"n": customers}


def _rows(form: HandOverForm, plan: dict[int, int | None]) -> list[tuple[Customer, int | None]]:
    """The customers by ARR with whom each would go to, the first ``SHOWN`` of them."""
    shown = [pk for pk, _arr in form.customers[:SHOWN]]
    found = Customer.objects.select_related("owner").in_bulk(shown)
    return [(found[pk], plan.get(pk)) for pk in shown if pk in found]


def _handing(request: SignedIn, form: Form, context: dict[str, Any], *, status: int) -> HttpResponse:
    shared = {"form": form, "parts": ownership.PARTS.values(), "currency": company.currency(), "shown": SHOWN}
    return render(request, "accounts/hand_over.html", shared | context, status=status)
