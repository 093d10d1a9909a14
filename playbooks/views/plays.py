"""A customer's plays: the panel of its page, starting one by hand, ending one."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Customer
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.refusing import blame
from playbooks import enrolment
from playbooks.forms.tasks import EnrolForm
from playbooks.models import Enrolment
from playbooks.views import wording
from playbooks.views.answers import acted, asked, customer_to_change, refused

SHOWN: Final = 20


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """Running plays and open tasks of one customer, finished plays folded away. Fixed statements."""
    visible = Customer.objects.visible_to(request.user)
    one = get_object_or_404(visible, pk=pk)
    day = frame_of(request).today
    plays = Enrolment.objects.filter(customer=one).with_progress()
    plays = plays.select_related("playbook", "version").order_by("-pk")[:SHOWN]
    for play in plays:
        play.reason = wording.why(play.version, play.why, day, play.enrolled_on)  # type: ignore[attr-defined]
    tasks = one.tasks.open().select_related("assignee", "enrolment__playbook")
    context = {
        "customer": one,
        "running": [play for play in plays if play.state == Enrolment.State.RUNNING],
        "finished": [play for play in plays if play.state != Enrolment.State.RUNNING],
        "tasks": tasks.order_by("due_on", "pk")[:SHOWN],
        "day": day,
        "may_change": Customer.objects.changeable_by(request.user).filter(pk=pk).exists(),
    }
    return render(request, "playbooks/_plays.html", context)


@require_http_methods(["GET", "POST"])
def enrol(request: SignedIn, pk: int) -> HttpResponse:
    """Start a playbook for one customer by hand."""
    one = customer_to_change(request, pk)
    form = EnrolForm(posted(request))
    if request.method == "POST" and form.is_valid():
        day = frame_of(request).today
        try:
            made = enrolment.enrol_by_hand(one, form.cleaned_data["playbook"], request.user, day)
        except ValidationError as problem:
            blame(form, problem)
        else:
            undo = reverse("playbooks:stop", args=[made.pk])
            return acted(request, _("“%(name)s” has started.") % {"name": made.playbook.shown_name}, undo)
    title = _("Start a playbook: %(customer)s") % {"customer": one.name}
    return asked(request, form, title, reverse("playbooks:enrol", args=[pk]), _("Start"))


@require_POST
def stop(request: SignedIn, pk: int) -> HttpResponse:
    """End a running play; its open tasks are closed as not needed."""
    rows = Enrolment.objects.visible_to(request.user).select_related("playbook")
    play = get_object_or_404(rows, pk=pk)
    if not Customer.objects.changeable_by(request.user).filter(pk=play.customer_id).exists():
        raise PermissionDenied
    if play.state != Enrolment.State.RUNNING:
        return refused(request, ValidationError(_("This play has ended already.")))
    enrolment.stop(play, frame_of(request).today)
    return acted(request, _("“%(name)s” has ended.") % {"name": play.playbook.shown_name})
