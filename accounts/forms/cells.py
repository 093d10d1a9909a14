"""What of a customer is edited in its list: the owner, the tags, a segment that is set by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import tagging
from accounts.bulk import Act, Before, Done, Values, Who, done
from accounts.forms import bulk
from accounts.lists import CellEdit
from accounts.lists.editing import drawn
from accounts.models import User


class TagsForm(forms.Form):
    """All tags of a customer."""

    tags = forms.CharField(label=_("Tags"), required=False, max_length=tagging.MOST_LETTERS)

    def clean_tags(self) -> list[str]:
        return tagging.read(self.cleaned_data["tags"])


def _retag(ids: list[int], values: Values, _who: Who) -> Done:
    return done(tagging.replace(ids, values["tags"]), lambda tags: {"tags": tags})


def _tags_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    return tagging.put_back({pk: row["tags"] for pk, row in before.items()}, values["tags"]).refused


def _said(values: Values) -> str:
    return gettext("Tags: %(tags)s") % {"tags": ", ".join(values["tags"]) or gettext("none")}


RETAG: Final = Act(
    "retag", "customers", _("Tags"), "tag", TagsForm, said=_said, run=_retag, back=_tags_back, changed=bulk.EVENTS
)


def _owner(row: Any, data: Any, user: User, day: dt.date) -> forms.BaseForm:
    return drawn(bulk.OwnerForm(data, user=user, day=day), owner=row.owner_id)


def _tags(row: Any, data: Any, _user: User, _day: dt.date) -> forms.BaseForm:
    return TagsForm(data, initial={"tags": ", ".join(row.tags)})


def _segment(row: Any, data: Any, user: User, day: dt.date) -> forms.BaseForm:
    return drawn(bulk.PinForm(data, user=user, day=day), segment=row.pinned_segment_id, reason=row.pin_reason)


OWNER: Final = CellEdit(bulk.OWNER, _owner)
TAGS: Final = CellEdit(RETAG, _tags, sets=["tags"])
# A segment that rules give is not typed.
SEGMENT: Final = CellEdit(
    bulk.PIN, _segment, is_open=lambda row: row.pinned_segment_id is not None,
    bound={"pin": (_("Pinned segment"), ["segment", "reason"])},
)  # fmt: skip
