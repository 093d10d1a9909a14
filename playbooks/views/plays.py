"""A customer's plays: the panel of its page, starting one by hand, ending one."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Customer
from accounts.request import SignedIn, posted
from config.text import row_number
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.finding import changeable, may_change, visible
from config.web.refusing import blame
from config.web.toast import seen_by, undo_of
from playbooks import enrolment
from playbooks.forms.tasks import EnrolForm
from playbooks.models import Enrolment
from playbooks.views import wording

SHOWN: Final = 20
CHANGED: Final = ("playbooks:changed",)


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """Running plays and open tasks of one customer, finished plays collapsed. Fixed statements."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    plays = Enrolment.objects.filter(customer=customer).with_progress()
    plays = plays.select_related("playbook", "version").order_by("-pk")[:SHOWN]
    for play in plays:
        play.reason = wording.why(play.version, play.why, day, play.enrolled_on)  # type: ignore[attr-defined]
    tasks = customer.tasks.open().select_related("assignee", "enrolment__playbook")
    context = {
        "customer": customer,
        "running": [play for play in plays if play.state == Enrolment.State.RUNNING],
        "finished": [play for play in plays if play.state != Enrolment.State.RUNNING],
        "tasks": tasks.order_by("due_on", "pk")[:SHOWN],
        "day": day,
        "may_change": may_change(request, customer),
    }
    return render(request, "playbooks/_plays.html", context)


@require_http_methods(["GET", "POST"])
def enrol(request: SignedIn, pk: int) -> HttpResponse:
    """Start a playbook for one customer by hand."""
    customer = changeable(request, Customer.objects, pk)
    form = EnrolForm(posted(request), initial={"playbook": row_number(request.GET.get("playbook", ""))})
    if request.method == "POST" and form.is_valid():
        day = frame_of(request).today
        try:
            play = enrolment.enrol_by_hand(customer, form.cleaned_data["playbook"], request.user, day)
        except ValidationError as problem:
            blame(form, problem)
        else:
            undo = undo_of(reverse("playbooks:unstart", args=[play.pk]), enrolment.marks([play.pk])[play.pk])
            return acted(
                request, _("“%(name)s” has started.") % {"name": play.playbook.shown_name}, undo, changed=CHANGED
            )
    title = _("Start a playbook: %(customer)s") % {"customer": customer.name}
    return ask(request, form, title, _("Start"))


@require_POST
def unstart(request: SignedIn, pk: int) -> HttpResponse:
    """Undo the start of a play that stands as it left it."""
    play = _changeable(request, pk)
    try:
        enrolment.take_back({pk: seen_by(request)}).only()
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED)
    return acted(
        request, _("The start of “%(name)s” is taken back.") % {"name": play.playbook.shown_name}, changed=CHANGED
    )


@require_POST
def stop(request: SignedIn, pk: int) -> HttpResponse:
    """End a running play; its open tasks are closed as not needed."""
    play = _changeable(request, pk)
    if play.state != Enrolment.State.RUNNING:
        return refused(request, ValidationError(_("This play has ended already.")), changed=CHANGED)
    enrolment.stop(play, frame_of(request).today)
    return acted(request, _("“%(name)s” has ended.") % {"name": play.playbook.shown_name}, changed=CHANGED)


def _changeable(request: SignedIn, pk: int) -> Enrolment:
    rows = Enrolment.objects.visible_to(request.user).select_related("playbook")
    play = get_object_or_404(rows, pk=pk)
    changeable(request, Customer.objects, play.customer_id)
    return play
