"""What a customer owes: invoices on a day, where it can be told.

Every function gives SQL about an invoice's alias. Credit notes are no invoices; a source without data on payment
makes nobody owe anything.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """What became of an invoice by the end of a day; ``UNKNOWN`` where its source does not report payment."""

    OPEN = "open", pgettext_lazy("of an invoice", "Open")
    OVERDUE = "overdue", pgettext_lazy("of an invoice", "Overdue")
    SETTLED = "settled", pgettext_lazy("of an invoice", "Settled")
    VOID = "void", pgettext_lazy("of an invoice", "Void")
    NOTE = "note", _("Credit note")
    UNKNOWN = "unknown", _("Not known")

    @property
    def tone(self) -> str:
        tones = {State.OPEN: "info", State.OVERDUE: "risk", State.SETTLED: "good"}
        return tones.get(self, "calm")


def told(invoice: str) -> str:
    """It is an invoice whose source reports whether it is paid."""
    return f"({invoice}.amount >= 0 AND {invoice}.payment <> 'unknown')"


def owed(invoice: str, day: str) -> str:
    """Its payment is known, and it is neither paid nor credited by the end of ``day`` (SQL)."""
    open_then = " AND ".join(
        f"({invoice}.{name} IS NULL OR {invoice}.{name} > {day})" for name in ("paid_on", "credited_on")
    )
    return f"({invoice}.amount >= 0 AND {invoice}.payment = 'known' AND {open_then})"


def state(invoice: str, day: str) -> str:
    """The ``State`` of the invoice at the end of ``day`` (SQL)."""
    return f"""CASE WHEN {invoice}.amount < 0 THEN '{State.NOTE}' WHEN NOT {told(invoice)} THEN '{State.UNKNOWN}'
        WHEN {invoice}.payment = 'void' THEN '{State.VOID}' WHEN NOT {owed(invoice, day)} THEN '{State.SETTLED}'
        WHEN {invoice}.due_on < {day} THEN '{State.OVERDUE}' ELSE '{State.OPEN}' END"""
