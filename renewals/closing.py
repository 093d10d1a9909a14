"""Closing a renewal with its outcome, and undoing that."""

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


# The columns that identify a closing; outcome and ARR may change when another renewal is closed with the same contract.
BY_WHOM: Final = ("stage", "closed_on", "closed_by", "successor", "cancellation")


@dataclass(frozen=True)
class NewLine:
    """One line of the renewed contract; ``annual_amount`` in the contract's currency, after the discount."""

    product: str
    quantity: int
    annual_amount: Decimal
    discount_percent: Decimal = Decimal(0)


def outcome_of(old_arr: Decimal, new_arr: Decimal) -> str:
    """Renewed flat within 1 % of the old ARR, else expanded or contracted; churned where the new ARR is 0."""
    if new_arr <= 0:
        return RenewalOutcome.CHURNED
    if abs(new_arr - old_arr) <= old_arr * Decimal(pipeline.FLAT_TOLERANCE):
        return RenewalOutcome.RENEWED
    return RenewalOutcome.EXPANDED if new_arr > old_arr else RenewalOutcome.CONTRACTED


@pipeline.one_at_a_time()
def renew(
    renewal: Renewal, user: User, day: dt.date, *, starts_on: dt.date, term_months: int, lines: Sequence[NewLine]
) -> Contract:
    """Create the new contract and close the renewal with it; returns that contract.

    The outcome (flat, expanded or contracted) follows from the two ARR. The old contract stops where the new one starts
    (``accounts.periods.stops_on``), unless it ended before. The new one takes over notice days, auto-renewal, currency,
    and the seats, limits and modules in force on the term's last day. Raises ValidationError by field.
    """
    if not lines:
        raise ValidationError({"lines": _("A renewed contract needs a line with an amount.")})
    if starts_on <= renewal.contract.starts_on:
        raise ValidationError({"starts_on": _("It must start after the contract it renews.")})
    terms = {name: getattr(renewal.contract, name) for name in COPIED}
    contract = Contract.objects.create(**terms, starts_on=starts_on, term_months=term_months)
    ContractLine.objects.bulk_create(
        ContractLine(
            contract=contract,
            product=line.product,
            quantity=line.quantity,
            annual_amount=line.annual_amount,
            discount_percent=line.discount_percent,
            starts_on=starts_on,
        )
        for line in lines
    )
    _carry_over(renewal, contract)
    renew_with(renewal, user, day, contract, made=True)
    return contract


@pipeline.one_at_a_time()
def renew_with(renewal: Renewal, user: User, day: dt.date, successor: Contract, *, made: bool = False) -> None:
    """Close the renewal with an existing contract.

    Several renewals may be co-termed into it: its ARR is then shared out anew among all of them.
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
    """Give every renewal that people closed with this contract its share of the new ARR and their common outcome; None
    and "renewed" where any ARR is unknown.

    A share is stored at the exchange rate of the old ARR, at which it is compared.
    """
    into = Renewal.objects.filter(successor=successor, stage=RenewalStage.CLOSED).select_related("contract")
    parts = {renewal: _replaced_arr(renewal, successor) for renewal in into.order_by("pk")}
    new_arr = term_facts.brings(successor.pk)
    known_parts = [part for part in parts.values() if part is not None]
    replaced_arr = sum(known_parts, Decimal(0)) if len(known_parts) == len(parts) else None
    for renewal in parts:
        if renewal.closed_by_id is None:  # the sweep's
            continue
        if new_arr is None or replaced_arr is None or renewal.arr is None:
            renewal.closed_arr, renewal.outcome = None, RenewalOutcome.RENEWED
        else:
            renewal.closed_arr = round(new_arr * renewal.arr / replaced_arr, 2) if replaced_arr else new_arr
            renewal.outcome = outcome_of(replaced_arr, new_arr)
        renewal.save(update_fields=["closed_arr", "outcome"])


@pipeline.one_at_a_time()
def churn(renewal: Renewal, user: User, day: dt.date, loss: Loss) -> Cancellation:
    """Close the renewal as churned; the contract ends with its term, unless it ends earlier.

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
    """Undo a person's closing: restore stage and contract, remove successor and cancellation.

    ValidationError when the renewal closed by itself, when the new contract has since ended, been replaced or renewed
    another, when the old contract has changed since, and when the closing is not the one that ``back`` marks.
    """
    renewal = _with_contract(renewal)
    seen.check(renewal, BY_WHOM, back)
    snapshot = renewal.before_closing
    if not renewal.is_closed or renewal.closed_by_id is None or not snapshot:
        raise ValidationError(_("This renewal was not closed by a person and cannot be opened again."))
    # Lock the contract before its lines, in the order of every other writer: deleting begins with the lines.
    made_contract = Contract.objects.select_for_update().filter(pk=snapshot["made_contract"]).first()
    if made_contract and (made_contract.ended_on or made_contract.replaced_by_id):
        raise ValidationError(_("The renewed contract has ended or been replaced since; correct it there."))
    if made_contract and Renewal.objects.filter(successor=made_contract).exclude(pk=renewal.pk).exists():
        raise ValidationError(_("Another renewal was closed with the renewed contract; open that one again first."))
    contract, cancellation, successor = renewal.contract, renewal.cancellation, renewal.successor
    if _written(contract) != snapshot.get("written", _written(contract)):
        raise ValidationError(_("The contract has been changed since; correct it there."))
    contract.ended_on = dt.date.fromisoformat(snapshot["ended_on"]) if snapshot["ended_on"] else None
    known_on = snapshot.get("end_known_on")
    contract.end_known_on = dt.date.fromisoformat(known_on) if known_on else None
    contract.replaced_by_id = snapshot["replaced_by"]
    contract.save(update_fields=["ended_on", "end_known_on", "replaced_by"])
    Renewal.objects.filter(pk=renewal.pk).update(
        stage=snapshot["stage"],
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
    if made_contract:
        made_contract.delete()
    elif successor:
        _share_out(successor)
    _bring_up_to_date(renewal, day)


def mark(renewal: Renewal) -> str:
    """The mark of the closing, for ``reopen``."""
    return seen.mark(renewal, BY_WHOM)


def _locked(renewal: Renewal) -> Renewal:
    locked = _with_contract(renewal)
    if locked.is_closed:
        raise seen.Ended(_("This renewal is closed already."), locked.closed_by, locked.closed_on)
    return locked


def _with_contract(renewal: Renewal) -> Renewal:
    """The renewal and its contract as stored, locked for update."""
    rows = Renewal.objects.select_for_update(of=("self", "contract"), no_key=True).select_related("contract")
    locked = rows.filter(pk=renewal.pk).first()
    if locked is None:
        raise ValidationError(_("The contract has no such term any more."))
    return locked


def _carry_over(renewal: Renewal, new: Contract) -> None:
    """Copy to the new contract the entitlements of the old one in force on the term's last day."""
    last = renewal.due_on - dt.timedelta(days=1)
    entitlements = Entitlement.objects.in_force_on(last).filter(contract=renewal.contract_id).order_by("pk")
    newest = {(entitlement.kind, entitlement.name): entitlement for entitlement in entitlements}
    Entitlement.objects.bulk_create(
        Entitlement(
            contract=new,
            kind=entitlement.kind,
            name=entitlement.name,
            quantity=entitlement.quantity,
            ends_on=entitlement.ends_on if entitlement.ends_on and entitlement.ends_on > new.starts_on else None,
        )
        for entitlement in newest.values()
    )


def _replaced_arr(renewal: Renewal, successor: Contract) -> Decimal | None:
    """The old ARR at the rate of the day the new contract starts, so that rates do not distort the comparison."""
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
    state = {
        "stage": renewal.stage,
        "made_contract": made_contract,
        "end_known_on": known_on.isoformat() if known_on else None,
    }
    renewal.before_closing = state | _written(renewal.contract)


def _note_written(renewal: Renewal) -> None:
    """Store what closing wrote to the contract: ``reopen`` undoes nothing else."""
    renewal.before_closing["written"] = _written(renewal.contract)


def _written(contract: Contract) -> dict[str, Any]:
    """The contract's values that closing writes."""
    ended_on = contract.ended_on
    return {"ended_on": ended_on.isoformat() if ended_on else None, "replaced_by": contract.replaced_by_id}


def _close(renewal: Renewal, outcome: str, user: User, day: dt.date) -> None:
    renewal.stage, renewal.outcome = RenewalStage.CLOSED, outcome
    renewal.closed_on, renewal.closed_by = day, user
    renewal.leaving, renewal.leaves_on = "", None
    renewal.save(update_fields=CLOSED)
    _bring_up_to_date(renewal, day)


def _bring_up_to_date(renewal: Renewal, day: dt.date) -> None:
    """Do the nightly work for this customer at once: its next term, lifecycle and copies; mark it for a rescore."""
    contracts = [renewal.contract_id, renewal.successor_id]
    pipeline.follow_contracts(day, [pk for pk in contracts if pk])
    lifecycle.sweep(day, [renewal.customer_id])
    copies.copy_next([renewal.customer_id])
    changes.mark([renewal.customer_id])
