"""What people do with many renewals at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk import Act, Before, Done, Values, Who
from accounts.models import User
from renewals import stages
from renewals.models import RenewalStage

EVENTS: Final = ("renewals:moved", "renewals:changed")


class StageForm(forms.Form):
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[choice for choice in RenewalStage.choices if choice[0] != RenewalStage.CLOSED],
    )

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every such form)
        super().__init__(data)


def _move(ids: list[int], values: Values, who: Who) -> Done:
    moves = stages.move_all(ids, values["stage"], who.day)
    before = {pk: {"stage": moves.before[pk], "mark": moves.left[pk]} for pk in moves.outcome.done}
    return Done(before, moves.outcome.refused, moves.outcome.same)


def _move_back(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    groups: dict[str, dict[int, str]] = {}
    for pk, row in before.items():
        groups.setdefault(row["stage"], {})[pk] = row["mark"]
    kept: dict[int, ValidationError] = {}
    for stage, marks in groups.items():
        kept |= stages.move_all(marks, stage, who.day, back=marks).outcome.refused
    return kept


ACTS: Final = (
    Act(
        "stage", "renewals", _("Stage"), "renewal", StageForm,
        said=lambda values: gettext("Moved to: %(stage)s") % {"stage": RenewalStage(values["stage"]).label},
        run=_move, back=_move_back, changed=EVENTS,
    ),
)  # fmt: skip
