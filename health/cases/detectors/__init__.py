"""The states that open a case, by key. To add one, write it in its module here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import parameters
from health.cases.detectors.commercial import COMMERCIAL
from health.cases.detectors.detector import Detector, Wish
from health.cases.detectors.people import PEOPLE
from health.cases.detectors.score import FALLS
from health.cases.detectors.support import SUPPORT
from health.cases.detectors.use import USE

DETECTORS: Final[dict[str, Detector]] = {one.key: one for one in (*FALLS, *USE, *PEOPLE, *SUPPORT, *COMMERCIAL)}


def defaults(detector: str) -> dict[str, Any]:
    """The values of ``detector`` as the product suggests them."""
    return parameters.defaults(DETECTORS[detector].parameters)


def check(detector: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a rule, cleaned; defaults where nothing was given.

    Raises ValidationError with one message a field; a value that no parameter asks for is refused too.
    """
    found = DETECTORS.get(detector)
    if found is None:
        raise ValidationError({"detector": _("There is no state “%(name)s”.") % {"name": detector}})
    return parameters.clean(found.parameters, given, unknown=_("This state has no such value."))


__all__ = ["DETECTORS", "Detector", "Wish", "check", "defaults"]
