"""By night each source is compared with the record: what it last said of every row and field, and what stands there now.

A source whose comparison fails is set aside with its reason; the others are compared all the same.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count

from accounts.imports.authorship import BY_UNDO, WRITER, newest, path_to
from accounts.imports.compared import Compared, compared
from accounts.models import Deviation, Reconciled, Word
from config.setaside import register
from config.setaside.models import Kind

STEP: Final = "reconciliation"
# Who wrote the value that stands, and whether an Undo had the last word on it.
NEWEST: Final = """
    LEFT JOIN LATERAL (
        SELECT CASE WHEN w.by = 'hand' THEN 'hand' WHEN w.by_merge THEN 'merge' WHEN w.by NOT IN ('', %(source)s) THEN 'source'
                    WHEN {undone} THEN 'undo' END AS reason, w.by
        FROM (SELECT) one LEFT JOIN LATERAL ({newest}) w ON true) newest ON true
"""
BY: Final = f"{WRITER} AS by, split_part(e.door, ':', 1) = 'merge' AS by_merge"
UNDONE: Final = f"""
    (SELECT {BY_UNDO} FROM history_entry e
     WHERE {{own}} AND e.operation = 'changed' AND (e.after #> {{path}}) IS DISTINCT FROM (e.before #> {{path}}) ORDER BY e.id DESC LIMIT 1)
"""  # noqa: S608 (made of constants)
# Of a row that one source alone writes, and of which no history is kept, what is no longer as that source's load left it
# was changed by hand.
FIELDS: Final = """
    SELECT %(target)s, %(source)s, w.external_id, v.field,
           coalesce({reason} CASE WHEN w.kept ->> v.field = v.stands THEN 'rule' WHEN {by_word} THEN 'hand' ELSE 'other' END),
           {by}, t.id, {customer}, w.fields ->> v.field, v.stands, %(day)s
    FROM accounts_word w JOIN {table} t ON t.id = w.object_id
    CROSS JOIN LATERAL (VALUES {values}) v(field, stands)
    {newest}
    WHERE w.target = %(target)s AND w.source = %(source)s AND w.gone_on IS NULL {awake}
      AND w.fields ->> v.field <> v.stands
"""
ROWS: Final = """
    SELECT %(target)s, %(source)s, w.external_id, '',
           CASE WHEN t.id IS NULL THEN CASE WHEN EXISTS (
                    SELECT FROM accounts_withdrawnrow x WHERE x.kind = '{kind}' AND x.object_id = w.object_id) THEN 'withdrawn' ELSE 'missing' END
                WHEN w.gone_on IS NOT NULL THEN 'unnamed' ELSE 'merged' END,
           '', w.object_id, {customer}, '', '', %(day)s
    FROM accounts_word w LEFT JOIN {table} t ON t.id = w.object_id
    WHERE w.target = %(target)s AND w.source = %(source)s AND (t.id IS NULL OR w.gone_on IS NOT NULL {asleep})
"""
FIND: Final = """
    CREATE TEMP TABLE found ON COMMIT DROP AS
    SELECT * FROM ({fields} UNION ALL {rows}) f(target, source, external_id, field, reason, by, object_id, customer_id, given, stands, since)
"""
WRITE: Final = """
    DELETE FROM accounts_deviation d WHERE d.target = %(target)s AND d.source = %(source)s
        AND NOT EXISTS (SELECT FROM found f WHERE (f.external_id, f.field) = (d.external_id, d.field));
    INSERT INTO accounts_deviation AS d (target, source, external_id, field, reason, by, object_id, customer_id, given, stands, since)
    SELECT * FROM found
    ON CONFLICT (target, source, external_id, field) DO UPDATE
    SET reason = excluded.reason, by = excluded.by, object_id = excluded.object_id, customer_id = excluded.customer_id,
        given = excluded.given, stands = excluded.stands
    WHERE (d.reason, d.by, d.object_id, d.customer_id, d.given, d.stands) IS DISTINCT FROM
        (excluded.reason, excluded.by, excluded.object_id, excluded.customer_id, excluded.given, excluded.stands);
    DROP TABLE found
"""
# What a row said that is in the record no more is not kept: it may name people.
EMPTY: Final = """
    UPDATE accounts_word w SET fields = '{{}}', kept = '{{}}'
    WHERE w.target = %(target)s AND w.source = %(source)s AND w.fields <> '{{}}' AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = w.object_id)
"""
COUNT: Final = """
    INSERT INTO accounts_reconciled AS r (target, source, rows, same, day, problem)
    SELECT %(target)s, %(source)s, count(*),
           count(*) FILTER (WHERE NOT EXISTS (SELECT FROM accounts_deviation d
               WHERE d.target = w.target AND d.source = w.source AND d.external_id = w.external_id)), %(day)s, ''
    FROM accounts_word w WHERE w.target = %(target)s AND w.source = %(source)s
    ON CONFLICT (target, source) DO UPDATE
    SET rows = excluded.rows, same = excluded.same, day = excluded.day, problem = ''
    WHERE (r.rows, r.same, r.day, r.problem) IS DISTINCT FROM (excluded.rows, excluded.same, excluded.day, '')
"""


def sweep(day: dt.date) -> int:
    """Compare every source and target; how many differences there are. Safe to run again.

    Six statements a source and target, whatever its rows. Of a source that has no word any more nothing is left.
    """
    pairs = list(Word.objects.order_by("source", "target").values_list("source", "target").distinct())
    for source, target in {*Reconciled.objects.values_list("source", "target")}.difference(pairs):
        release(source, target)
        for model in (Deviation, Reconciled):
            model.objects.filter(source=source, target=target).delete()
    for source, target in pairs:
        try:
            with transaction.atomic():
                compare(source, target, day)
        except Exception as error:
            if not register.fails_again(error):
                raise
            set_aside(source, target, error)
        else:
            release(source, target)
    return Deviation.objects.count()


def compare(source: str, target: str, day: dt.date) -> None:
    """Write what differs between the source's rows of one target and the record. Raises LookupError for a target that is no more."""
    known = compared(target)
    if known is None:
        raise LookupError(target)
    known = known.with_attributes()
    params: dict[str, Any] = {"source": source, "target": target, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(FIND.format(fields=fields_of(known), rows=rows_of(known)), params)
        cursor.execute(WRITE, params)
        cursor.execute(EMPTY.format(table=known.table), params)
        cursor.execute(COUNT, params)


def fields_of(known: Compared) -> str:
    """SQL of the fields that differ. Of a customer that was merged none is compared: nobody sees them."""
    return FIELDS.format(
        table=known.table,
        customer=known.customer,
        values=", ".join(f"('{name}', {value.stands})" for name, value in known.values.items()),
        newest=NEWEST.format(
            newest=newest(known.own, path_of(known), BY), undone=UNDONE.format(own=known.own, path=path_of(known))
        )
        if known.own
        else "",
        reason="newest.reason," if known.own else "",
        by="CASE WHEN newest.reason = 'source' THEN newest.by ELSE '' END" if known.own else "''",
        by_word=f"v.field IN ({', '.join(repr(name) for name, value in known.values.items() if value.keep) or 'NULL'})"
        if known.own
        else "true",
        awake="AND t.merged_into_id IS NULL" if known.kind == "customer" else "",
    )


def path_of(known: Compared) -> str:
    """SQL of the path to the field ``v.field`` in an entry of the history."""
    keys = "".join(
        f" WHEN '{name}' THEN ARRAY['attributes', {value.key}]" for name, value in known.values.items() if value.key
    )
    return f"(CASE v.field{keys} ELSE {path_to('v.field')} END)" if keys else path_to("v.field")


def rows_of(known: Compared) -> str:
    asleep = "OR t.merged_into_id IS NOT NULL" if known.kind == "customer" else ""
    return ROWS.format(table=known.table, kind=known.kind, customer=known.customer, asleep=asleep)


@dataclass(frozen=True)
class Counted:
    """A comparison with how many rows or fields of it differ for each reason, in the order of the reasons."""

    row: Reconciled
    reasons: list[tuple[str, str, int]]


def by_source(**which: str) -> dict[str, list[Counted]]:
    """The comparisons of each source, of those that ``which`` filters, by target. Two statements."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    reasons = Deviation.objects.filter(**which).order_by().values_list("source", "target", "reason")
    for source, target, reason, count in reasons.annotate(n=Count("pk")):
        found.setdefault((source, target), {})[reason] = count
    comparisons: dict[str, list[Counted]] = {}
    for row in Reconciled.objects.filter(**which).order_by("source", "target"):
        counts = found.get((row.source, row.target), {})
        named = [(reason.value, str(reason.label), counts[reason]) for reason in Deviation.Reason if counts.get(reason)]
        comparisons.setdefault(row.source, []).append(Counted(row, named))
    return comparisons


def set_aside(source: str, target: str, error: Exception) -> None:
    """Name the source that cannot be compared, here and where everything stands that was set aside."""
    row, _new = Reconciled.objects.update_or_create(
        source=source, target=target, defaults={"problem": register.reason_of(error)}
    )
    register.record(STEP, Kind.SOURCE, row.pk, f"{source}: {target}", error)


def release(source: str, target: str) -> None:
    rows = Reconciled.objects.filter(source=source, target=target).values_list("pk", flat=True)
    register.release(Kind.SOURCE, rows, STEP)
