"""The page behind the link that the start of an empty installation prints."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from accounts.forms.set_up import SetUpForm
from accounts.models import Organisation
from accounts.request import posted
from accounts.shipped import UNNAMED
from config import set_up
from config.history.actors import acting
from config.web.asking import show

GONE = 404


@login_not_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the company and its first admin, and sign the admin in. 404 once the link no longer opens."""
    if not set_up.opens(token):
        return render(request, "account/set_up_gone.html", status=GONE)
    row = Organisation.objects.filter(pk=1).exclude(name=UNNAMED).first()
    initial = {"name": row.name, "time_zone": row.time_zone, "currency": row.currency} if row else {}
    form = SetUpForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        with transaction.atomic(), acting("link"):
            admin = set_up.make(
                email=answers["email"],
                password=answers["password1"],
                person=answers["person"],
                **{name: answers[name] for name in ("name", "time_zone", "currency")},
            )
            if admin is None:
                return render(request, "account/set_up_gone.html", status=GONE)
            admin.language = get_language() or "en"
            admin.save(update_fields=["language"])
            login(request, admin)
        return redirect("guide:page")
    return show(request, "account/set_up.html", {"form": form}, wrong=form.is_bound)
