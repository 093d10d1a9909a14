"""Shared by the views of renewals: the row with its page's relations, and the event that makes other panels refetch."""

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
