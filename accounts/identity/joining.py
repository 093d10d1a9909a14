"""New keys that join a customer or contact that is known already, where the organisation wants that."""

from __future__ import annotations

from typing import Final

from django.db import connection

from accounts.identity.ways import PUBLIC

# What a customer's own row says of it, by way.
SAYS: Final = {
    "domain": """
        SELECT s.external_id, n.customer_id FROM import_staged s
        JOIN accounts_customerwords n ON n.domain = web_domain(s.domain) AND n.domain <> ''
        WHERE n.domain <> ALL(%(public)s)
    """,
    "name": """
        SELECT s.external_id, n.customer_id FROM import_staged s
        JOIN accounts_customerwords n ON n.company = company_name(s.name) AND n.company <> ''
    """,
}
# Two keys of one source are two customers until somebody says otherwise: neither a customer that the source names already
# nor one that two new keys would join is joined.
JOIN_CUSTOMERS: Final = """
    INSERT INTO accounts_externalkey (customer_id, source, external_id, joined)
    SELECT customer, %(source)s, external_id, true FROM (
        SELECT found.external_id, min(c.id) AS customer, count(*) OVER (PARTITION BY min(c.id)) AS keys
        FROM ({says}) found(external_id, customer) JOIN accounts_customer c ON c.id = found.customer AND c.merged_into_id IS NULL
        WHERE NOT EXISTS (SELECT FROM accounts_externalkey k WHERE (k.source, k.external_id) = (%(source)s, found.external_id))
        GROUP BY found.external_id HAVING count(DISTINCT c.id) = 1) one
    WHERE keys = 1 AND NOT EXISTS (SELECT FROM accounts_externalkey k WHERE k.customer_id = one.customer AND k.source = %(source)s)
"""
JOIN_CONTACTS: Final = """
    INSERT INTO accounts_contactkey (contact_id, source, external_id)
    SELECT contact, %(source)s, external_id FROM (
        SELECT s.external_id, min(p.id) AS contact, count(*) OVER (PARTITION BY min(p.id)) AS keys
        FROM import_staged s JOIN import_customers w ON w.external_id = s.customer
        JOIN accounts_contact p ON p.customer_id = w.customer_id AND lower(p.email) = lower(normalize(s.email, NFKC)) AND p.email <> ''
        WHERE p.source <> %(source)s
          AND NOT EXISTS (SELECT FROM accounts_contact o WHERE (o.source, o.external_id) = (%(source)s, s.external_id))
          AND NOT EXISTS (SELECT FROM accounts_contactkey k WHERE (k.source, k.external_id) = (%(source)s, s.external_id))
        GROUP BY s.external_id HAVING count(DISTINCT p.id) = 1) one
    WHERE keys = 1 AND NOT EXISTS (SELECT FROM accounts_contactkey k WHERE k.contact_id = one.contact AND k.source = %(source)s)
"""


def join_customers(source: str, found_by: list[str], columns: set[str]) -> int:
    """Give the staged customers whose key is new to customers that other systems brought, by the ways ``found_by`` that
    their ``columns`` allow; how many. One statement a way.
    """
    joined = 0
    with connection.cursor() as cursor:
        for way in found_by:
            if way in SAYS and way in columns:
                cursor.execute(JOIN_CUSTOMERS.format(says=SAYS[way]), {"source": source, "public": list(PUBLIC)})
                joined += cursor.rowcount
    return joined


def join_contacts(source: str) -> int:
    """Give the staged contacts whose key is new to contacts of the same customer with their email; how many."""
    with connection.cursor() as cursor:
        cursor.execute(JOIN_CONTACTS, {"source": source})
        return int(cursor.rowcount)
