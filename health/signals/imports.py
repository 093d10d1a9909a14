"""Usage and features from files."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import changes
from accounts.imports.cells import Field
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Share, Target, Trouble, Values
from accounts.models import Customer
from health.models import Feature, UsageRecord
from health.signals import numbering, undoing
from health.signals.names import OF_FEATURES, OF_USAGE
from health.signals.partitions import acceptable, ensure_partitions

COUNTS: Final = {"users": 100_000_000, "uses": 1_000_000_000, "seconds": 1_000_000_000, "errors": 1_000_000_000}
FEATURE_VALUES: Final = {
    "name": "coalesce(nullif(s.name, ''), s.key)",
    "is_core": "s.is_core",
    "module": "s.module",
}
FEATURE_BLANK: Final = {"name": "s.key", "is_core": "false", "module": "''"}

# The content of a fact, whose digest tells it from another under the same id.
CONTENT: Final = r"""concat_ws(E'\x1f', s.customer, s.day, {feature}, {users}, {uses}, {seconds}, {errors}, {user},
    CASE WHEN {agent} THEN 'agent' END)"""
INSERT_USAGE: Final = """
    WITH given AS MATERIALIZED (
        SELECT s.line, w.customer_id, w.named_id, s.external_id, s.day, f.id AS feature_id,
               {users} AS users, {uses} AS uses, {seconds} AS seconds, {errors} AS errors,
               {person} AS person, {apart} AS apart, {agent} AS agent, {digest} AS digest
        FROM import_staged s
        JOIN ({customers}) w ON w.external_id = s.customer
        LEFT JOIN health_feature f ON f.key = {feature}
    ),
    done AS (
        INSERT INTO health_usagerecord AS u
            (customer_id, named_id, source, message_id, digest, day, feature_id, users, uses, seconds, errors, person, apart, agent)
        SELECT customer_id, named_id, %(source)s, external_id, digest, day, feature_id,
               users, uses, seconds, errors, person, apart, agent
        FROM (SELECT DISTINCT ON (external_id, digest) * FROM given) g
        ON CONFLICT (source, message_id, digest) DO UPDATE SET apart = excluded.apart
        WHERE u.apart <> excluded.apart
        RETURNING u.id, u.customer_id, u.day, u.message_id, u.digest, u.xmax = 0 AS is_new
    ),{noted}
    marked AS (
        INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT customer_id, day FROM done
    )
    INSERT INTO import_done (line, customer_id, is_new) {lines}
"""
# For the spans of the import (``health.signals.undoing``).
NOTED: Final = """
    noted AS (
        INSERT INTO import_facts (id, is_new) SELECT id, is_new FROM done
    ),
"""
# Which row a fact is of costs a join: a file only counts them.
COUNTED: Final = "SELECT row_number() OVER (), customer_id, is_new FROM done"
BY_LINE: Final = """
    SELECT g.line, done.customer_id, done.is_new
    FROM done JOIN (SELECT min(line) AS line, external_id, digest FROM given GROUP BY 2, 3) g
      ON g.external_id = done.message_id AND g.digest = done.digest
"""
IDS_WITH_MORE_FACTS: Final = """
    SELECT count(*) FROM (
        SELECT u.message_id FROM health_usagerecord u
        WHERE u.source = %(source)s AND u.message_id IN (SELECT external_id FROM import_staged)
        GROUP BY u.message_id HAVING count(*) > 1) m
"""
# What a feature's use says of everybody is for admins to begin.
UNKNOWN_FEATURE: Final = "s.feature <> '' AND NOT EXISTS (SELECT FROM health_feature f WHERE f.key = s.feature)"
BEFORE_CONTRACT: Final = """
    SELECT count(*) FROM import_staged s
    JOIN accounts_contract c ON c.source = %(source)s AND c.external_id = s.customer
    WHERE s.day < c.starts_on
"""


def load_usage(staged: Staged) -> Loaded:
    """Append the facts that are new; the same fact again is dropped. Names of people are kept as numbers alone.

    A fact is its id and its content: two different facts under one id are both kept, and a note reports them.
    Customer-days with new facts, and with facts whose people are read another way than before, are marked for the
    roll-up.
    """
    staged.reject_unknown_customers()
    if staged.mine is not None and staged.has("feature"):
        staged.reject(
            UNKNOWN_FEATURE, "feature", _("“{cell}” is no feature that is known: an admin adds it"), "s.feature"
        )
    first, last = staged.rows("SELECT min(day), max(day) FROM import_staged")[0]
    if first is None:
        return Loaded()
    ensure_partitions(first, last)
    add_features(staged)
    columns = {name: f"s.{name}" if staged.has(name) else "0" for name in COUNTS}
    columns["feature"] = "s.feature" if staged.has("feature") else "''"
    user = "nullif(s.user, '')" if staged.has("user") else "NULL::text"
    if staged.has("user"):
        refuse_another_key(staged)
    columns["person"] = numbering.number(user)
    columns["apart"] = "true" if staged.file.users == "rows" else "false"
    columns["agent"] = "s.agent" if staged.has("agent") else "false"
    content = f"md5({CONTENT.format(**columns, user=user)})"
    columns["digest"] = f"CASE WHEN {user} IS NULL THEN {content} ELSE {numbering.digest(content)} END"
    if staged.is_noted:
        staged.execute(undoing.FACTS)
    columns |= {"lines": BY_LINE if staged.tells_lines else COUNTED, "noted": NOTED if staged.is_noted else ""}
    staged.execute(INSERT_USAGE.format(**columns, customers=staged.customers), numbering.parameters())
    staged.notes += [*people_remarks(staged), *usage_remarks(staged)]
    return staged.finish()


def refuse_another_key(staged: Staged) -> None:
    """Refuse rows that name somebody while another key is set than the one by which people were numbered."""
    try:
        numbering.check()
    except numbering.AnotherKey as problem:
        staged.reject("nullif(s.user, '') IS NOT NULL", "user", str(problem))


def people_remarks(staged: Staged) -> list[str]:
    """How the people of a day were read."""
    if staged.has("user"):
        return [_("users: distinct people of the column %(column)s") % {"column": staged.column("user")}]
    if not staged.has("users"):
        return []
    if staged.file.users == "rows":
        return [_("users: each row counts people of its own")]
    if staged.file.users == "total":
        return [_("users: totals of a day, the largest of its rows counts")]
    return [
        _("users: read as totals of a day, the largest of its rows counts; say users = “rows” in the mapping if not")
    ]


def add_features(staged: Staged) -> None:
    """Add the features that are new, and mark those that the mapping names as core work."""
    core = list(staged.file.core_features)
    if staged.has("feature"):
        staged.execute(
            """
            INSERT INTO health_feature (key, name, is_core)
            SELECT DISTINCT s.feature, s.feature, s.feature = ANY(%(core)s::text[])
            FROM import_staged s WHERE s.feature <> '' ORDER BY 1
            ON CONFLICT (key) DO NOTHING
            """,
            {"core": core},
        )
    if core:
        staged.execute(
            "UPDATE health_feature SET is_core = true WHERE key = ANY(%(core)s) AND NOT is_core",
            {"core": core},
        )


def usage_remarks(staged: Staged) -> list[str]:
    """Notes on doubtful facts of the file: counted, not changed."""
    notes = []
    if repeated_ids := staged.count(IDS_WITH_MORE_FACTS):
        text = ngettext(
            "%(n)s id stands for more than one fact: every fact is kept",
            "%(n)s ids stand for more than one fact: every fact is kept",
            repeated_ids,
        )
        notes.append(text % {"n": f"{repeated_ids:,}"})
    field = staged.file.field("customer")
    if field and field.through == "contract" and (early_facts := staged.count(BEFORE_CONTRACT)):
        text = ngettext(
            "%(n)s fact is dated before its contract began: kept",
            "%(n)s facts are dated before their contract began: kept",
            early_facts,
        )
        notes.append(text % {"n": f"{early_facts:,}"})
    return notes


def load_features(staged: Staged) -> Loaded:
    """Create or update features by key; an empty name becomes the key. Marks all customers as changed: open features
    and core work are part of everybody's figures.
    """
    staged.reject_repeats("key")
    columns = [name for name in FEATURE_VALUES if staged.has(name)]
    expressions = {name: value if name in columns else FEATURE_BLANK[name] for name, value in FEATURE_VALUES.items()}
    sets = ", ".join(["key = excluded.key", *(f"{name} = excluded.{name}" for name in columns)])
    old, new = (", ".join(f"{side}.{name}" for name in ["key", *columns]) for side in ("t", "excluded"))
    rows = staged.rows(
        f"""
        INSERT INTO health_feature AS t (key, {", ".join(expressions)})
        SELECT s.key, {", ".join(expressions.values())} FROM import_staged s ORDER BY s.line
        ON CONFLICT (key) DO UPDATE SET {sets} WHERE ({old}) IS DISTINCT FROM ({new})
        RETURNING t.key, t.xmax = 0
        """  # noqa: S608  our own names; values are parameters
    )
    is_new = dict(rows)
    if rows:
        changes.mark(Customer.objects.current())
        lines = staged.rows("SELECT s.key, s.line FROM import_staged s")
        staged.note_done({line: is_new[key] for key, line in lines if key in is_new})
    new_ones = sum(is_new.values())
    return Loaded(new=new_ones, changed=len(rows) - new_ones)


def check_usage(values: Values, day: dt.date) -> Trouble | None:
    if acceptable(values["day"], day):
        return None
    return "day", _("is more than 20 years old")


USAGE: Final = Target(
    "usage",
    (
        replace(EXTERNAL_ID, fills="UsageRecord.message_id"),
        CUSTOMER,
        Field("day", "date", required=True, past=True),
        Field("feature", blank="", longest=80),
        Field(
            "user",
            blank="",
            hint="people are counted distinct, a contact once by whichever key; kept as a number, not by name",
            fills="UsageRecord.person",
        ),
        Field("agent", "flag", blank=False, hint="no; yes: a program did it, counted apart from people"),
        *(Field(name, "number", blank=0, most=most, hint=f"at most {most:,}") for name, most in COUNTS.items()),
    ),
    load_usage,
    check_usage,
    note=undoing.note,
    undo=undoing.undo,
    take_out=undoing.take_out,
    models=(UsageRecord,),
    tables=("health_usagerecord", "health_rollupmark", "health_feature"),
    names=OF_USAGE,
    # Rows of people are not among them: a name that is kept as a number alone does not come back.
    shares=(
        Share("usage", {"person": None, "apart": False}, users="total"),
        Share("usage-rows", {"person": None, "apart": True}, users="rows"),
    ),
)
FEATURES: Final = Target(
    "features",
    (
        Field("key", required=True, longest=80),
        Field("name", blank="", longest=120, hint="the key"),
        Field("is_core", "flag", blank=False, hint="no"),
        Field("module", blank="", longest=120, hint="the entitlement that opens it; empty: open to everybody"),
    ),
    load_features,
    undo=undoing.undo_features,
    models=(Feature,),
    tables=("health_feature",),
    names=OF_FEATURES,
)
