"""Cases on pages: the list, one case with all that was seen and done, a customer's panel."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import access, company
from accounts.lists import page, read
from accounts.models import Customer
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web.finding import may_change, visible
from health.cases import acts, lists
from health.models import Case
from health.views.cases.listed import CASES, OWN


@require_GET
@vary_on_headers("HX-Request")
def cases(request: SignedIn) -> HttpResponse:
    """The list of cases by state, with the filters on cases and on their customers."""
    asked = read(CASES, request.user, request.GET, frame_of(request).today)
    scopes = page.scopes(asked, access.scopes(request.user), OWN)
    context = page.context(request, asked) | page.tabs(asked, lists.counts) | scopes
    return render(request, "lists/_list.html" if request.htmx else "health/cases.html", context)


@require_GET
@vary_on_headers("HX-Request")
def case(request: SignedIn, pk: int) -> HttpResponse:
    """One case: why it fired, its plan, each piece of evidence, and what was done."""
    rows = lists.whole(Case.objects.visible_to(request.user))
    case = get_object_or_404(rows, pk=pk)
    day = frame_of(request).today
    context = {
        "case": case,
        "customer": case.customer,
        "day": day,
        "plan_late": lists.plan_is_late(case, day, acts.PLAN_WITHIN),
        "currency": company.currency(),
        "may_change": may_change(request, case),
    }
    return render(request, "health/_case.html" if request.htmx else "health/case.html", context)


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """A customer's open cases, and the last few that were closed."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    open_cases, closed_cases = lists.of_customer(customer, day)
    for case in open_cases:
        case.plan_late = lists.plan_is_late(case, day, acts.PLAN_WITHIN)  # type: ignore[attr-defined]
        case.days_open = (day - case.opened_on).days  # type: ignore[attr-defined]
    context = {
        "customer": customer,
        "cases": open_cases,
        "ended": closed_cases,
        "day": day,
        "may_change": may_change(request, customer),
    }
    return render(request, "health/_cases_panel.html", context)
