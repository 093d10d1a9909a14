"""Tokens of the API: one's own, and for admins those of programs and of everybody."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import tokens
from accounts.forms.tokens import ServiceTokenForm, TokenForm
from accounts.models import ApiToken
from accounts.request import SignedIn, admins_only, posted
from config import clock
from config.web.asking import show
from config.web.paging import numbered
from config.web.toast import toast

ROWS: Final = 50


@require_GET
def listed(request: SignedIn) -> HttpResponse:
    """The tokens, newest first."""
    rows = ApiToken.objects.visible_to(request.user).select_related("user")
    page = numbered(request, rows.order_by("-pk"), ROWS)
    now = clock.now()
    context = {"page": page, "rows": [(token, token.works(now), tokens.listed(token.scopes)) for token in page]}
    return render(request, "accounts/tokens.html", context)


@require_http_methods(["GET", "POST"])
def new(request: SignedIn) -> HttpResponse:
    """Make a token of one's own. The answer shows its secret, once."""
    form = TokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            token, secret = tokens.issue(
                request.user, answers["name"], form.scopes(), days=answers["days"], by=request.user, now=clock.now()
            )
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return render(request, "accounts/token_made.html", {"token": token, "secret": secret})
    return show(request, "accounts/token_new.html", {"form": form}, wrong=bool(form.errors))


@require_http_methods(["GET", "POST"])
@admins_only
def service(request: SignedIn) -> HttpResponse:
    """Make a token for a program, with a user of its own. The answer shows its secret, once."""
    form = ServiceTokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            token, secret = tokens.issue_service(
                answers["name"], answers["role"], form.scopes(), days=answers["days"], by=request.user, now=clock.now(),
                program=answers["program"],
            )  # fmt: skip
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return render(request, "accounts/token_made.html", {"token": token, "secret": secret})
    return show(request, "accounts/token_new.html", {"form": form, "service": True}, wrong=bool(form.errors))


@require_POST
def revoke(request: SignedIn, pk: int) -> HttpResponse:
    """Revoke a token: the next request with it is refused."""
    token = get_object_or_404(ApiToken.objects.changeable_by(request.user), pk=pk)
    tokens.revoke(token, clock.now())
    return toast(request, redirect("accounts:tokens"), _("Revoked."))
