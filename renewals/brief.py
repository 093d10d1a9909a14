"""The prep of one renewal for its page: the parts, their facts, a draft of the business case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from health.models import Severity
from renewals import prep
from renewals.models import PrepPart, Renewal

MONEY = ("arr", "price", "confirmed", "estimated", "once", "value", "yearly", "unit_value")


@dataclass(frozen=True)
class Part:
    """One part with its facts parsed: money as Decimal, days as dates."""

    row: PrepPart
    facts: dict[str, Any]
    draft: str

    @property
    def state(self) -> str:
        return "done" if self.row.done_on else "part" if self.row.note else "todo"

    @property
    def text(self) -> str:
        """The note, else the draft."""
        return self.row.note or self.draft


def parts(renewal: Renewal) -> list[Part]:
    """The four parts in order; none before prep opened. One statement."""
    return [_part(row) for row in prep.parts_of(renewal)]


def sharing(renewal: Renewal) -> list[Renewal]:
    """The other renewals that share its prep, soonest first."""
    head = prep.head_of(renewal)
    group = Renewal.objects.filter(Q(pk=head) | Q(prep_with=head)).exclude(pk=renewal.pk)
    return list(group.select_related("contract").order_by("due_on", "pk"))


def _part(row: PrepPart) -> Part:
    facts = _read(row.facts)
    return Part(row, facts, draft_case(facts) if row.part == PrepPart.Part.CASE and facts else "")


def _read(facts: dict[str, Any]) -> dict[str, Any]:
    values = dict(facts)
    for name, value in facts.items():
        if name in MONEY and value is not None:
            values[name] = Decimal(value)
        elif name == "on" or name.endswith("_on"):
            values[name] = dt.date.fromisoformat(value) if value else None
        elif name == "rows":
            values[name] = [_read(row) for row in value]
        elif name == "severity":
            values[name] = Severity(value).label
    for now, before in (("score", "score_before"), ("uses", "uses_before"), ("users", "users_before")):
        values[f"{now}_change"] = values[f"{now}_share"] = None
        if values.get(now) is not None and values.get(before):
            values[f"{now}_change"] = values[now] - values[before]
            values[f"{now}_share"] = (values[now] - values[before]) / values[before] * 100
    if "confirmed" in values and "price" in values:
        # A value without a period leaves the value of a year unknown.
        values["roi"] = None if values.get("without_period") else roi(values["confirmed"], values["price"])
    return values


def roi(confirmed: Decimal | None, price: Decimal | None) -> Decimal | None:
    """The customer's confirmed gain minus its price, both a year; None where either is unknown."""
    return None if confirmed is None or price is None else confirmed - price


def draft_case(facts: dict[str, Any]) -> str:
    """A draft of the business case from the facts, in the reader's language."""
    sentences = []
    if facts["outcomes"]:
        reached = ngettext(
            "%(achieved)s of %(count)s outcome reached.",
            "%(achieved)s of %(count)s outcomes reached.",
            facts["outcomes"],
        )
        sentences.append(reached % {"achieved": facts["achieved"], "count": facts["outcomes"]})
    if facts["confirmed"] and facts["arr"] is not None:
        sentences.append(
            _("Value the customer confirmed: %(value)s a year, against a price of %(price)s a year.")
            % {"value": f"{facts['confirmed']:,.0f}", "price": f"{facts['arr']:,.0f}"}
        )
    elif facts["estimated"]:
        sentences.append(
            _("Value estimated, to be confirmed: %(value)s a year.") % {"value": f"{facts['estimated']:,.0f}"}
        )
    if facts.get("uses_share") is not None:
        trend = _("Use grew by %(share)s%%.") if facts["uses_share"] >= 0 else _("Use fell by %(share)s%%.")
        sentences.append(trend % {"share": f"{abs(facts['uses_share']):.0f}"})
    if facts["open_issues"]:
        open_issues = ngettext("%(count)s issue is open.", "%(count)s issues are open.", facts["open_issues"])
        sentences.append(open_issues % {"count": facts["open_issues"]})
    return " ".join(sentences)
