"""Case rules and cases for tests, every default overridable."""

from __future__ import annotations

from itertools import count
from typing import Any

from accounts.models import Customer, User
from health.models import Case, CaseRule
from tests.health.conftest import ago

_number = count(1)


def rule(key: str = "", **fields: Any) -> CaseRule:
    name = key or f"rule-{next(_number)}"
    values = {"name": f"Rule {name}", "reason": name, "detector": "silence"} | fields
    return CaseRule.objects.create(key=name, **values)


def case(of: Customer, by: CaseRule | None, opened: int, **fields: Any) -> Case:
    """A case opened so many days ago, of ``by``'s reason, still new."""
    values = {
        "kind": by.kind if by else "risk", "reason": by.reason if by else "by-hand", "title": "Look at it",
        "owner": of.owner, "opened_on": ago(opened), "due_on": ago(opened - 7), "newest_evidence_on": ago(opened),
    }  # fmt: skip
    return Case.objects.create(customer=of, rule=by, **values | fields)


def closed(of: Customer, by: CaseRule | None, opened: int, resolution: str, who: User | None, **fields: Any) -> Case:
    """A case closed as ``resolution`` ten days after it was opened, by ``who`` (None: by itself)."""
    values = {"state": "closed", "resolution": resolution, "closed_on": ago(opened - 10), "closed_by": who}
    return case(of, by, opened, **values | fields)
