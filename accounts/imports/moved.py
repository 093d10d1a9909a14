"""Who moved, by a file of contacts with a column of department or title: posts from the file's day on.

Most systems know one post a person, that of today. What they said before is the post until that day, what they say now the one
from then on. These posts have ids of their own; where people or a file of posts keep posts of a contact, those count.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import ngettext

from accounts.identity import ways
from accounts.imports.staging import Staged
from accounts.posts import OF_TITLE

SAYS: Final = ("department", "title")
# The contacts of which the file says another post, with what stood, and the post of such a file that runs.
MOVED: Final = f"""
    CREATE TEMP TABLE import_moved ON COMMIT DROP AS
    SELECT DISTINCT ON (c.id) c.id AS contact_id, md5(s.external_id) AS key, c.department AS old_department, c.title AS old_title,
           {{department}} AS department, {{title}} AS title, r.id AS post_id, r.starts_on,
           EXISTS (SELECT FROM accounts_post p WHERE p.contact_id = c.id) AS has_posts,
           (SELECT max(p.ends_on) FROM accounts_post p WHERE p.contact_id = c.id) AS last_on,
           EXISTS (SELECT FROM accounts_post p WHERE p.contact_id = c.id AND NOT starts_with(p.external_id, '{OF_TITLE}'))
               OR r.id IS NOT NULL AND (r.department, r.title) <> (c.department, c.title) AS is_kept,
           coalesce(r.starts_on > %(day)s AND NOT {{correction}}, false) AS is_late
    FROM import_staged s JOIN ({ways.CONTACTS}) k ON k.word = s.external_id JOIN accounts_contact c ON c.id = k.id
    LEFT JOIN LATERAL (
        SELECT p.* FROM accounts_post p
        WHERE p.contact_id = c.id AND p.ends_on IS NULL AND starts_with(p.external_id, '{OF_TITLE}')
        ORDER BY p.starts_on DESC NULLS LAST, p.id DESC LIMIT 1) r ON true
    WHERE ({{department}}, {{title}}) IS DISTINCT FROM (c.department, c.title)
    ORDER BY c.id, s.line
"""  # noqa: S608 (made of constants)
KEPT: Final = "SELECT count(*) FROM import_moved WHERE is_kept"
LATE: Final = "SELECT count(*) FROM import_moved WHERE is_late AND NOT is_kept"
# What the file says of an earlier day is no news of today.
LEAVE: Final = f"""
    UPDATE import_staged s SET {{columns}} FROM import_moved m JOIN ({ways.CONTACTS}) k ON k.id = m.contact_id
    WHERE k.word = s.external_id AND m.is_late AND NOT m.is_kept
"""  # noqa: S608 (made of constants)
STAYS: Final = "(m.is_kept OR m.is_late)"
IN_PLACE: Final = "(m.starts_on = %(day)s OR {correction}) AND (m.department, m.title) <> ('', '')"
PUT_RIGHT: Final = f"""
    UPDATE accounts_post p SET department = m.department, title = m.title
    FROM import_moved m WHERE p.id = m.post_id AND NOT {STAYS} AND {IN_PLACE}
"""  # noqa: S608 (made of constants)
END: Final = f"""
    UPDATE accounts_post p SET ends_on = greatest(%(day)s::date, p.starts_on + 1)
    FROM import_moved m WHERE p.id = m.post_id AND NOT {STAYS} AND NOT coalesce({IN_PLACE}, false)
"""  # noqa: S608 (made of constants)
# The post before, of a contact that had none, and the one that begins.
BEGIN: Final = f"""
    INSERT INTO accounts_post (contact_id, department, title, starts_on, ends_on, source, external_id)
    SELECT m.contact_id, new.department, new.title, new.starts_on, new.ends_on, %(source)s, '{OF_TITLE}' || m.key || new.id
    FROM import_moved m CROSS JOIN LATERAL (
        SELECT m.old_department AS department, m.old_title AS title, NULL::date AS starts_on, %(day)s::date AS ends_on, '' AS id
        WHERE NOT m.has_posts
        UNION ALL
        SELECT m.department, m.title, first, NULL, ':' || first FROM greatest(%(day)s::date, m.last_on) first) new
    WHERE NOT {STAYS} AND NOT coalesce({IN_PLACE}, false) AND NOT {{correction}} AND (m.department, m.title) <> ('', '')
      AND (m.has_posts OR (m.old_department, m.old_title) <> ('', ''))
    ORDER BY m.contact_id, new.starts_on NULLS FIRST
    ON CONFLICT (source, external_id) WHERE external_id <> '' DO NOTHING
"""  # noqa: S608 (made of constants)


def write(staged: Staged) -> None:
    """Write the posts of those who moved, before the contacts say so. Two statements, six where somebody moved."""
    if not any(map(staged.has, SAYS)):
        return
    says = {name: f"s.{name}" if staged.has(name) else f"c.{name}" for name in SAYS}
    correction = "true" if staged.file.correction else "false"
    if staged.execute(MOVED.format(**says, correction=correction)):
        for statement in (PUT_RIGHT, END, BEGIN):
            staged.execute(statement.format(correction=correction))
        note_kept(staged)
        note_late(staged)
    staged.execute("DROP TABLE import_moved")


def note_kept(staged: Staged) -> None:
    """Say how many did not move, because their posts are kept otherwise."""
    if count := staged.count(KEPT):
        text = ngettext(
            "%(n)s contact has posts that people or a file of posts keep: another department or title in this file is no move there",
            "%(n)s contacts have posts that people or a file of posts keep: another department or title in this file is no move there",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def note_late(staged: Staged) -> None:
    """Leave those as they are whose post began after the day of the file, and say how many."""
    if count := staged.count(LATE):
        columns = ", ".join(f"{name} = m.old_{name}" for name in SAYS if staged.has(name))
        staged.execute(LEAVE.format(columns=columns))
        text = ngettext(
            "%(n)s contact has a post that began after the day of this file: department and title stay as they are",
            "%(n)s contacts have posts that began after the day of this file: department and title stay as they are",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})
