"""Remarks on the files of an import as the page shows them: each opens on its rows and leads to where something can be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.imports import reports
from accounts.models import ImportFile, User

# Where something can be done about a remark of a kind, and what the link says.
PLACES: Final[dict[str, tuple[str, Any]]] = {
    "twins": ("accounts:twins", _("Possible twins")),
    "rateless": ("accounts:rates", _("Exchange rates")),
    "owners": ("accounts:users", _("Users")),
    "missing": ("accounts:sources", _("Sources")),
    "gone": ("accounts:sources", _("Sources")),
    "ended": ("accounts:sources", _("Sources")),
}


def remarks_of(files: Sequence[ImportFile], user: User) -> list[tuple[ImportFile, dict[str, Any]]]:
    """Each sentence on a file, in its order; those with rows have them, how many ``more`` there are, and a link where ``user`` may follow it."""
    return [(file, remark) for file in files for remark in of_file(file, user)]


def of_file(file: ImportFile, user: User) -> list[dict[str, Any]]:
    return [placed(remark, user) if remark else {"text": note} for note, remark in reports.notes_of(file, user)]


def placed(remark: dict[str, Any], user: User) -> dict[str, Any]:
    more = max(0, remark["count"] - len(remark["rows"]))
    place, act = PLACES.get(remark["kind"], ("", ""))
    url = reverse(place) if place and reports.may(remark["kind"], user) else ""
    return remark | {"more": more, "url": url, "act": act}
