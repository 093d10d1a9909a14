"""A row of a target that a program takes out of the record: nothing that stays may hang on it.

The row is kept as it was (``WithdrawnRow``), and so are the rows that go along with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from django.db import connection, models, transaction

from accounts import changes, timeline
from accounts.imports.along import ALONG, DERIVED, OF_POSTS, conditions, delete, has_customer, parts, wait
from accounts.imports.reading import customer_path
from accounts.imports.targets import Target
from accounts.imports.withdrawing import KEEP, together
from accounts.models import Contract, Customer

OF_OTHER_SOURCES: Final = "AND r.source <> %(source)s"
STAY: Final = {"externalkey": OF_OTHER_SOURCES, "contactkey": OF_OTHER_SOURCES, "post": OF_POSTS}
OVER_API: Final = "API: "
LOCKED: Final = "SELECT t.id FROM {table} t WHERE t.id = ANY(%(ids)s) ORDER BY t.id FOR UPDATE"
FREE: Final = "SELECT t.id FROM {table} t WHERE t.id = ANY(%(ids)s) {free}"


class Hangs(Exception):  # noqa: N818  a verdict on a row, not a fault
    """Something that stays hangs on the row, or somebody has worked with it."""


@transaction.atomic
def remove(target: Target, model: type[models.Model], ids: Sequence[int], source: str) -> None:
    """Take the rows ``ids`` of ``model``, which one id of ``source`` names, out of the record. Raises Hangs."""
    table = model._meta.db_table
    known: dict[str, Any] = {
        "ids": list(ids), "source": source, "kind": str(model._meta.model_name), "run": 0, "name": file_of(source), "position": None,
    }  # fmt: skip
    if target.take_out:
        target.take_out(known)
        return
    wait(model)
    with connection.cursor() as cursor:
        cursor.execute(LOCKED.format(table=table), known)
        free = " ".join(conditions(model, along(), STAY))
        cursor.execute(FREE.format(table=table, free=free), known)
        going = together(model, [row[0] for row in cursor.fetchall()])
        if set(going) != set(ids):
            raise Hangs
        customers = customers_of(model, going)
        for part, where in parts(model, "= ANY(%(ids)s)"):
            keep = KEEP.format(table=part._meta.db_table, customer="NULL::bigint")
            cursor.execute(keep.replace("t.id = ANY(%(ids)s)", where), known | {"kind": str(part._meta.model_name)})
        customer = "t.id" if model is Customer else "t.customer_id" if has_customer(model) else "NULL::bigint"
        cursor.execute(KEEP.format(table=table, customer=customer), known)
    delete(model, going, along())
    timeline.follow(customers)
    changes.mark(Customer.objects.filter(pk__in=customers))


def file_of(source: str) -> str:
    """What the rows are kept under, of which no file tells."""
    return f"{OVER_API}{source}"


def source_of(file: str) -> str:
    return file.removeprefix(OVER_API)


def along() -> dict[type[models.Model], AbstractSet[str]]:
    """What goes along: a contract takes its parts, and a renewal nobody has worked on; a customer goes after its contracts."""
    parts_of_contract = frozenset({"contractline", "entitlement", "renewal"})
    return {**ALONG, Customer: DERIVED - {"contract", "renewal"}, Contract: parts_of_contract}


def customers_of(model: type[models.Model], ids: Sequence[int]) -> list[int]:
    """The customers whose rows these are, but of those that go themselves."""
    if model is Customer:
        return []
    if not (path := customer_path(model)):
        return []
    return list(model._default_manager.filter(pk__in=ids).values_list(path, flat=True).distinct())
