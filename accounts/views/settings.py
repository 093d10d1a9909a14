"""Configuration of the record by admins: organisation, segments, users; and one's own profile."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import company, handing_over, inviting, ownership, people
from accounts.forms.people import DeactivateForm, MyselfForm, UserForm
from accounts.forms.settings import OrganisationForm
from accounts.models import Organisation, User
from accounts.request import SignedIn, admins_only, posted
from accounts.views import frozen_day, invitations
from config import clock, cycle
from config.backup import keeping
from config.text import row_named
from config.ui.context import frame_of
from config.web.asking import show
from config.web.editing import Edit, save_changed
from config.web.paging import numbered
from config.web.sheets import FormSheet
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
def users(request: SignedIn) -> HttpResponse:
    """Everybody who may sign in, and everybody who once could."""
    page = numbered(request, people.team(), PEOPLE)
    now = clock.now()
    rows = [(person, inviting.presence(person, now)) for person in page]
    return render(request, "accounts/users.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@admins_only
def user(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """Invite somebody (``accounts.views.invitations``), or change somebody."""
    person = get_object_or_404(User.objects.people(), pk=pk) if pk else None
    edit = Edit(
        request,
        person,
        lambda: FormSheet(UserForm(instance=person), UserForm.BOUND),
        first=lambda: person and people.locked(person, _heirs(request)),
    )
    if edit.asks:
        return edit.answer(person.name if person else "", back=reverse("accounts:users"))
    form = edit.draw(UserForm(edit.data, instance=person))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "person": person}
        return show(request, "accounts/user.html", context, wrong=bool(form.errors))
    if person is None:
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
        return show(request, "accounts/user.html", {"form": form, "person": person}, wrong=True)
    return toast(request, redirect("accounts:users"), edit.said(_("Saved.")))


def _heirs(request: SignedIn) -> list[User]:
    """The heir whom the posted form names, if any."""
    heir = row_named(User.objects.people(), request.POST.get("heir", ""))
    return [heir] if heir else []


@require_http_methods(["GET", "POST"])
@admins_only
def user_deactivate(request: SignedIn, pk: int) -> HttpResponse:
    """Deactivate somebody after the heirs are named and the preview was seen, as for a handover."""
    person = get_object_or_404(User.objects.people(), pk=pk, is_active=True)
    form = DeactivateForm(posted(request), leaver=person)
    day = frame_of(request).today
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        heirs, split = list(answers["heirs"]), answers["split"] or "count"
        plan = people.heirs_of(person, heirs, split, day)
        digest, seen = handing_over.digest(plan), request.POST.get("seen", "")
        if plan and (seen != digest or "look" in request.POST):
            context = {
                "form": form, "person": person, "preview": handing_over.preview(plan, day), "digest": digest,
                "changed": bool(seen) and "look" not in request.POST, "parts": ownership.PARTS.values(),
                "currency": company.currency(),
            }  # fmt: skip
            return show(request, "accounts/user_deactivate.html", context, wrong=False)
        try:
            people.deactivate(person, heirs, day=day, split=split, manager=answers["manager"], by=request.user)
            # No Undo: a deactivated person can own no customers. After a reactivation the team page offers it.
            return toast(request, redirect("accounts:users"), _("Deactivated and handed over."))
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "person": person}
    return show(request, "accounts/user_deactivate.html", context, wrong=bool(form.errors))


@require_POST
@admins_only
def user_reactivate(request: SignedIn, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    person = get_object_or_404(User.objects.people(), pk=pk, is_active=False)
    person.is_active = True
    person.save(update_fields=["is_active"])
    return toast(request, redirect("accounts:users"), _("May sign in again."))


@require_http_methods(["GET", "POST"])
def myself(request: SignedIn) -> HttpResponse:
    """One's own name, language and time zone."""
    person = User.objects.get(pk=request.user.pk)
    edit = Edit(request, person, lambda: FormSheet(MyselfForm(instance=person)))
    if edit.asks:
        return edit.answer(_("You"))
    form = edit.draw(MyselfForm(edit.data, instance=person))
    if request.method == "POST" and form.is_valid():
        save_changed(form)
        return toast(request, redirect("accounts:myself"), edit.said(_("Saved.")))
    return show(request, "accounts/myself.html", {"form": form}, wrong=bool(form.errors))
