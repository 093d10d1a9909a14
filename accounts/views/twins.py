"""Possible twins: the list, one pair side by side with what a merge would do, the merge and its undo."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, company
from accounts.identity import merging, twins
from accounts.identity.values import ATTRIBUTE, FIELDS, contested, version
from accounts.models import Customer, Merge, NotSame
from accounts.request import SignedIn
from accounts.views import comparing
from config import clock
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.asking import show
from config.web.finding import changeable
from config.web.toast import toast

LATEST = 20


@require_GET
def possible(request: SignedIn) -> HttpResponse:
    """The pairs that the person may see, the likeliest first, and the latest merges."""
    if not access.manages(request.user):
        raise Http404
    visible = Customer.objects.visible_to(request.user)
    merges = Merge.objects.filter(undone_at=None, survivor__in=visible).select_related("merged", "survivor", "made_by")
    context = {"pairs": twins.pairs(visible), "merges": merges.order_by("-pk")[:LATEST], "most": twins.LISTED}
    return render(request, "accounts/twins.html", context)


@require_http_methods(["GET", "POST"])
def pair(request: SignedIn, first: int, second: int) -> HttpResponse:
    """Two customers side by side; a POST makes them one."""
    both = [changeable(request, Customer.objects, pk) for pk in (first, second)]
    if first == second:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    survivor = _survivor(asked.get("survivor", ""), both)
    merged = both[0] if survivor is both[1] else both[1]
    day = frame_of(request).today
    # A choice that names neither is none.
    fields = [*FIELDS, *(f"{ATTRIBUTE}{key}" for key in contested(merged, survivor))]
    chosen = {name: choice for name in fields if (choice := asked.get(name)) in {str(first), str(second)}}
    taken = [name for name, choice in chosen.items() if choice == str(merged.pk)] if chosen else None
    problem: ValidationError | None = None
    if request.method == "POST" and "look" not in request.POST:
        try:
            made = merging.merge(
                merged, survivor, taken=taken or (), by=request.user, day=day, seen=request.POST.get("seen", "")
            )
        except ValidationError as refusal:
            problem = refusal
        else:
            message = _("“%(merged)s” and “%(survivor)s” are one.") % {"merged": merged.name, "survivor": survivor.name}
            page = redirect("accounts:customer", survivor.pk)
            return toast(request, page, message, reverse("accounts:merge_undo", args=[made.pk]))
    rows = comparing.values(merged, survivor, taken, day=day)
    found = twins.pair(merged, survivor)
    wanted = [row.name for row in rows if row.stays == merged.pk]
    places = twins.places(Customer.objects.visible_to(request.user)) if access.manages(request.user) else []
    at = next((place for place, both_of in enumerate(places) if set(both_of) == {first, second}), None)
    context: dict[str, Any] = {
        "place": at + 1 if at is not None else None, "places": len(places),
        "earlier": places[at - 1] if at else None,
        "later": places[at + 1] if at is not None and at + 1 < len(places) else None,
        "merged": merged, "survivor": survivor, "rows": rows, "pair": found, "against": twins.against(found),
        "sides": [comparing.side(merged, survivor, day), comparing.side(survivor, merged, day)], "days": comparing.DAYS,
        "preview": comparing.preview(merged, survivor, wanted, by=request.user, day=day),
        "seen": version(merged, survivor), "currency": company.currency(), "problem": problem, "older": _older(both),
        "sees_all": not access.sees(request.user), "owner": comparing.owner_of(rows, merged),
    }  # fmt: skip
    return show(request, "accounts/twin.html", context, wrong=problem is not None)


@require_POST
def not_same(request: SignedIn, first: int, second: int) -> HttpResponse:
    """Remember that the two are two customers."""
    both = [changeable(request, Customer.objects, pk) for pk in (first, second)]
    said = twins.part(both[0], both[1], request.user)
    undo = reverse("accounts:same_again", args=[said.first_id, said.second_id])
    message = _("“%(first)s” and “%(second)s” stay two.") % {"first": both[0].name, "second": both[1].name}
    return toast(request, redirect(_list(request)), message, undo)


@require_POST
def same_again(request: SignedIn, first: int, second: int) -> HttpResponse:
    """Take that back: the two may be one again."""
    for pk in (first, second):
        changeable(request, Customer.objects, pk)
    NotSame.objects.filter(first=min(first, second), second=max(first, second)).delete()
    return toast(request, redirect(_list(request)), _("They are listed as possible twins again."))


@require_POST
def undo(request: SignedIn, pk: int) -> HttpResponse:
    """Part two that were one."""
    made = get_object_or_404(Merge.objects.select_related("merged", "survivor__merged_into"), pk=pk)
    stands = made.survivor.merged_into or made.survivor
    visible = Customer.objects.visible_to(request.user).filter(pk=stands.pk)
    if not visible.exists():
        raise Http404
    if not Customer.objects.changeable_by(request.user).filter(pk=stands.pk).exists():
        raise PermissionDenied
    page = reverse("accounts:customer", args=[stands.pk])
    try:
        merging.undo(made, by=request.user, day=frame_of(request).today, now=clock.now())
    except ValidationError as problem:
        return refused(request, problem, back=page)
    message = _("“%(merged)s” and “%(survivor)s” are two again.") % {
        "merged": made.merged.name,
        "survivor": made.survivor.name,
    }
    return toast(request, redirect(page), message)


def _survivor(asked: str, both: list[Customer]) -> Customer:
    """The one asked for, else the older one."""
    return next((customer for customer in both if str(customer.pk) == asked), _older(both))


def _older(both: list[Customer]) -> Customer:
    return min(both, key=lambda customer: (customer.first_contract_on is None, customer.first_contract_on, customer.pk))


def _list(request: SignedIn) -> str:
    return "accounts:twins" if access.manages(request.user) else "accounts:portfolio"
