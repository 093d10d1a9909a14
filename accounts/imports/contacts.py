"""Contacts from a file, by their external id."""

from __future__ import annotations

from typing import Final

from django.utils.translation import ngettext

from accounts import company
from accounts.identity import joining, ways
from accounts.imports import moved, remarks
from accounts.imports.cells import Field
from accounts.imports.names import OF_CONTACTS
from accounts.imports.snapshots import Whole, note_missing, take_back
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target
from accounts.models import Contact, ContactRole, ContactState
from accounts.models.contacts import whole_name

COLUMNS: Final = (
    "name",
    "family_name",
    "given_name",
    "honorific",
    "reading",
    "email",
    "department",
    "title",
    "roles",
    "state",
)
# The day of a state where the file names none: the known day if the state is unchanged, else the file's own. A state that
# could not be read, or is not believed, stays with its day.
SINCE: Final = f"""
    UPDATE import_staged s SET state_on = coalesce(
        CASE WHEN NOT coalesce('state' = ANY(s.unread), false) THEN s.state_on END,
        (SELECT c.state_on FROM ({ways.CONTACTS}) k JOIN accounts_contact c ON c.id = k.id
         WHERE k.word = s.external_id AND c.state = {{state}} LIMIT 1),
        s.state_on, %(day)s)
"""  # noqa: S608 (made of constants)
MISSING: Final = """
    SELECT c.id FROM accounts_contact c
    WHERE c.source = %(source)s AND c.external_id <> '' AND c.state <> 'left'
      AND NOT EXISTS (SELECT 1 FROM import_named n WHERE n.external_id = c.external_id)
"""
JOINED: Final = """
    WITH here AS (
        DELETE FROM import_staged s USING accounts_contactkey k
        WHERE k.source = %(source)s AND k.external_id = s.external_id RETURNING s.*, k.contact_id
    ), done AS (
        UPDATE accounts_contact t SET {sets}
        FROM here s WHERE t.id = s.contact_id AND ROW({old}) IS DISTINCT FROM ROW({new})
        RETURNING s.line, t.customer_id
    )
    INSERT INTO import_done (line, customer_id, is_new) SELECT line, customer_id, false FROM done
"""
WHOLE: Final = Whole(Contact, MISSING, {"state": "'left'", "state_on": "%(day)s"})


def load(staged: Staged) -> Loaded:
    """A state holds since the day the file names, else since the file's day if the state is new."""
    take_back(staged, WHOLE)
    staged.keep_unread(Contact, COLUMNS, ways.CONTACTS)
    remarks.note_roles(staged)
    staged.ensure("state_on", "date")
    staged.execute(SINCE.format(state="s.state" if staged.has("state") else "c.state"))
    moved.write(staged)
    update_joined(staged)
    columns = {"customer_id": "w.customer_id"} | {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    staged.upsert(Contact, columns | {"state_on": "s.state_on"}, where="WHERE external_id <> ''")
    note_missing(staged, WHOLE)
    return staged.finish()


def join_known(staged: Staged) -> None:
    """Refuse rows without a customer and keys given twice; let new keys join contacts, where the organisation wants that."""
    staged.reject_unknown_customers()
    staged.reject_repeats()
    may_join = company.identity().keys_join and not staged.mine
    if staged.has("email") and may_join and (joined := joining.join_contacts(staged.file.source)):
        text = ngettext(
            "%(n)s new key joined a contact of the same customer with this email",
            "%(n)s new keys joined contacts of the same customer with their email",
            joined,
        )
        staged.notes.append(text % {"n": f"{joined:,}"})


def update_joined(staged: Staged) -> None:
    """Write the rows that name a contact by a further key, and take them out of the staged ones."""
    columns = {name: f"s.{name}" for name in (*COLUMNS, "state_on") if staged.has(name)}
    if "roles" in columns:
        columns["roles"] = "s.roles::varchar[]"
    staged.execute(
        JOINED.format(
            sets=", ".join(f"{name} = {value}" for name, value in columns.items()),
            old=", ".join(f"t.{name}" for name in columns),
            new=", ".join(columns.values()),
        )
    )


CONTACTS: Final = Target(
    "contacts",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field(
            "name",
            required=True,
            longest=150,
            made_of=("family_name", "given_name"),
            make=whole_name,
            hint="family and given name where only those are given",
        ),
        Field("family_name", blank="", longest=80, loose=True),
        Field("given_name", blank="", longest=80, loose=True),
        Field("honorific", blank="", longest=20, loose=True),
        Field("reading", blank="", longest=150, loose=True),
        Field("email", "email", blank="", longest=254, loose=True),
        Field("department", blank="", longest=120, loose=True),
        Field("title", blank="", longest=120, loose=True),
        Field(
            "roles", "list", blank=[], choices=tuple(ContactRole.values), labels=tuple(ContactRole.choices), loose=True
        ),
        Field(
            "state", "choice", blank="active", choices=tuple(ContactState.values), labels=tuple(ContactState.choices)
        ),
        Field("state_on", "date", past=True, hint="day of the import"),
    ),
    load,
    join=join_known,
    models=(Contact,),
    snapshot=True,
    tables=("accounts_contact", "accounts_post"),
    names=OF_CONTACTS,
)
