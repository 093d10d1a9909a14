"""Ends in a file of contracts that people or other files have recorded already."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.ends import UNSETTLED_DAYS, is_unsettled
from accounts.imports.cells import Field
from accounts.imports.staging import Staged

# A file changes these columns only where its value differs from its previous one: people may have recorded more.
SAID: Final = ("ended_on", "notice_given_on", "auto_renews")
BEGUN: Final = """
    SELECT c.external_id, c.starts_on, c.currency FROM accounts_contract c
    WHERE c.source = %(source)s AND c.starts_on <= %(day)s
"""
# The columns of a contract that has begun which a file may not change, because that would change the past.
KEPT: Final = {
    "starts_on": """
        CASE WHEN least(t.starts_on, excluded.starts_on) > %(day)s THEN excluded.starts_on ELSE t.starts_on END
    """,
    "is_trial": "excluded.is_trial AND (t.is_trial OR t.starts_on >= %(day)s)",
}
# An empty cell clears a value of the source itself, never a person's.
SAID_ANEW: Final = """
    CASE WHEN t.source_said ? '{name}' AND t.source_said ->> '{name}' IS NOT DISTINCT FROM excluded.source_said ->> '{name}'
         THEN {kept}
         WHEN excluded.{name} IS NULL AND (NOT t.source_said ? '{name}'
              OR to_jsonb(t.{name}) #>> '{{}}' IS DISTINCT FROM t.source_said ->> '{name}') THEN {kept}
         ELSE excluded.{name} END
"""
# A kept end does not lie before a start that moved.
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
# Skips contracts that are replaced in the record, or that ended on another day.
EXPIRED: Final = f"""
    s.ends_on <= %(day)s::date - {UNSETTLED_DAYS} AND {{auto_renews}} IS NOT TRUE AND {{ended_on}} IS NULL
    AND NOT EXISTS (SELECT FROM accounts_contract c WHERE c.source = %(source)s AND c.external_id = s.external_id
                    AND (c.replaced_by_id IS NOT NULL OR c.ended_on <> s.ends_on))
"""
# In a file without a column for ends the source's previous ends count, except those that the rule itself derived from
# the agreed end.
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


# What a file says for the first time and what stands already is noted as said, and changes nothing.
SAY_WHAT_STANDS: Final = """
    UPDATE accounts_contract t SET source_said = t.source_said || ({said})
    FROM import_staged s JOIN (SELECT external_id, min(line) AS line FROM import_staged GROUP BY 1) f ON f.line = s.line
    WHERE t.source = %(source)s AND t.external_id = s.external_id AND ({said}) <> '{{}}'
"""
STANDS: Final = """
    CASE WHEN t.{name} = s.{name} AND NOT t.source_said ? '{name}' THEN jsonb_build_object('{name}', s.{name}) ELSE '{{}}' END
"""


def say_what_stands(staged: Staged) -> None:
    """Note what the file says of ends, notices and renewals for the first time, where it is what stands. One statement."""
    if names := [name for name in SAID if staged.has(name)]:
        staged.execute(SAY_WHAT_STANDS.format(said=" || ".join(STANDS.format(name=name) for name in names)))


def end_expired(staged: Staged) -> None:
    """Where the mapping says so, end contracts that do not renew on their agreed end, once it passed long ago.

    A file without a column for ends names none; without one for agreed ends the report says that the rule was not
    used.
    """
    if staged.file.expired != "ended":
        return
    if not staged.has("ends_on"):
        staged.notes.append(_('expired = "ended" was not used: the file has no ends_on'))
        return
    is_named = staged.has("ended_on")
    if not is_named:
        staged.add(Field("ended_on", "date"))
    columns = {"auto_renews": "s.auto_renews" if staged.has("auto_renews") else "false", "ended_on": "s.ended_on"}
    expired = EXPIRED.format(**columns)
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
    """Add a remark on contracts of the file that a person has to settle, by the present record."""
    if count := staged.count(UNSETTLED):
        text = ngettext(
            "%(n)s does not renew by itself, its agreed end passed and no end is named: to be settled, it still runs",
            "%(n)s do not renew by themselves, their agreed end passed and no end is named: to be settled, they still run",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def note_later_starts(staged: Staged) -> None:
    """Add a remark on contracts whose start moved later: they keep the known start."""
    if staged.file.correction or not (later := staged.count(LATER)):
        return
    text = ngettext(
        "%(n)s starts later than before: it goes on from the start that is known",
        "%(n)s start later than before: they go on from the start that is known",
        later,
    )
    staged.notes.append(text % {"n": f"{later:,}"})


def updates_of(staged: Staged) -> dict[str, str]:
    """The new values of a stored contract's columns, over ``t`` (stored) and ``excluded`` (the file's)."""
    if staged.file.correction:
        return {"end_known_on": END_KNOWN.format(end="excluded.ended_on")}
    if staged.file.by_hand:
        return KEPT
    updates = {name: SAID_ANEW.format(name=name, kept=f"t.{name}") for name in SAID}
    kept_end = KEPT_END.format(start=f"({KEPT['starts_on']})")
    updates["ended_on"] = SAID_ANEW.format(name="ended_on", kept=kept_end)
    return KEPT | updates | {"end_known_on": END_KNOWN.format(end=updates["ended_on"])}


def note_kept(staged: Staged, names: list[str]) -> None:
    """Add a remark on contracts that keep a person's value although the file differs in one of its columns
    ``names``.
    """
    if not names:
        return
    file_values, stored_values = (", ".join(f"{row}.{name}" for name in names) for row in "sc")
    if kept_count := staged.count(OTHERWISE.format(said=file_values, stands=stored_values)):
        text = ngettext(
            "%(n)s keeps an end, a notice or a renewal that was recorded here: the file says nothing new of it",
            "%(n)s keep an end, a notice or a renewal that was recorded here: the file says nothing new of them",
            kept_count,
        )
        staged.notes.append(text % {"n": f"{kept_count:,}"})
