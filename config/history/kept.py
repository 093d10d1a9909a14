"""The register of tables and columns with history; each app declares its own when it loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, cast

from django.db import models

REGISTER: Final[dict[str, Kept]] = {}

# For the FROM of an UPDATE of one kept table: marks it as following another change of the same transaction. The trigger
# resets the mark.
FOLLOWS: Final = "(SELECT set_config('tsunagu.follows', 'on', true)) AS follows"


@dataclass(frozen=True)
class Kept:
    """One table. Every column but the key is either among ``fields`` or among ``own``, a sweep's or bookkeeping.

    ``customer`` and ``whole`` are SQL over ``{row}``: the id of the customer a row belongs to, and that of the larger thing
    it is a part of (its kind first). Of ``hidden`` fields it is kept that they changed, never what they said. Where a row is
    itself a change of something larger, such as a measure of a scorecard, its adding is kept too: ``inserts`` names the kind that it
    is added to and, in SQL, the id of that; what comes in the transaction that adds that one is its beginning and not kept.
    ``label`` is what people call such a row, the model's own name where it is ""; ``words`` name fields that the model itself gives no name. ``named`` is the field by which people know a row, kept or not;
    of ``shipped`` fields what we ship reads in the reader's language. Fields that ``follows`` names are not kept where a statement
    says that they follow a change that is kept (``FOLLOWS``), such as the owner of a case that of its customer.
    ``earlier`` are fields that the table has no more, which entries of before name, with what people call them.
    """

    model: type[models.Model]
    fields: Sequence[str]
    own: Sequence[str] = ()
    customer: str = ""
    whole: tuple[str, str] | None = None
    hidden: Sequence[str] = ()
    inserts: tuple[str, str] | None = None
    label: Any = ""
    named: str = "name"
    shipped: str = ""
    follows: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def columns(self) -> dict[str, str]:
        """Field → column, in the order declared. Raises FieldDoesNotExist for a field that the model does not have."""
        return {field.name: str(field.column) for field in map(self.column_field, self.fields)}

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)

    def column_field(self, name: str) -> models.Field[Any, Any]:
        """The field of that name. Raises FieldDoesNotExist."""
        return cast("models.Field[Any, Any]", self.model._meta.get_field(name))


def keep(model: type[models.Model], fields: str, own: str = "", **more: Any) -> None:
    """Keep the history of ``fields`` of ``model``; both lists name fields, divided by blanks."""
    stamps = [
        field.name for field in model._meta.fields if field.name == "changed_at"
    ]  # the database's own (config.stamps)
    kept = Kept(model, fields.split(), [*own.split(), *stamps], **more)
    REGISTER[kept.kind] = kept


def of(instance: models.Model) -> Kept:
    """The declaration of an object's table. Raises KeyError for a table without history."""
    return REGISTER[str(instance._meta.model_name)]
