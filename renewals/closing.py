"""Closing a renewal with its outcome, and opening it again while it can be undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import changes, leaving, lifecycle, seen
from accounts.models import Cancellation, Contract, ContractLine, Entitlement, User
from renewals import copies, pipeline, term_facts
from renewals.loss import Loss, check_loss
from renewals.models import Renewal, RenewalOutcome, RenewalStage

COPIED: Final = ("customer_id", "notice_days", "auto_renews", "currency")
CLOSED: Final = (
    "stage", "outcome", "closed_on", "closed_by", "closed_arr", "successor", "cancellation", "before_closing",
    "leaving", "leaves_on",
)  # fmt: skip


# What tells one closing from another; outcome and ARR may change with another renewal closed into the same contract.
BY_WHOM: Final = ("stage", "closed_on", "closed_by", "successor", "cancellation")


@dataclass(frozen=True)
class NewLine:
    """One line of the renewed contract; ``annual_amount`` in the contract's currency, after the discount."""

    product: str
    quantity: int
    annual_amount: Decimal
    discount_percent: Decimal = Decimal(0)


def outcome_of(old_arr: Decimal, new_arr: Decimal) -> str:
    """Renewed flat within 1 % of the old ARR, else expanded or contracted; churned where nothing is paid any more."""
    if new_arr <= 0:
        return RenewalOutcome.CHURNED
    if abs(new_arr - old_arr) <= old_arr * Decimal(pipeline.FLAT_TOLERANCE):
        return RenewalOutcome.RENEWED
    return RenewalOutcome.EXPANDED if new_arr > old_arr else RenewalOutcome.CONTRACTED


@pipeline.one_at_a_time()
def renew(
    renewal: Renewal, user: User, day: dt.date, *, starts_on: dt.date, term_months: int, lines: Sequence[NewLine]
) -> Contract:
    """Write the contract that follows and close the renewal with it; returns that contract.

    Whether it is flat, an expansion or a contraction follows from the two ARR. The old contract stops where the new one
    starts (``accounts.periods.stops_on``), unless it ended before. Notice days, auto-renewal, currency, and the seats, limits
    and modules in force on the term's last day go on. Raises ValidationError by field.
    """
    if not lines:
        raise ValidationError({"lines": _("A renewed contract needs a line with an amount.")})
    if starts_on <= renewal.contract.starts_on:
        raise ValidationError({"starts_on": _("It must start after the contract it renews.")})
    copied = {name: getattr(renewal.contract, name) for name in COPIED}
    new = Contract.objects.create(**copied, starts_on=starts_on, term_months=term_months)
    ContractLine.objects.bulk_create(
        ContractLine(
            contract=new,
            product=line.product,
            quantity=line.quantity,
            annual_amount=line.annual_amount,
            discount_percent=line.discount_percent,
            starts_on=starts_on,
        )
        for line in lines
    )
    _carry_over(renewal, new)
    renew_with(renewal, user, day, new, made=True)
    return new


@pipeline.one_at_a_time()
def renew_with(renewal: Renewal, user: User, day: dt.date, successor: Contract, *, made: bool = False) -> None:
    """Close the renewal with a contract that stands already.

    Several may be co-termed into it: what it brings is then shared out anew among all of them.
    """
    renewal = _locked(renewal)
    old = renewal.contract
    _check_successor(old, successor)
    _keep(renewal, made_contract=successor.pk if made else None)
    old.replaced_by = successor
    old.save(update_fields=["replaced_by"])
    _note_written(renewal)
    renewal.successor = successor
    _close(renewal, RenewalOutcome.RENEWED, user, day)
    _share_out(successor)
    renewal.refresh_from_db(fields=["outcome", "closed_arr"])


def _share_out(successor: Contract) -> None:
    """Give every renewal that people closed with this contract its share of the new ARR, and the outcome that they have
    together; None and "renewed" where something cannot be told.

    A share is kept at the rate of the old ARR, as it is compared.
    """
    into = Renewal.objects.filter(successor=successor, stage=RenewalStage.CLOSED).select_related("contract")
    parts = {each: _replaced_arr(each, successor) for each in into.order_by("pk")}
    new_arr = term_facts.brings(successor.pk)
    told = [part for part in parts.values() if part is not None]
    replaced = sum(told, Decimal(0)) if len(told) == len(parts) else None
    for each in parts:
        if each.closed_by_id is None:  # the sweep's
            continue
        if new_arr is None or replaced is None or each.arr is None:
            each.closed_arr, each.outcome = None, RenewalOutcome.RENEWED
        else:
            each.closed_arr = round(new_arr * each.arr / replaced, 2) if replaced else new_arr
            each.outcome = outcome_of(replaced, new_arr)
        each.save(update_fields=["closed_arr", "outcome"])


@pipeline.one_at_a_time()
def churn(renewal: Renewal, user: User, day: dt.date, loss: Loss) -> Cancellation:
    """Close the renewal as lost; the contract ends with its term, unless it ends earlier.

    Writes the cancellation with both reasons. Raises ValidationError naming each missing field.
    """
    check_loss(loss)
    renewal = _locked(renewal)
    contract = renewal.contract
    _keep(renewal, made_contract=None)
    ended_on = min(contract.ended_on or renewal.due_on, renewal.due_on)
    renewal.contract = leaving.confirm_end(contract, ended_on, day=day)
    _note_written(renewal)
    renewal.cancellation = Cancellation.objects.create(
        customer_id=renewal.customer_id, contract=contract, on=ended_on, **loss.__dict__
    )
    renewal.closed_arr = Decimal(0)
    _close(renewal, RenewalOutcome.CHURNED, user, day)
    return renewal.cancellation


@pipeline.one_at_a_time()
def reopen(renewal: Renewal, day: dt.date, *, back: str = "") -> None:
    """Take back what a person's closing did: stage, contract, successor and cancellation.

    Refused when it closed by itself, when the renewed contract has itself moved on or taken in another since, when
    the old contract says something else by now, and when it is closed otherwise than ``back``, the closing's mark, says.
    """
    renewal = _with_contract(renewal)
    seen.check(renewal, BY_WHOM, back)
    kept = renewal.before_closing
    if not renewal.is_closed or renewal.closed_by_id is None or not kept:
        raise ValidationError(_("This renewal was not closed by a person and cannot be opened again."))
    # Locked before its lines, as by whoever changes them: deleting begins with the lines.
    made = Contract.objects.select_for_update().filter(pk=kept["made_contract"]).first()
    if made and (made.ended_on or made.replaced_by_id):
        raise ValidationError(_("The renewed contract has ended or been replaced since; correct it there."))
    if made and Renewal.objects.filter(successor=made).exclude(pk=renewal.pk).exists():
        raise ValidationError(_("Another renewal was closed with the renewed contract; open that one again first."))
    contract, cancellation, successor = renewal.contract, renewal.cancellation, renewal.successor
    if _written(contract) != kept.get("written", _written(contract)):
        raise ValidationError(_("The contract has been changed since; correct it there."))
    contract.ended_on = dt.date.fromisoformat(kept["ended_on"]) if kept["ended_on"] else None
    known_on = kept.get("end_known_on")
    contract.end_known_on = dt.date.fromisoformat(known_on) if known_on else None
    contract.replaced_by_id = kept["replaced_by"]
    contract.save(update_fields=["ended_on", "end_known_on", "replaced_by"])
    Renewal.objects.filter(pk=renewal.pk).update(
        stage=kept["stage"],
        outcome="",
        closed_on=None,
        closed_by=None,
        closed_arr=None,
        successor=None,
        cancellation=None,
        before_closing={},
    )
    if cancellation:
        cancellation.delete()
    if made:
        made.delete()
    elif successor:
        _share_out(successor)
    _bring_up_to_date(renewal, day)


def mark(renewal: Renewal) -> str:
    """The mark of how the renewal is closed, for ``reopen``."""
    return seen.mark(renewal, BY_WHOM)


def _locked(renewal: Renewal) -> Renewal:
    held = _with_contract(renewal)
    if held.is_closed:
        raise seen.Ended(_("This renewal is closed already."), held.closed_by, held.closed_on)
    return held


def _with_contract(renewal: Renewal) -> Renewal:
    """The renewal and its contract as they are, locked."""
    rows = Renewal.objects.select_for_update(of=("self", "contract"), no_key=True).select_related("contract")
    held = rows.filter(pk=renewal.pk).first()
    if held is None:
        raise ValidationError(_("The contract has no such term any more."))
    return held


def _carry_over(renewal: Renewal, new: Contract) -> None:
    """Give the new contract what the old one allowed on the term's last day."""
    last = renewal.due_on - dt.timedelta(days=1)
    held = Entitlement.objects.in_force_on(last).filter(contract=renewal.contract_id).order_by("pk")
    newest = {(one.kind, one.name): one for one in held}
    Entitlement.objects.bulk_create(
        Entitlement(
            contract=new,
            kind=one.kind,
            name=one.name,
            quantity=one.quantity,
            ends_on=one.ends_on if one.ends_on and one.ends_on > new.starts_on else None,
        )
        for one in newest.values()
    )


def _replaced_arr(renewal: Renewal, successor: Contract) -> Decimal | None:
    """The old ARR at the rate of the day the new contract starts, so that only prices compare."""
    last = min(renewal.due_on, successor.starts_on) - dt.timedelta(days=1)
    return term_facts.arr_at(renewal.contract_id, last, successor.starts_on)


def _check_successor(old: Contract, successor: Contract) -> None:
    if successor.customer_id != old.customer_id or successor.pk == old.pk:
        raise ValidationError({"successor": _("Choose another contract of the same customer.")})
    if successor.starts_on <= old.starts_on or successor.replaced_by_id == old.pk:
        raise ValidationError({"successor": _("That contract does not follow this one.")})
    if successor.is_trial:
        raise ValidationError({"successor": _("A trial renews nothing.")})
    if term_facts.brings(successor.pk) == 0:
        raise ValidationError(
            {"successor": _("Nothing is paid for that contract on its first day: close this renewal as churned.")}
        )


def _keep(renewal: Renewal, *, made_contract: int | None) -> None:
    known_on = renewal.contract.end_known_on
    stood = {
        "stage": renewal.stage,
        "made_contract": made_contract,
        "end_known_on": known_on.isoformat() if known_on else None,
    }
    renewal.before_closing = stood | _written(renewal.contract)


def _note_written(renewal: Renewal) -> None:
    """Keep what closing wrote to the contract: only that can be taken back."""
    renewal.before_closing["written"] = _written(renewal.contract)


def _written(contract: Contract) -> dict[str, Any]:
    """What closing writes to a contract."""
    ended_on = contract.ended_on
    return {"ended_on": ended_on.isoformat() if ended_on else None, "replaced_by": contract.replaced_by_id}


def _close(renewal: Renewal, outcome: str, user: User, day: dt.date) -> None:
    renewal.stage, renewal.outcome = RenewalStage.CLOSED, outcome
    renewal.closed_on, renewal.closed_by = day, user
    renewal.leaving, renewal.leaves_on = "", None
    renewal.save(update_fields=CLOSED)
    _bring_up_to_date(renewal, day)


def _bring_up_to_date(renewal: Renewal, day: dt.date) -> None:
    """What the night would do for this customer, at once: its next term, copies and score."""
    touched = [renewal.contract_id, renewal.successor_id]
    pipeline.follow_contracts(day, [pk for pk in touched if pk])
    lifecycle.sweep(day, [renewal.customer_id])
    copies.copy_next([renewal.customer_id])
    changes.mark([renewal.customer_id])
