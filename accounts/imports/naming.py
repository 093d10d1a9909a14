"""What sources and their customers may be called: what people type here is of a source of its own, and so are our numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.identity.ways import RESERVED
from accounts.models import Source

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

LONGEST: Final = 40
# Browsers and clients shorten an address that has such a part.
DOTS: Final = frozenset({".", ".."})


def trouble(source: str, *, of_file: bool) -> str:
    """Why no rows can be of a source called so, of a file those that people type; "" where they can."""
    if not 0 < len(source) <= LONGEST:
        return _("is missing or longer than 40 characters")
    if of_file and source == Source.TYPED:
        return _("“%(name)s” is what people type here: name the system that the file comes from") % {"name": source}
    if not DOTS.isdisjoint(source.split("/")):
        return _("“%(name)s” has a part of dots alone, which no address can have") % {"name": source}
    return ""


def check(source: str, *, of_file: bool = False) -> None:
    """Raise ValidationError where no rows can be of the source."""
    if reason := trouble(source, of_file=of_file):
        raise ValidationError(f"{reason}.")


def reject_ours(staged: Staged) -> None:
    """Reject rows whose id is written as our numbers or another source's keys are: whoever names a customer so would find that row's."""
    reason = _(
        "“{cell}” is how a customer is named by its number here, or by another system’s key: no other id is written so"
    )
    staged.reject(f"s.external_id ~ {RESERVED}", "external_id", reason, "s.external_id")


def reject_typed(staged: Staged) -> None:
    """Reject keys of what people type: there customers go by their number alone, and nobody else has keys."""
    reason = _("“{cell}” is what people type here: it has no keys")
    staged.reject("s.source = %(typed)s", "source", reason, "s.source", {"typed": Source.TYPED})
