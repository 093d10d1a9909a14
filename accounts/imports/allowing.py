"""Who may write rows of the record one by one, as a program does.

Who may import writes what files of theirs may bring (``bounds``). Everybody else but viewers writes what the pages let
them type: rows of the source ``typed``, of customers that are theirs to change, in the present and in their own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from accounts import access
from accounts.imports.bounds import open_to
from accounts.imports.targets import Target, Trouble
from accounts.models import Customer, Source, Touchpoint, User

SOURCE: Final = Source.TYPED
BY_EVERYBODY: Final = frozenset(
    {"contacts", "contracts", "objectives", "outcomes", "cancellations", "invoices", "touchpoints"}
)
AUTHOR: Final = "author"


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


def signed(
    rows: Sequence[Any], target: Target, source: str, user: User
) -> tuple[Sequence[Any], dict[int, list[Trouble]]]:
    """The rows in the name of ``user``, new ones of the source ``typed`` signed, and by its place why a row that names
    another author, or that somebody else logged, is refused. At most one statement.
    """
    if target.field(AUTHOR) is None or access.configures(user) or (access.imports(user) and source != SOURCE):
        return rows, {}
    keys = [str(row.get("external_id", "")).strip() for row in rows if isinstance(row, Mapping)]
    mine = Touchpoint.objects.filter(
        customer__in=Customer.objects.changeable_by(user), source=source, external_id__in=keys
    )
    authors = dict(mine.values_list("external_id", "author"))
    signed: list[Any] = []
    barred: dict[int, list[Trouble]] = {}
    for place, row in enumerate(rows):
        signed.append(row)
        if not isinstance(row, Mapping):
            continue
        key = str(row.get("external_id", "")).strip()
        if authors.get(key, user.pk) not in {user.pk, None}:
            barred[place] = [(AUTHOR, _("Somebody else logged this touch: it is theirs to change."))]
        elif str(row.get(AUTHOR) or user.email).strip().lower() != user.email:
            barred[place] = [(AUTHOR, _("What you log is yours: name yourself, or nobody."))]
        elif key not in authors:
            signed[place] = {**row, AUTHOR: user.email}
    return signed, barred


def takes_out(user: User, model: type[Model], pks: Sequence[int]) -> bool:
    """Whether ``user`` may take out these rows of the source ``typed``: touches of somebody else are for admins."""
    if model is not Touchpoint or access.configures(user):
        return True
    return not Touchpoint.objects.filter(pk__in=pks).exclude(Q(author=user) | Q(author=None)).exists()
