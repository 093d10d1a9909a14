"""Handing customers over: whose go to whom, what that would do to everybody concerned, and the way back."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import company, handing_over, moving_along, ownership
from accounts.forms.team import SHOWN, HandOverForm
from accounts.models import Customer, Handover
from accounts.request import SignedIn, managers_only, posted
from config import clock
from config.ui.context import frame_of
from config.web.acting import CONFLICT, refused
from config.web.asking import UNREADABLE
from config.web.toast import toast

# So many heirs stand side by side to choose from; of more a list is opened.
BESIDE: Final = 3


@require_http_methods(["GET", "POST"])
@managers_only
def hand_over(request: SignedIn) -> HttpResponse:
    """Whose customers go to whom: first the form, then what it would do, then it is done, with Undo."""
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
    context = {
        "preview": handing_over.preview(plan, day),
        "along": moving_along.with_customers(list(plan), day),
        "rows": _rows(form, plan),
        "changed": changed,
        "beside": len(form.cleaned_data["heirs"]) <= BESIDE,
    }
    return _handing(request, form, context, status=CONFLICT if changed else 200)


@require_POST
@managers_only
def handover_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Take back what still stands of a handover."""
    handover = get_object_or_404(Handover.objects.changeable_by(request.user), pk=pk)
    try:
        back = ownership.undo(handover, day=frame_of(request).today, now=clock.now(), by=request.user)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:team"))
    words = ngettext("%(n)s customer went back.", "%(n)s customers went back.", back.customers) % {"n": back.customers}
    if back.kept:
        words = f"{words} {_kept(back.kept)}"
    return toast(request, redirect("accounts:team"), words)


def _asked(query: QueryDict) -> dict[str, Any]:
    return {"owner": query.get("owner"), "filters": query.get("filters", ""), "split": query.get("split") or "load"}


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
    found = Customer.objects.select_related("owner", "segment").in_bulk(shown)
    return [(found[pk], plan.get(pk)) for pk in shown if pk in found]


def _handing(request: SignedIn, form: Form, context: dict[str, Any], *, status: int) -> HttpResponse:
    shared = {"form": form, "parts": ownership.PARTS.values(), "currency": company.currency(), "shown": SHOWN}
    return render(request, "accounts/hand_over.html", shared | context, status=status)
