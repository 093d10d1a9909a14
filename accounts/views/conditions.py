"""The conditions of a rule drawn again while an admin edits them; for the pages of every app."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.forms.rules import ConditionsForm
from accounts.request import SignedIn, admins_only


@require_POST
@admins_only
def conditions(request: SignedIn, prefix: str) -> HttpResponse:
    """The conditions as typed, after the act of the button pressed. Nothing is checked or saved."""
    changed = request.htmx.trigger_name or ""
    form = ConditionsForm(request.POST, prefix=prefix, checked=False, changed=changed)
    return render(request, "accounts/_conditions.html", {"conditions": form})
