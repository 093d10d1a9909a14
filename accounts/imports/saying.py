"""What each source last said of its rows, kept row by row as files and programs bring them.

Rows that people type are no source's. A file is taken for all that its source has where it names more than half of the
rows that the source has said so far; what it no longer names is marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from accounts.imports.compared import LINES, Compared, compared
from accounts.imports.remarks import IS_MOST

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

# A cell that was left out because another is believed is what the file said all the same; one that could not be read is not.
HELD: Final = """
    CASE WHEN '{name}' = ANY(s.unread) THEN (
        SELECT d.given FROM accounts_disagreement d
        WHERE (d.target, d.object_id, d.field, d.source) = (%(target)s, t.id, '{name}', %(source)s))
    ELSE {given} END
"""
NOTE: Final = """
    INSERT INTO accounts_word AS w (target, source, external_id, object_id, as_of, fields, kept)
    SELECT %(target)s, %(source)s, external_id, id, %(day)s, said, coalesce((
               SELECT jsonb_object_agg(f.key, stood -> f.key) FROM jsonb_each(said) f
               WHERE stood -> f.key <> f.value AND NOT coalesce(f.key = ANY(unread), false)), '{{}}')
    FROM (
        SELECT DISTINCT ON (s.external_id) s.external_id, s.unread, t.id,
               jsonb_strip_nulls(jsonb_build_object({said})) AS said, jsonb_build_object({stood}) AS stood
        FROM import_staged s, {rows} ORDER BY s.external_id, s.line) given
    ON CONFLICT (target, source, external_id) DO UPDATE
    SET object_id = excluded.object_id, as_of = excluded.as_of, fields = w.fields || excluded.fields, gone_on = NULL,
        kept = (w.kept - ARRAY(SELECT jsonb_object_keys(excluded.fields))) || excluded.kept
    WHERE (w.as_of <= excluded.as_of) IS NOT FALSE AND (
        w.object_id <> excluded.object_id OR w.gone_on IS NOT NULL OR NOT w.fields @> excluded.fields
        OR w.kept || excluded.kept <> w.kept OR EXISTS (
            SELECT FROM jsonb_object_keys(w.kept) k WHERE excluded.fields ? k AND NOT excluded.kept ? k))
"""
NAMED: Final = "SELECT count(*) FROM named"
KNOWN: Final = (
    "SELECT count(*) FROM accounts_word WHERE target = %(target)s AND source = %(source)s AND gone_on IS NULL"
)
GONE: Final = f"""
    WITH named AS MATERIALIZED (
        SELECT external_id FROM import_staged UNION SELECT external_id FROM import_refused WHERE external_id <> ''
    )
    UPDATE accounts_word w SET gone_on = %(today)s
    WHERE w.target = %(target)s AND w.source = %(source)s AND w.gone_on IS NULL
      AND (w.as_of <= %(day)s) IS NOT FALSE AND NOT EXISTS (SELECT FROM named n WHERE n.external_id = w.external_id)
      AND {IS_MOST.format(named=NAMED, known=KNOWN)}
"""  # noqa: S608 (made of constants)


def note(staged: Staged, target: str, *, is_part: bool) -> None:
    """Keep what the staged rows say, after their load. ``is_part``: others than these rows may be there. At most two statements."""
    known = compared(target)
    if known is None or staged.file.is_typed:
        return
    known = known.with_attributes()
    values = given(staged, known)
    if not values:
        return
    said = ", ".join(f"'{name}', {HELD.format(name=name, given=value)}" for name, value in values.items())
    stood = ", ".join(f"'{name}', {known.values[name].stands}" for name in values)
    staged.execute(NOTE.format(said=said, stood=stood, rows=known.rows), {"target": target})
    if not is_part:
        staged.execute(GONE, {"target": target})


def given(staged: Staged, known: Compared) -> dict[str, str]:
    """The SQL of each compared field that the file has; of files with a row a line those of the contract alone. Of a value
    that was conceded that one: the other fields of its row are what stands, not what the source said.
    """
    by_line = staged.has("line_starts_on")
    return {
        name: value.given
        for name, value in known.values.items()
        if staged.has("attributes" if value.key else name)
        and not (by_line and name in LINES)
        and staged.file.conceded in {"", name}
    }
