"""Notice, its withdrawal and the confirmed end, with their effect on renewals.

``accounts.leaving`` writes the facts; this module updates the renewals, their likelihoods and the customer's copies in
the same transaction. An act returns the values before it, so that it can be undone while nobody has changed its result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import leaving
from accounts.models import Contract
from renewals import calibration, copies, pipeline

FACTS: Final = ("notice_given_on", "notice_withdrawn_on", "ended_on", "end_known_on")
ACTS: Final[dict[str, Callable[..., Contract]]] = {
    "notice": leaving.give_notice,
    "withdraw": leaving.withdraw_notice,
    "end": leaving.confirm_end,
}

Facts = dict[str, str | None]


@pipeline.one_at_a_time()
def act(contract: Contract, name: str, on: dt.date, day: dt.date) -> tuple[Facts, Facts]:
    """Record ``notice``, ``withdraw`` or ``end`` for a day; returns the facts before and after.

    Raises ValidationError as the functions of ``accounts.leaving`` do.
    """
    before = facts(leaving.held(contract))
    after = facts(ACTS[name](contract, on, day=day))
    _follow(contract, day)
    return before, after


@pipeline.one_at_a_time()
def undo(contract: Contract, before: Facts, after: Facts, day: dt.date) -> None:
    """Restore the facts before an act; ValidationError where they have changed since."""
    if facts(leaving.held(contract)) != after:
        raise ValidationError(_("The contract has been changed since; correct it there."))
    days = {name: dt.date.fromisoformat(text) if text else None for name, text in before.items()}
    leaving.put_back(contract, day=day, **days)
    _follow(contract, day)


def facts(contract: Contract) -> Facts:
    """The contract's notice and end days as ISO text; None where not set."""
    return {name: day.isoformat() if (day := getattr(contract, name)) else None for name in FACTS}


def _follow(contract: Contract, day: dt.date) -> None:
    pipeline.follow_contracts(day, [contract.pk])
    calibration.apply(calibration.standing(day), day, [contract.pk])
    copies.copy_next([contract.customer_id])
