"""What a source had said before a file that is undone is its word again, and differences that the file listed or settled are
as before.

Each file keeps what it changed of words and of listed differences, as before and after (``WordChange``). Undo takes its links
out of these chains: in whichever order files are undone, the word is what the files that stay said. What stands, whose it is
and of which customer is asked anew: it may have changed since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from accounts.imports import believing, edited_lines
from accounts.imports.compared import compared
from accounts.imports.standing import standing
from accounts.imports.targets import TARGETS
from accounts.models import Disagreement, FieldOrder, WordChange

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from accounts.imports.staging import Staged
    from accounts.models import ImportFile

WORD, DIFFERENCE, NEW = WordChange.Kind.WORD, WordChange.Kind.DIFFERENCE, ".new"
# What is kept of a difference. Whether it is another one says the value given alone: each load lists it anew.
KEPT: Final = ("given", "stands", "seen_on", "by")
NEWEST: Final = """
    SELECT (SELECT coalesce(max(id), 0) FROM accounts_word), (SELECT coalesce(max(id), 0) FROM accounts_disagreement)
"""
# What changed of the words that were there, by what their trigger noted.
WORDS: Final = f"""
    INSERT INTO accounts_wordchange (kind, file_id, object_id, field, changes)
    SELECT '{WORD}', %(file)s, w.id, '', jsonb_object_agg(v.key, jsonb_build_array(v.was, v.becomes))
    FROM import_was p JOIN accounts_word w ON w.id = p.id CROSS JOIN LATERAL (
        SELECT 'fields.' || k, p.was -> 'fields' -> k, w.fields -> k FROM jsonb_object_keys(p.was -> 'fields' || w.fields) k
        UNION ALL SELECT 'kept.' || k, p.was -> 'kept' -> k, w.kept -> k FROM jsonb_object_keys(p.was -> 'kept' || w.kept) k
        UNION ALL SELECT '.' || c, p.was -> c, to_jsonb(w) -> c FROM unnest(ARRAY['as_of', 'gone_on', 'object_id']) c
    ) v(key, was, becomes)
    WHERE p.name = 'accounts_word' AND v.was IS DISTINCT FROM v.becomes GROUP BY w.id
"""  # noqa: S608 (made of constants)
# The first words on rows that were there before, with what they say.
NEW_WORDS: Final = f"""
    INSERT INTO accounts_wordchange (kind, file_id, object_id, field, changes)
    SELECT '{WORD}', %(file)s, w.id, '', '{{"{NEW}": [null, true]}}' || coalesce((
        SELECT jsonb_object_agg(v.key, jsonb_build_array(NULL, v.value)) FROM (
            SELECT 'fields.' || f.key, f.value FROM jsonb_each(w.fields) f
            UNION ALL SELECT 'kept.' || k.key, k.value FROM jsonb_each(w.kept) k) v(key, value)), '{{}}')
    FROM accounts_word w WHERE w.id > %(last_word)s AND (w.target, w.source) = (%(target)s, %(source)s) AND w.object_id <= %(last_row)s
"""  # noqa: S608 (made of constants)
ROW: Final = "jsonb_build_object({})".format(", ".join(f"'{name}', {{row}}.{name}" for name in KEPT))
DIFFERENCES: Final = f"""
    INSERT INTO accounts_wordchange (kind, file_id, object_id, field, changes)
    SELECT '{DIFFERENCE}', %(file)s, object_id, field, jsonb_build_object('', jsonb_build_array(was.row, now.row))
    FROM (SELECT d.object_id, d.field, {ROW.format(row="d")} AS row
          FROM import_was p CROSS JOIN LATERAL jsonb_populate_record(NULL::accounts_disagreement, p.was) d
          WHERE p.name = 'accounts_disagreement') was
    FULL JOIN (SELECT d.object_id, d.field, {ROW.format(row="d")} AS row FROM accounts_disagreement d
               WHERE (d.target, d.source) = (%(target)s, %(source)s) AND (
                   d.id > %(last_difference)s OR d.id IN (SELECT p.id FROM import_was p WHERE p.name = 'accounts_disagreement'))) now
    USING (object_id, field) WHERE was.row -> 'given' IS DISTINCT FROM now.row -> 'given'
"""  # noqa: S608 (made of constants)
# What the file changed, with the next change of the same since, if any; of a first word with the next one of the word.
LINKS: Final = f"""
    SELECT m.kind, m.object_id, m.field, c.key, c.value -> 0 AS was, c.value -> 1 AS becomes, next.id AS next
    FROM accounts_wordchange m CROSS JOIN LATERAL jsonb_each(m.changes) c
    LEFT JOIN LATERAL (
        SELECT n.id FROM accounts_wordchange n JOIN accounts_importfile f ON f.id = n.file_id
        WHERE (n.kind, n.object_id, n.field) = (m.kind, m.object_id, m.field) AND n.id > m.id AND (n.changes ? c.key OR c.key = '{NEW}')
          AND (f.target, f.source) = (%(target)s, %(source)s)
        ORDER BY n.id LIMIT 1) next ON true
    WHERE m.file_id = %(file)s
"""  # noqa: S608 (made of constants)
# The first word on a row is the next file's then.
CHAIN: Final = f"""
    UPDATE accounts_wordchange n SET changes = n.changes || b.changes
    FROM (SELECT l.next AS id, jsonb_object_agg(l.key, jsonb_build_array(l.was, coalesce(n.changes -> l.key -> 1, l.becomes))) AS changes
          FROM import_links l JOIN accounts_wordchange n ON n.id = l.next
          WHERE l.key = '{NEW}' OR CASE l.kind WHEN '{DIFFERENCE}' THEN n.changes -> l.key -> 0 -> 'given' IS NOT DISTINCT FROM l.becomes -> 'given'
              ELSE n.changes -> l.key -> 0 = coalesce(l.becomes, 'null') END
          GROUP BY l.next) b
    WHERE n.id = b.id
"""  # noqa: S608 (made of constants)
FORGET: Final = """
    DELETE FROM accounts_word w USING accounts_importline l
    WHERE l.file_id = %(file)s AND l.kind = 'new' AND l.outcome = 'returned' AND l.object_kind = %(kind)s
      AND (w.target, w.source, w.object_id) = (%(target)s, %(source)s, l.object_id)
"""
# A row of which other files have spoken since keeps the word.
FORGET_NEW: Final = f"""
    DELETE FROM accounts_word w USING import_links l
    WHERE l.kind = '{WORD}' AND l.key = '{NEW}' AND l.object_id = w.id AND l.next IS NULL
"""  # noqa: S608 (made of constants)
# Of a first word that is the next file's now, what that file changed; the rest it may have said as well.
SAY_AGAIN: Final = f"""
    UPDATE accounts_word w
    SET fields = jsonb_strip_nulls(w.fields || b.fields), kept = jsonb_strip_nulls(w.kept || b.kept),
        as_of = CASE WHEN b.own ? 'as_of' THEN (b.own ->> 'as_of')::date ELSE w.as_of END,
        gone_on = CASE WHEN b.own ? 'gone_on' THEN (b.own ->> 'gone_on')::date ELSE w.gone_on END,
        object_id = CASE WHEN b.own ? 'object_id' THEN (b.own ->> 'object_id')::bigint ELSE w.object_id END
    FROM (
        SELECT w.id, coalesce(jsonb_object_agg(k.name, l.was) FILTER (WHERE k.part = 'fields'), '{{}}') AS fields,
               coalesce(jsonb_object_agg(k.name, l.was) FILTER (WHERE k.part = 'kept'), '{{}}') AS kept,
               coalesce(jsonb_object_agg(k.name, l.was) FILTER (WHERE k.part = ''), '{{}}') AS own
        FROM import_links l JOIN accounts_word w ON w.id = l.object_id
        CROSS JOIN LATERAL (SELECT split_part(l.key, '.', 1), substr(l.key, strpos(l.key, '.') + 1)) k(part, name)
        WHERE l.kind = '{WORD}' AND l.next IS NULL AND l.key <> '{NEW}'
          AND NOT EXISTS (SELECT FROM import_links n WHERE n.key = '{NEW}' AND n.object_id = l.object_id AND n.next IS NOT NULL)
          AND coalesce(CASE k.part WHEN 'fields' THEN w.fields -> k.name WHEN 'kept' THEN w.kept -> k.name
                       ELSE to_jsonb(w) -> k.name END, 'null') = coalesce(l.becomes, 'null')
        GROUP BY w.id) b
    WHERE w.id = b.id
"""  # noqa: S608 (made of constants)
# Differences that stand as the file left them. One is listed again where the source says the same as then; of one that was not
# listed before the file, what the source says now is.
DIFFER_AGAIN: Final = f"""
    CREATE TEMP TABLE import_differ ON COMMIT DROP AS
    SELECT l.object_id, l.field, CASE
        WHEN coalesce(w.said, l.was ->> 'given') = l.was ->> 'given' THEN l.was
        WHEN w.said <> '' AND d.id IS NOT NULL
        THEN {ROW.format(row="d")} || jsonb_build_object('given', w.said, 'seen_on', least(d.seen_on, coalesce(w.as_of, d.seen_on)))
    END AS row
    FROM import_links l LEFT JOIN accounts_disagreement d
        ON (d.target, d.source, d.object_id, d.field) = (%(target)s, %(source)s, l.object_id, l.field)
    LEFT JOIN LATERAL (
        SELECT w.fields ->> l.field AS said, w.as_of FROM accounts_word w
        WHERE (w.target, w.source, w.object_id) = (%(target)s, %(source)s, l.object_id) LIMIT 1) w ON true
    WHERE l.kind = '{DIFFERENCE}' AND l.next IS NULL AND d.given IS NOT DISTINCT FROM (l.becomes ->> 'given')
"""  # noqa: S608 (made of constants)
AGREE: Final = """
    DELETE FROM accounts_disagreement d USING import_differ b
    WHERE (d.target, d.source, d.object_id, d.field) = (%(target)s, %(source)s, b.object_id, b.field)
"""
LISTED: Final = "SELECT DISTINCT field FROM import_differ WHERE row IS NOT NULL"
# What a rule held with a value of a person's is theirs, though they did not write it.
DISAGREE: Final = """
    INSERT INTO accounts_disagreement (target, source, field, object_id, customer_id, given, stands, by, seen_on)
    SELECT %(target)s, %(source)s, %(field)s, n.* FROM (
        SELECT t.id, {customer}, b.row ->> 'given' AS given, {stands} AS stands,
            CASE WHEN b.row ->> 'by' = '{hand}' AND b.row ->> 'stands' = {stands} THEN '{hand}' ELSE {by} END AS by,
            (b.row ->> 'seen_on')::date
        FROM import_differ b, {rows} AND t.id = b.object_id AND b.field = %(field)s AND b.row IS NOT NULL) n
    WHERE n.stands <> n.given AND n.by = ANY(%(before)s) ON CONFLICT DO NOTHING
"""
# Differences that undone imports alone speak of: an Undo withdrew the contract, or took back the file that made the row, and no
# file of the source that stays came since. Where a person ended a contract on its first day the source's word is there.
UNSAID: Final = f"""
    SELECT d.id FROM accounts_disagreement d
    WHERE (d.target, d.source) = (%(target)s, %(source)s) AND CASE
        WHEN d.target = '{edited_lines.CONTRACTS}'
             AND EXISTS (SELECT FROM accounts_contract c WHERE c.id = d.object_id AND c.ended_on <= c.starts_on)
        THEN NOT EXISTS (SELECT FROM accounts_word w
                         WHERE (w.target, w.source, w.object_id) = (%(target)s, %(source)s, d.object_id))
        ELSE d.object_id IN (
            SELECT l.object_id FROM accounts_importfile f JOIN accounts_importline l ON l.file_id = f.id
            WHERE (f.target, f.source) = (%(target)s, %(source)s) AND f.written AND f.undone AND NOT f.is_conceded
              AND l.kind = 'new' AND l.object_kind = %(kind)s AND f.id > coalesce((
                  SELECT max(o.id) FROM accounts_importfile o WHERE (o.target, o.source) = (%(target)s, %(source)s)
                    AND o.written AND NOT o.undone AND NOT o.is_conceded), 0)) END
"""  # noqa: S608 (made of constants)


def newest(staged: Staged) -> dict[str, int]:
    """The newest word and difference before a load, for ``note``."""
    words, differences = staged.rows(NEWEST)[0]
    return {"last_word": words, "last_difference": differences}


def note(staged: Staged, file: ImportFile, before: Mapping[str, int], last_row: int) -> None:
    """Keep what ``file`` changed of its source's words, and of the differences listed of it, once both are written.

    ``last_row`` is the newest row of the target before the load. Three statements.
    """
    given = {**before, "file": file.pk, "target": file.target, "last_row": last_row}
    for statement in (WORDS, NEW_WORDS, DIFFERENCES):
        staged.execute(statement, given)


def note_taken(file: ImportFile, difference: Disagreement) -> None:
    """Keep with ``file`` the difference that it settled, as an admin let the source's value stand."""
    row = {name: str(getattr(difference, name)) for name in KEPT}
    WordChange.objects.create(
        kind=DIFFERENCE, file=file, object_id=difference.object_id, field=difference.field, changes={"": [row, None]}
    )


def forget(file: ImportFile, day: dt.date) -> None:
    """Forget what ``file``, which has been taken back, said; ``day`` is the organisation's.

    Twelve statements, and two more where differences are listed again, and one a field of theirs.
    """
    if file.target not in TARGETS:
        return
    forget_gone(file)
    given: dict[str, Any] = {"file": file.pk, "target": file.target, "source": file.source, "today": day}
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE import_links ON COMMIT DROP AS {LINKS}", given)
        for statement in (CHAIN, FORGET_NEW, SAY_AGAIN, DIFFER_AGAIN, AGREE):
            cursor.execute(statement, given)
        cursor.execute(LISTED)
        list_again([name for (name,) in cursor.fetchall()], given)
        cursor.execute("DROP TABLE import_links, import_differ")
    WordChange.objects.filter(file=file).delete()
    Disagreement.objects.filter(pk__in=unsaid(file.target, file.source)).delete()


def unsaid(target: str, source: str) -> set[int]:
    """The listed differences of which imports that are undone alone speak. One statement."""
    known = TARGETS[target]
    with connection.cursor() as cursor:
        cursor.execute(UNSAID, {"target": target, "source": source, "kind": str(known.models[0]._meta.model_name)})
        return {pk for (pk,) in cursor.fetchall()}


def list_again(fields: list[str], given: Mapping[str, Any]) -> None:
    """List differences of ``fields`` as they are now: where another than the source still is believed, and says otherwise."""
    if not fields:
        return
    target, source = given["target"], given["source"]
    orders = dict(FieldOrder.objects.filter(target=target).values_list("field", "sources"))
    with connection.cursor() as cursor:
        for field in fields:
            found = standing(target, field, "(b.row ->> 'given')", "(b.row ->> 'stands')")
            before = believing.stronger(orders.get(field), source)
            if found and before:
                parts = {
                    "rows": found.rows, "customer": found.customer, "stands": found.stands, "by": found.by,
                    "hand": FieldOrder.HAND,
                }  # fmt: skip
                cursor.execute(DISAGREE.format(**parts), {**given, "field": field, "before": before})
        if believing.PARENT_FIELD in fields:
            cursor.execute(believing.AGREED, given)


def forget_gone(file: ImportFile) -> None:
    """Forget what its source said of the rows that ``file`` had made and that have left. One statement."""
    if known := compared(file.target):
        given: dict[str, Any] = {"file": file.pk, "target": file.target, "source": file.source, "kind": known.kind}
        with connection.cursor() as cursor:
            cursor.execute(FORGET, given)
