"""Touchpoints from a file: calls, meetings and mails that another system holds."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _

from accounts import sentiment, timeline
from accounts.identity import ways
from accounts.imports.cells import Field
from accounts.imports.names import OF_TOUCHPOINTS
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target, Trouble, Values
from accounts.models import Source, Touchpoint

NAMED: Final = "WHERE external_id <> ''"
COLUMNS: Final = ("kind", "happened_on", "sentiment", "note", "next_step", "next_step_on", "minutes")
# By email, by a key of the source, else by a name that only one person has; also of people who are deactivated, for it
# happened.
AUTHORS: Final = """
    WITH people AS (SELECT id, email, lower(name) AS name FROM accounts_user WHERE NOT is_service),
    named AS (SELECT name, min(id) AS id FROM people GROUP BY 1 HAVING count(*) = 1)
    UPDATE import_staged s SET author_id = coalesce(
        (SELECT people.id FROM people WHERE people.email = lower(s.author)),
        (SELECT k.user_id FROM accounts_userkey k WHERE (k.source, k.external_id) = (%(source)s, s.author)),
        (SELECT named.id FROM named WHERE named.name = lower(s.author)))
    WHERE s.author IS NOT NULL
"""
# Of whom is no admin: touches that somebody else logged, and names of others.
LOGGED: Final = """
    EXISTS (SELECT FROM accounts_touchpoint t
            WHERE (t.source, t.external_id) = (%(source)s, s.external_id) AND t.author_id <> %(mine)s)
"""
OF_OTHERS: Final = "s.author_id <> %(mine)s"
# Who types a touch logs it; a file of another system may well hold what nobody of here logged.
SIGN: Final = """
    UPDATE import_staged s SET author_id = %(mine)s
    WHERE NOT EXISTS (SELECT FROM accounts_touchpoint t WHERE (t.source, t.external_id) = (%(source)s, s.external_id))
"""
# The people that each row names, of its own customer: by any key of the source, else by an email that one of them has.
PEOPLE: Final = f"""
    CREATE TEMP TABLE import_people ON COMMIT DROP AS
    SELECT s.line, given.word, coalesce(
        (SELECT p.id FROM ({ways.CONTACTS}) k JOIN accounts_contact p ON p.id = k.id
         WHERE k.word = given.word AND p.customer_id = w.customer_id LIMIT 1),
        (SELECT min(p.id) FROM accounts_contact p
         WHERE p.customer_id = w.customer_id AND p.email <> '' AND lower(p.email) = lower(given.word) HAVING count(*) = 1)
    ) AS contact_id
    FROM import_staged s JOIN ({{customers}}) w ON w.external_id = s.customer CROSS JOIN unnest(s.contacts) given(word)
"""  # noqa: S608 (made of constants)
# What is said of the words that nobody of the customer has; the others took part.
STRANGERS: Final = """
    INSERT INTO import_unread
    SELECT line, 'contacts', word, replace(%(reason)s, '{cell}', left(word, 40)) FROM import_people WHERE contact_id IS NULL
"""
# Of a cell in which nobody is known the people stay.
NOBODY: Final = """
    UPDATE import_staged s SET unread = array_append(s.unread, 'contacts')
    WHERE s.line IN (SELECT line FROM import_people GROUP BY line HAVING count(contact_id) = 0)
"""
WRITTEN: Final = """
    SELECT t.id FROM accounts_touchpoint t
    JOIN import_staged s ON t.source = %(source)s AND t.external_id = s.external_id
    WHERE s.line IN (SELECT line FROM import_done)
"""
# The customers whose touches the file says were with another one.
LOSES: Final = """
    SELECT DISTINCT t.customer_id FROM accounts_touchpoint t
    JOIN import_staged s ON t.source = %(source)s AND t.external_id = s.external_id
    JOIN ({customers}) w ON w.external_id = s.customer AND w.customer_id <> t.customer_id
"""
# The people of each touch that the file names, as it names them; of a cell that could not be read they stay.
TOOK_PART: Final = """
    WITH given AS (
        SELECT t.id AS touch, t.customer_id, s.line, c.contact_id AS contact
        FROM import_staged s
        JOIN accounts_touchpoint t ON t.source = %(source)s AND t.external_id = s.external_id
        LEFT JOIN import_people c ON c.line = s.line AND c.contact_id IS NOT NULL
        WHERE NOT coalesce('contacts' = ANY(s.unread), false)
    ), gone AS (
        DELETE FROM accounts_touchpoint_contacts p USING given g
        WHERE p.touchpoint_id = g.touch
          AND NOT EXISTS (SELECT FROM given o WHERE (o.touch, o.contact) = (p.touchpoint_id, p.contact_id))
        RETURNING p.touchpoint_id AS touch
    ), came AS (
        INSERT INTO accounts_touchpoint_contacts (touchpoint_id, contact_id)
        SELECT touch, contact FROM given WHERE contact IS NOT NULL ON CONFLICT DO NOTHING RETURNING touchpoint_id AS touch
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT DISTINCT g.line, g.customer_id, false
    FROM given g JOIN (SELECT touch FROM gone UNION SELECT touch FROM came) c ON c.touch = g.touch
    WHERE NOT EXISTS (SELECT FROM import_done d WHERE d.line = g.line)
"""


def load(staged: Staged) -> Loaded:
    """Add or change touches; the last two-way touch and the sentiment of their customers follow."""
    staged.reject_unknown_customers()
    staged.reject_repeats()
    if staged.has("contacts"):
        staged.execute(PEOPLE.format(customers=staged.customers))
        staged.execute(STRANGERS, {"reason": _("“{cell}” is no contact of this customer that is known")})
        staged.execute(NOBODY)
    if staged.has("author") or staged.mine:
        staged.ensure("author_id", "number")
    if staged.has("author"):
        staged.execute(AUTHORS)
        unknown = "s.author IS NOT NULL AND s.author_id IS NULL"
        staged.list_unread(unknown, "author", _("“{cell}” is the email or name of nobody here"))
    if staged.mine:
        hold_authors(staged, staged.mine)
    staged.keep_unread(Touchpoint, COLUMNS)
    staged.also_changed += [pk for (pk,) in staged.rows(LOSES.format(customers=staged.customers))]
    staged.upsert(Touchpoint, written(staged), where=NAMED, updates=kept(staged))
    if staged.has("contacts"):
        staged.execute(TOOK_PART)
        staged.execute("DROP TABLE import_people")
    if staged.has("sentiment"):
        sentiment.of_touches(pk for (pk,) in staged.rows(WRITTEN))
    timeline.follow(staged.also_changed + [pk for (pk,) in staged.rows("SELECT DISTINCT customer_id FROM import_done")])
    return staged.finish()


def hold_authors(staged: Staged, mine: int) -> None:
    """Refuse what is somebody else's or in their name; what ``mine`` types is signed."""
    whose = _("is somebody else: who logged this touch changes it, or an admin")
    staged.reject(LOGGED, "author", whose, params={"mine": mine})
    other = _("“{cell}” is somebody else: what you log is yours, so name yourself or nobody")
    staged.reject(OF_OTHERS, "author", other, "s.author" if staged.has("author") else "''", {"mine": mine})
    if staged.file.source == Source.TYPED:
        staged.execute(SIGN, {"mine": mine})


def written(staged: Staged) -> dict[str, str]:
    """The SQL of each column: who began it and who took part follow from the kind where the file does not say."""
    columns = {"customer_id": "w.customer_id"} | {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    direction = "s.direction" if staged.has("direction") else "NULL"
    columns["direction"] = f"coalesce({direction}, 'out')"
    columns["proactive"] = f"({columns['direction']}) = 'out'"
    columns["mass"] = "s.kind = 'one_to_many'"
    came = " OR cardinality(s.contacts) > 0 AND s.kind = 'event'" if staged.has("contacts") else ""
    by_kind = f"(s.kind IN ('call', 'meeting'){came})"
    columns["attended"] = f"coalesce(s.attended, {by_kind})" if staged.has("attended") else by_kind
    if staged.has("author") or staged.mine:
        columns["author_id"] = "s.author_id"
    return columns


def kept(staged: Staged) -> dict[str, str]:
    """What stays of a known touch: what follows from its kind where the file does not say it, and an author nobody knows."""
    updates = {"author_id": "coalesce(excluded.author_id, t.author_id)"}
    if not staged.has("direction"):
        updates |= {"direction": "t.direction", "proactive": "t.proactive"}
    return updates if staged.has("attended") else updates | {"attended": "t.attended OR excluded.attended"}


def check(values: Values, _day: dt.date) -> Trouble | None:
    if values.get("next_step_on") and not values.get("next_step"):
        return "next_step", _("is empty, and next_step_on is given")
    return None


TOUCHPOINTS: Final = Target(
    "touchpoints",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field(
            "kind",
            "choice",
            required=True,
            choices=tuple(Touchpoint.Kind.values),
            labels=tuple(Touchpoint.Kind.choices),
        ),
        Field("happened_on", "date", required=True, past=True),
        Field(
            "direction",
            "choice",
            choices=tuple(Touchpoint.Direction.values),
            labels=tuple(Touchpoint.Direction.choices),
            hint="out",
            loose=True,
        ),
        Field("attended", "flag", hint="calls and meetings are", loose=True),
        Field("author", longest=254, hint="email or key of a user, or a name that only one of them has", loose=True),
        Field(
            "contacts",
            "list",
            blank=[],
            longest=254,
            hint="external ids or emails of the customer's contacts",
            loose=True,
        ),
        Field("sentiment", "number", least=1, most=5, hint="1–5", loose=True),
        Field("note", blank="", longest=10_000, loose=True),
        Field("next_step", blank="", loose=True),
        Field("next_step_on", "date", loose=True),
        Field("minutes", "number", least=1, most=1_440, hint="1–1,440", loose=True),
    ),
    load,
    check,
    models=(Touchpoint,),
    tables=("accounts_touchpoint",),
    names=OF_TOUCHPOINTS,
)
