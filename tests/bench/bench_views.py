"""Twenty saved views of one person counted for the rail, against one count of everybody the person sees."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from accounts.lists import counting, saved
from accounts.models import Customer, SavedView, User
from tests.bench import signals
from tests.bench.bench_pages import dress
from tests.bench.ground import Bench, Ground, Result

DAY: Final = dt.date(2026, 11, 24)
ASKED: Final[tuple[list[Any], ...]] = (
    [{"field": "owner", "test": "is", "value": "me"}],
    [
        {"field": "band", "test": "is_in", "value": ["red", "yellow"]},
        {"field": "next_renewal", "test": "within_next", "value": 90},
    ],
    [{"field": "last_touch", "test": "at_least_ago", "value": 30}],
    [
        {
            "any": [
                {"field": "arr", "test": "at_least", "value": "50000"},
                {"field": "employees", "test": "at_least", "value": "500"},
            ]
        }
    ],
    [
        {"none": [{"field": "tags", "test": "has", "value": "pilot"}]},
        {"field": "score", "test": "at_most", "value": "45"},
    ],
)


def view_counts(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    ground.once("scores for pages", dress)
    admin = User.objects.create_superuser("views@bench.example", name="Views")
    kinds = ("customers", "customers", "customers", "renewals")
    for n, kind in enumerate(kinds):
        for at, asked in enumerate(ASKED):
            SavedView.objects.create(kind=kind, name=f"{n} {at}", owner=admin, filter=asked)
    views = saved.views_of(admin)
    assert len(views) == len(kinds) * len(ASKED)
    return ground.race(lambda: counting.counts(views, admin, DAY), lambda: Customer.objects.visible_to(admin).count())


BENCHES = [Bench("view_counts", 60, 30, view_counts)]
