"""One word for all rows of each table of a portfolio, numbers and instants that PostgreSQL gave left out."""

from __future__ import annotations

from django.db import connection

NUMBERED_BY_US = (
    "accounts_customer",
    "accounts_contact",
    "accounts_contract",
    "accounts_objective",
    "accounts_outcome",
    "health_person",
)
NUMBERED_BY_SEQUENCE = (
    "accounts_externalkey",
    "accounts_contractline",
    "accounts_entitlement",
    "accounts_cancellation",
    "accounts_datedfact",
    "accounts_touchpoint",
    "accounts_invoice",
    "accounts_integration",
    "accounts_communityactivity",
    "accounts_advocacyact",
    "health_ticket",
    "health_surveyresponse",
)
INSTANTS = ("changed_at", "score_changed_at")
KEYED = ("health_usageday", "health_featureday", "health_personday")
ATTENDED = """
    SELECT t.customer_id, t.happened_on, t.kind, a.contact_id
    FROM accounts_touchpoint_contacts a JOIN accounts_touchpoint t ON t.id = a.touchpoint_id
"""


def digests() -> dict[str, tuple[int, str]]:
    """Rows and digest by table."""
    found = {table: digest(without(table, *INSTANTS)) for table in (*NUMBERED_BY_US, *KEYED)}
    found |= {table: digest(without(table, "id", *INSTANTS)) for table in NUMBERED_BY_SEQUENCE}
    return found | {"attended": digest(ATTENDED)}


def digest(query: str) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), md5(string_agg(q::text, ';' ORDER BY q::text)) FROM ({query}) q")
        rows, word = cursor.fetchone()
    return rows, word


def without(table: str, *left_out: str) -> str:
    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    chosen = ", ".join(connection.ops.quote_name(name) for name in names if name not in left_out)
    return f"SELECT {chosen} FROM {table}"
