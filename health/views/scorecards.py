"""The scorecards in use."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.models import Customer
from accounts.request import SignedIn
from health import explaining
from health.measures import catalogue


@require_GET
def scorecards(request: SignedIn) -> HttpResponse:
    """The scorecards in use: measures, thresholds, weights, and how the customers fall into bands."""
    visible = Customer.objects.visible_to(request.user)
    context = {
        "uses": explaining.cards_in_use(visible),
        "catalogue": catalogue(),
        "configures": access.configures(request.user),
    }
    return render(request, "health/scorecards.html", context)
