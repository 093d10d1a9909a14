"""The planned durations of work. Admins only."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import workload
from accounts.forms.workload import PlannedForm
from accounts.models import Organisation
from accounts.request import SignedIn, admins_only
from config.ui.context import frame_of
from config.web.asking import show
from config.web.editing import Edit
from config.web.sheets import FormSheet
from config.web.toast import toast


@require_http_methods(["GET", "POST"])
@admins_only
def durations(request: SignedIn) -> HttpResponse:
    """The planned minutes of each kind of work, beside the mean of those that were logged."""
    row, _made = Organisation.objects.get_or_create(pk=1, defaults={"name": "Tsunagu"})
    day = frame_of(request).today
    edit = Edit(request, row, lambda: FormSheet(_form(row, workload.planned(day))))
    if edit.asks:
        return edit.answer(_("Planned durations"))
    form = edit.draw(_form(row, workload.planned(day), edit.data))
    if request.method == "POST" and form.is_valid():
        workload.settle(row, form.cleaned_data)
        return toast(request, redirect("accounts:durations"), edit.said(_("Saved.")))
    context = {"form": form, "days": workload.LOGGED_DAYS}
    return show(request, "accounts/durations.html", context, wrong=bool(form.errors))


def _form(row: Organisation, planned: dict[str, workload.Planned], data: object = None) -> PlannedForm:
    return PlannedForm(data, planned=planned, least=row.least_logged)
