"""Rows of every kind of list that somebody selected, and what each registered act is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from accounts import bulk, lists
from accounts.bulk import Act, Who
from accounts.models import BulkAct, Cover, Segment, User
from config.web.refusing import reason
from playbooks import giving
from playbooks.models import Task
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, rule
from tests.playbooks.rows import NOW, playbook, renewal

LATER = (DAY + dt.timedelta(days=7)).isoformat()
VALUES: dict[tuple[str, str], dict[str, Any]] = {
    ("customers", "owner"): {"owner": "mate"},
    ("customers", "tag"): {"tags": ["pilot", "2027"]},
    ("customers", "untag"): {"tags": ["old"]},
    ("customers", "pin"): {"segment": "segment", "reason": "Key account"},
    ("customers", "task"): {"title": "Call", "due_on": LATER, "to": None, "note": ""},
    ("customers", "playbook"): {"playbook": "play"},
    ("cases", "snooze"): {"until": LATER, "reason": "Away"},
    ("cases", "hand_on"): {"to": "admin"},
    ("cases", "close"): {"resolution": "resolved", "note": ""},
    ("cases", "plan"): {"type": "value", "plan": "Show what it brings"},
    ("cases", "due"): {"due_on": LATER},
    ("tasks", "done"): {"outcome": "done", "note": ""},
    ("tasks", "due"): {"due_on": LATER},
    ("tasks", "reassign"): {"to": "admin"},
    ("tasks", "snooze"): {"until": LATER, "reason": "Away"},
    ("renewals", "stage"): {"stage": "proposed"},
    ("renewals", "call"): {"likelihood": "0.7", "category": "commit", "note": "Met them"},
}
# Columns that an act may leave changed though it was taken back: the database's own.
FREE = {"changed_at"}


@dataclass
class Selected:
    """A CSM's rows by kind of list, of several customers, and one row of each kind that is not theirs."""

    csm: User
    named: dict[str, int]
    rows: dict[str, list[int]]
    foreign: dict[str, int]

    def who(self) -> Who:
        return Who(self.csm, DAY, NOW)

    def values(self, act: Act) -> dict[str, Any]:
        given = VALUES[act.kind, act.key]
        return {
            name: self.named.get(value, value) if isinstance(value, str) else value for name, value in given.items()
        }

    def begin(self, act: Act, ids: list[int] | None = None) -> BulkAct:
        return bulk.begin(act, self.rows[act.kind] if ids is None else ids, self.values(act), self.who(), reason)

    def take_back(self, begun: BulkAct) -> BulkAct:
        return bulk.take_back(begun, self.who(), reason)

    def stand(self, kind: str) -> list[dict[str, Any]]:
        """Every column of the rows of a kind, and the open tasks, as they stand."""
        found = lists.find(kind)
        assert found
        rows = found.model._default_manager.order_by("pk").values()
        tasks = Task.objects.open().order_by("pk").values()
        return [{name: value for name, value in row.items() if name not in FREE} for row in (*rows, *tasks)]


def selected(number: int = 3) -> Selected:
    """``number`` customers of a CSM, each with a case, a task and a renewal."""
    make.organisation()
    admin = make.user("admin", name="Ren")
    csm = make.user(name="Mara")
    mate = make.user(name="Bo")
    Cover.objects.create(owner=mate, by=csm, starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2100, 1, 1))
    segment = Segment.objects.create(
        name="Large", position=90, touch_model="low", rule=[{"field": "arr", "test": "at_least", "value": "999999999"}]
    )
    watched = rule("watched")
    rows: dict[str, list[int]] = {"customers": [], "cases": [], "tasks": [], "renewals": []}
    foreign: dict[str, int] = {}
    for number_ in range(number + 1):
        owner = csm if number_ < number else make.user(name="Nils")
        customer = make.customer(owner=owner, tags=["kept", "old"], arr=9_000)
        made: dict[str, Any] = {
            "customers": customer,
            "cases": case(customer, watched, 4),
            "tasks": giving.add(customer, "Write", DAY, user=owner),
            "renewals": renewal(customer, 200, stage="upcoming", prep_opened_on=None),
        }
        for kind, row in made.items():
            if owner == csm:
                rows[kind].append(row.pk)
            else:
                foreign[kind] = row.pk
    named = {"mate": mate.pk, "admin": admin.pk, "segment": segment.pk, "play": playbook().pk}
    return Selected(csm, named, rows, foreign)


def registered() -> list[Act]:
    return [act for kind in lists.every() for act in bulk.of_kind(kind.key)]
