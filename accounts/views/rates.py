"""Exchange rates by currency and fiscal year. Admins only."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import rates as exchange
from accounts.forms.rates import RateForm
from accounts.request import SignedIn, admins_only, posted
from config.ui.context import frame_of
from config.web.asking import show
from config.web.toast import toast


@require_http_methods(["GET", "POST"])
@admins_only
def rates(request: SignedIn) -> HttpResponse:
    """The rates in use, the currencies without one, and a form; ``?currency=&fiscal_year=`` fill it in."""
    data = posted(request)
    form = RateForm(data) if data is not None else RateForm(initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        exchange.enter([form.entered()], day=frame_of(request).today)
        return toast(request, redirect("accounts:rates"), _("Saved. Every figure follows within seconds."))
    context = {"form": form, "rates": exchange.newest(), "missing": exchange.missing()}
    return show(request, "accounts/rates.html", context, wrong=bool(form.errors))


@require_GET
@admins_only
def history(request: SignedIn, currency: str, fiscal_year: int) -> HttpResponse:
    """Every rate that was entered for one currency and fiscal year."""
    entered_rates = exchange.history(currency, fiscal_year)
    context = {"rates": entered_rates, "currency": currency, "fiscal_year": fiscal_year}
    return render(request, "accounts/rate_history.html", context)
