"""What a file of contracts says of ends that people or other files have said already."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.ends import UNSETTLED_DAYS, is_unsettled
from accounts.imports.cells import Field
from accounts.imports.staging import Staged

# What a file says of these it changes only where it says something else than before: a person may have said more.
SAID: Final = ("ended_on", "notice_given_on", "auto_renews")
BEGUN: Final = """
    SELECT c.external_id, c.starts_on, c.currency FROM accounts_contract c
    WHERE c.source = %(source)s AND c.starts_on <= %(day)s
"""
# What a file may not change of a contract that has begun: the past would be another one.
KEPT: Final = {
    "starts_on": """
        CASE WHEN least(t.starts_on, excluded.starts_on) > %(day)s THEN excluded.starts_on ELSE t.starts_on END
    """,
    "is_trial": "excluded.is_trial AND (t.is_trial OR t.starts_on >= %(day)s)",
}
# An empty cell takes back what the source itself said, never what a person did.
SAID_ANEW: Final = """
    CASE WHEN t.source_said ? '{name}' AND t.source_said ->> '{name}' IS NOT DISTINCT FROM excluded.source_said ->> '{name}'
         THEN {kept}
         WHEN excluded.{name} IS NULL AND (NOT t.source_said ? '{name}'
              OR to_jsonb(t.{name}) #>> '{{}}' IS DISTINCT FROM t.source_said ->> '{name}') THEN {kept}
         ELSE excluded.{name} END
"""
# An end that is kept does not come before a start that moved.
KEPT_END: Final = "t.ended_on + greatest({start} - t.ended_on, 0)"
END_KNOWN: Final = """
    CASE WHEN ({end}) IS NOT DISTINCT FROM t.ended_on THEN t.end_known_on
         WHEN ({end}) IS NOT NULL THEN excluded.end_known_on END
"""
OTHERWISE: Final = """
    SELECT count(DISTINCT c.id) FROM import_staged s
    JOIN accounts_contract c ON c.source = %(source)s AND c.external_id = s.external_id
    WHERE ({said}) IS DISTINCT FROM ({stands})
"""
LATER: Final = f"""
    SELECT count(DISTINCT s.external_id) FROM import_staged s JOIN ({BEGUN}) c USING (external_id)
    WHERE s.starts_on > c.starts_on
"""  # noqa: S608 (made of constants)
# What the record knows to be replaced, or to have ended on another day, is left alone.
EXPIRED: Final = f"""
    s.ends_on <= %(day)s::date - {UNSETTLED_DAYS} AND {{auto_renews}} IS NOT TRUE AND {{ended_on}} IS NULL
    AND NOT EXISTS (SELECT FROM accounts_contract c WHERE c.source = %(source)s AND c.external_id = s.external_id
                    AND (c.replaced_by_id IS NOT NULL OR c.ended_on <> s.ends_on))
"""
# A file without a column for ends says of them what the source said before; what the rule itself made of an agreed end
# that has moved since, nobody said.
SAYS_AS_BEFORE: Final = """
    UPDATE import_staged s SET ended_on = coalesce(s.ended_on, (c.source_said ->> 'ended_on')::date) FROM accounts_contract c
    WHERE c.source = %(source)s AND c.external_id = s.external_id
      AND c.source_said ->> 'ended_on' <> coalesce(c.ends_on::text, '')
"""
UNSETTLED: Final = f"""
    SELECT count(DISTINCT c.id) FROM import_staged s
    JOIN accounts_contract c ON c.source = %(source)s AND c.external_id = s.external_id
    WHERE {is_unsettled("c", "%(day)s::date")}
"""  # noqa: S608 (made of constants)


def end_expired(staged: Staged) -> None:
    """Where the mapping says so, end contracts that do not renew on their agreed end, once it passed long ago.

    A file without a column for ends names none; without one for agreed ends the report says that nothing was asked.
    """
    if staged.file.expired != "ended":
        return
    if not staged.has("ends_on"):
        staged.notes.append(_('expired = "ended" was not used: the file has no ends_on'))
        return
    is_named = staged.has("ended_on")
    if not is_named:
        staged.add(Field("ended_on", "date"))
    given = {"auto_renews": "s.auto_renews" if staged.has("auto_renews") else "false", "ended_on": "s.ended_on"}
    expired = EXPIRED.format(**given)
    count = staged.count(f"SELECT count(DISTINCT s.external_id) FROM import_staged s WHERE {expired}")  # noqa: S608  our own names; values are parameters
    staged.execute(f"UPDATE import_staged s SET ended_on = s.ends_on WHERE {expired}")  # noqa: S608  our own names; values are parameters
    if not is_named:
        staged.execute(SAYS_AS_BEFORE)
    if count:
        text = ngettext(
            "%(n)s does not renew by itself and its agreed end passed: ended on that day",
            "%(n)s do not renew by themselves and their agreed end passed: ended on that day",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def note_unsettled(staged: Staged) -> None:
    """Remark contracts of the file that somebody has to settle, as the record says it now."""
    if count := staged.count(UNSETTLED):
        text = ngettext(
            "%(n)s does not renew by itself, its agreed end passed and no end is named: to be settled, it still runs",
            "%(n)s do not renew by themselves, their agreed end passed and no end is named: to be settled, they still run",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def note_later_starts(staged: Staged) -> None:
    """Remark contracts whose start moved later: they go on from the start that is known."""
    if staged.file.correction or not (later := staged.count(LATER)):
        return
    text = ngettext(
        "%(n)s starts later than before: it goes on from the start that is known",
        "%(n)s start later than before: they go on from the start that is known",
        later,
    )
    staged.notes.append(text % {"n": f"{later:,}"})


def updates_of(staged: Staged) -> dict[str, str]:
    """What the columns of a contract that is known get, over ``t`` (stored) and ``excluded`` (the file's)."""
    if staged.file.correction:
        return {"end_known_on": END_KNOWN.format(end="excluded.ended_on")}
    said = {name: SAID_ANEW.format(name=name, kept=f"t.{name}") for name in SAID}
    kept_end = KEPT_END.format(start=f"({KEPT['starts_on']})")
    said["ended_on"] = SAID_ANEW.format(name="ended_on", kept=kept_end)
    return KEPT | said | {"end_known_on": END_KNOWN.format(end=said["ended_on"])}


def note_kept(staged: Staged, names: list[str]) -> None:
    """Remark contracts that keep what a person recorded although the file says otherwise in one of its columns ``names``."""
    if not names:
        return
    said, stands = (", ".join(f"{row}.{name}" for name in names) for row in "sc")
    if kept := staged.count(OTHERWISE.format(said=said, stands=stands)):
        text = ngettext(
            "%(n)s keeps an end, a notice or a renewal that was recorded here: the file says nothing new of it",
            "%(n)s keep an end, a notice or a renewal that was recorded here: the file says nothing new of them",
            kept,
        )
        staged.notes.append(text % {"n": f"{kept:,}"})
