"""Configuration of the record by admins: organisation, segments, users; and one's own profile."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import company, finding, handing_over, inviting, ownership, people, segmenting
from accounts.conditions import words
from accounts.forms.rules import ConditionsForm, ConditionsSheet
from accounts.forms.settings import (
    DeactivateForm,
    MyselfForm,
    OrganisationForm,
    SegmentForm,
    UserForm,
)
from accounts.models import Customer, Organisation, Segment, User
from accounts.request import SignedIn, admins_only, posted
from accounts.views import frozen_day, invitations
from config import clock, cycle
from config.backup import keeping
from config.text import row_named
from config.ui import figures
from config.ui.context import frame_of
from config.web import address
from config.web.asking import show
from config.web.editing import Edit, save_changed
from config.web.paging import numbered
from config.web.sheets import FormSheet, Sheets
from config.web.toast import toast

PEOPLE: Final = 50


@require_http_methods(["GET", "POST"])
@admins_only
def organisation(request: SignedIn) -> HttpResponse:
    """The organisation's own row."""
    row, _made = Organisation.objects.get_or_create(pk=1, defaults={"name": "Tsunagu"})
    edit = Edit(request, row, lambda: FormSheet(OrganisationForm(instance=row)))
    if edit.asks:
        return edit.answer(_("Organisation"))
    form = edit.draw(OrganisationForm(edit.data, instance=row))
    if request.method == "POST" and form.is_valid():
        backs_up = frozen_day.asks_for_backup(request.POST)
        if backs_up:
            keeping.ask(request.user.email)
        agreed = not backs_up and frozen_day.is_agreed(request.POST, form.instance)
        if "frozen_today" in form.changed_data and not agreed:
            return render(request, "accounts/frozen_day.html", frozen_day.preview(request.POST, form.instance))
        if backs_up:
            form.add_error(None, _("Somebody else has set this day meanwhile. Nothing is saved yet."))
            return show(request, "accounts/organisation.html", {"form": form}, wrong=True)
        with transaction.atomic():
            save_changed(form)
            company.follow(form.changed_data, day=clock.today())
            if "frozen_today" in form.changed_data and row.frozen_today:
                cycle.forget(row.frozen_today)
        return toast(request, redirect("accounts:organisation"), edit.said(_("Saved.")))
    return show(request, "accounts/organisation.html", {"form": form}, wrong=bool(form.errors))


@require_GET
@admins_only
def segments(request: SignedIn) -> HttpResponse:
    """Segments in the order in which they are asked, with how many customers each has, and which nobody reaches."""
    every, today = list(segmenting.with_sizes()), frame_of(request).today
    rows = [(one, _phrases(one, today), segmenting.hidden_by(one, every)) for one in every]
    return render(request, "accounts/segments.html", {"segments": rows})


@require_http_methods(["GET", "POST"])
@admins_only
def segment(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """One segment: its rule and service. The dry run shows who would move and saves nothing."""
    one = get_object_or_404(Segment, pk=pk) if pk else Segment(position=segmenting.next_position())
    acted = ConditionsForm(posted(request), prefix="rule").acted
    edit = Edit(request, one if pk else None, lambda: _sheet(request, one), redraws=acted or "dry" in request.POST)
    if edit.asks:
        return edit.answer(_(one.name), back=reverse("accounts:segments"))
    conditions = ConditionsForm(edit.data, prefix="rule", stored=one.rule)
    if acted:
        form = edit.draw(SegmentForm(initial=request.POST.dict(), instance=one))
        return render(request, "accounts/segment.html", {"form": form, "conditions": conditions, "segment": one})
    form = edit.draw(SegmentForm(edit.data, instance=one))
    context: dict[str, Any] = {"form": form, "conditions": conditions, "segment": one}
    if request.method != "POST":
        hidden_by = segmenting.hidden_by(one, segmenting.in_order())
        return render(request, "accounts/segment.html", context | {"hidden_by": hidden_by} | _why(request, one))
    if not all([form.is_valid(), conditions.is_valid()]):
        return show(request, "accounts/segment.html", context, wrong=True)
    before, one.rule = one.rule, conditions.stored()
    hidden_by = segmenting.hidden_by(one, segmenting.in_order())
    if "dry" in request.POST:
        return render(request, "accounts/segment.html", context | {"hidden_by": hidden_by} | _moves(request, one))
    changed = [*form.changed_data, *(["rule"] if one.rule != before else [])]
    segmenting.save(one, changed if pk else None)
    segmenting.settle(frame_of(request).today)
    return toast(request, redirect("accounts:segments"), edit.said(_saved(hidden_by)))


@require_GET
@admins_only
def segment_why(request: SignedIn, pk: int) -> HttpResponse:
    """The box that says why, or why not, one customer belongs to a segment."""
    one = get_object_or_404(Segment, pk=pk)
    return render(request, "accounts/_segment_why.html", {"segment": one} | _why(request, one))


@require_POST
@admins_only
def segment_move(request: SignedIn, pk: int) -> HttpResponse:
    """Ask a segment earlier (``to=up``) or later (``to=down``)."""
    one = get_object_or_404(Segment, pk=pk)
    segmenting.move(one, up=request.POST.get("to") == "up")
    segmenting.settle(frame_of(request).today)
    return redirect("accounts:segments")


@require_GET
@admins_only
def users(request: SignedIn) -> HttpResponse:
    """Everybody who may sign in, or could once."""
    page = numbered(request, people.team(), PEOPLE)
    now = clock.now()
    rows = [(person, inviting.presence(person, now)) for person in page]
    return render(request, "accounts/users.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@admins_only
def user(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """Invite somebody (``accounts.views.invitations``), or change somebody."""
    one = get_object_or_404(User, pk=pk) if pk else None
    edit = Edit(
        request,
        one,
        lambda: FormSheet(UserForm(instance=one), UserForm.BOUND),
        first=lambda: one and people.locked(one, _heirs(request)),
    )
    if edit.asks:
        return edit.answer(one.name if one else "", back=reverse("accounts:users"))
    form = edit.draw(UserForm(edit.data, instance=one))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "person": one}
        return show(request, "accounts/user.html", context, wrong=bool(form.errors))
    if one is None:
        invited = User.objects.create_user(**form.cleaned_data)
        invitations.send(request, invited)
        return toast(request, redirect("accounts:users"), invitations.sent(invited))
    try:
        heir = form.cleaned_data["heir"]
        changed = [name for name in form.changed_data if name != "heir"]
        day = frame_of(request).today
        people.change(form.instance, changed, day=day, heirs=[heir] if heir else [], by=request.user)
    except ValidationError as problem:
        form.add_error(None, problem)
        return show(request, "accounts/user.html", {"form": form, "person": one}, wrong=True)
    return toast(request, redirect("accounts:users"), edit.said(_("Saved.")))


def _heirs(request: SignedIn) -> list[User]:
    """Whom the posted form names to take customers over."""
    heir = row_named(User.objects.all(), request.POST.get("heir", ""))
    return [heir] if heir else []


@require_http_methods(["GET", "POST"])
@admins_only
def user_deactivate(request: SignedIn, pk: int) -> HttpResponse:
    """Shut somebody out, once it is said who takes over and what that would do was seen, as when customers are handed over."""
    one = get_object_or_404(User, pk=pk, is_active=True)
    form = DeactivateForm(posted(request), leaver=one)
    day = frame_of(request).today
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        heirs, split = list(said["heirs"]), said["split"] or "count"
        plan = people.heirs_of(one, heirs, split, day)
        digest, seen = handing_over.digest(plan), request.POST.get("seen", "")
        if plan and (seen != digest or "look" in request.POST):
            context = {
                "form": form, "person": one, "preview": handing_over.preview(plan, day), "digest": digest,
                "changed": bool(seen) and "look" not in request.POST, "parts": ownership.PARTS.values(),
                "currency": company.currency(),
            }  # fmt: skip
            return show(request, "accounts/user_deactivate.html", context, wrong=False)
        try:
            people.deactivate(one, heirs, day=day, split=split, manager=said["manager"], by=request.user)
            # No Undo: somebody shut out can have no customers. After a reactivation the team page offers it.
            return toast(request, redirect("accounts:users"), _("Deactivated and handed over."))
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "person": one}
    return show(request, "accounts/user_deactivate.html", context, wrong=bool(form.errors))


@require_POST
@admins_only
def user_reactivate(request: SignedIn, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    one = get_object_or_404(User, pk=pk, is_active=False)
    one.is_active = True
    one.save(update_fields=["is_active"])
    return toast(request, redirect("accounts:users"), _("May sign in again."))


@require_http_methods(["GET", "POST"])
def myself(request: SignedIn) -> HttpResponse:
    """One's own name, language and time zone."""
    one = User.objects.get(pk=request.user.pk)
    edit = Edit(request, one, lambda: FormSheet(MyselfForm(instance=one)))
    if edit.asks:
        return edit.answer(_("You"))
    form = edit.draw(MyselfForm(edit.data, instance=one))
    if request.method == "POST" and form.is_valid():
        save_changed(form)
        return toast(request, redirect("accounts:myself"), edit.said(_("Saved.")))
    return show(request, "accounts/myself.html", {"form": form}, wrong=bool(form.errors))


def _saved(hidden_by: Segment | None) -> str:
    if hidden_by is None:
        return _("Saved. Customers move within minutes.")
    words = _("Saved, but nobody reaches this segment: “%(segment)s” is asked earlier and takes all its customers.")
    return words % {"segment": _(hidden_by.name)}


def _sheet(request: SignedIn, one: Segment) -> Sheets:
    """What the page of a segment shows: its service, and its rule as one field."""
    return Sheets(
        FormSheet(SegmentForm(instance=one)), ConditionsSheet(one.rule, "rule", _("Rule"), frame_of(request).today)
    )


def _moves(request: SignedIn, changed: Segment) -> dict[str, Any]:
    now = [one for one in segmenting.in_order() if one.pk != changed.pk]
    drafts = sorted([*now, changed] if changed.is_active else now, key=lambda one: one.position)
    if not changed.pk:
        changed.pk = 0  # A number that no saved segment has, for the statement of the dry run.
    return {"trial": segmenting.dry_run(drafts, frame_of(request).today, among=Customer.objects.all())}


def _why(request: SignedIn, one: Segment) -> dict[str, Any]:
    """The customer asked for by name (``?customer=``) and why it belongs to the segment, or not."""
    name = address.text(request, "customer", 200)
    if not name or not one.pk:
        return {"asked": ""}
    about = finding.called(Customer.objects.visible_to(request.user).select_related("pinned_segment"), name)
    if about is None:
        return {"asked": name, "missing": True}
    day = frame_of(request).today
    why = segmenting.why(about, one, day)
    return {"asked": name, "about": about, "why": why, "lines": _lines(why, day)}


def _lines(why: segmenting.Why, day: dt.date) -> list[words.Line]:
    """What puts a customer into a segment, one line each; of a pinned one only the pin."""
    if why.pinned:
        pinned = why.pinned.pk == why.segment.pk
        return [words.Line(_("Pinned by hand"), _(why.pinned.name), holds=pinned)]
    earlier = why.taken_earlier
    lines = [
        words.Line(_("The segment is in use"), "", holds=why.segment.is_active),
        words.Line(_("No segment asked earlier takes it"), _(earlier.name) if earlier else "", holds=earlier is None),
        *(words.lines(why.rule, day) if why.rule else [_broken(why.segment)]),
    ]
    if why.young_until:
        until = _("moves on %(day)s") % {"day": figures.day(why.young_until, day)}
        days = segmenting.STEADY_DAYS
        said = ngettext("In its health band for %(n)s day", "In its health band for %(n)s days", days) % {"n": days}
        lines.append(words.Line(said, until, holds=False))
    return lines


def _phrases(one: Segment, today: dt.date) -> list[str]:
    if problem := segmenting.problem_of(one):
        return [f"{_('The rule cannot be asked')}: {problem}"]
    return words.phrases(one.rule, today)


def _broken(one: Segment) -> words.Line:
    return words.Line(_("The rule cannot be asked"), segmenting.problem_of(one), holds=False)
