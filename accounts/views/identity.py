"""Who is who: the ways by which customers are found. Admins only."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.forms.identity import ORDER, WaysForm
from accounts.models import Organisation
from accounts.request import SignedIn, admins_only
from config.web.asking import show
from config.web.editing import Edit
from config.web.sheets import FormSheet
from config.web.toast import toast

BOUND = {"order": (gettext_lazy("Order"), list(ORDER))}


@require_http_methods(["GET", "POST"])
@admins_only
def ways(request: SignedIn) -> HttpResponse:
    """The ways by which a customer is found that no key names, and their order."""
    row, _made = Organisation.objects.get_or_create(pk=1, defaults={"name": "Tsunagu"})
    edit = Edit(request, row, lambda: FormSheet(WaysForm(organisation=row), BOUND))
    if edit.asks:
        return edit.answer(_("How customers are found"))
    form = edit.draw(WaysForm(edit.data, organisation=row))
    if request.method == "POST" and form.is_valid():
        row.found_by, row.keys_join = form.cleaned_data["found_by"], form.cleaned_data["keys_join"]
        row.save(update_fields=["found_by", "keys_join"])
        return toast(request, redirect("accounts:ways"), edit.said(_("Saved.")))
    return show(request, "accounts/ways.html", {"form": form}, wrong=bool(form.errors))
