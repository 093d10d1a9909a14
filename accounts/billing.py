"""What a customer owes: invoices on a day, where it can be told.

Every function gives SQL about an invoice's alias. Credit notes are no invoices; a source without data on payment
makes nobody owe anything.
"""

from __future__ import annotations


def told(invoice: str) -> str:
    """It is an invoice whose source reports whether it is paid."""
    return f"({invoice}.amount >= 0 AND {invoice}.payment <> 'unknown')"


def owed(invoice: str, day: str) -> str:
    """Its payment is known, and it is neither paid nor credited by the end of ``day`` (SQL)."""
    open_then = " AND ".join(
        f"({invoice}.{name} IS NULL OR {invoice}.{name} > {day})" for name in ("paid_on", "credited_on")
    )
    return f"({invoice}.amount >= 0 AND {invoice}.payment = 'known' AND {open_then})"
