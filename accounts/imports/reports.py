"""What the report of an import says to its reader: stored in the language of who imported, said in the reader's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts import access
from accounts.imports.remarks import Remark, no_role
from accounts.models import ContactRole, ImportFile, ImportRun, User
from config.sentences import again

ROLES: Final = "roles"
# Remarks whose rows are sentences; those of others are cells, ids and names.
IN_SENTENCES: Final = frozenset({"twins"})
# What reports say that were made before: as long as they are kept, they are read in both languages.
SAID_BEFORE: Final = (
    gettext_noop("kept: another is believed of it"),
    gettext_noop("was mended on the page of the import"),
)
Kept = dict[str, Any]
# Who may do what a remark of a kind advises, or follow its link; of the other kinds anybody who imports.
MAY: Final[dict[str, Callable[[User], bool]]] = {
    "twins": access.manages,
    **dict.fromkeys(("rateless", "owners", "missing", "gone", "ended"), access.configures),
}
# What it advises to others, where that is something else.
ELSE: Final[dict[str, Any]] = {
    "twins": _("a manager or an admin compares them under Possible twins after the import"),
    "rateless": _("an admin enters a rate for each; sums follow within seconds"),
    "owners": _("an admin invites them under Users; import the file again after it"),
    "missing": _(
        'if the file is the whole of its source, an admin says missing = "ended" in the mapping, and such rows end'
    ),
}


def remarks_of(file: ImportFile, user: User) -> list[Kept]:
    """The remarks on a file, in the language of ``user``, who reads them, with what they can do."""
    return [told(file.run, remark, user) for remark in file.remarks]


def notes_of(file: ImportFile, user: User) -> list[tuple[str, Kept | None]]:
    """Each sentence on a file, in its order, with its remark where it opens on rows."""
    opening: dict[str, list[Kept]] = {}
    for remark in file.remarks:
        opening.setdefault(Remark(**remark).sentence, []).append(told(file.run, remark, user))
    pairs = [(note, opening[note].pop(0) if opening.get(note) else None) for note in file.notes]
    return [(Remark(**remark).sentence if remark else file.run.told(note), remark) for note, remark in pairs]


def told(run: ImportRun, remark: Kept, user: User) -> Kept:
    rows = [[line, row_told(run, remark["kind"], words)] for line, words in remark["rows"]]
    advice = run.told(remark["advice"])
    if not may(remark["kind"], user):
        advice = str(ELSE.get(remark["kind"], advice))
    return remark | {"text": run.told(remark["text"]), "advice": advice, "rows": rows}


def may(kind: str, user: User) -> bool:
    """Whether ``user`` may do what remarks of this kind advise."""
    return kind not in MAY or MAY[kind](user)


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
