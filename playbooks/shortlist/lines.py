"""The parts of My day: lines, a block of them per customer, and the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from accounts.models import Customer
from health import models as health
from playbooks.models import Task
from renewals.models import Qbr, Renewal

# The kinds of lines counted under each filter.
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
    """Something to do: a task, a case, a renewal that needs an act (``asks``), a notice to turn, a touch due by the
    segment's cadence, or a review.

    ``stake`` is a year's revenue in the reporting currency, None where unknown; ``days`` are the days left to act,
    negative when late. ``is_new``: it arose today or the day before.
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
        """Whether the line is an opportunity rather than a risk."""
        return self.case is not None and self.case.kind == health.CaseKind.OPPORTUNITY

    @property
    def is_severe(self) -> bool:
        return self.case is not None and self.case.severity == health.Severity.HIGH

    @property
    def is_routine(self) -> bool:
        """Whether only the calendar made it due, not an event at the customer."""
        return self.kind in KINDS["touch"]

    @property
    def is_lateness_known(self) -> bool:
        """Whether ``days`` are counted from something on record; not of a touch where there was none before."""
        return self.kind != "touch" or self.customer.last_touch_on is not None

    @property
    def key(self) -> str:
        """Identifies the line within a day."""
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
    """Tasks and cases due within a week, renewals and notices that need an act, touches and reviews due by cadence,
    snoozed tasks, and ``passed`` cases that can be closed. ``customers`` are theirs; ``waiting`` is the ARR of those
    not touched today, without ``untold`` of them.
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
    """The blocks shown, the counts of all lines, how many ``more`` customers have lines, and the reporting ``currency``
    of every amount.
    """

    blocks: Sequence[Block] = ()
    counts: Counts = field(default_factory=Counts)
    more: int = 0
    currency: str = ""

    @property
    def lines(self) -> list[Line]:
        return [line for block in self.blocks for line in block.lines]
