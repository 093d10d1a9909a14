"""Keys in other systems from a file, so that rows of those systems find their customer, their contact and their owner."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from accounts.identity import ways
from accounts.imports import naming
from accounts.imports.cells import Field
from accounts.imports.names import OF_CONTACT_KEYS, OF_KEYS, OF_USER_KEYS
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, Loaded, Target
from accounts.models import ContactKey, ExternalKey, UserKey

OTHERS: Final = """
    EXISTS (SELECT FROM accounts_externalkey k JOIN ({customers}) w ON w.external_id = s.customer
            JOIN accounts_customer c ON c.id = k.customer_id
            WHERE (k.source, k.external_id) = (s.source, s.external_id) AND coalesce(c.merged_into_id, c.id) <> w.customer_id)
"""
ADD: Final = """
    WITH done AS (
        INSERT INTO accounts_externalkey (customer_id, source, external_id, joined)
        SELECT coalesce(w.named_id, w.customer_id), s.source, s.external_id, true
        FROM import_staged s JOIN ({customers}) w ON w.external_id = s.customer ORDER BY s.line
        ON CONFLICT (source, external_id) DO NOTHING
        RETURNING customer_id, source, external_id
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT s.line, done.customer_id, true
    FROM done JOIN import_staged s ON (s.source, s.external_id) = (done.source, done.external_id)
"""
# (word, id) of contacts: by the keys of the mapping's source, else by the email of one contact alone.
CONTACTS: Final = f"""
    SELECT word, min(id) AS id FROM (
        {ways.CONTACTS}
        UNION ALL
        SELECT s.contact, p.id FROM import_staged s JOIN accounts_contact p ON p.email <> '' AND lower(p.email) = lower(s.contact)
        WHERE NOT EXISTS (SELECT FROM ({ways.CONTACTS}) k WHERE k.word = s.contact)) each_way
    GROUP BY word HAVING count(DISTINCT id) = 1
"""  # noqa: S608  our own names; values are parameters
USERS: Final = """
    SELECT word, min(id) AS id FROM (
        SELECT s."user" AS word, u.id FROM import_staged s JOIN accounts_user u ON NOT u.is_service AND u.email = lower(s."user")
        UNION ALL
        SELECT s."user", u.id FROM import_staged s JOIN accounts_user u ON NOT u.is_service AND u.name = s."user") each_way
    GROUP BY word HAVING count(DISTINCT id) = 1
"""
# (source, external_id, id) of the keys that people have.
OF_CONTACTS: Final = """
    SELECT source, external_id, contact_id AS id FROM accounts_contactkey
    UNION ALL SELECT source, external_id, id FROM accounts_contact WHERE external_id <> ''
"""
OF_USERS: Final = "SELECT source, external_id, user_id AS id FROM accounts_userkey"
OF_ANOTHER: Final = """
    EXISTS (SELECT FROM ({held}) k JOIN ({found}) f ON f.word = s."{field}"
            WHERE (k.source, k.external_id) = (s.source, s.external_id) AND k.id <> f.id)
"""
ADD_PERSONS: Final = """
    WITH done AS (
        INSERT INTO {table} (source, external_id, {field}_id)
        SELECT s.source, s.external_id, f.id FROM import_staged s JOIN ({found}) f ON f.word = s."{field}"
        WHERE NOT EXISTS (SELECT FROM ({held}) k WHERE (k.source, k.external_id) = (s.source, s.external_id))
        ORDER BY s.line
        RETURNING source, external_id
    )
    INSERT INTO import_done (line, is_new)
    SELECT s.line, true FROM done JOIN import_staged s ON (s.source, s.external_id) = (done.source, done.external_id)
"""


def load(staged: Staged) -> Loaded:
    """Add the keys that are new; a key that belongs to another customer is refused, for that is a merge or a mistake."""
    naming.reject_typed(staged)
    naming.reject_ours(staged)
    staged.reject_unknown_customers()
    staged.reject_repeats("source, external_id", fields=("source", "external_id"))
    reason = _("“{cell}” is the key of another customer already: merge the two, or take the row out")
    staged.reject(OTHERS.format(customers=staged.customers), "external_id", reason, "s.external_id")
    staged.execute(ADD.format(customers=staged.customers))
    return staged.finish()


def load_of_contacts(staged: Staged) -> Loaded:
    """Add the keys of contacts that are new; the contact is named by a key of the mapping's source or by its email."""
    unknown = _("“{cell}” is neither the key nor the email of one contact alone")
    other = _("“{cell}” is the key of another contact already: take the row out")
    return add(staged, "contact", (CONTACTS, OF_CONTACTS), ContactKey._meta.db_table, unknown, other)


def load_of_users(staged: Staged) -> Loaded:
    """Add the keys of people who log in that are new; the person is named by email, or by a name that only one of them has."""
    unknown = _("“{cell}” is neither the email nor the name of one of us alone")
    other = _("“{cell}” is the key of somebody else already: take the row out")
    return add(staged, "user", (USERS, OF_USERS), UserKey._meta.db_table, unknown, other)


def add(staged: Staged, field: str, of: tuple[str, str], table: str, unknown: str, other: str) -> Loaded:
    """Add the new keys of the persons whom ``field`` names; ``of`` is the SQL of who is found and of the keys there are."""
    naming.reject_typed(staged)
    found, held = of
    staged.reject_unknown(field, f"SELECT word AS external_id FROM ({found}) known", unknown)  # noqa: S608  our own names
    staged.reject_repeats("source, external_id", fields=("source", "external_id"))
    names = {"found": found, "held": held, "field": field, "table": table}
    staged.reject(OF_ANOTHER.format(**names), "external_id", other, "s.external_id")
    staged.execute(ADD_PERSONS.format(**names))
    new = len(staged.done())
    return Loaded(new=new, notes=staged.notes)


SOURCE: Final = Field("source", required=True, longest=40, hint="the other system, as `source` of its mapping")
KEYS: Final = Target(
    "keys",
    (
        SOURCE,
        Field("external_id", required=True, hint="the customer's id there"),
        CUSTOMER,
    ),
    load,
    models=(ExternalKey,),
    tables=("accounts_externalkey",),
    names=OF_KEYS,
)
CONTACT_KEYS: Final = Target(
    "contactkeys",
    (
        SOURCE,
        Field("external_id", required=True, hint="the contact's id there"),
        Field("contact", required=True, longest=254, hint="external id of the contact, or an email that only one has"),
    ),
    load_of_contacts,
    models=(ContactKey,),
    tables=("accounts_contactkey",),
    names=OF_CONTACT_KEYS,
)
USER_KEYS: Final = Target(
    "userkeys",
    (
        SOURCE,
        Field("external_id", required=True, hint="the id by which its files name owners"),
        Field("user", required=True, longest=254, hint="email of a person, or a name that only one of them has"),
    ),
    load_of_users,
    models=(UserKey,),
    tables=("accounts_userkey",),
    names=OF_USER_KEYS,
)
