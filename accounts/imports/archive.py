"""Rows that an undo, or a program over the API, took out of the record, by the fields of their target, as the mapping ``tsunagu`` reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from django.db.models import Case, Count, Exists, ForeignKey, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models import Field as Column

from accounts.imports import removing
from accounts.imports.cells import Field
from accounts.imports.objectives import OUTCOMES, own_name
from accounts.imports.targets import TARGETS, Target
from accounts.models import Customer, ExternalKey, ImportFile, WithdrawnRow

AT_ONCE: Final = 1_000
NAMED_BY: Final = {"User": "email", "Feature": "key"}
SEPARATOR: Final = ";"
CUSTOMER: Final = "customer"


def head(file: ImportFile) -> list[str]:
    """The fields of the file's target that its rows are kept with; of outcomes also the customer, of those without objective."""
    names = [known.name for known, _column in _columns(TARGETS[file.target])]
    return [*names, CUSTOMER] if file.target == OUTCOMES.name else names


def rows(file: ImportFile) -> Iterator[list[Any]]:
    """The values of each row that the undo of the file took out, in the order in which they went.

    Whom a row names is written by the key that the file's source has for it, also where that has gone too. Three statements a
    thousand rows and table that they name.
    """
    found = kept(file).order_by("pk").iterator(chunk_size=AT_ONCE)
    while some := list(islice(found, AT_ONCE)):
        yield from values(file, some)


def values(file: ImportFile, some: Sequence[WithdrawnRow]) -> Iterator[list[Any]]:
    """The values of these rows, in the order of ``head``."""
    target = TARGETS[file.target]
    names = {
        column.name: _names(column.related_model, file, [row.row.get(column.column) for row in some])
        for _field, column in _columns(target)
        if isinstance(column, ForeignKey)
    }
    own = _names(Customer, file, [row.object_id for row in some]) if target.models[0] is Customer else {}
    alone = _alone(file, some) if target.name == OUTCOMES.name else {}
    for row in some:
        cells = [
            own.get(row.object_id, "") if column.model is ExternalKey and own
            else _cell(known, names[column.name].get(row.row.get(column.column), "") if column.name in names
                       else row.row.get(column.column))
            for known, column in _columns(target)
        ]  # fmt: skip
        if target.name == OUTCOMES.name:
            cells.append(alone.get(row.object_id, ""))
            if row.object_id in alone:
                cells[head(file).index("objective")] = ""
        yield cells


def _alone(file: ImportFile, outcomes: Sequence[WithdrawnRow]) -> dict[int, str]:
    """The key of the customer of each outcome that had an objective of its own, which has gone too; by the outcome's number."""
    wanted = {row.row["objective_id"]: row for row in outcomes}
    gone = WithdrawnRow.objects.filter(run=file.run_id, kind="objective", object_id__in=wanted)
    own = [row for row in gone if row.row["external_id"] == own_name(wanted[row.object_id].row["external_id"])]
    customers = _names(Customer, file, [row.row["customer_id"] for row in own])
    return {wanted[row.object_id].object_id: customers.get(row.row["customer_id"], "") for row in own}


def kept(file: ImportFile) -> QuerySet[WithdrawnRow]:
    """The rows that the undo of the file took out; those of before files had places by its name alone."""
    rows = WithdrawnRow.objects.filter(run=file.run_id, kind=TARGETS[file.target].models[0]._meta.model_name)
    return rows.filter(Q(position=file.position) | Q(position=None, file=file.name))


def over_api(target: str, source: str) -> ImportFile:
    """What stands for a file of the rows of a target and source that programs took out; it is of no run."""
    return ImportFile(run_id=0, target=target, source=source, name=removing.file_of(source), position=0)


def all_over_api() -> list[tuple[str, str, int]]:
    """(target, source, how many) of the rows that programs took out. One statement."""
    rows = WithdrawnRow.objects.filter(run=0).order_by("file", "kind").values_list("file", "kind")
    of_kind = {known.models[0]._meta.model_name: name for name, known in reversed(TARGETS.items()) if known.models}
    found = rows.annotate(n=Count("pk"))
    return [(of_kind[kind], removing.source_of(file), n) for file, kind, n in found if kind in of_kind]


def with_gone(files: QuerySet[ImportFile]) -> QuerySet[ImportFile]:
    """Add ``has_gone``: whether the undo of the file took rows out that can be downloaded. No statement of its own."""
    kinds = [When(target=name, then=Value(known.models[0]._meta.model_name)) for name, known in TARGETS.items()]
    gone = WithdrawnRow.objects.filter(run=OuterRef("run_id"), file=OuterRef("name"), kind=OuterRef("own_kind"))
    of_file = gone.filter(Q(position=OuterRef("position")) | Q(position=None))
    return files.annotate(own_kind=Case(*kinds, default=Value("")), has_gone=Exists(of_file))


def _columns(target: Target) -> list[tuple[Field, Column[Any, Any]]]:
    """The fields whose column the kept row has; of a customer its id too, which is a key."""
    found = []
    for known in target.fields:
        column = target.column(known.name)
        is_own = column.model is target.models[0] and column.concrete and not column.many_to_many
        if is_own or (column.model is ExternalKey and known.name == "external_id"):
            found.append((known, column))
    return [pair for pair in found if (target.name, pair[0].name) != ("usage", "user")]


def _cell(known: Field, value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None or (known.kind == "choice" and value not in known.choices) else value


def _names(model: Any, file: ImportFile, ids: Sequence[Any]) -> dict[Any, str]:
    """What the file's source calls the rows of ``model`` with these ids, in the record or taken out of it."""
    wanted = [pk for pk in ids if pk]
    if model is Customer:
        gone = WithdrawnRow.objects.filter(run=file.run_id, kind="externalkey", row__customer_id__in=wanted)
        keys = ExternalKey.objects.filter(source=file.source, customer__in=wanted).order_by("-pk")
        return _of_gone(gone, "customer_id", "external_id") | dict(keys.values_list("customer", "external_id"))
    return _of_rows(model, wanted)


def _of_rows(model: type[Model], wanted: list[Any]) -> dict[Any, str]:
    column = NAMED_BY.get(model.__name__, "external_id")
    gone = WithdrawnRow.objects.filter(kind=model._meta.model_name, object_id__in=wanted)
    here = model._default_manager.filter(pk__in=wanted).values_list("pk", column)
    return _of_gone(gone, "id", column) | dict(here)


def _of_gone(gone: Any, key: str, name: str) -> dict[Any, str]:
    return {row.row[key]: row.row.get(name, "") for row in gone}
