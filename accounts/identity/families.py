"""The children of a customer that becomes one with another: they go along, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.db import connection

from accounts.models import Customer, Merge

# In what a merge keeps of itself: the children that the survivor adopts; those above it, and their parent since.
CHILDREN: Final = "children"
ABOVE: Final = "above"
HANG: Final = """
    WITH RECURSIVE above(id, parent_id) AS (
        SELECT id, parent_id FROM accounts_customer WHERE id = %(to)s
        UNION SELECT c.id, c.parent_id FROM accounts_customer c JOIN above a ON c.id = a.parent_id
    )
    UPDATE accounts_customer SET parent_id = %(to)s
    WHERE id = ANY(%(ids)s) AND id NOT IN (SELECT id FROM above) RETURNING id
"""


def adopt(merged: Customer, survivor: Customer) -> dict[str, Any]:
    """Give ``merged``'s children to ``survivor``; what the merge keeps of it.

    One from which ``survivor`` descends cannot be below it: it gets the parent of ``merged``, which is nobody's any more.
    """
    children = Customer.objects.filter(parent=merged).order_by("pk")
    hung = hang(children.values_list("pk", flat=True), survivor.pk)
    above = list(children.values_list("pk", flat=True))
    children.update(parent=merged.parent_id)
    kept: dict[str, Any] = {CHILDREN: hung} if hung else {}
    return kept | {ABOVE: [above, merged.parent_id]} if above else kept


def give_back(made: Merge, stood: Collection[int], locked: Mapping[int, Customer]) -> None:
    """Give ``made.merged`` its children again, where they are still those of one of ``stood``, or as the merge left them."""
    above, parent = made.after.get(ABOVE, ([], None))
    ids = [pk for pk in made.after.get(CHILDREN, []) if pk in locked and locked[pk].parent_id in stood]
    hang([*ids, *(pk for pk in above if pk in locked and locked[pk].parent_id == parent)], made.merged_id)


def hang(ids: Iterable[int], to: int) -> list[int]:
    """Make ``to`` the parent of the customers; those. One from which ``to`` descends stays where it is."""
    with connection.cursor() as cursor:
        cursor.execute(HANG, {"ids": list(ids), "to": to})
        return sorted(pk for (pk,) in cursor.fetchall())


def hung(made: Merge) -> list[int]:
    """The customers to whom the merge gave another parent."""
    return [*made.after.get(CHILDREN, []), *made.after.get(ABOVE, [[]])[0]]
