"""Who may write rows of the record one by one, as a program does.

Who may import writes what files of theirs may bring (``bounds``). Everybody else but viewers writes what the pages let
them type: rows of the source ``typed``, of customers that are theirs to change, in the present and in their own name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from accounts import access
from accounts.imports.bounds import open_to
from accounts.imports.targets import Target
from accounts.models import Source, Touchpoint, User

SOURCE: Final = Source.TYPED
BY_EVERYBODY: Final = frozenset(
    {"contacts", "contracts", "objectives", "outcomes", "cancellations", "invoices", "touchpoints"}
)


def writes(user: User, target: Target) -> bool:
    """Whether ``user`` may write any rows of the target."""
    if access.imports(user):
        return target.name in open_to(user)
    return access.writes(user) and target.name in BY_EVERYBODY


def refusal(user: User, source: str, *, is_past: bool) -> str:
    """Why ``user`` may not write rows of the source, or rows that count in the past; "" where they may."""
    if access.imports(user) or (source == Source.TYPED and not is_past):
        return ""
    return _("Only who imports writes rows of other systems, or of the past: yours are of the source typed.")


def takes_out(user: User, model: type[Model], pks: Sequence[int]) -> bool:
    """Whether ``user`` may take out these rows of the source ``typed``: touches of somebody else are for admins."""
    if model is not Touchpoint or access.configures(user):
        return True
    return not Touchpoint.objects.filter(pk__in=pks).exclude(Q(author=user) | Q(author=None)).exists()
