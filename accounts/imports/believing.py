"""Whose word counts: a file does not overwrite a value of somebody who is believed before its source.

The cell is left out, with the reason, and the difference stays listed until both agree. A correction
(``correction = true`` in the mapping) is believed before everybody: an admin says so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import OuterRef, Subquery, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from accounts.attributes import definitions
from accounts.identity import ways
from accounts.imports import contacts, customers, parents
from accounts.imports.attributes import field_of
from accounts.imports.authorship import BY_HAND, newest
from accounts.imports.compared import BY_NUMBER
from accounts.imports.staging import Staged
from accounts.imports.targets import TARGETS as TARGET_MODELS
from accounts.imports.targets import Target, columns
from accounts.models import Attribute, Disagreement, FieldOrder, User

HAND: Final = FieldOrder.HAND


@dataclass(frozen=True)
class Believed:
    """The fields of a target that somebody else may be believed of, and how a staged row ``s`` finds its row ``t``.

    ``first`` is the source that the row came from, NULL where a person added it.
    """

    fields: tuple[str, ...]
    rows: str
    own: str
    customer: str
    first: str


TARGETS: Final[dict[str, Believed]] = {
    "customers": Believed(
        (*(name for name in customers.COLUMNS if name != "attributes"), "parent"),
        "accounts_externalkey k JOIN accounts_customer t ON t.id = k.customer_id "
        "WHERE k.source = %(source)s AND k.external_id = s.external_id",
        "e.kind = 'customer' AND e.customer_id = t.id",
        "t.id",
        "(SELECT f.source FROM accounts_externalkey f WHERE f.customer_id = t.id AND NOT f.joined ORDER BY f.id LIMIT 1)",
    ),
    "contacts": Believed(
        contacts.COLUMNS,
        f"({ways.CONTACTS}) known JOIN accounts_contact t ON t.id = known.id WHERE known.word = s.external_id",
        "e.kind = 'contact' AND e.object_id = t.id",
        "t.customer_id",
        "nullif(t.source, '')",
    ),
}
LISTS: Final = frozenset({"tags", "roles"})

PARENT_FIELD: Final = "parent"
# The parent that the file names, 0 one that is not there yet, and by what the one that stands is known: its id in this source, else its name.
PARENT: Final = f"""
    coalesce({parents.above("s.parent")}, CASE WHEN s.parent IS NOT NULL THEN 0 END)
"""
ABOVE: Final = """
    coalesce((SELECT k.external_id FROM accounts_externalkey k WHERE k.customer_id = t.parent_id AND k.source = %(source)s
              ORDER BY k.id LIMIT 1), (SELECT p.name FROM accounts_customer p WHERE p.id = t.parent_id))
"""

# Differences of parents that are none any more, by any id of the parent that stands.
AGREED: Final = f"""
    DELETE FROM accounts_disagreement d USING accounts_customer t
    WHERE d.target = 'customers' AND d.field = '{PARENT_FIELD}' AND d.source = %(source)s AND t.id = d.object_id
      AND CASE WHEN d.given = '' THEN t.parent_id IS NULL
               ELSE t.parent_id = {parents.above("d.given")} END
"""  # noqa: S608 (made of constants)
# An attribute that the row does not say stays as it stands.
KEEP: Final = "UPDATE import_staged s SET attributes = s.attributes - {key} WHERE %(name)s = ANY(s.unread)"


@dataclass(frozen=True)
class Said:
    """A field as SQL: its ``value`` in the staged row ``s`` where that has one (``given``), what ``stands`` in the row ``t``,
    and the ``path`` to it in the values before and after of an entry of the history. ``words`` and ``stood`` are what the two
    are called in lists, "" where that is their text.
    """

    name: str
    value: str
    stands: str
    path: str
    given: str = "true"
    key: str = ""
    words: str = ""
    stood: str = ""


def of_column(name: str) -> Said:
    if name == PARENT_FIELD:
        return Said(name, PARENT, "t.parent_id", "'{parent}'", words="s.parent", stood=ABOVE)
    value = f"s.{name}::varchar[]" if name in LISTS else f"s.{name}"
    return Said(name, value, f"t.{name}", f"'{{{name}}}'")


def of_attribute(attribute: Attribute) -> Said:
    """A defined attribute; its key is asked by its number, so that nothing typed stands in SQL."""
    key = BY_NUMBER.format(pk=attribute.pk)
    return Said(
        field_of(attribute), f"nullif(s.attributes ->> {key}, '')", f"nullif(t.attributes ->> {key}, '')",
        f"ARRAY['attributes', {key}]", f"s.attributes ? {key}", key,
    )  # fmt: skip


# Who wrote the value that stands: the last change of the field, else the source that the row came from, else the person who
# added it, if they wrote one.
AUTHOR: Final = """
    coalesce(({newest}), {first}, CASE WHEN coalesce(to_jsonb({stands}), 'null') IN ('null', '""', '[]') THEN '' ELSE '{hand}' END)
"""
# The lines whose row somebody added or changed by hand: of the others a file need only be held against other sources.
TOUCHED: Final = """
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS
    SELECT s.line FROM import_staged s, {rows}
    AND ({first} IS NULL OR EXISTS (SELECT FROM history_entry e WHERE {own} AND {by_hand}))
"""
BY_TOUCH: Final = "s.line IN (SELECT line FROM import_touched) AND "
HELD: Final = """
    EXISTS (SELECT FROM {rows} AND {stands} IS DISTINCT FROM {value} AND {given} AND NOT coalesce(%(name)s = ANY(s.unread), false)
            AND {author} = ANY(%(before)s))
"""
AGREE: Final = """
    DELETE FROM accounts_disagreement d
    WHERE d.target = %(target)s AND d.source = %(source)s AND d.field = ANY(%(given)s)
      AND d.object_id IN (SELECT t.id FROM import_staged s, {rows})
"""
DISAGREE: Final = """
    INSERT INTO accounts_disagreement (target, field, source, object_id, customer_id, given, stands, by, seen_on)
    SELECT %(target)s, %(name)s, %(source)s, t.id, {customer}, coalesce(({words})::text, ''), coalesce(({stood})::text, ''),
        {author}, %(today)s
    FROM import_unread u JOIN import_staged s USING (line), {rows} AND u.field = %(name)s AND u.reason = %(reason)s
    ON CONFLICT (target, object_id, field, source) DO UPDATE
    SET given = excluded.given, stands = excluded.stands, by = excluded.by, seen_on = excluded.seen_on
"""


def hold(staged: Staged, target: Target) -> None:
    """Leave out the cells of others than are believed, and list them; two statements a field of the file at most."""
    believed = TARGETS.get(target.name)
    if believed is None or staged.file.correction or staged.file.conceded:
        return
    orders = dict(FieldOrder.objects.filter(target=target.name).values_list("field", "sources"))
    fields = [of_column(name) for name in believed.fields if staged.has(name)] + own_attributes(staged)
    staged.execute(AGREE.format(rows=believed.rows), {"target": target.name, "given": [said.name for said in fields]})
    staged.execute(TOUCHED.format(rows=believed.rows, own=believed.own, first=believed.first, by_hand=BY_HAND))
    for said in fields:
        before = stronger(orders.get(said.name), staged.file.source)
        if not before:
            continue
        reason = why_kept(before)
        parts = {
            "rows": believed.rows, "stands": said.stands, "value": said.value, "given": said.given,
            "customer": believed.customer, "author": author(believed, said), "words": said.words or said.value,
            "stood": said.stood or said.stands,
        }  # fmt: skip
        params = {"name": said.name, "before": before, "target": target.name, "reason": reason}
        held = (BY_TOUCH if before == [HAND] else "") + HELD.format(**parts)
        if staged.list_unread(
            held, said.name, reason, shown=f"coalesce(({said.words or said.value})::text, '')", params=params
        ):
            staged.execute(DISAGREE.format(**parts), params)
            if said.key:
                staged.execute(KEEP.format(key=said.key), {"name": said.name})
    staged.execute("DROP TABLE import_touched")


def why_kept(before: list[str]) -> str:
    """Why a cell is left out: who is believed before its source."""
    sources = ", ".join(name for name in before if name != HAND)
    if not sources:
        return _("kept: what people enter on the pages is believed before the file")
    if HAND in before:
        sentence = _("kept: what people enter on the pages, and %(sources)s, are believed before the file")
    else:
        sentence = _("kept: %(sources)s is believed before the file")
    return sentence % {"sources": sources}


def own_attributes(staged: Staged) -> list[Said]:
    """The defined attributes that the file may give: those that its mapping names, of programs' rows all."""
    field = staged.file.field("attributes")
    if field is None or not staged.has("attributes"):
        return []
    known = definitions.by_key()
    named = known.keys() & field.attributes.keys() if field.attributes else known.keys()
    found = [of_attribute(known[key]) for key in named]
    staged.called |= {field_of(known[key]): field.attributes.get(key, f"attributes.{key}") for key in named}
    return found


def author(believed: Believed, said: Said) -> str:
    """SQL: who wrote the field of a row ``t``."""
    return AUTHOR.format(newest=newest(believed.own, said.path), first=believed.first, stands=said.stands, hand=HAND)


def settle(_now: dt.datetime | None = None) -> int:
    """Forget differences that are none any more: a person took the file's value, or the order is another. How many.

    A file that comes again lists what still differs.
    """
    gone = 0
    orders = {(order.target, order.field): order.sources for order in FieldOrder.objects.all()}
    defined = {field_of(attribute): attribute for attribute in definitions.defined()}
    listed = Disagreement.objects.order_by().values_list("target", "field", "source", "by").distinct()
    for target, name, source, by in listed:
        rows = Disagreement.objects.filter(target=target, field=name, source=source, by=by)
        if by in stronger(orders.get((target, name)), source):
            model: Any = TARGET_MODELS[target].models[0]
            attribute, column = defined.get(name), columns(model).get(name)
            if name == PARENT_FIELD:
                with connection.cursor() as cursor:
                    cursor.execute(AGREED, {"source": source})
                    gone += cursor.rowcount
                continue
            if column is None and attribute is None:
                continue  # the price of a line: only a file tells
            path = f"{name}__email" if column and column.is_relation and column.related_model is User else name
            text = KeyTextTransform(attribute.key, "attributes") if attribute else Cast(path, TextField())
            stands = model.objects.filter(pk=OuterRef("object_id")).annotate(text=text)
            rows = rows.filter(given=Coalesce(Subquery(stands.values("text")), Value("")))
        gone += rows.delete()[0]
    return gone


def stronger(order: list[str] | None, source: str) -> list[str]:
    """Who is believed before ``source``: those that stand before it in the order, all of them where it is not in it."""
    order = [HAND] if order is None else order
    return order[: order.index(source)] if source in order else order
