"""Why a case or a play starts for one customer, or not: what ``components/why.html`` draws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from accounts import finding
from accounts.conditions.words import Line
from accounts.models import Customer
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web import address
from health.states.verdicts import Verdict


def verdict(
    request: SignedIn, explain: Callable[[Customer, dt.date], Verdict], lines: Callable[[Verdict, dt.date], list[Line]]
) -> dict[str, Any]:
    """The customer named in the address (``?customer=``), its verdict today and the lines of it."""
    name = address.text(request, "customer", 200)
    if not name:
        return {"asked": ""}
    customer = finding.called(Customer.objects.visible_to(request.user).select_related("segment"), name)
    if customer is None:
        return {"asked": name, "missing": True}
    day = frame_of(request).today
    explained = explain(customer, day)
    return {"asked": name, "about": customer, "verdict": explained, "lines": lines(explained, day)}
