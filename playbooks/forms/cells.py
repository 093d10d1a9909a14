"""What of a task is edited in its list: its title, when it is due, whose it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk import Act, Before, Done, Values, Who, done
from accounts.forms.work import DueForm, HandOnForm
from accounts.lists import CellEdit
from accounts.lists.editing import drawn
from accounts.models import User
from playbooks import giving
from playbooks.forms import bulk
from playbooks.steps.task import LONGEST_TITLE


class TitleForm(forms.Form):
    title = forms.CharField(label=_("Task"), max_length=LONGEST_TITLE)


def _rename(ids: list[int], values: Values, _who: Who) -> Done:
    before = bulk.stands(ids, "title")
    return done(giving.rename(ids, values["title"]), lambda task: before[task.pk])


def _name_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    return giving.name_back(before, values["title"]).refused


RENAME: Final = Act(
    "rename", "tasks", _("Title"), "task", TitleForm,
    said=lambda values: gettext("Renamed: %(task)s") % {"task": values["title"]},
    run=_rename, back=_name_back, changed=bulk.EVENTS,
)  # fmt: skip


def _title(row: Any, data: Any, _user: User, _day: dt.date) -> forms.BaseForm:
    return TitleForm(data, initial={"title": row.shown_title})


def _due(row: Any, data: Any, user: User, day: dt.date) -> forms.BaseForm:
    return drawn(DueForm(data, user=user, day=day), due_on=row.due_on)


def _assignee(row: Any, data: Any, user: User, _day: dt.date) -> forms.BaseForm:
    return HandOnForm(data, customer=row.customer, user=user, initial={"to": row.assignee_id})


def _is_open(row: Any) -> bool:
    return row.done_at is None


TITLE: Final = CellEdit(RENAME, _title, is_open=_is_open)
DUE: Final = CellEdit(bulk.DUE, _due, is_open=_is_open)
ASSIGNEE: Final = CellEdit(bulk.REASSIGN, _assignee, is_open=_is_open)
