"""Remarks on the files of an import as the page shows them: each opens on its rows and leads to where something can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.imports import reports
from accounts.models import ImportFile, User

# Where something can be done about a remark of a kind, what the link says, and who may go there.
PLACES: Final[dict[str, tuple[str, Any, Callable[[User], bool]]]] = {
    "twins": ("accounts:twins", _("Possible twins"), access.manages),
    "rateless": ("accounts:rates", _("Exchange rates"), access.configures),
    "owners": ("accounts:users", _("Users"), access.configures),
    "gone": ("accounts:sources", _("Sources"), access.configures),
    "ended": ("accounts:sources", _("Sources"), access.configures),
}

# What others can do, of whose place is not theirs.
ELSE: Final[dict[str, Any]] = {
    "twins": _("a manager or an admin compares them under Possible twins after the import"),
    "rateless": _("an admin enters a rate for each; sums follow within seconds"),
    "owners": _("an admin invites them under Users; import the file again after it"),
}


def remarks_of(files: Sequence[ImportFile], user: User) -> list[tuple[ImportFile, dict[str, Any]]]:
    """Each sentence on a file, in its order; those with rows have them, how many ``more`` there are, and a link where ``user`` may follow it."""
    return [(file, remark) for file in files for remark in of_file(file, user)]


def of_file(file: ImportFile, user: User) -> list[dict[str, Any]]:
    return [placed(remark, user) if remark else {"text": note} for note, remark in reports.notes_of(file)]


def placed(remark: dict[str, Any], user: User) -> dict[str, Any]:
    more = max(0, remark["count"] - len(remark["rows"]))
    place, act, may_go = PLACES.get(remark["kind"], ("", "", access.configures))
    if place and not may_go(user):
        return remark | {"more": more, "url": "", "act": act, "advice": ELSE.get(remark["kind"], remark["advice"])}
    return remark | {"more": more, "url": reverse(place) if place else "", "act": act}
