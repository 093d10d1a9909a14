"""What a person may type of one customer: the kinds of rows, the fields that their forms ask, and their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.imports.targets import TARGETS, Target
from accounts.models import Cancellation, Contract, Invoice, Objective, Outcome


@dataclass(frozen=True)
class Kind:
    """What can be typed: the target, the model of its rows, the fields that the form asks, in its order, and its words.

    ``events``: the parts of the page that follow. ``lines``: the fields of each of its lines, where there are several.
    """

    key: str
    model: type[models.Model]
    asks: tuple[str, ...]
    title: str | Promise
    edits: str | Promise
    said: str | Promise
    events: tuple[str, ...]
    lines: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        return TARGETS[self.key]


KINDS: Final = {
    kind.key: kind
    for kind in (
        Kind(
            "contracts", Contract,
            ("starts_on", "ends_on", "term_months", "notice_days", "auto_renews", "is_trial", "seats", "currency", "external_id"),
            gettext_lazy("Add contract"), gettext_lazy("Edit contract"), gettext_lazy("The contract is in the record."),
            ("contracts:changed", "renewals:changed"),
            ("product", "annual_amount", "quantity", "discount_percent", "line_starts_on", "line_ends_on"),
        ),
        Kind(
            "objectives", Objective, ("title", "agreed_on", "due_on"),
            gettext_lazy("Add objective"), gettext_lazy("Edit objective"), gettext_lazy("The objective is in the record."), ("plan:changed",),
        ),
        Kind(
            "outcomes", Outcome,
            ("measure", "unit", "baseline", "target", "measured", "measured_on", "state", "unit_value", "period", "per_period",
             "confirmed_on"),
            gettext_lazy("Add outcome"), gettext_lazy("Edit outcome"), gettext_lazy("The outcome is in the record."), ("plan:changed",),
        ),
        Kind(
            "cancellations", Cancellation, ("on", "stated_reason", "root_cause", "controllable", "alternative", "note"),
            gettext_lazy("Add cancellation"), gettext_lazy("Edit cancellation"), gettext_lazy("The cancellation is in the record."), ("contracts:changed",),
        ),
        Kind(
            "invoices", Invoice, ("external_id", "issued_on", "due_on", "amount", "currency", "status", "paid_on"),
            gettext_lazy("Add invoice"), gettext_lazy("Edit invoice"), gettext_lazy("The invoice is in the record."), ("contracts:changed",),
        ),
    )
}  # fmt: skip
