"""Contracts that leave: giving notice, withdrawing it, confirming the end, and what is to be settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BooleanField, Case, DateField, F, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from accounts import changes, lifecycle, seen
from accounts.ends import UNSETTLED_DAYS, is_confirmed, is_noticed, is_unsettled, leaves_on, notice_end
from accounts.expressions import OnDay
from accounts.models import Contract, ContractLine, Customer, User
from accounts.models.contracts import ContractQuerySet
from accounts.periods import line_runs
from accounts.terms import Agreement, term_on
from config import days

# Notice may be given before the contract begins, by at most this.
NOTICE_BEFORE: Final = dt.timedelta(days=366)
NOTICE_OF_LINE: Final = ("notice_given_on", "ends_on")  # the marked columns of a line under notice


def held(contract: Contract) -> Contract:
    """The stored contract, locked; ValidationError where it is gone, as after the undo of a closing."""
    locked = Contract.objects.select_for_update().filter(pk=contract.pk).first()
    if locked is None:
        raise ValidationError(_("This contract is gone."))
    return locked


@transaction.atomic
def give_notice(contract: Contract, on: dt.date, *, day: dt.date) -> Contract:
    """Record that the customer gave notice ``on`` a day; status and ``leaves_on`` of the customer follow.

    Raises ValidationError for a day to come and for a contract that ended. It may be given up to a year before the
    contract begins.
    """
    locked = held(contract)
    _check_notice(locked, on, day)
    return _keep(locked, day, notice_given_on=on, notice_withdrawn_on=None)


@transaction.atomic
def withdraw_notice(contract: Contract, on: dt.date, *, day: dt.date) -> Contract:
    """Record that the customer took its notice back: as if it had never been given.

    Raises ValidationError where no notice stands, for a day before it, and for a day to come.
    """
    locked = held(contract)
    if locked.notice_given_on is None or not locked.is_noticed:
        raise ValidationError(_("No notice stands on this contract."))
    if not locked.notice_given_on <= on <= day:
        raise ValidationError({"notice_withdrawn_on": _("A notice is withdrawn between its day and today.")})
    return _keep(locked, day, notice_withdrawn_on=on)


@transaction.atomic
def confirm_end(contract: Contract, on: dt.date, *, day: dt.date) -> Contract:
    """Record the day the contract ends, past or to come: what it would have brought after that day is lost.

    Raises ValidationError for a day before the contract begins or from 2100 on, and where another contract replaces it.
    """
    locked = held(contract)
    if locked.replaced_by_id is not None:
        raise ValidationError(_("Another contract replaces this one."))
    if on < locked.starts_on:
        raise ValidationError({"ended_on": _("The contract begins later than that.")})
    if on >= days.LATEST:
        raise ValidationError({"ended_on": _("This day lies too far ahead.")})
    return _keep(locked, day, ended_on=on, end_known_on=day)


@transaction.atomic
def put_back(
    contract: Contract,
    *,
    notice_given_on: dt.date | None,
    notice_withdrawn_on: dt.date | None,
    ended_on: dt.date | None,
    end_known_on: dt.date | None = None,
    day: dt.date,
) -> Contract:
    """Undo an act: restore the contract's earlier notice and end. An end without ``end_known_on`` is known since
    ``day``.
    """
    fields = {"notice_given_on": notice_given_on, "notice_withdrawn_on": notice_withdrawn_on, "ended_on": ended_on}
    fields["end_known_on"] = (end_known_on or day) if ended_on else None
    return _keep(held(contract), day, **fields)


@transaction.atomic
def give_notice_of_lines(contract: Contract, lines: Iterable[int], on: dt.date, *, day: dt.date) -> dt.date:
    """Record that the customer gave notice of some lines ``on`` a day: they end where a notice of the whole would lead.

    Returns that end. Raises ValidationError as ``give_notice``, where another contract replaces this one, where the end
    has passed (it would rewrite the revenue of days that are over), and where no line that runs then is named.
    """
    locked = held(contract)
    _check_notice(locked, on, day)
    if locked.replaced_by_id is not None:
        raise ValidationError(_("Another contract replaces this one."))
    ends_on = leads_to(locked, on)
    if ends_on < day:
        message = _("This notice would have ended the lines on %(day)s, which has passed.")
        raise ValidationError({"notice_given_on": message % {"day": days.worded(ends_on, day)}})
    running_lines = locked.lines.filter(pk__in=list(lines), starts_on__lt=ends_on)
    ended_count = running_lines.filter(OnDay(line_runs, ends_on, BooleanField())).update(
        agreed_ends_on=Case(When(notice_given_on__isnull=True, then=F("ends_on")), default=F("agreed_ends_on")),
        notice_given_on=on,
        ends_on=ends_on,
    )
    if not ended_count:
        raise ValidationError({"lines": _("Choose a line that runs.")})
    _keep(locked, day)
    return ends_on


@transaction.atomic
def withdraw_notice_of_lines(contract: Contract, lines: Iterable[int], *, day: dt.date, back: str = "") -> int:
    """Let the lines run to the end they had before their notice; returns how many do.

    Raises ValidationError where none of them is under notice, or all have ended by it, and where one is under another
    notice than that which ``back`` marks.
    """
    locked = held(contract)
    noticed = locked.lines.filter(pk__in=list(lines), notice_given_on__isnull=False, ends_on__gte=day)
    for line in noticed:
        seen.check(line, NOTICE_OF_LINE, back)
    count = noticed.update(ends_on=F("agreed_ends_on"), agreed_ends_on=None, notice_given_on=None)
    if not count:
        raise ValidationError(_("No notice stands on these lines."))
    _keep(locked, day)
    return count


def mark_of_lines(on: dt.date, ends_on: dt.date) -> str:
    """The mark of a line whose notice of the day ``on`` ends it on ``ends_on``."""
    return seen.mark(ContractLine(notice_given_on=on, ends_on=ends_on), NOTICE_OF_LINE)


@transaction.atomic
def runs_on(contract: Contract, *, day: dt.date) -> Contract:
    """Record that a contract to be settled goes on: its notice is withdrawn, or it renews by itself from now on.

    Raises ValidationError where the contract is not to be settled.
    """
    locked = held(contract)
    if not to_settle(day).filter(pk=locked.pk).exists():
        raise ValidationError(_("This contract is settled already."))
    fields: dict[str, Any] = {"auto_renews": True}
    if locked.is_noticed:
        fields["notice_withdrawn_on"] = day
    return _keep(locked, day, **fields)


def leads_to(contract: Contract, on: dt.date) -> dt.date:
    """The end that a notice given ``on`` a day leads to: ``notice_end`` of the contract in Python."""
    delay = max(contract.notice_days, 1) - 1 if contract.auto_renews else 0
    heard_on = max(contract.starts_on, on + dt.timedelta(days=delay))
    agreement = Agreement(contract.starts_on, contract.ends_on, contract.term_months)
    term = term_on(agreement, heard_on)
    return term[2] if term else heard_on


def given_since(contracts: QuerySet[Contract], day: dt.date) -> QuerySet[Contract]:
    """Of ``contracts`` those whose notice was given on ``day`` or later."""
    return contracts.filter(notice_given_on__gte=day)


def to_settle(day: dt.date) -> ContractQuerySet:
    """Contracts that a person has to end, renew or replace: their agreed end passed long ago, or the end their notice
    leads to has come, and nothing says that they ended.
    """
    left_by_notice = Q(leaves_on__lte=day, ended_on__isnull=True)
    return Contract.objects.with_leaves_on().filter(OnDay(is_unsettled, day, BooleanField()) | left_by_notice)


def to_settle_by(user: User, day: dt.date) -> ContractQuerySet:
    """Those of the customers that ``user`` may see."""
    return to_settle(day).filter(customer__in=Customer.objects.visible_to(user))


def settle_count(user: User, day: dt.date) -> int:
    """How many contracts are to be settled, as their page lists them."""
    return to_settle_by(user, day).count()


def leaving_on(day: dt.date) -> OnDay:
    """For a Contract queryset: the first day without it as known on ``day``; None where it goes on."""
    return OnDay(leaves_on, day, DateField())


def _check_notice(contract: Contract, on: dt.date, day: dt.date) -> None:
    if on > day:
        raise ValidationError({"notice_given_on": _("This day has not come yet.")})
    if contract.ended_on is not None and contract.ended_on <= on:
        raise ValidationError({"notice_given_on": _("The contract had ended by then.")})
    if contract.starts_on - on > NOTICE_BEFORE:
        raise ValidationError({"notice_given_on": _("This day lies more than a year before the contract begins.")})


def _keep(contract: Contract, day: dt.date, **fields: Any) -> Contract:
    for name, value in fields.items():
        setattr(contract, name, value)
    if fields:
        contract.save(update_fields=list(fields))
    lifecycle.sweep(day, [contract.customer_id])
    changes.mark(Customer.objects.filter(pk=contract.customer_id))
    return contract


__all__ = [
    "UNSETTLED_DAYS", "confirm_end", "give_notice", "give_notice_of_lines", "held", "is_confirmed", "is_noticed", "is_unsettled",
    "leads_to", "leaves_on", "leaving_on", "mark_of_lines", "notice_end", "put_back", "runs_on", "settle_count", "to_settle",
    "to_settle_by", "withdraw_notice",
    "withdraw_notice_of_lines",
]  # fmt: skip
