"""One renewal: its page, its panel on the customer's page, and its acts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts import access, company
from accounts.models import Customer
from accounts.request import SignedIn, posted
from config import clock
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask, show
from config.web.editing import Edit, carried
from config.web.finding import changeable, may_change, visible
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import seen_by, toast, undo_of
from playbooks import work
from renewals import board, brief, calls, closing, forecast, prep
from renewals.forms import LossForm, PartForm, RenewForm
from renewals.models import Leaving, PrepPart, Qbr, Renewal, RenewalStage
from renewals.views.common import CHANGED, WHOLE


@require_GET
@vary_on_headers("HX-Request")
def renewal(request: SignedIn, pk: int) -> HttpResponse:
    """Prep with its facts, stage, calls and closing. An htmx request gets only the part below the head."""
    renewal = visible(request, WHOLE, pk)
    template = "renewals/_renewal.html" if request.htmx else "renewals/renewal.html"
    return render(request, template, _context(request, renewal))


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """The customer's next renewal with its prep, the others by date, and the open QBR."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    renewals = Renewal.objects.still_open().filter(customer=customer).annotate(over=Q(leaving=Leaving.CONFIRMED))
    rows = list(renewals.select_related("customer", "contract", "prep_with").order_by("over", "due_on", "pk")[:6])
    parts = brief.parts(rows[0]) if rows else []
    context: dict[str, Any] = {
        "customer": customer,
        "renewal": rows[0] if rows else None,
        "days_left": rows[0].days_left(day) if rows else None,
        "parts": parts,
        "progress": prep.progress_of(part.row for part in parts),
        "others": rows[1:],
        "latest": None if rows else Renewal.objects.counted().filter(customer=customer).order_by("-closed_on").first(),
        "qbr": Qbr.objects.filter(customer=customer, held_on=None).first(),
        "currency": company.currency(),
    }
    return render(request, "renewals/_panel.html", context)


@require_POST
def part(request: SignedIn, pk: int, name: str) -> HttpResponse:
    """Mark a part done, keep its note, or take it back (``act`` done / keep / undo)."""
    renewal = changeable(request, WHOLE, pk)
    if name not in PrepPart.Part.values:
        raise Http404
    edit = _note(request, renewal, name)
    if edit.asks:
        return edit.answer(str(PrepPart.Part(name).label), back=reverse("renewals:renewal", args=[pk]))
    form = edit.draw(PartForm(edit.data))
    if form.is_valid():
        try:
            return _part(request, renewal, name, form.cleaned_data["note"], edit)
        except ValidationError as error:
            blame(form, error)
    if request.htmx:  # the page still shows the typed note
        problems = [message for messages in form.errors.values() for message in messages]
        return refused(request, ValidationError(problems), stays=True)
    return ask(request, form, str(PrepPart.Part(name).label), about=renewal.customer.name)


def _part(request: SignedIn, renewal: Renewal, name: str, note: str, edit: Edit) -> HttpResponse:
    label, day = PrepPart.Part(name).label, frame_of(request).today
    if request.POST.get("act") == "keep":
        prep.keep_note(renewal, name, note)
        return acted(request, edit.said(_("Note kept.")), changed=CHANGED)
    if request.POST.get("act") == "done":
        completed = work.complete_part(renewal, name, user=request.user, now=clock.now(), day=day, note=note)
        if note and not completed:  # somebody else completed it first; the typed note is saved all the same
            prep.keep_note(renewal, name, note)
        undo = (
            undo_of(reverse("renewals:part", args=[renewal.pk, name]), prep.done_by(request.user, day))
            if completed
            else None
        )
        return acted(request, _("%(part)s: done.") % {"part": label}, undo, changed=CHANGED)
    work.reopen_part(renewal, name, back=seen_by(request))
    return acted(request, _("%(part)s: to do again.") % {"part": label}, changed=CHANGED)


@require_POST
def refresh(request: SignedIn, pk: int) -> HttpResponse:
    """Refill the parts that are not done with today's facts."""
    renewal = changeable(request, WHOLE, pk)
    try:
        prep.refresh(renewal, frame_of(request).today)
    except ValidationError as error:
        return refused(request, error, changed=CHANGED, stays=True)
    return acted(request, _("Facts are of today."), changed=CHANGED)


@require_http_methods(["GET", "POST"])
def renew(request: SignedIn, pk: int) -> HttpResponse:
    """Close as renewed: a contract that exists, or a new one with its lines."""
    renewal = changeable(request, WHOLE, pk)
    form = RenewForm(posted(request), renewal=renewal)
    if request.method == "POST" and form.is_valid():
        try:
            _renew(request, renewal, form)
            return _closed(request, renewal)
        except ValidationError as error:
            blame(form, error)
    return _closing_page(request, renewal, form, _("Renewed: %(customer)s"))


@require_http_methods(["GET", "POST"])
def churn(request: SignedIn, pk: int) -> HttpResponse:
    """Close as churned, with both reasons."""
    renewal = changeable(request, WHOLE, pk)
    form = LossForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            closing.churn(renewal, request.user, frame_of(request).today, form.loss())
            return _closed(request, renewal)
        except ValidationError as error:
            blame(form, error)
    return _closing_page(request, renewal, form, _("Churned: %(customer)s"))


@require_POST
def reopen(request: SignedIn, pk: int) -> HttpResponse:
    """Undo a closing."""
    renewal = changeable(request, WHOLE, pk)
    try:
        closing.reopen(renewal, frame_of(request).today, back=seen_by(request))
    except ValidationError as error:
        return refused(request, error, changed=CHANGED)
    return acted(request, _("%(customer)s is open again.") % {"customer": renewal.customer.name}, changed=CHANGED)


def _context(request: SignedIn, renewal: Renewal) -> dict[str, Any]:
    day = frame_of(request).today
    open_stages = [choice for choice in RenewalStage.choices if choice[0] != RenewalStage.CLOSED]
    return {
        "renewal": renewal,
        "held": None if renewal.is_closed else forecast.with_final(Renewal.objects.filter(pk=renewal.pk)).first(),
        "card": board.with_prep([renewal], day)[0],
        "parts": brief.parts(renewal),
        "carried": _notes(renewal),
        "sharing": brief.sharing(renewal),
        "calls": renewal.calls.select_related("by").order_by("-made_at", "-pk")[:10],
        "stages": open_stages,
        "currency": company.currency(),
        "may_change": may_change(request, renewal),
        "may_call": calls.speaks(request.user, renewal.customer.owner_id),
        "may_decide": access.manages(request.user),
        "may_reopen": renewal.closed_by_id is not None and bool(renewal.before_closing),
    }


def _note(request: SignedIn, renewal: Renewal, name: str) -> Edit:
    """The edit of a part's note; locks the plays of its tasks first. Reopening a part edits nothing."""
    row = PrepPart.objects.filter(renewal=prep.head_of(renewal), part=name).first()
    if row is None or request.POST.get("act") not in {"done", "keep"}:
        return Edit(request, None, lambda: FormSheet(PartForm()))
    work.lock_plays_of(renewal, name)
    return Edit(request, row, lambda: PartForm.sheet(row))


def _notes(renewal: Renewal) -> dict[str, str]:
    """By part, the hidden field with the note as shown; it survives a refresh of the part while the note is typed."""
    return {
        row.part: carried(
            PartForm.sheet(row), reverse("renewals:part", args=[renewal.pk, row.part]), keep=f"shown-{row.part}"
        )
        for row in prep.parts_of(renewal)
    }


def _renew(request: SignedIn, renewal: Renewal, form: RenewForm) -> None:
    cleaned, day = form.cleaned_data, frame_of(request).today
    if cleaned["successor"]:
        closing.renew_with(renewal, request.user, day, cleaned["successor"])
        return
    closing.renew(
        renewal,
        request.user,
        day,
        starts_on=cleaned["starts_on"],
        term_months=cleaned["term_months"],
        lines=form.new_lines(),
    )


def _closed(request: SignedIn, renewal: Renewal) -> HttpResponse:
    renewal.refresh_from_db()
    values = {"customer": renewal.customer.name, "outcome": renewal.get_outcome_display()}
    response = redirect("renewals:renewal", pk=renewal.pk)
    undo = undo_of(reverse("renewals:reopen", args=[renewal.pk]), closing.mark(renewal))
    return toast(request, response, _("%(customer)s: %(outcome)s.") % values, undo)


def _closing_page(request: SignedIn, renewal: Renewal, form: Any, title: str) -> HttpResponse:
    context = {
        "renewal": renewal,
        "form": form,
        "title": title % {"customer": renewal.customer.name},
        "currency": company.currency(),
    }
    return show(request, "renewals/close.html", context, wrong=bool(form.errors))
