"""Which rows of a list are asked for, and in which order: by each of their fields that is one plain value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, TypeVar

from django.db import models
from django.db.models import Field as Column
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.fields import empty

from config.web.api.bodies import DayField, FigureField, Given, RowField, WholeField

FROM: Final = "_from"
BEFORE: Final = "_before"
WAYS: Final = {FROM: "__gte", BEFORE: "__lt"}
ORDERING: Final = "ordering"
LARGEST: Final = models.BigIntegerField.MAX_BIGINT

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Form = Callable[[], serializers.Field[Any, Any, Any, Any]]


class AskedFlag(serializers.BooleanField):
    """Yes or no in an address; not asked for where it is not there, unlike a box of a form."""

    default_empty_html = empty


whole: Final[Form] = partial(WholeField, required=False, min_value=-LARGEST, max_value=LARGEST)
figure: Final[Form] = partial(FigureField, required=False, max_digits=40, decimal_places=15)
flag: Final[Form] = partial(AskedFlag, required=False)
day: Final[Form] = partial(DayField, required=False)
instant: Final[Form] = partial(serializers.DateTimeField, required=False)
# An instant is a kind of day to Django, so it comes first.
FORMS: Final[Mapping[type[Column[Any, Any]], Form]] = {
    models.ForeignKey: partial(RowField, required=False),
    models.BooleanField: flag,
    models.DateTimeField: instant,
    models.DateField: day,
    models.DecimalField: figure,
    models.FloatField: figure,
    models.IntegerField: whole,
}
RANGED: Final = frozenset({whole, figure, day, instant})


@dataclass(frozen=True)
class Plain:
    """A field of a list's rows: where the queryset has it, how an address writes its values, and whether each row has one,
    so that rows can be ordered by it.
    """

    path: str
    form: Form
    is_order: bool = False


def query(base: type[Given], plains: Mapping[str, Plain]) -> type[Given]:
    """The parameters of ``base`` and those that narrow and order rows; a name that ``base`` has already is its own."""
    taken = base().fields.keys()
    fields = {name: form() for name, (_plain, _way, form) in conditions(plains).items() if name not in taken}
    orders = [name for name, plain in plains.items() if plain.is_order]
    if orders:
        choices = [*orders, *(f"-{name}" for name in orders)]
        text = "A field that every row has; `-` before it: from the last."
        fields[ORDERING] = serializers.ChoiceField(choices=choices, required=False, help_text=text)
    return type(f"{base.__name__}Narrowed", (base,), fields)


def conditions(plains: Mapping[str, Plain]) -> dict[str, tuple[Plain, str, Form]]:
    """By parameter: the field, the comparison, the form of the value. A field by its name; what has an order also from a
    first value (``_from``), and before a last one (``_before``).
    """
    found = {name: (plain, "", plain.form) for name, plain in plains.items()}
    for name, plain in plains.items():
        if plain.form in RANGED:
            found |= {f"{name}{ending}": (plain, way, plain.form) for ending, way in WAYS.items()}
    return found


def narrowed(rows: Rows, plains: Mapping[str, Plain], asked: Mapping[str, Any]) -> Rows:
    """``rows`` that have the values ``asked`` for; a stretch begins with its first value and ends before its last."""
    known = conditions(plains)
    wanted = {name: known[name] for name in asked if name != ORDERING}
    found = rows.filter(**{f"{plain.path}{way}": asked[name] for name, (plain, way, _form) in wanted.items()})
    return ordered(found, plains, asked[ORDERING]) if ORDERING in asked else found


def ordered(rows: Rows, plains: Mapping[str, Plain], order: str) -> Rows:
    """``rows`` by the field ``order``, of equal ones in the list's own order; all the other way round with ``-`` before it."""
    columns = [plains[order.removeprefix("-")].path, *map(str, rows.query.order_by)]
    if order.startswith("-"):
        columns = [column[1:] if column.startswith("-") else f"-{column}" for column in columns]
    seen: dict[str, str] = {}
    for column in columns:
        seen.setdefault(column.removeprefix("-"), column)
    return rows.order_by(*seen.values())


@cache
def of_serializer(kind: type[serializers.Serializer[Any]], *, settled: bool = False) -> dict[str, Plain]:
    """The plain fields of what a model's serializer shows: those kept in a column of the row, or of one that it names.

    ``settled``: rows are ordered only by what never changes, where no later walk could tell what did.
    """
    model = getattr(getattr(kind, "Meta", None), "model", None)
    if model is None:
        return {}
    found: dict[str, Plain] = {}
    for name, field in kind().fields.items():
        steps = [*str(field.source).split("."), *filter(None, [getattr(field, "slug_field", None)])]
        columns = reached(model, steps)
        if not columns or not (form := form_of(columns[-1])):
            continue
        path = "__".join(column.name for column in columns)
        if path in {plain.path for plain in found.values()}:
            continue  # an earlier name of the same
        is_own = len(columns) == 1 and not columns[0].null
        found[name] = Plain(path, form, is_own and (columns[0].primary_key or not settled))
    return found


def reached(model: type[models.Model], path: list[str]) -> list[Column[Any, Any]]:
    """The columns along the path, each of the model that the one before it names; none where the path leaves the columns."""
    found: list[Column[Any, Any]] = []
    for part in path:
        column = next((known for known in model._meta.concrete_fields if part in {known.name, known.attname}), None)
        if column is None:
            return []
        found.append(column)
        model = column.related_model or model
    return found


def form_of(column: Column[Any, Any]) -> Form | None:
    """How an address writes a value of the column; None for what is no plain value: lists, objects, long texts."""
    if isinstance(column, models.CharField):
        if column.choices:
            return partial(serializers.ChoiceField, choices=list(column.flatchoices), required=False)
        return partial(text, column.max_length or 0)
    return next((form for kind, form in FORMS.items() if isinstance(column, kind)), None)


def text(longest: int) -> serializers.CharField:
    return serializers.CharField(max_length=longest, required=False, allow_blank=True)
