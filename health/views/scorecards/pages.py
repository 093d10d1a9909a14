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
from health.models import OwnMeasure, Scorecard


@require_GET
def scorecards(request: SignedIn) -> HttpResponse:
    """The scorecards in use: measures, thresholds, weights, and how the customers fall into bands."""
    visible = Customer.objects.visible_to(request.user)
    configures = access.configures(request.user)
    uses = explaining.cards_in_use(visible)
    context = {
        "uses": uses,
        "catalogue": catalogue(),
        "configures": configures,
        "drafts": {row.key: row for row in Scorecard.objects.filter(is_draft=True)} if configures else {},
        "own": OwnMeasure.objects.order_by("name", "pk") if configures else [],
        "others": _not_in_use({use.card.key for use in uses}) if configures else [],
    }
    return render(request, "health/scorecards.html", context)


def _not_in_use(keys: set[str]) -> list[Scorecard]:
    """The newest version of each scorecard that has none in use, by name. One statement."""
    rows = Scorecard.objects.exclude(key__in=keys).order_by("key", "-version").distinct("key")
    return sorted(rows, key=lambda row: row.shown_name)
