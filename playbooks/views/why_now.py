"""The rank of a line of My day explained: the amount at stake and each factor."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from config.ui import figures
from playbooks.shortlist import Line, ranking


def why_now(line: Line, currency: str) -> str:
    """``Why now: $187k at stake, 11 days late × 2, new × 1.5``."""
    reasons = [_("%(amount)s at stake") % {"amount": figures.money_short(line.stake, currency)}]
    reasons += [f"{_reason(name, line)} {_times(factor)}" for name, factor in ranking.factors(line).items()]
    if line.is_offer:
        reasons.append(_("after every danger"))
    return _("Why now: %(reasons)s") % {"reasons": figures.listed(reasons)}


def _reason(name: str, line: Line) -> str:
    if name == "days":
        return _("due today") if line.days == 0 else figures.days_left_long(line.days)
    return {"new": _("new since yesterday"), "severe": _("high severity"), "routine": _("by the calendar alone")}[name]


def _times(factor: Decimal) -> str:
    return f"× {figures.number(factor, 2).rstrip('0').rstrip('.')}"
