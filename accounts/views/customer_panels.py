"""A customer's page below its head: its panels, in two columns that take one request each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.models import Customer
from accounts.request import SignedIn
from config.web import together
from config.web.together import Slot

COLUMNS: Final[Mapping[str, Sequence[Slot]]] = {
    "main": (
        Slot("health:panel", 10, _("Health"), "health-panel", on="health:changed"),
        Slot("health:changed_panel", 7, _("What changed"), "changed-panel", on="health:changed"),
        Slot("health:usage_panel", 6, _("Usage by feature"), "usage-panel"),
        Slot("health:people_panel", 6, _("People who use it"), "people-panel"),
        Slot("accounts:timeline_panel", 6, _("Timeline"), "timeline-panel", on="accounts:changed"),
    ),
    "side": (
        Slot("health:standing", 8, _("Where it stands"), "standing-panel", on="health:changed"),
        Slot("renewals:panel", 6, _("Renewal"), "renewal-panel", on="renewals:changed"),
        Slot("accounts:attributes_panel", 3, _("Attributes"), "attributes-panel", on="accounts:changed"),
        Slot("health:cases_panel", 3, _("Open cases"), "cases-panel", on="cases:changed"),
        Slot("playbooks:panel", 4, _("Plays and tasks"), "plays-panel", on="playbooks:changed"),
        Slot("accounts:sentiment", 2, _("CSM sentiment"), "sentiment-panel", on="accounts:changed"),
        Slot("accounts:contacts_panel", 5, _("Contacts"), "contacts-panel", on="accounts:changed"),
        Slot("accounts:plan_panel", 3, _("Success plan"), "plan-panel"),
        Slot("accounts:contract_panel", 4, _("Contracts"), "contract-panel"),
    ),
}


def columns(customer: Customer) -> dict[str, dict[str, Any]]:
    """The address of each column, and what its panels show until they are loaded."""
    return {
        name: {
            "url": reverse("accounts:customer_panels", args=[customer.pk, name]),
            "slots": [slot.waiting(customer.pk) for slot in slots],
        }
        for name, slots in COLUMNS.items()
    }


@require_GET
def panels(request: SignedIn, pk: int, column: str) -> HttpResponse:
    """The panels of one column; each panel checks that the person may see the customer."""
    if column not in COLUMNS:
        raise Http404
    return together.answer(request, COLUMNS[column], pk)
