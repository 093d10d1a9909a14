"""Rows of the record that a later file of the same source no longer names.

Nothing is deleted. The report counts such rows; with ``missing = "ended"`` in the mapping they end on the file's day,
for a source whose every file is the whole of it. When a row returns in a file, its end is undone: one truncated file
ends nobody for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.remarks import OPENED, Remark

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

END: Final = """
    WITH before AS (
        SELECT t.id, {kept} AS kept FROM {table} t WHERE t.id IN ({missing})
    ), done AS (
        UPDATE {table} t SET {ends} WHERE t.id IN (SELECT id FROM before) RETURNING t.id, t.customer_id, {kept} AS kept
    ), noted AS (
        INSERT INTO accounts_absence ("table", row_id, before, after)
        SELECT '{table}', done.id, before.kept, done.kept FROM done JOIN before USING (id)
        ON CONFLICT ("table", row_id) DO UPDATE SET before = excluded.before, after = excluded.after
    )
    SELECT DISTINCT customer_id FROM done
"""
# A row that somebody changed since stays as it is.
TAKE_BACK: Final = """
    WITH here AS (
        DELETE FROM accounts_absence a USING {table} t
        WHERE a."table" = '{table}' AND a.row_id = t.id AND t.source = %(source)s
          AND EXISTS (SELECT FROM import_staged s WHERE s.external_id = t.external_id)
        RETURNING a.row_id, a.before, a.after
    ), done AS (
        UPDATE {table} t SET {back} FROM here CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, here.before) b
        WHERE t.id = here.row_id AND {kept} = here.after
        RETURNING t.external_id, t.customer_id
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT min(s.line), done.customer_id, false FROM done JOIN import_staged s USING (external_id)
    GROUP BY done.external_id, done.customer_id
"""


# The first rows that are missing, before they end.
NAMES: Final = """
    SELECT t.external_id, c.name, count(*) OVER () FROM {table} t JOIN accounts_customer c ON c.id = t.customer_id
    WHERE t.id IN ({missing}) ORDER BY t.external_id LIMIT {opened}
"""


@dataclass(frozen=True)
class Whole:
    """How a file ends rows of ``model`` that it no longer names: ``missing`` is SQL for their ids, over
    ``import_named`` (every external id that the file names, rejected rows too), ``ends`` the new values of their
    columns.
    """

    model: type[models.Model]
    missing: str
    ends: Mapping[str, str]

    @property
    def words(self) -> dict[str, Any]:
        columns = ", ".join(f"'{name}', t.{name}" for name in self.ends)
        return {
            "table": self.model._meta.db_table,
            "missing": self.missing,
            "ends": ", ".join(f"{name} = {value}" for name, value in self.ends.items()),
            "back": ", ".join(f"{name} = b.{name}" for name in self.ends),
            "kept": f"jsonb_build_object({columns})",
        }


def take_back(staged: Staged, whole: Whole) -> None:
    """Restore rows that the file names again to their values before their absence ended them; counted as changed."""
    count = 0 if staged.file.by_hand else staged.execute(TAKE_BACK.format(**whole.words))
    if count:
        text = ngettext(
            "%(n)s that ended because a file did not name it is in the file again: its end is taken back",
            "%(n)s that ended because a file did not name them are in the file again: their ends are taken back",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def note_missing(staged: Staged, whole: Whole) -> int:
    """Count the rows that the file no longer names, and end them where the mapping says so; returns how many.

    Skips a file of corrected rejects, an empty one and one with a row whose id cannot be read: these are no whole
    snapshot.
    """
    if staged.file.is_part and staged.file.missing == "ended":
        staged.notes.append(
            _("nothing ends: several files of this import bring such rows, and none of them is the whole")
        )
    if not staged.whole:
        return 0
    found = staged.rows(NAMES.format(**whole.words, opened=OPENED))
    count = found[0][-1] if found else 0
    named = [(None, f"{external_id} {customer}") for external_id, customer, _n in found]
    if count and staged.file.missing == "ended":
        staged.also_changed += [pk for (pk,) in staged.rows(END.format(**whole.words))]
    if count:
        kind = "ended" if staged.file.missing == "ended" else "missing"
        staged.remark(Remark(kind, count, sentence(staged, count), advice(staged), named))
    return count


def advice(staged: Staged) -> str:
    """What to do about rows that the file no longer names."""
    if staged.file.missing == "ended":
        return _("Undo takes these ends back, and so does a file that names the rows again")
    return _('if the file is the whole of its source, say missing = "ended" in the mapping, and such rows end')


def sentence(staged: Staged, count: int) -> str:
    names = {"n": f"{count:,}", "day": staged.day}
    if staged.file.missing == "ended":
        text = ngettext(
            "%(n)s of this source is not in the file: ended on %(day)s",
            "%(n)s of this source are not in the file: ended on %(day)s",
            count,
        )
    else:
        text = ngettext(
            "%(n)s of this source is not in the file: kept as it was",
            "%(n)s of this source are not in the file: kept as they were",
            count,
        )
    return text % names
