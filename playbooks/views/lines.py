"""A line of My day ready to be drawn: its facts, the reason of its play, and the addresses of its acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.urls import get_urlconf, reverse

from health.models import Motion
from playbooks.shortlist import Block, Line
from playbooks.views import wording

# The acts on a line of each kind, with their routes; a route's argument is the row's id.
ACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "task": {
        "done": "playbooks:task_done",
        "snooze": "playbooks:task_snooze",
        "hand_on": "playbooks:task_hand_on",
    },
    "case": {
        "open": "health:case",
        "done": "health:case_close",
        "snooze": "health:case_snooze",
        "plan": "health:case_plan",
    },
    "renewal": {"open": "renewals:renewal"},
    "notice": {},
    "touch": {},
    "qbr": {"open": "renewals:qbr"},
}
OF_CUSTOMER: Final[Mapping[str, str]] = {"customer": "accounts:customer", "touch": "accounts:touch_new"}


@dataclass(frozen=True)
class Shown:
    """A line with the reason its play began ("" without a play) and the addresses of its acts."""

    line: Line
    reason: str
    urls: Mapping[str, str]


def shown(block: Block, day: dt.date) -> list[Shown]:
    """The block's lines, ready to be drawn. No statement."""
    return [Shown(line, _reason(line, day), urls(line)) for line in block.lines]


def motion(block: Block) -> str:
    """The label of the customer's next motion; "" where it has none."""
    key = getattr(block.customer, "motion", None)
    return str(Motion(key).label) if key else ""


def urls(line: Line) -> dict[str, str]:
    """The address of each act, and ``open`` for the line itself: its own page or else the customer's."""
    customer = line.customer.pk
    addresses = {name: address(route, customer) for name, route in OF_CUSTOMER.items()}
    row = line.task or line.case or line.renewal or line.qbr
    own = {name: address(route, row.pk) for name, route in ACTS[line.kind].items()} if row else {}
    return {"open": addresses["customer"]} | addresses | own


def address(route: str, pk: int) -> str:
    """As ``reverse`` with this id, at the cost of a concatenation."""
    before, after = _around(route, get_urlconf())
    return f"{before}{pk}{after}"


@lru_cache(maxsize=100)
def _around(route: str, _urlconf: str | None) -> tuple[str, str]:
    before, _, after = reverse(route, args=[0]).partition("/0/")
    return f"{before}/", f"/{after}"


def _reason(line: Line, day: dt.date) -> str:
    play = line.task.enrolment if line.task else None
    return wording.why(play.version, play.why, day, play.enrolled_on) if play else ""
