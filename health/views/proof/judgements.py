"""How often overrides and sentiments were right, on the proof page."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.models import Customer
from accounts.request import SignedIn
from config.ui.context import frame_of
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
    asked = request.GET.get("days", "90")
    if asked not in {str(days) for days in HORIZONS}:
        raise BadRequest(_("The address asks for a number of days that is not shown."))
    terms = closed_terms(Customer.objects.visible_to(request.user), frame_of(request).today, int(asked))
    found = judgements.record(terms)
    context = {
        "record": found,
        "rows": [(NAMES[one.key], one) for one in found.judgements],
        "days": int(asked),
        "least": judgements.LEAST,
    }
    name = "health/_judgements.html" if request.htmx else "health/judgements.html"
    return render(request, name, context)
