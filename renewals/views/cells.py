"""What of a renewal is edited in its list: its stage, and the CSM's call by the CSM and who covers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.forms import BaseForm

from accounts.lists import CellEdit
from accounts.lists.editing import drawn
from accounts.models import User
from renewals import calls
from renewals.forms import CallForm
from renewals.views import bulk


def _stage(row: Any, data: Any, user: User, day: dt.date) -> BaseForm:
    return drawn(bulk.StageForm(data, user=user, day=day), stage=row.stage)


def _likelihood(row: Any, data: Any, _user: User, _day: dt.date) -> BaseForm:
    return _part("likelihood", row, data)


def _note(row: Any, data: Any, _user: User, _day: dt.date) -> BaseForm:
    return _part("note", row, data)


def _part(name: str, row: Any, data: Any) -> BaseForm:
    """The call's form with one of its fields."""
    form = CallForm(data, initial=CallForm.said(row))
    form.fields = {name: form.fields[name]}
    return form


def _is_open(row: Any) -> bool:
    return not row.is_closed


def _speaks(row: Any, user: User) -> bool:
    return calls.speaks(user, row.customer.owner_id)


STAGE: Final = CellEdit(bulk.STAGE, _stage, is_open=_is_open)
LIKELIHOOD: Final = CellEdit(bulk.CALL, _likelihood, is_open=_is_open, may=_speaks)
NOTE: Final = CellEdit(bulk.CALL, _note, is_open=_is_open, may=_speaks)
