"""What somebody who is no admin may write by rows: facts of customers that are theirs to change, as on the pages.

Such rows are of the source ``typed``, whose rows pages add as well, and name their customer by its number (``id:17``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Model, Q
from django.utils.translation import gettext as _

from accounts import access
from accounts.imports.reading import NAMED_BY, customer_path
from accounts.imports.targets import Target, Trouble
from accounts.models import Contact, ContactKey, Customer, User

SOURCE: Final = "typed"
BY_EVERYBODY: Final = frozenset(
    {"contacts", "contracts", "objectives", "outcomes", "cancellations", "invoices", "touchpoints"}
)
AUTHOR: Final = "author"
THEIRS: Final = "id:"
LONGEST: Final = 18


def writes(user: User, target: Target) -> bool:
    """Whether ``user`` may write any rows of the target."""
    return access.configures(user) or (access.writes(user) and target.name in BY_EVERYBODY)


def words() -> str:
    """What is told to who writes rows of another source, or of the past."""
    return _("Only admins write rows of other systems, or of the past: yours are of the source typed.")


def refusals(rows: Sequence[Any], target: Target, user: User) -> dict[int, list[Trouble]]:
    """By the place of each row that ``user`` may not write why; of a customer of somebody else as of one that is not there.

    As many statements as the target names kinds of rows, and one.
    """
    if access.configures(user):
        return {}
    given = {place: row for place, row in enumerate(rows) if isinstance(row, Mapping)}
    numbers = {place: number_of(row.get("customer")) for place, row in given.items()}
    changeable = Customer.objects.changeable_by(user)
    mine = set(changeable.filter(pk__in={number for number in numbers.values() if number}).values_list("pk", flat=True))
    foreign = {name: foreign_ids(model, column_values(given, name), user) for name, model in named(target).items()}
    troubles: dict[int, list[Trouble]] = {}
    for place, row in given.items():
        found: list[Trouble] = []
        if row.get("customer") is not None and numbers[place] not in mine:
            found.append(("customer", _("Name a customer of yours by its number, as id:17.")))
        found += [
            (name, _("There is nothing here for you.")) for name, ids in foreign.items() if ids & texts(row.get(name))
        ]
        if row.get(AUTHOR) not in (None, "") and str(row[AUTHOR]).strip().lower() != user.email:
            found.append((AUTHOR, _("What you log is yours: name yourself, or nobody.")))
        if found:
            troubles[place] = found
    return troubles


def signed(rows: Sequence[Any], target: Target, user: User) -> Sequence[Any]:
    """The rows with their author, where the target has one."""
    if access.configures(user) or target.field(AUTHOR) is None:
        return rows
    return [{**row, AUTHOR: user.email} if isinstance(row, Mapping) else row for row in rows]


def named(target: Target) -> dict[str, type[Model]]:
    """The fields that name rows of the source, the row's own id among them, with the models of those rows."""
    found = {"external_id": target.column("external_id").model}
    for known in target.fields:
        model = target.column(known.name).related_model
        is_keyed = isinstance(model, type) and model is not Customer and model.__name__ not in NAMED_BY
        if is_keyed and customer_path(model):  # type: ignore[arg-type]  # a model
            found[known.name] = model  # type: ignore[assignment]
    return found


def column_values(rows: Mapping[int, Mapping[str, Any]], name: str) -> set[str]:
    return set().union(*(texts(row.get(name)) for row in rows.values()))


def texts(value: Any) -> set[str]:
    """The ids that a value of a row names."""
    values = value if isinstance(value, list) else [value]
    return {str(part).strip() for part in values if isinstance(part, str | int)}


def foreign_ids(model: type[Model], ids: set[str], user: User) -> set[str]:
    """Those of the ids that name rows of customers who are not the user's to change."""
    if not ids:
        return set()
    path = customer_path(model)
    mine = Customer.objects.changeable_by(user)
    rows = model._default_manager.filter(source=SOURCE, external_id__in=ids).exclude(Q(**{f"{path}__in": mine}))
    found = set(rows.values_list("external_id", flat=True))
    if model is Contact:
        keys = ContactKey.objects.filter(source=SOURCE, external_id__in=ids).exclude(contact__customer__in=mine)
        found |= set(keys.values_list("external_id", flat=True))
    return found


def number_of(value: Any) -> int | None:
    """The customer's number in ``id:17``."""
    text = value.strip() if isinstance(value, str) else ""
    digits = text.removeprefix(THEIRS)
    is_number = text.startswith(THEIRS) and digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST
    return int(digits) if is_number else None
