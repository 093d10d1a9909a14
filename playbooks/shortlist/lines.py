"""What My day is made of: lines, a block of them a customer, and the counts of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from accounts.models import Customer
from health import models as health
from playbooks.models import Task
from renewals.models import Qbr, Renewal

# What the lines of each kind are counted under.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "case": ("case",),
    "task": ("task",),
    "renewal": ("renewal", "notice"),
    "touch": ("touch", "qbr"),
}
# The first letter of a line's key.
LETTERS: Final = {"case": "c", "task": "t", "renewal": "r", "notice": "n", "touch": "u", "qbr": "q"}


@dataclass(frozen=True)
class Line:
    """Something to do: a task, a case, a renewal that asks for something (``asks`` says what), a notice to turn, a touch
    that the segment's cadence asks for, or a review.

    ``stake`` is a year's revenue in the reporting currency, None where it cannot be told; ``days`` how many are left to act, below 0 when late.
    ``is_new``: it arose today or the day before.
    """

    kind: str
    customer: Customer
    stake: Decimal | None
    days: int
    weight: Decimal
    is_new: bool = False
    task: Task | None = None
    renewal: Renewal | None = None
    case: health.Case | None = None
    qbr: Qbr | None = None

    @property
    def asks(self) -> str:
        return getattr(self.renewal, "asks", "")

    @property
    def is_offer(self) -> bool:
        """Whether the line is about more business, not about business that may be lost."""
        return self.case is not None and self.case.kind == health.CaseKind.OPPORTUNITY

    @property
    def is_severe(self) -> bool:
        return self.case is not None and self.case.severity == health.Severity.HIGH

    @property
    def is_routine(self) -> bool:
        """Whether the calendar alone asks for it, not anything that happened at the customer."""
        return self.kind in KINDS["touch"]

    @property
    def key(self) -> str:
        """Names the line among all of a day."""
        row = self.task or self.case or self.renewal or self.qbr or self.customer
        return f"{LETTERS[self.kind]}{row.pk}"


@dataclass(frozen=True)
class Block:
    """One customer's lines, the most pressing first; ``more`` of them are not shown."""

    customer: Customer
    lines: Sequence[Line]
    more: int = 0


@dataclass(frozen=True)
class Counts:
    """How many tasks and cases are due within a week, how many renewals and notices ask, how many touches and reviews the
    cadence asks for, how many tasks are snoozed, how many cases have ``passed`` and ask to be closed;
    ``customers`` they are about, and ``waiting``, those customers' ARR but for ``untold`` of them.
    """

    tasks: int = 0
    renewals: int = 0
    cases: int = 0
    touches: int = 0
    snoozed: int = 0
    passed: int = 0
    customers: int = 0
    waiting: Decimal = Decimal(0)
    untold: int = 0

    @property
    def all(self) -> int:
        return self.tasks + self.renewals + self.cases + self.touches

    def of_kind(self, kind: str) -> int:
        numbers = {"case": self.cases, "renewal": self.renewals, "task": self.tasks, "touch": self.touches}
        return numbers.get(kind, self.all)


@dataclass(frozen=True)
class Day:
    """The blocks shown, what they were taken from, how many customers ``more`` have something to do, and the
    reporting ``currency`` that every amount is in.
    """

    blocks: Sequence[Block] = ()
    counts: Counts = field(default_factory=Counts)
    more: int = 0
    currency: str = ""

    @property
    def lines(self) -> list[Line]:
        return [line for block in self.blocks for line in block.lines]
