"""Handing customers over: the form, a preview of the effects on everybody concerned, and the undo."""

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

# Up to so many heirs are drawn side by side to choose from; more open as a list.
BESIDE: Final = 3


@require_http_methods(["GET", "POST"])
@managers_only
def hand_over(request: SignedIn) -> HttpResponse:
    """Hand customers over in three steps: the form, a preview, the handover with Undo."""
    day = frame_of(request).today
    data = posted(request) or (request.GET if _pressed(request.GET) else None)
    form = HandOverForm(data, user=request.user, day=day, initial=_asked(request.GET))
    if data is None or not form.is_valid():
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
        undone = ownership.undo(handover, day=frame_of(request).today, now=clock.now(), by=request.user)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:team"))
    load = _moved(undone)
    message = ngettext("%(n)s customer went back.", "%(n)s customers went back.", load.customers) % {
        "n": load.customers
    }
    message = _with_others(message, load)
    if undone.kept:
        message = f"{message} {_kept(undone.kept)}"
    return toast(request, redirect("accounts:team"), message)


def _pressed(query: QueryDict) -> bool:
    """Whether Preview was pressed, which sends both owner and split; a link that chooses one of them leaves the form open."""
    return "heirs" in query or {"owner", "split"} <= query.keys()


def _asked(query: QueryDict) -> dict[str, Any]:
    return {"owner": query.get("owner"), "filters": query.get("filters", ""), "split": query.get("split") or "load"}


def _hand_over(request: SignedIn, form: HandOverForm, plan: dict[int, int | None]) -> HttpResponse:
    door, day = ownership.Door.PAGE, frame_of(request).today
    handed = ownership.move(plan, day=day, door=door, by=request.user, key=form.press(plan), givers=form.givers)
    message = _("This was done already.") if handed.again else _handed(handed)
    if handed.kept:
        message = f"{message} {_kept(handed.kept)}"
    undo = reverse("accounts:handover_undo", args=[handed.handover.pk]) if handed.handover else None
    return toast(request, redirect("accounts:team"), message, undo)


def _handed(handed: ownership.Handed) -> str:
    """How many customers went over, and how many churned customers and prospects went with them."""
    load = _moved(handed)
    message = ngettext("%(n)s customer handed over.", "%(n)s customers handed over.", load.customers) % {
        "n": load.customers
    }
    return _with_others(message, load)


def _moved(handed: ownership.Handed) -> handing_over.Load:
    return handing_over.moved(handed.handover) if handed.handover else handing_over.Load()


def _with_others(message: str, load: handing_over.Load) -> str:
    if others := load.churned + load.prospects:
        addition = ngettext("And %(n)s churned or prospect.", "And %(n)s churned or prospects.", others)
        return f"{message} {addition % {'n': others}}"
    return message


def _kept(customers: int) -> str:
    return ngettext("%(n)s stays where it is.", "%(n)s stay where they are.", customers) % {"n": customers}


def _rows(form: HandOverForm, plan: dict[int, int | None]) -> list[tuple[Customer, int | None]]:
    """The first ``SHOWN`` customers by ARR, each with the id of its new owner."""
    shown_ids = [pk for pk, _arr in form.customers[:SHOWN]]
    customers = Customer.objects.select_related("owner", "segment").in_bulk(shown_ids)
    return [(customers[pk], plan.get(pk)) for pk in shown_ids if pk in customers]


def _handing(request: SignedIn, form: Form, context: dict[str, Any], *, status: int) -> HttpResponse:
    shared = {"form": form, "parts": ownership.PARTS.values(), "currency": company.currency(), "shown": SHOWN}
    return render(request, "accounts/hand_over.html", shared | context, status=status)
