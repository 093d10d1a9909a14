"""What every route that writes is: an edit of what stands, which carries what it showed, or an act, with why that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

World = Any


@dataclass(frozen=True)
class Kind:
    """Two people and one form: ``mine`` and ``theirs`` are values of one field, ``apart`` a field that only the other changes.

    ``page`` names the route whose page holds the form where that is another; ``still`` is what a choice for mine answers.
    """

    field: str
    mine: Any
    theirs: Any
    apart: tuple[str, str] | None = None
    who: str = "admin"
    page: str = ""
    more: Any = None
    still: int = 302
    shows: bool = True


DAYS: Final = "m-days_since_use"
ADDS: Final = "adds a row; its form's key keeps a second press from adding another"
LOCKED: Final = "is held against the locked row and refused where that has gone on"
BACK: Final = "an Undo: refused where what it would undo no longer stands"
SHOWN_TWICE: Final = "shows what it would do and does it only while that is still so"
SHOWN_ONCE: Final = "shows its secret once: a second press makes another, and both can be revoked"
NAMED: Final = "names the state it sets, whatever stood before"
SAVES_NOTHING: Final = "saves nothing"
DATED: Final = "adds a dated statement; the one before stays in the record with its author"
# Acts on what failed; signing in and programs, whose routes stand in no app, say what they saw by themselves.
ELSEWHERE: Final = ("setaside:",)
