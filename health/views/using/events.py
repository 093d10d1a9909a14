"""Events of the product: its keys, what waits for a customer and what was refused. Admins only."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import tokens
from accounts.models import ApiToken, Role
from accounts.request import SignedIn, admins_only, posted
from config import clock
from config.web.api.routes import EVENTS
from config.web.asking import show
from config.web.paging import numbered
from health.forms.events import KeyForm
from health.models import RefusedEvent
from health.signals import events

PAGE: Final = 50
SCOPE: Final = f"{EVENTS}:write"


@require_GET
@admins_only
def page(request: SignedIn) -> HttpResponse:
    """The keys that work, the groups that no customer has, and events that could not be taken, with the reason of each."""
    now = clock.now()
    scopes = [SCOPE, f"{tokens.ALL}:write"]
    keys = ApiToken.objects.filter(scopes__overlap=scopes, user__role=Role.ADMIN, revoked_at=None, expires_at__gt=now)
    context = {
        "address": request.build_absolute_uri("/v1/batch"),
        "keys": keys.select_related("user").order_by("-pk"),
        "waiting": events.waiting(PAGE),
        "page": numbered(request, RefusedEvent.objects.order_by("-pk"), PAGE),
    }
    return render(request, "health/events.html", context)


@require_http_methods(["GET", "POST"])
@admins_only
def key(request: SignedIn) -> HttpResponse:
    """Make a key that may write events and nothing else. The answer shows it, once."""
    form = KeyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            token, secret = tokens.issue_service(
                answers["name"], Role.ADMIN, [SCOPE], days=answers["days"], by=request.user, now=clock.now(),
                program=form.program,
            )  # fmt: skip
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return render(request, "accounts/token_made.html", {"token": token, "secret": secret})
    return show(request, "health/events_key.html", {"form": form}, wrong=bool(form.errors))
