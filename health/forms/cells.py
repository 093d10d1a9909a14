"""What of a case is edited in its list: whose it is, when it is due, and its state where one word says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import seen
from accounts.bulk import Act, Before, Done, Values, Who, done, plain
from accounts.forms.work import DueForm, HandOnForm
from accounts.lists import CellEdit
from accounts.lists.editing import drawn
from accounts.models import User
from health.cases import acts, planning
from health.forms import bulk
from health.models import Case, CaseState, Resolution
from health.models.cases import CHOSEN

AWAKE: Final = "awake"


class StateForm(forms.Form):
    """Closing a case with what came of it, or showing a snoozed one again."""

    resolution = forms.ChoiceField(label=_("State"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=acts.SAID)

    def __init__(self, *args: Any, case: Case | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stands = [("", case.get_state_display() if case else _("–"))]
        wakes = [(AWAKE, _("Wake"))] if case and case.state == CaseState.SNOOZED else []
        closes = [(key, gettext("Closed: %(resolution)s") % {"resolution": label}) for key, label in CHOSEN]
        self.fields["resolution"].choices = [*stands, *wakes, *closes]  # type: ignore[attr-defined]


def _said(values: Values) -> str:
    if values["resolution"] in Resolution.values:
        return gettext("Closed: %(resolution)s") % {"resolution": Resolution(values["resolution"]).label}
    return gettext("Back on the list")


def _set(ids: list[int], values: Values, who: Who) -> Done:
    if not values["resolution"]:
        return Done(same=set(ids))
    if values["resolution"] != AWAKE:
        return bulk.CLOSE.run(ids, values, who)
    stood = {pk: plain(row) for pk, row in bulk.stand(ids, *acts.WAITING).items()}
    woken = acts.wake_all(ids, user=who.user, day=who.day, back={})
    return done(woken, lambda case: {"stood": stood[case.pk], "mark": acts.mark(case), "by": who.user.pk})


def _set_back(before: Mapping[int, Before], values: Values, who: Who) -> dict[int, ValidationError]:
    if values["resolution"] != AWAKE and bulk.CLOSE.back:
        return bulk.CLOSE.back(dict(before), values, who)
    # What was woken before marks were kept cannot be told from what others have changed since.
    unmarked = {pk: ValidationError(seen.CHANGED_SINCE) for pk, row in before.items() if "mark" not in row}
    marked = {pk: row for pk, row in before.items() if pk not in unmarked}
    if not marked:
        return unmarked
    by = User.objects.get(pk=next(iter(marked.values()))["by"])
    stood, marks = ({pk: row[name] for pk, row in marked.items()} for name in ("stood", "mark"))
    return unmarked | planning.snooze_again(stood, marks, by=by).refused


STATE_ACT: Final = Act(
    "state", "cases", _("State"), "case", StateForm, said=_said, run=_set, back=_set_back, changed=bulk.CLOSE.changed
)


def _owner(row: Any, data: Any, user: User, _day: dt.date) -> forms.BaseForm:
    return HandOnForm(data, customer=row.customer, user=user, initial={"to": row.owner_id})


def _due(row: Any, data: Any, user: User, day: dt.date) -> forms.BaseForm:
    return drawn(DueForm(data, user=user, day=day), due_on=row.due_on)


def _state(row: Any, data: Any, _user: User, _day: dt.date) -> forms.BaseForm:
    return StateForm(data, case=row)


def _is_open(row: Any) -> bool:
    return bool(row.state != CaseState.CLOSED)


OWNER: Final = CellEdit(bulk.HAND_ON, _owner, is_open=_is_open)
DUE: Final = CellEdit(bulk.DUE, _due, is_open=_is_open)
STATE: Final = CellEdit(STATE_ACT, _state, is_open=_is_open, bound={"state": (_("State"), ["resolution", "note"])})
