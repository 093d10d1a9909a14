"""Cases on pages: the list, one case with all that was seen and done, a customer's panel."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import access, company
from accounts.keyset import Order, read_date, read_number
from accounts.models import Customer
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web import address
from config.web.finding import may_change, visible
from config.web.paging import walked
from health.cases import acts, lists
from health.models import Case, CaseKind, Severity

STATES: Final = {
    "open": gettext_lazy("Open"),
    "late": gettext_lazy("Late"),
    "passed": gettext_lazy("Passed"),
    "snoozed": gettext_lazy("Snoozed"),
    "closed": gettext_lazy("Closed"),
}
SCOPES: Final = {"mine": gettext_lazy("Mine"), "team": gettext_lazy("Team"), "all": gettext_lazy("All")}
ORDERS: Final = {
    "value": Order("value", read_number, descending=True),
    "due": Order("due_on", read_date),
    "closed": Order("closed_on", read_date, descending=True),
}
SORTS: Final = {"value": gettext_lazy("At stake"), "due": gettext_lazy("Due")}


@require_GET
@vary_on_headers("HX-Request")
def cases(request: SignedIn) -> HttpResponse:
    """All cases one may see, by state, scope, kind and severity, a page at a time."""
    day = frame_of(request).today
    asked = _filters(request)
    every = lists.narrowed(lists.of_scope(request.user, asked["scope"]), asked)
    rows = lists.with_newest(lists.in_state(every, asked["state"], day)).select_related("customer", "owner", "rule")
    order = ORDERS["closed" if asked["state"] == "closed" else asked["sort"]]
    counts = lists.counts(every, day)
    context = asked | {
        "page": walked(request, rows, order),
        "states": [(key, words, counts[key]) for key, words in STATES.items()],
        "scopes": [(key, SCOPES[key]) for key in lists.scopes(request.user)],
        "sorts": SORTS.items(),
        "kinds": CaseKind.choices,
        "severities": Severity.choices,
        "day": day,
        "currency": company.currency(),
        "may_change": access.writes(request.user),
        "unfiltered": asked["scope"] == lists.scopes(request.user)[0]
        and not (asked["kind"] or asked["severity"] or asked["q"]),
    }
    name = "health/_cases.html" if request.htmx else "health/cases.html"
    return render(request, name, context)


@require_GET
@vary_on_headers("HX-Request")
def case(request: SignedIn, pk: int) -> HttpResponse:
    """One case: why it fired, its plan, each piece of evidence, and what was done."""
    rows = lists.whole(Case.objects.visible_to(request.user))
    one = get_object_or_404(rows, pk=pk)
    day = frame_of(request).today
    context = {
        "case": one,
        "customer": one.customer,
        "day": day,
        "plan_late": lists.plan_is_late(one, day, acts.PLAN_WITHIN),
        "currency": company.currency(),
        "may_change": may_change(request, one),
    }
    return render(request, "health/_case.html" if request.htmx else "health/case.html", context)


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """A customer's open cases, and the last few that were closed."""
    customer = visible(request, Customer.objects, pk)
    opened, ended = lists.of_customer(customer)
    day = frame_of(request).today
    for one in opened:
        one.plan_late = lists.plan_is_late(one, day, acts.PLAN_WITHIN)  # type: ignore[attr-defined]
        one.days_open = (day - one.opened_on).days  # type: ignore[attr-defined]
    context = {
        "customer": customer,
        "cases": opened,
        "ended": ended,
        "day": day,
        "may_change": may_change(request, customer),
    }
    return render(request, "health/_cases_panel.html", context)


def _filters(request: SignedIn) -> dict[str, str]:
    """What the address asks for; a 400 where it cannot be read."""
    allowed = lists.scopes(request.user)
    return {
        "state": address.choice(request, "state", STATES, "open"),
        "scope": address.choice(request, "scope", allowed, allowed[0]),
        "sort": address.choice(request, "sort", SORTS, "value"),
        "kind": address.choice(request, "kind", CaseKind.values),
        "severity": address.choice(request, "severity", Severity.values),
        "q": address.text(request),
    }
