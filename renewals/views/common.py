"""What the views of renewals share: the row with all that its page shows, and the event after which others draw it anew."""

from __future__ import annotations

from typing import Final

from renewals.models import Renewal

WHOLE: Final = Renewal.objects.select_related(
    "customer__owner",
    "customer__segment",
    "contract",
    "closed_by",
    "final_by",
    "successor",
    "prep_with",
    "cancellation",
)
CHANGED: Final = ("renewals:changed",)
