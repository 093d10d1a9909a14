"""Which contact of its customer a person of usage is: one rule, and one writer of it, the roll-up, which holds the lock of forgetting.

A contact is known by its external id, by its email address, and by the numbers that ``identify`` events gave for that
address. Where these lead to several contacts of the customer, the first of these ways counts, then the contact that came first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from health.signals import numbering

# A day without use: a mark of it asks for the people of the customer alone.
PEOPLE_ALONE: Final = "DATE '0001-01-01'"
# The contact by customer and number, of the customers of ``customers`` (a query of ids).
KNOWN: Final = """
    SELECT DISTINCT ON (customer_id, number) customer_id, number, id FROM (
        WITH addressed AS (
            SELECT c.customer_id, {of_email} AS number, c.id FROM accounts_contact c
            WHERE c.email <> '' AND c.customer_id IN ({customers})
        )
        SELECT c.customer_id, {of_id} AS number, c.id, 1 AS way FROM accounts_contact c
        WHERE c.external_id <> '' AND c.customer_id IN ({customers})
        UNION ALL SELECT a.customer_id, a.number, a.id, 2 FROM addressed a
        UNION ALL SELECT a.customer_id, e.number, a.id, 3 FROM addressed a JOIN health_eventperson e ON e.email = a.number
    ) ways ORDER BY customer_id, number, way, id
"""
DIFFER: Final = "(h.customer_id, h.number) = (k.customer_id, k.number) AND h.contact_id IS DISTINCT FROM k.id"
TOUCHED: Final = (
    f"SELECT customer_id FROM person_batch UNION SELECT customer_id FROM touched WHERE day = {PEOPLE_ALONE}"  # noqa: S608 (made of constants)
)


def is_own(contact: str, person: str = "h") -> str:
    """SQL: the contact is that of the person of use, and still of its customer: one that went to another customer is nobody at the old one."""
    return f"({contact}.id, {contact}.customer_id) = ({person}.contact_id, {person}.customer_id)"


def known(customers: str) -> str:
    """SQL of the rule, for the customers of a query; its parameters are those of ``numbering``."""
    return KNOWN.format(
        customers=customers, of_id=numbering.number("c.external_id"), of_email=numbering.number("c.email")
    )


LINK: Final = f"UPDATE health_person h SET contact_id = k.id FROM ({known(TOUCHED)}) k WHERE {DIFFER}"  # noqa: S608 (made of constants)


def link(cursor: CursorWrapper) -> None:
    """Link the people of the customers rolled up, whose use stands in ``touched`` and ``person_batch``. One statement.

    The caller holds ``forgetting.LOCK``: nobody who is being forgotten gets a name again.
    """
    cursor.execute(LINK, numbering.parameters())


def ask(cursor: CursorWrapper, numbers: str, parameters: Mapping[str, Any]) -> None:
    """Let the roll-up link people of ``numbers``, a query, to whom the rule now gives another contact. One statement."""
    customers = f"SELECT p.customer_id FROM health_person p WHERE p.number IN ({numbers})"  # noqa: S608 (made of constants)
    cursor.execute(
        f"INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT h.customer_id, {PEOPLE_ALONE} "  # noqa: S608
        f"FROM health_person h JOIN ({known(customers)}) k ON {DIFFER} WHERE h.number IN ({numbers})",
        parameters,
    )
