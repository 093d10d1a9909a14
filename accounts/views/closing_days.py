"""The days on which the organisation does not work. Admins only."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import seen
from accounts.forms.settings import ClosingDayForm
from accounts.models import ClosingDay
from accounts.request import SignedIn, admins_only, posted
from config.ui import figures
from config.ui.context import frame_of
from config.web.asking import show
from config.web.paging import numbered
from config.web.toast import toast

ROWS: Final = 100


@require_http_methods(["GET", "POST"])
@admins_only
def closing_days(request: SignedIn) -> HttpResponse:
    """The days, latest first, and a form for one more."""
    form = ClosingDayForm(posted(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        return toast(request, redirect("accounts:closing_days"), _("Saved."))
    page = numbered(request, ClosingDay.objects.order_by("-day"), ROWS)
    context = {"form": form, "page": page}
    return show(request, "accounts/closing_days.html", context, wrong=bool(form.errors))


@require_POST
@admins_only
def remove(request: SignedIn, pk: int) -> HttpResponse:
    """Make a closing day a working day again."""
    closing_day = get_object_or_404(ClosingDay, pk=pk)
    closing_day.delete()
    undo = reverse("accounts:closing_day_back", args=[closing_day.day.isoformat()])
    message = _("%(day)s is a working day again.") % {"day": figures.day(closing_day.day, frame_of(request).today)}
    return toast(request, redirect("accounts:closing_days"), message, f"{undo}?{urlencode({'name': closing_day.name})}")


@require_POST
@admins_only
def back(request: SignedIn, day: str) -> HttpResponse:
    """Undo a removal."""
    form = ClosingDayForm({"day": day, "name": request.GET.get("name", "")})
    if form.has_error("day", "unique"):
        return toast(request, redirect("accounts:closing_days"), str(seen.CHANGED_SINCE))
    if not form.is_valid():
        raise Http404
    form.save()
    return toast(request, redirect("accounts:closing_days"), _("Saved."))
