"""How often overrides and sentiments were right, on the proof page."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.models import Customer
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web import address
from health.proof import judgements
from health.proof.rows import HORIZONS
from renewals.outcomes import closed_terms

NAMES: Final[dict[str, Any]] = {
    "override": gettext_lazy("Overrides to green or red"),
    "content": gettext_lazy("Sentiment 4 or 5"),
    "unhappy": gettext_lazy("Sentiment 1 or 2"),
}


@require_GET
def judgements_panel(request: SignedIn) -> HttpResponse:
    """Right of how many, ``?days=`` (30, 60, 90 or 180) before the renewals of the reader's customers closed."""
    horizon = address.choice(request, "days", [str(days) for days in HORIZONS], "90")
    terms = closed_terms(Customer.objects.visible_to(request.user), frame_of(request).today, int(horizon))
    record = judgements.record(terms)
    context = {
        "record": record,
        "rows": [(NAMES[judgement.key], judgement) for judgement in record.judgements],
        "days": int(horizon),
        "least": judgements.LEAST,
    }
    name = "health/_judgements.html" if request.htmx else "health/judgements.html"
    return render(request, name, context)
