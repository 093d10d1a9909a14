"""Notice of some lines of a contract, and the contracts that somebody has to settle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, leaving
from accounts.forms.contracts import LinesNoticeForm
from accounts.models import Contract, ContractLine, Customer
from accounts.request import SignedIn, posted
from config.text import row_number
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import ask
from config.web.finding import changeable
from config.web.paging import numbered
from config.web.toast import seen_by, undo_of

A_PAGE: Final = 50
CHANGED: Final = ("contracts:changed", "renewals:changed")


@require_GET
def to_settle(request: SignedIn) -> HttpResponse:
    """Contracts past their end that nobody has recorded as ended or running on."""
    day = frame_of(request).today
    rows = leaving.to_settle_by(request.user, day).select_related("customer").order_by("customer__name", "pk")
    page = numbered(request, rows, A_PAGE)
    context = {"page": page, "may_change": access.writes(request.user)}
    return render(request, "accounts/to_settle.html", context)


@require_http_methods(["GET", "POST"])
def lines_notice(request: SignedIn, pk: int) -> HttpResponse:
    """The form of a notice of some lines: the amount is lower from the end of the term on."""
    contract, day = _contract(request, pk), frame_of(request).today
    form = LinesNoticeForm(posted(request), contract=contract, day=day)
    if request.method == "POST" and form.is_valid():
        given_on, lines = form.cleaned_data["notice_given_on"], form.cleaned_data["lines"]
        try:
            ends_on = leaving.give_notice_of_lines(contract, [line.pk for line in lines], given_on, day=day)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            # A notice whose lines ended before today cannot be undone.
            undo = undo_of(_back(contract, lines), leaving.mark_of_lines(given_on, ends_on)) if ends_on >= day else None
            return _kept(request, contract, _("Notice recorded."), undo)
    return ask(request, form, _("Notice of some lines"), about=contract.customer.name)


@require_POST
def lines_back(request: SignedIn, pk: int) -> HttpResponse:
    """Take back the notice of the lines that the address names, while it stands."""
    contract = _contract(request, pk)
    lines = [key for line in request.GET.getlist("line") if (key := row_number(line)) is not None]
    try:
        leaving.withdraw_notice_of_lines(contract, lines, day=frame_of(request).today, back=seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, changed=CHANGED, back=_page_of(contract))
    return _kept(request, contract, _("Notice withdrawn."))


@require_POST
def runs_on(request: SignedIn, pk: int) -> HttpResponse:
    """Record that a contract to be settled runs on."""
    contract = _contract(request, pk)
    try:
        leaving.runs_on(contract, day=frame_of(request).today)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:to_settle"))
    return acted(request, _("It runs on and renews by itself."), back=reverse("accounts:to_settle"))


def _contract(request: SignedIn, pk: int) -> Contract:
    contract = get_object_or_404(Contract, pk=pk)
    changeable(request, Customer.objects, contract.customer_id)
    return contract


def _back(contract: Contract, lines: Iterable[ContractLine]) -> str:
    query = urlencode([("line", line.pk) for line in lines])
    return f"{reverse('accounts:lines_back', args=[contract.pk])}?{query}"


def _kept(request: SignedIn, contract: Contract, message: str, undo: str | None = None) -> HttpResponse:
    return acted(request, message, undo, changed=CHANGED, back=_page_of(contract))


def _page_of(contract: Contract) -> str:
    return reverse("accounts:customer", args=[contract.customer_id])
