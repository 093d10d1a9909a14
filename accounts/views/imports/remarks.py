"""Remarks on the files of an import as the page shows them: each opens on its rows and leads to where something can be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ImportFile

# Where something can be done about a remark of a kind, and what the link says.
PLACES: Final = {
    "twins": ("accounts:twins", _("Possible twins")),
    "rateless": ("accounts:rates", _("Exchange rates")),
    "owners": ("accounts:users", _("Users")),
    "gone": ("accounts:sources", _("Sources")),
}


def remarks_of(files: Sequence[ImportFile]) -> list[tuple[ImportFile, dict[str, Any]]]:
    """Each sentence on a file, in its order; those with rows have them, how many ``more`` there are, and a link."""
    return [(file, remark) for file in files for remark in of_file(file)]


def of_file(file: ImportFile) -> list[dict[str, Any]]:
    opening = {": ".join(filter(None, (each["text"], each["advice"]))): each for each in file.remarks}
    return [placed(opening[note]) if note in opening else {"text": note} for note in file.notes]


def placed(remark: dict[str, Any]) -> dict[str, Any]:
    place, act = PLACES.get(remark["kind"], ("", ""))
    more = max(0, remark["count"] - len(remark["rows"]))
    return remark | {"more": more, "url": reverse(place) if place else "", "act": act}
