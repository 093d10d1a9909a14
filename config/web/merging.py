"""A three-way merge by field of what a form showed, what was sent and what is stored now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict

from config.web.sheets import Sheet, Texts, tidied

SHOWN: Final = "shown"
CHOICE: Final = "choice-"
# Inputs of a form beside its fields, which are drawn anew each time.
FRESH: Final = frozenset({SHOWN, "csrfmiddlewaretoken", "form_key"})


@dataclass(frozen=True)
class Row:
    """One field of the conflict page: shown value, both sides', and who changed it (mine, theirs, both, joined)."""

    key: str
    label: str
    was: str
    mine: str
    theirs: str
    by: str

    @property
    def choice(self) -> str:
        return f"{CHOICE}{self.key}"


@dataclass
class Merge:
    """A merge of the three versions: the post with each field as it will be written, and one row per changed field."""

    data: QueryDict
    rows: list[Row] = field(default_factory=list)
    chosen: bool = False

    def by(self, *who: str) -> list[Row]:
        return [row for row in self.rows if row.by in who]


def merged(sheet: Sheet, sent: QueryDict, shown: Texts) -> Merge:
    """Merge what was ``sent`` with what is stored, against the base of what was ``shown``.

    Where the person has chosen (``choice-`` and the key), "theirs" means the value shown on the conflict page.
    """
    mine = {name: sent.getlist(name) for name in sent if is_typed(name)}
    merge = Merge(QueryDict(mutable=True), chosen=any(name.startswith(CHOICE) for name in sent))
    for name, texts in mine.items():
        if sheet.key_of(name) is None:
            merge.data.setlist(name, texts)
    for key in dict.fromkeys(key for name in [*sheet.stands, *shown, *mine] if (key := sheet.key_of(name)) is not None):
        was, sides, theirs = (_part(sheet, key, texts) for texts in (shown, mine, sheet.stands))
        if sent.get(f"{CHOICE}{key}") == "theirs":
            sides = was
        by = _who(sheet, key, was, sides, theirs)
        winner: Texts = theirs if by in {"theirs", "same"} else sides
        if by == "joined":
            winner = sheet.joined(key, was, sides, theirs)
        for name, values in winner.items():
            merge.data.setlist(name, values)
        if by != "same":
            wordings = [sheet.words(key, version) for version in (was, sides, theirs)]
            merge.rows.append(Row(key, sheet.label(key), wordings[0], wordings[1], wordings[2], by))
    return merge


def _who(sheet: Sheet, key: str, was: Texts, mine: Texts, theirs: Texts) -> str:
    before, sent, stands = tidied(was), tidied(mine), tidied(theirs)
    if sent == before:
        return "same" if stands == before else "theirs"
    if stands == before:
        return "mine"
    if sheet.alike(key, mine, theirs):
        return "same"
    return "joined" if key in sheet.sets else "both"


def _part(sheet: Sheet, key: str, texts: Texts) -> dict[str, list[str]]:
    return {name: values for name, values in texts.items() if sheet.key_of(name) == key}


def is_typed(name: str) -> bool:
    return name not in FRESH and not name.startswith(CHOICE)
