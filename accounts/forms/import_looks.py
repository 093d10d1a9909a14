"""The form of the other files in which the rows of one are looked up.

Fields of the form, by the number of the other file: ``j-N-file``, ``j-N-by`` the column here, ``j-N-key`` the column there,
``j-N-none`` what becomes of a row that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from accounts.imports.beside import Look, Others, columns_of, extended, free_called, matching
from accounts.imports.maps import FileMap, Join
from accounts.imports.recognising import Recognised
from accounts.uploads import names

PREFIX: Final = "j-"
# So many other files at most; mappings that people write may have more.
MOST: Final = 8
EMPTY: Final = "empty"


def looks_said(said: Mapping[str, str], found: Recognised, others: Others, before: Sequence[Look]) -> list[Look]:
    """The other files that the form says, one after the other: a later one may be found by a column of an earlier.

    Where the columns are not said they are those that match best. ``before`` are those of the mapping, whose columns keep their names.
    """
    looks: list[Look] = []
    for number in range(max(MOST, len(before))):
        name = said.get(f"{PREFIX}{number}-file", "")
        other = others.found(name) if name in others.names else None
        if other is None:
            continue
        here = columns_of(found, looks)
        by, key = (said.get(f"{PREFIX}{number}-{part}", "") for part in ("by", "key"))
        if by not in here or key not in other.columns:
            by, key = matching(extended(found, looks), other)
        taken = {look.join.called for look in looks}
        known = next((look.join for look in before if look.name == name and look.join.called not in taken), None)
        if known is None:
            called = free_called(name, lambda one, here=here, taken=taken: one in taken or begins(here, one))  # type: ignore[misc]
            known = Join(names.base(name), by, key, called)
        join = replace(known, by=by, key=key, optional=said.get(f"{PREFIX}{number}-none", "") == EMPTY)
        if by and key:
            looks.append(Look(join, name, other))
    return looks


def begins(columns: Sequence[str], called: str) -> bool:
    return any(name.startswith(f"{called}.") for name in columns)


def is_said(said: Mapping[str, str]) -> bool:
    return f"{PREFIX}0-file" in said


def mark_of(looks: Sequence[Look]) -> str:
    """By which a form knows that its columns belong to these tables."""
    said = repr([(look.name, look.join) for look in looks])
    return blake2b(said.encode(), digest_size=6).hexdigest() if looks else ""


class LooksForm(forms.Form):
    """What is looked up, and an empty line for one more; what was sent of it is read by ``looks_said``."""

    def __init__(self, looks: Sequence[Look], found: Recognised, others: Others) -> None:
        super().__init__()
        files = [("", "–"), *((name, name) for name in others.names)]
        self.lines = [*looks, None][: max(MOST, len(looks))]
        for number, look in enumerate(self.lines):
            self.fields[f"{PREFIX}{number}-file"] = forms.ChoiceField(
                label=_("Look up in"), choices=files, required=False, initial=look.name if look else ""
            )
            if look is None:
                continue
            here = [(name, name) for name in columns_of(found, looks[:number]) if name.strip()]
            there = [(name, name) for name in look.found.columns if name.strip()]
            absent = [("", _("is refused")), (EMPTY, _("goes in without these cells"))]
            for part, label, choices, initial in (
                ("by", _("by the column here"), here, look.join.by),
                ("key", _("and the column there"), there, look.join.key),
                ("none", _("A row that is not there"), absent, EMPTY if look.join.optional else ""),
            ):
                self.fields[f"{PREFIX}{number}-{part}"] = forms.ChoiceField(
                    label=label, choices=choices, required=False, initial=initial
                )

    @property
    def rows(self) -> Iterator[list[BoundField]]:
        """The fields of each other file, then that of one more."""
        for number in range(len(self.lines)):
            parts = [f"{PREFIX}{number}-{part}" for part in ("file", "by", "key", "none")]
            if fields := [self[name] for name in parts if name in self.fields]:
                yield fields


def used(file: FileMap) -> FileMap:
    """The mapping without the other tables of which it reads nothing."""
    read = {*file.conditions, *file.ordering, *(name for field in file.fields for name in field.needs())}
    kept: list[Join] = []
    for join in reversed(file.joins):
        if any(name.startswith(join.prefix) for name in read):
            kept.insert(0, join)
            read.add(join.by)
    return replace(file, joins=tuple(kept))
