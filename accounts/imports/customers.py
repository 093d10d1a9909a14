"""Customers from a file: found by the key of their source, made where the key is new."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import company, facts, ownership
from accounts.identity import joining, reaching, ways
from accounts.imports import naming, parents, remarks, twins
from accounts.imports.cells import Field
from accounts.imports.column_defaults import defaults
from accounts.imports.names import OF_CUSTOMERS
from accounts.imports.rows import Unreadable
from accounts.imports.staging import Staged
from accounts.imports.targets import EXTERNAL_ID, Loaded, Target
from accounts.models import Customer, ExternalKey, Source

# By email, by a key of the source, else by a name that only one of them has.
OWNERS: Final = """
    WITH can AS (SELECT id, email, lower(name) AS name FROM accounts_user WHERE is_active AND NOT is_service AND role <> 'viewer'),
    named AS (SELECT name, min(id) AS id FROM can GROUP BY name HAVING count(*) = 1)
    UPDATE import_staged s SET owner_id = coalesce(
        (SELECT can.id FROM can WHERE can.email = lower(s.owner)),
        (SELECT can.id FROM can JOIN accounts_userkey k ON k.user_id = can.id AND (k.source, k.external_id) = (%(source)s, s.owner)),
        (SELECT named.id FROM named WHERE named.name = lower(s.owner)))
    WHERE s.owner IS NOT NULL
"""
KEYS: Final = """
    SELECT k.external_id, k.customer_id FROM accounts_externalkey k WHERE k.source = %(source)s
"""
SAID: Final = """
    UPDATE accounts_externalkey k SET owner_said = s.owner FROM import_staged s
    WHERE k.source = %(source)s AND k.external_id = s.external_id AND s.owner <> k.owner_said
      AND NOT coalesce('owner' = ANY(s.unread), false)
"""
# Without a dot or with a sign that no domain has, or a number behind the last dot.
NO_DOMAIN: Final = r"""
    s.domain <> '' AND (web_domain(s.domain) = '' OR web_domain(s.domain) ~ '[\x01-\x2c\x2f\x3a-\x5e\x60\x7b-\x7f]|[.][0-9]+$')
"""
# An attribute whose cell is empty is none.
EMPTIED: Final = "ARRAY(SELECT a.key FROM jsonb_each_text(s.attributes) a WHERE a.value = '')"
COLUMNS: Final = (
    "name",
    "reading",
    "domain",
    "industry",
    "use_case",
    "employees",
    "country",
    "tags",
    "attributes",
)


def load(staged: Staged) -> Loaded:
    """Update the customers known, make the new ones with their keys; a fixed number of statements."""
    if staged.has("owner"):
        find_owners(staged)
        remarks.note_owners(staged)
    keep_unread(staged)
    update_known(staged)
    hand_over_known(staged)
    insert_new(staged)
    remarks.note_twins(staged)
    remarks.note_gone(staged)
    parents.write(staged)
    reach_survivors(staged)
    if staged.has("owner"):
        staged.execute(SAID)
    customer_ids = [pk for (pk,) in staged.rows("SELECT customer_id FROM import_done")]
    facts.record(staged.today, customer_ids)
    return staged.finish()


def join_known(staged: Staged) -> None:
    """Refuse keys that are nobody's, and those given twice; let new ones join customers that are known, where the organisation wants that.

    The report says how many joined.
    """
    if staged.file.source == Source.TYPED:
        raise Unreadable(_("Customers are of the system that names them: under “typed” they go by their number here."))
    naming.reject_ours(staged)
    if staged.has("domain"):
        leave_out_no_domains(staged)
    staged.reject_repeats()
    reject_same_customer(staged)
    twins.remark(staged, "external_id", twins.KEYS)
    remark_merged(staged)
    organisation = company.identity()
    may_join = organisation.keys_join and not staged.mine
    if may_join and (
        joined := joining.join_customers(
            staged.file.source, organisation.found_by, {column.name for column in staged.fields}
        )
    ):
        text = ngettext(
            "%(n)s new key joined a customer that is known by its domain or name",
            "%(n)s new keys joined customers that are known by their domain or name",
            joined,
        )
        staged.notes.append(text % {"n": f"{joined:,}"})


def leave_out_no_domains(staged: Staged) -> None:
    """Let rows go in without a cell that is no domain: two rows of the same nonsense would be taken for one customer."""
    reason = _("“{cell}” is no domain, website or mail address")
    if staged.list_unread(NO_DOMAIN, "domain", reason):
        staged.execute("UPDATE import_staged s SET domain = '' WHERE 'domain' = ANY(s.unread)")


def remark_merged(staged: Staged) -> None:
    """Say how many rows are of customers that were merged: what the merge did not take of them waits, unseen, for its Undo."""
    merged = staged.count(
        f"""
        SELECT count(*) FROM import_staged s JOIN ({KEYS}) k ON k.external_id = s.external_id
        JOIN accounts_customer c ON c.id = k.customer_id WHERE c.merged_into_id IS NOT NULL
        """  # noqa: S608  our own names; values are parameters
    )
    if merged:
        text = ngettext(
            "%(n)s row is of a customer that was merged into another: what the merge took of it goes on there, the rest does not show",
            "%(n)s rows are of customers that were merged into others: what the merges took of them goes on there, the rest does not show",
            merged,
        )
        staged.notes.append(text % {"n": f"{merged:,}"})


def reach_survivors(staged: Staged) -> None:
    """Let what changed of merged customers reach those they were merged into."""
    merged = "SELECT d.customer_id FROM import_done d JOIN accounts_customer c ON c.id = d.customer_id WHERE c.merged_into_id IS NOT NULL"
    staged.also_changed += reaching.reach([pk for (pk,) in staged.rows(merged)], staged.today)


def find_owners(staged: Staged) -> None:
    """Find the person each row names; the cell of an unknown or deactivated person or of a viewer is left out."""
    staged.ensure("owner_id", "number")
    staged.execute(OWNERS)
    # A person deactivated while the file is read gets no customers; those who may have some stay so until the write.
    owner_ids = [pk for (pk,) in staged.rows("SELECT DISTINCT owner_id FROM import_staged WHERE owner_id IS NOT NULL")]
    staged.execute(
        "UPDATE import_staged SET owner_id = NULL WHERE owner_id <> ALL(%(able)s::bigint[])",
        {"able": list(ownership.able(owner_ids))},
    )
    staged.list_unread(
        "s.owner IS NOT NULL AND s.owner_id IS NULL", "owner", _("“{cell}” is no active user who may have customers")
    )


def keep_unread(staged: Staged) -> None:
    """Replace unreadable cells in rows of known customers by the values of the record."""
    for name in staged.named_unread() & {"owner", *COLUMNS}:
        column = "owner_id" if name == "owner" else name
        staged.execute(
            f"""
            UPDATE import_staged s SET {column} = c.{column}
            FROM ({KEYS}) k JOIN accounts_customer c ON c.id = k.customer_id
            WHERE k.external_id = s.external_id AND %(name)s = ANY(s.unread)
            """,  # noqa: S608  our own names; values are parameters
            {"name": name},
        )


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
    """The SQL value of each customer column that the file gives, without the owner, who changes by a handover."""
    columns = {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    if staged.has("tags"):
        columns["tags"] = "s.tags::varchar[]"
    return columns


def update_known(staged: Staged) -> int:
    """Write the columns that differ; attributes the file does not name stay as they are."""
    columns = written(staged)
    if not columns:
        return 0
    if "attributes" in columns:
        columns["attributes"] = f"(c.attributes || s.attributes) - {EMPTIED}"
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


def hand_over_known(staged: Staged) -> int:
    """Give known customers to owners whom the file names anew; what belongs to the owner follows at once.

    An empty cell keeps the owner, and so does the owner that the last file named already: people may have handed over
    since. A correction hands over whatever differs.
    """
    if not staged.has("owner"):
        return 0
    force = "true" if staged.file.correction else "false"
    rows = staged.rows(
        f"""
        SELECT s.line, c.id, s.owner_id
        FROM import_staged s
        JOIN accounts_externalkey k ON k.source = %(source)s AND k.external_id = s.external_id
        JOIN accounts_customer c ON c.id = k.customer_id
        WHERE c.owner_id IS DISTINCT FROM s.owner_id AND s.owner_id IS NOT NULL AND (k.owner_said <> s.owner OR {force})
        """  # noqa: S608  our own names; values are parameters
    )
    plan = {customer: heir for _line, customer, heir in rows}
    staged.execute(
        "INSERT INTO import_done SELECT line, customer, false FROM unnest(%(lines)s::bigint[], %(ids)s::bigint[]) "
        "AS handed(line, customer)",
        {"lines": [line for line, _customer, _heir in rows], "ids": list(plan)},
    )
    return ownership.move(plan, day=staged.today, door=ownership.Door.IMPORT).customers if plan else 0


def insert_new(staged: Staged) -> int:
    """Make a customer and its key for each external id that is not known yet."""
    owner = {"owner_id": str(staged.mine or "s.owner_id")} if staged.has("owner") or staged.mine else {}
    attributes = {"attributes": f"s.attributes - {EMPTIED}"} if staged.has("attributes") else {}
    columns = written(staged) | attributes | owner
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
        Field("reading", blank="", longest=200, loose=True, hint="in kana, so that kana finds it"),
        Field("domain", blank="", longest=253, loose=True),
        Field("industry", blank="", longest=80, loose=True),
        Field("use_case", blank="", longest=80, loose=True),
        Field("employees", "number", loose=True),
        Field("country", "country", blank="", loose=True, hint="its name or its code"),
        Field(
            "owner", longest=254, loose=True, hint="email or key of an active user, or a name that only one of them has"
        ),
        Field("parent", longest=ways.LONGEST, loose=True, hint="external id of the customer above it in this source"),
        Field("tags", "list", blank=[], longest=40, loose=True),
        Field("attributes", "attributes", blank="{}"),
    ),
    load,
    join=join_known,
    models=(Customer, ExternalKey),
    snapshot=True,
    tables=("accounts_customer", "accounts_externalkey", "accounts_datedfact"),
    names=OF_CUSTOMERS,
)
