"""Bulk acts on renewals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.bulk import Act, Before, Done, Values, Who, done
from accounts.models import User
from config.ui import figures
from renewals import calling, stages
from renewals.forms import PercentField
from renewals.models import ForecastCall, ForecastCategory, RenewalStage

EVENTS: Final = ("renewals:moved", "renewals:changed")


class StageForm(forms.Form):
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[choice for choice in RenewalStage.choices if choice[0] != RenewalStage.CLOSED],
    )

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every such form)
        super().__init__(data)


class CallForm(forms.Form):
    """What is said of every one of many renewals; what is left empty stays as it is."""

    likelihood = PercentField(required=False, label=_("Likelihood to renew (%)"))
    category = forms.ChoiceField(
        choices=[("", _("As it stands")), *ForecastCategory.choices], required=False, label=_("Category")
    )
    note = forms.CharField(max_length=300, required=False, label=_("Note"))

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every such form)
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        typed = {name: value for name, value in given.items() if value not in (None, "")}
        if not typed and not self.errors:
            raise ValidationError(gettext("Say a likelihood, a category or a note."))
        return typed


def said(values: Values) -> dict[str, Any]:
    """What a call's form said, out of the JSON that kept it."""
    likelihood = values.get("likelihood")
    figure = {"likelihood": None if likelihood is None else Decimal(likelihood)} if "likelihood" in values else {}
    return {**values, **figure}


def call(ids: list[int], values: Values, who: Who) -> Done:
    owners = set(access.own(who.user))
    spoken = calling.call_all(ids, who.user, who.now, who.day, said(values), owners=owners)
    return done(spoken.outcome, lambda row: {"mark": spoken.marks[row.pk]})


def call_back(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    marks = {pk: row["mark"] for pk, row in before.items()}
    return calling.undo_all(marks, ForecastCall.Voice.CSM, who.user, who.now).refused


def _told(values: Values) -> str:
    parts = []
    if values.get("likelihood") is not None:
        parts.append(figures.percent(Decimal(values["likelihood"])))
    if values.get("category"):
        parts.append(str(ForecastCategory(values["category"]).label))
    if values.get("note"):
        parts.append(values["note"])
    return gettext("CSM’s call: %(call)s") % {"call": ", ".join(parts) or figures.NONE}


def _move(ids: list[int], values: Values, who: Who) -> Done:
    moves = stages.move_all(ids, values["stage"], who.day)
    before = {pk: {"stage": moves.before[pk], "mark": moves.left[pk]} for pk in moves.outcome.done}
    return Done(before, moves.outcome.refused, moves.outcome.same)


def _move_back(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    groups: dict[str, dict[int, str]] = {}
    for pk, row in before.items():
        groups.setdefault(row["stage"], {})[pk] = row["mark"]
    refused: dict[int, ValidationError] = {}
    for stage, marks in groups.items():
        refused |= stages.move_all(marks, stage, who.day, back=marks).outcome.refused
    return refused


STAGE: Final = Act(
    "stage", "renewals", _("Stage"), "renewal", StageForm,
    said=lambda values: gettext("Moved to: %(stage)s") % {"stage": RenewalStage(values["stage"]).label},
    run=_move, back=_move_back, changed=EVENTS,
)  # fmt: skip
CALL: Final = Act(
    "call",
    "renewals",
    _("CSM’s call"),
    "call",
    CallForm,
    said=_told,
    run=call,
    back=call_back,
    changed=("renewals:changed",),
)
ACTS: Final = (
    STAGE,
    CALL,
)  # fmt: skip
