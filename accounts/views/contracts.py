"""Notice of some lines of a contract, and the contracts that somebody has to settle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts import access, leaving
from accounts.forms.contracts import LinesNoticeForm
from accounts.models import Contract, ContractLine, Customer
from accounts.request import SignedIn, posted
from config.once.pressing import refusal
from config.text import row_number
from config.ui.context import frame_of
from config.web.toast import seen_by, toast, undo_of

UNREADABLE: Final = 422
NO_CONTENT: Final = 204
A_PAGE: Final = 50


@require_GET
def to_settle(request: SignedIn) -> HttpResponse:
    """Contracts whose end has passed and of which nobody said whether they ended or run on."""
    day = frame_of(request).today
    rows = leaving.to_settle_by(request.user, day).select_related("customer").order_by("customer__name", "pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_change": access.writes(request.user)}
    return render(request, "accounts/to_settle.html", context)


@require_http_methods(["GET", "POST"])
def lines_notice(request: SignedIn, pk: int) -> HttpResponse:
    """The form of a notice of some lines: the amount is lower from the end of the term on."""
    contract, day = _contract(request, pk), frame_of(request).today
    form = LinesNoticeForm(posted(request), contract=contract, day=day)
    if request.method == "POST" and form.is_valid():
        given, lines = form.cleaned_data["notice_given_on"], form.cleaned_data["lines"]
        try:
            ends_on = leaving.give_notice_of_lines(contract, [line.pk for line in lines], given, day=day)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            # Lines that end by it at once have passed: that cannot be taken back.
            back = undo_of(_back(contract, lines), leaving.mark_of_lines(given, ends_on)) if ends_on >= day else None
            return _kept(request, contract, _("Notice recorded."), back)
    name = "accounts/_form.html" if request.htmx else "accounts/form.html"
    context = {"form": form, "title": _("Notice of some lines"), "url": reverse("accounts:lines_notice", args=[pk])}
    return render(request, name, context, status=UNREADABLE if form.errors else 200)


@require_POST
def lines_back(request: SignedIn, pk: int) -> HttpResponse:
    """Take back the notice of the lines that the address names, while it stands."""
    contract = _contract(request, pk)
    lines = [key for line in request.GET.getlist("line") if (key := row_number(line)) is not None]
    try:
        leaving.withdraw_notice_of_lines(contract, lines, day=frame_of(request).today, back=seen_by(request))
    except ValidationError as problem:
        return refusal(_kept(request, contract, " ".join(problem.messages)))
    return _kept(request, contract, _("Notice withdrawn."))


@require_POST
def runs_on(request: SignedIn, pk: int) -> HttpResponse:
    """Say that a contract to be settled goes on."""
    contract = _contract(request, pk)
    try:
        leaving.runs_on(contract, day=frame_of(request).today)
    except ValidationError as problem:
        return refusal(toast(request, redirect("accounts:to_settle"), " ".join(problem.messages)))
    return toast(request, redirect("accounts:to_settle"), _("It runs on and renews by itself."))


def _contract(request: SignedIn, pk: int) -> Contract:
    """404 for what one may not see, 403 for what one sees and may not change."""
    seen = Contract.objects.filter(customer__in=Customer.objects.visible_to(request.user))
    contract = get_object_or_404(seen, pk=pk)
    if not Customer.objects.changeable_by(request.user).filter(pk=contract.customer_id).exists():
        raise PermissionDenied
    return contract


def _back(contract: Contract, lines: Iterable[ContractLine]) -> str:
    asked = urlencode([("line", line.pk) for line in lines])
    return f"{reverse('accounts:lines_back', args=[contract.pk])}?{asked}"


def _kept(request: SignedIn, contract: Contract, words: str, undo: str | None = None) -> HttpResponse:
    """A toast, the dialog closed, and word to the panels that show the contract."""
    if not request.htmx:
        return toast(request, redirect("accounts:customer", pk=contract.customer_id), words, undo)
    response = toast(request, HttpResponse(status=NO_CONTENT), words, undo)
    for event in ("ask:close", "contracts:changed", "renewals:changed"):
        trigger_client_event(response, event)
    return response
