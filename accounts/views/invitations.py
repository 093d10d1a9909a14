"""Inviting somebody: the mail, sending it again, withdrawing it."""

from __future__ import annotations

from typing import Final

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import inviting
from accounts.models import Organisation, Role, User
from accounts.request import SignedIn, admins_only
from config import clock, mail
from config.once.pressing import refusal
from config.ui import figures
from config.ui.context import frame_of
from config.web.toast import toast

COMES_AS: Final = {
    Role.CSM: gettext_lazy("You come as a CSM: you look after customers, with a short list for each day."),
    Role.MANAGER: gettext_lazy("You come as a manager: you lead a team and see its customers, renewals and forecast."),
    Role.ADMIN: gettext_lazy("You come as an admin: you see every customer and configure how Tsunagu works."),
    Role.VIEWER: gettext_lazy("You come as a viewer: you see every customer and figure and change none."),
}


@require_POST
@admins_only
def send_again(request: SignedIn, pk: int) -> HttpResponse:
    """Send an invitation again with a new link; the old link stops working."""
    person = get_object_or_404(User.objects.people(), pk=pk)
    try:
        send(request, person)
    except ValidationError as problem:
        return refusal(toast(request, redirect("accounts:users"), " ".join(problem.messages)))
    return toast(request, redirect("accounts:users"), sent(person))


@require_POST
@admins_only
def withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Withdraw an invitation that nobody has accepted yet."""
    person = get_object_or_404(User.objects.people(), pk=pk, is_active=True)
    try:
        inviting.withdraw(person, day=frame_of(request).today, by=request.user)
    except ValidationError as problem:
        return refusal(toast(request, redirect("accounts:users"), " ".join(problem.messages)))
    message = _("Invitation withdrawn: the link to %(email)s no longer works.") % {"email": person.email}
    return toast(request, redirect("accounts:users"), message)


def send(request: SignedIn, person: User) -> None:
    """Mail ``person`` in their language: who invites them, as what, and the link to choose a password."""
    row = inviting.invite(person, clock.now())
    key = {"uidb36": user_pk_to_url_str(row), "key": default_token_generator.make_token(row)}
    path = reverse("account_reset_password_from_key", kwargs=key)
    company = Organisation.objects.get(pk=1)
    ends_at = clock.now() + inviting.VALID
    zone = frame_of(request).standing[2]
    with translation.override(row.language):
        until = f"{figures.instant(ends_at.astimezone(zone), frame_of(request).today)} ({zone})"
        context = {
            "by": request.user,
            "person": row,
            "company": company.name,
            "comes_as": COMES_AS[Role(row.role)],
            "url": f"{company.url.rstrip('/')}{path}" if company.url else request.build_absolute_uri(path),
            "until": until,
        }
        get_adapter(request).send_mail("account/email/invitation", row.email, context)


def sent(person: User) -> str:
    """The message after sending; without a mail relay it names the folder with the invitation."""
    if mail.goes_out():
        return _("Invitation sent to %(email)s.") % {"email": person.email}
    return _(
        "No mail relay is named (EMAIL_URL): the invitation is kept in %(folder)s. Hand its link over yourself."
    ) % {"folder": settings.EMAIL_FILE_PATH}
