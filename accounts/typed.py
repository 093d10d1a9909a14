"""Facts of one customer that a person types: by the plan and the load of imports, so by their rules and messages.

A typed row has an id of its own under the source ``typed`` and belongs to a run of imports; Undo deletes it while it is as it
was typed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import changes, seen
from accounts.imports.given import Terms, take
from accounts.imports.targets import TARGETS, Target
from accounts.models import Cancellation, Contract, Customer, Invoice, Objective, Outcome, User

SOURCE: Final = "typed"


@dataclass(frozen=True)
class Kind:
    """What can be typed: the target, the model of its rows, the fields that the form asks, in its order, and its words.

    ``events``: the parts of the page that follow. A field of ``given`` has its value without being asked.
    """

    key: str
    model: type[models.Model]
    asks: tuple[str, ...]
    title: str | Promise
    said: str | Promise
    events: tuple[str, ...]

    @property
    def target(self) -> Target:
        return TARGETS[self.key]


KINDS: Final = {
    kind.key: kind
    for kind in (
        Kind(
            "contracts", Contract,
            ("product", "annual_amount", "quantity", "discount_percent", "starts_on", "ends_on", "term_months", "notice_days",
             "auto_renews", "is_trial", "seats", "currency", "external_id"),
            gettext_lazy("Add contract"), gettext_lazy("The contract is in the record."), ("contracts:changed", "renewals:changed"),
        ),
        Kind(
            "objectives", Objective, ("title", "agreed_on", "due_on"),
            gettext_lazy("Add objective"), gettext_lazy("The objective is in the record."), ("plan:changed",),
        ),
        Kind(
            "outcomes", Outcome,
            ("measure", "unit", "baseline", "target", "measured", "measured_on", "state", "unit_value", "period", "per_period",
             "confirmed_on"),
            gettext_lazy("Add outcome"), gettext_lazy("The outcome is in the record."), ("plan:changed",),
        ),
        Kind(
            "cancellations", Cancellation, ("on", "stated_reason", "root_cause", "controllable", "alternative", "note"),
            gettext_lazy("Add cancellation"), gettext_lazy("The cancellation is in the record."), ("contracts:changed",),
        ),
        Kind(
            "invoices", Invoice, ("external_id", "issued_on", "due_on", "paid_on", "amount", "currency"),
            gettext_lazy("Add invoice"), gettext_lazy("The invoice is in the record."), ("contracts:changed",),
        ),
    )
}  # fmt: skip


class Refused(Exception):  # noqa: N818  a verdict on a row, not a fault
    """Why the row cannot be taken: (field, reason) of each value."""


@transaction.atomic
def add(
    kind: Kind, customer: Customer, values: Mapping[str, Any], *, by: User, day: dt.date, now: Callable[[], dt.datetime]
) -> models.Model:
    """Add one row of ``customer``; ``values`` by field as texts, numbers or True and False, None where nothing was typed.

    Raises Refused with every problem, with nothing written.
    """
    row = {name: value for name, value in values.items() if value not in (None, "")}
    row.setdefault("external_id", str(uuid.uuid4()))
    if kind.model.objects.filter(source=SOURCE, external_id=row["external_id"]).exists():  # type: ignore[attr-defined]
        raise Refused([("external_id", _("There is one with this number already."))])
    taken = take([row | {"customer": f"id:{customer.pk}"}], kind.target, Terms(SOURCE), by=by, day=day, now=now)
    (outcome,) = taken.outcomes
    if outcome.status == "refused" or outcome.remarks:
        transaction.set_rollback(True)
        raise Refused([*outcome.errors, *outcome.remarks])
    if taken.run:
        taken.run.title = f"{_('Typed')}: {customer.name}"[: taken.run._meta.get_field("title").max_length]
        taken.run.save(update_fields=["title"])
    return kind.model.objects.get(source=SOURCE, external_id=row["external_id"])  # type: ignore[attr-defined]


@transaction.atomic
def take_back(kind: Kind, customer: Customer, pk: int, saw: str) -> None:
    """Delete a row that was typed for ``customer``. Raises ValidationError where it is no longer as it was typed."""
    row = kind.model.objects.select_for_update().filter(pk=pk, source=SOURCE).first()  # type: ignore[attr-defined]
    if row is None or not saw or mark(row) != saw:
        raise ValidationError(seen.CHANGED_SINCE)
    objective = row.objective if isinstance(row, Outcome) else None
    key = row.external_id
    row.delete()
    # The objective that an outcome without one was given goes with it.
    if objective is not None and objective.source == SOURCE and objective.external_id == f"outcome {key}":
        objective.delete()
    changes.mark([customer.pk])


def mark(row: models.Model) -> str:
    """The mark of the whole row, for its Undo."""
    return seen.mark(row, [field.name for field in row._meta.concrete_fields if field.name != "changed_at"])
