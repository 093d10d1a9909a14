"""Saved views of the demo's people, as they would have made them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.http import QueryDict

from accounts.lists import find, read, saved
from accounts.models import SavedView, User

NOBODY, TEAM, ALL = SavedView.Shared.NOBODY, SavedView.Shared.TEAM, SavedView.Shared.ALL
# Whose, shared with whom, of which list, its name, and the address it was saved from.
VIEWS: Final[tuple[tuple[str, SavedView.Shared, str, str, str], ...]] = (
    ("csm@demo.example", NOBODY, "customers", "Live, by segment", "if=owner~is~me&if=status~is~live&group=segment&sort=-arr"),
    ("csm@demo.example", NOBODY, "tasks", "Late this week", "if=owner~is~me&if=tasks:state~is~late&if=tasks:due~within_last~7"),
    ("csm.ja@demo.example", NOBODY, "customers", "更新が近い顧客", "if=owner~is~me&if=next_renewal~within_next~120&sort=renews"),
    ("manager@demo.example", TEAM, "customers", "Quiet for 30 days", "if=owner~is~team&if=last_touch~more_than_ago~30&sort=-arr"),
    ("admin@demo.example", ALL, "customers", "Renewing, at risk", "if=band~is_in~red,yellow&if=next_renewal~within_next~180&sort=renews"),
    ("admin@demo.example", ALL, "customers", "Ready to expand", "if=band~is~green&if=open_opportunities~at_least~1&sort=-arr"),
    ("admin@demo.example", ALL, "cases", "Severe cases", "if=cases:severity~is~high&if=cases:state~is_in~open,late"),
)  # fmt: skip


def save(users: dict[str, User], day: dt.date) -> int:
    """Save ``VIEWS`` for the people of the demo, ``users`` by email; how many."""
    for email, shared, key, name, address in VIEWS:
        kind, owner = find(key), users[email]
        if kind is None:
            raise LookupError(key)
        team = owner if shared == TEAM else None
        saved.add(read(kind, owner, QueryDict(address), day), name=name, shared=shared, team=team)
    return len(VIEWS)
