"""Customers from a file: found by the key of their source, made where the key is new."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from accounts import facts
from accounts.imports.staging import Staged, defaults
from accounts.imports.targets import EXTERNAL_ID, Loaded, Target
from accounts.imports.values import Field
from accounts.models import Customer

OWNERS: Final = "SELECT email AS external_id FROM accounts_user WHERE is_active"
KEYS: Final = """
    SELECT k.external_id, k.customer_id FROM accounts_externalkey k WHERE k.source = %(source)s
"""
COLUMNS: Final = (
    "name",
    "domain",
    "industry",
    "use_case",
    "employees",
    "country",
    "tags",
    "attributes",
)


def load(staged: Staged) -> Loaded:
    """Update the customers known, make the new ones with their keys; five statements."""
    staged.reject_repeats()
    if staged.has("owner"):
        staged.reject_unknown("owner", OWNERS, _("“{cell}” is not the email of an active user"))
    reject_same_customer(staged)
    update_known(staged)
    insert_new(staged)
    touched = [pk for (pk,) in staged.rows("SELECT customer_id FROM import_done")]
    facts.record(staged.day, touched)
    return staged.finish()


def reject_same_customer(staged: Staged) -> None:
    """Two keys may mean one customer; two rows for it would overwrite each other for ever."""
    staged.reject(
        f"""
        s.line IN (SELECT line FROM (
            SELECT r.line, row_number() OVER (PARTITION BY k.customer_id ORDER BY r.line) AS nth
            FROM import_staged r JOIN ({KEYS}) k ON k.external_id = r.external_id) n WHERE nth > 1)
        """,  # noqa: S608  our own names; values are parameters
        "external_id",
        _("“{cell}” means the same customer as a line above"),
        "s.external_id",
    )


def written(staged: Staged) -> dict[str, str]:
    """SQL value of each column of the customer that the file gives."""
    columns = {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    if staged.has("tags"):
        columns["tags"] = "s.tags::varchar[]"
    if staged.has("owner"):
        columns["owner_id"] = "(SELECT u.id FROM accounts_user u WHERE u.email = s.owner)"
    return columns


def update_known(staged: Staged) -> int:
    """Write what differs; attributes the file does not name stay as they are."""
    columns = written(staged)
    if "attributes" in columns:
        columns["attributes"] = "c.attributes || s.attributes"
    old = ", ".join(f"c.{name}" for name in columns)
    return staged.execute(
        f"""
        WITH done AS (
            UPDATE accounts_customer c
            SET {", ".join(f"{name} = {value}" for name, value in columns.items())}
            FROM import_staged s JOIN ({KEYS}) k ON k.external_id = s.external_id
            WHERE c.id = k.customer_id
              AND ROW({old}) IS DISTINCT FROM ROW({", ".join(columns.values())})
            RETURNING s.line, c.id
        )
        INSERT INTO import_done SELECT line, id, false FROM done
        """  # noqa: S608  our own names; values are parameters
    )


def insert_new(staged: Staged) -> int:
    """Make a customer and its key for each external id that is not known yet."""
    columns = written(staged)
    extra = defaults(Customer, ["id", *columns])
    return staged.execute(
        f"""
        INSERT INTO import_done
        SELECT s.line, nextval(pg_get_serial_sequence('accounts_customer', 'id')), true
        FROM import_staged s
        WHERE NOT EXISTS (SELECT 1 FROM ({KEYS}) k WHERE k.external_id = s.external_id)
        ORDER BY s.line;

        INSERT INTO accounts_customer (id, {", ".join([*columns, *extra])})
        SELECT d.customer_id, {", ".join([*columns.values(), *(f"%({n})s" for n in extra)])}
        FROM import_staged s JOIN import_done d ON d.line = s.line AND d.is_new;

        INSERT INTO accounts_externalkey (customer_id, source, external_id)
        SELECT d.customer_id, %(source)s, s.external_id
        FROM import_staged s JOIN import_done d ON d.line = s.line AND d.is_new
        """,  # noqa: S608  our own names; values are parameters
        extra,
    )


CUSTOMERS: Final = Target(
    "customers",
    (
        EXTERNAL_ID,
        Field("name", required=True),
        Field("domain", blank="", longest=253),
        Field("industry", blank="", longest=80),
        Field("use_case", blank="", longest=80),
        Field("employees", "number"),
        Field("country", "country", blank=""),
        Field("owner", "email"),
        Field("tags", "list", blank=[], longest=40),
        Field("attributes", "attributes", blank="{}"),
    ),
    load,
)
