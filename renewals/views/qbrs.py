"""Business reviews: the list of those due, and closing one with its goals."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web import address
from config.web.acting import acted, refused
from config.web.asking import show
from config.web.editing import Edit
from config.web.paging import numbered
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import seen_by, toast, undo_of
from renewals import qbrs
from renewals.forms import QbrForm
from renewals.models import Qbr
from renewals.views.common import CHANGED

ROWS: Final = 50


@require_GET
def due(request: SignedIn) -> HttpResponse:
    """Open reviews by day: due within 30 days, overdue or all; or those already held."""
    day = frame_of(request).today
    rows = qbrs.visible(request.user).select_related("customer__owner", "customer__segment")
    tabs = {
        "soon": (_("Due within 30 days"), qbrs.due_soon(rows, day).order_by("due_on", "pk")),
        "overdue": (_("Overdue"), rows.filter(held_on=None, due_on__lt=day).order_by("due_on", "pk")),
        "all": (_("All open"), rows.filter(held_on=None).order_by("due_on", "pk")),
        "held": (_("Held"), rows.exclude(held_on=None).order_by("-held_on", "pk")),
    }
    tab = address.choice(request, "show", tabs, "soon")
    context = {
        "tabs": [(key, label) for key, (label, _rows) in tabs.items()],
        "soon": qbrs.soon_count(request.user, day),
        "count_also": "reviews,settle",
        "show": tab,
        "page": numbered(request, tabs[tab][1], ROWS),
    }
    return render(request, "renewals/qbrs.html", context)


@require_http_methods(["GET", "POST"])
def qbr(request: SignedIn, pk: int) -> HttpResponse:
    """One review; posting closes it with the goals written."""
    qbr = get_object_or_404(qbrs.visible(request.user).select_related("customer__owner", "closed_by"), pk=pk)
    editable = _may_change(request, qbr)
    if request.method == "POST" and not editable:
        raise PermissionDenied
    edit = Edit(request, qbr, lambda: FormSheet(QbrForm(initial=QbrForm.written(qbr))))
    if edit.asks:
        return edit.answer(str(qbr.customer.name))
    form = edit.draw(QbrForm(edit.data, initial=QbrForm.written(qbr)))
    if edit.leaves:
        return toast(request, redirect("renewals:qbr", pk=pk), _("Left as it was saved."))
    if request.method == "POST" and form.is_valid():
        try:
            goals = form.cleaned_data["goals"].splitlines()
            qbrs.close(qbr, request.user, frame_of(request).today, goals, form.cleaned_data["note"])
            undo = undo_of(reverse("renewals:qbr_reopen", args=[pk]), qbrs.mark(qbr))
            return toast(request, redirect("renewals:qbr", pk=pk), _("QBR closed with its goals."), undo)
        except ValidationError as error:
            blame(form, error)
    earlier = Qbr.objects.filter(customer=qbr.customer_id).exclude(pk=pk).exclude(held_on=None).order_by("-held_on")
    context = {"qbr": qbr, "form": form, "may_change": editable, "earlier": earlier[:4]}
    return show(request, "renewals/qbr.html", context, wrong=bool(form.errors))


@require_POST
def reopen(request: SignedIn, pk: int) -> HttpResponse:
    """Undo a closing."""
    qbr = get_object_or_404(qbrs.visible(request.user), pk=pk)
    if not _may_change(request, qbr):
        raise PermissionDenied
    try:
        qbrs.reopen(qbr, back=seen_by(request))
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(request, _("The QBR is open again."), changed=CHANGED)


def _may_change(request: SignedIn, qbr: Qbr) -> bool:
    return Qbr.objects.filter(access.changes(request.user, "customer__"), pk=qbr.pk).exists()
