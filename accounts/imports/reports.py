"""What the report of an import says to its reader: stored in the language of who imported, said in the reader's."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.utils import translation

from accounts.imports.remarks import Remark, no_role
from accounts.models import ContactRole, ImportFile
from config.sentences import again

ROLES: Final = "roles"
Kept = dict[str, Any]


def remarks_of(file: ImportFile) -> list[Kept]:
    """The remarks on a file as they are kept, in the reader's language."""
    return [told(remark) for remark in file.remarks]


def notes_of(file: ImportFile) -> list[tuple[str, Kept | None]]:
    """Each sentence on a file, in its order, with its remark where it opens on rows."""
    opening: dict[str, list[Kept]] = {}
    for remark in file.remarks:
        opening.setdefault(Remark(**remark).sentence, []).append(told(remark))
    pairs = [(note, opening[note].pop(0) if opening.get(note) else None) for note in file.notes]
    return [(Remark(**remark).sentence if remark else again(note), remark) for note, remark in pairs]


def told(remark: Kept) -> Kept:
    rows = [[line, row_told(remark["kind"], words)] for line, words in remark["rows"]]
    return remark | {"text": again(remark["text"]), "advice": again(remark["advice"]), "rows": rows}


def row_told(kind: str, words: str) -> str:
    """A row of a remark; of a change of roles the roles one by one."""
    if kind != ROLES:
        return again(words)
    name, colon, change = words.rpartition(": ")
    both = [", ".join(again(role, among=words_of_roles()) for role in side.split(", ")) for side in change.split(" → ")]
    return f"{name}{colon}{' → '.join(both)}"


def words_of_roles() -> list[str]:
    with translation.override(settings.LANGUAGE_CODE):
        return [no_role(), *(str(role.label) for role in ContactRole)]
