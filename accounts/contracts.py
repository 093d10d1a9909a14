"""A customer's contracts as they stand on a day: the current term, the lines in force, and whether they leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch

from accounts.models import Contract, ContractLine, Customer, Entitlement
from accounts.models.contracts import ContractQuerySet
from accounts.terms import Agreement, term_on


@dataclass(frozen=True)
class Standing:
    """A contract on a day, with the lines in force, those to come in ``later`` and those that were in ``past``.

    ``term``: its number, None unless the contract runs. ``term_ends_on``: the first day after the term of that day, or, of a contract that is over or
    has not begun, of its last or first term. ``leaves_on``: the first day without it, where one is known.
    """

    contract: Contract
    lines: list[ContractLine]
    later: list[ContractLine]
    past: list[ContractLine]
    term: int | None
    is_over: bool
    stops_on: dt.date | None
    term_ends_on: dt.date
    leaves_on: dt.date | None

    @property
    def product(self) -> str:
        """What it is of: the first product that runs, else the first to come or that ran."""
        return next((line.product for line in (*self.lines, *self.later, *self.past)), "")

    @property
    def is_confirmed(self) -> bool:
        return self.contract.ended_on is not None and self.contract.replaced_by_id is None

    @property
    def is_noticed(self) -> bool:
        """Whether it leaves because of a notice, and nobody has confirmed the end."""
        return self.leaves_on is not None and not self.is_confirmed

    @property
    def last_day(self) -> dt.date:
        """The last day it runs as far as is known: before its end or its follower, else of the term."""
        return (self.leaves_on or self.stops_on or self.term_ends_on) - dt.timedelta(days=1)


def of_customer(customer: Customer, day: dt.date) -> ContractQuerySet:
    """The customer's contracts, latest first, with what ``standing`` reads; not those that never ran. Three statements
    when fetched.
    """
    allowed = Prefetch("entitlements", Entitlement.objects.in_force_on(day).order_by("pk"))
    lines = Prefetch("lines", ContractLine.objects.ran().order_by("pk"))
    rows = Contract.objects.ran().with_leaves_on().filter(customer=customer).select_related("replaced_by")
    return rows.order_by("-starts_on", "-pk").prefetch_related(lines, allowed)


def standing(contract: Contract, day: dt.date) -> Standing:
    """The standing of a contract of ``of_customer`` on ``day``. No statement."""
    follower = contract.replaced_by
    ends = [end for end in (contract.ended_on, follower.starts_on if follower else None) if end is not None]
    stops_on = min(ends, default=None)
    is_over = stops_on is not None and stops_on <= day
    seen_on = max(contract.starts_on, stops_on - dt.timedelta(days=1) if is_over and stops_on else day)
    agreement = Agreement(contract.starts_on, contract.ends_on, contract.term_months)
    term = term_on(agreement, seen_on)
    lines = [
        line
        for line in contract.lines.all()
        if line.starts_on <= seen_on and (line.ends_on is None or line.ends_on > seen_on)
    ]
    runs = not is_over and contract.starts_on <= day
    return Standing(
        contract,
        lines,
        [line for line in contract.lines.all() if line.starts_on > seen_on],
        [line for line in contract.lines.all() if line.ends_on is not None and line.ends_on <= seen_on],
        term[0] if term and runs else None,
        is_over,
        stops_on,
        term[2] if term else contract.starts_on,
        getattr(contract, "leaves_on", None),
    )
