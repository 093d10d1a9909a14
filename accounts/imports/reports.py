"""What the report of an import says to its reader: stored in the language of who imported, said in the reader's."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.utils import translation

from accounts.imports.remarks import Remark, no_role
from accounts.models import ContactRole, ImportFile, ImportRun
from config.sentences import again

ROLES: Final = "roles"
# Remarks whose rows are sentences; those of others are cells, ids and names.
IN_SENTENCES: Final = frozenset({"twins"})
Kept = dict[str, Any]


def remarks_of(file: ImportFile) -> list[Kept]:
    """The remarks on a file as they are kept, in the reader's language."""
    return [told(file.run, remark) for remark in file.remarks]


def notes_of(file: ImportFile) -> list[tuple[str, Kept | None]]:
    """Each sentence on a file, in its order, with its remark where it opens on rows."""
    opening: dict[str, list[Kept]] = {}
    for remark in file.remarks:
        opening.setdefault(Remark(**remark).sentence, []).append(told(file.run, remark))
    pairs = [(note, opening[note].pop(0) if opening.get(note) else None) for note in file.notes]
    return [(Remark(**remark).sentence if remark else file.run.told(note), remark) for note, remark in pairs]


def told(run: ImportRun, remark: Kept) -> Kept:
    rows = [[line, row_told(run, remark["kind"], words)] for line, words in remark["rows"]]
    return remark | {"text": run.told(remark["text"]), "advice": run.told(remark["advice"]), "rows": rows}


def row_told(run: ImportRun, kind: str, words: str) -> str:
    """A row of a remark: data as they are, sentences said again, and of a change of roles the roles one by one."""
    if kind in IN_SENTENCES:
        return run.told(words)
    if kind != ROLES or run.language == translation.get_language():
        return words
    name, colon, change = words.rpartition(": ")
    both = [", ".join(again(role, among=words_of_roles()) for role in side.split(", ")) for side in change.split(" → ")]
    return f"{name}{colon}{' → '.join(both)}"


def words_of_roles() -> list[str]:
    with translation.override(settings.LANGUAGE_CODE):
        return [no_role(), *(str(role.label) for role in ContactRole)]
