"""Rejected rows of a preview that somebody corrected: they join the run, read as their file is, and all is previewed anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.imports import drafting
from accounts.imports import mapping as mappings
from accounts.imports.dialects import Dialect
from accounts.imports.fitting import as_recognised
from accounts.imports.mended import lines_of
from accounts.imports.opening import opened
from accounts.imports.places import corrected_lines, mark_of, sampled, stored
from accounts.imports.places import opened as placed
from accounts.imports.recognising import recognise
from accounts.imports.requesting import held
from accounts.imports.rows import OURS
from accounts.models import ImportFile, ImportRun, Upload
from accounts.uploads import Copies

# Files of corrected rows of a run; each mend on the page makes one of every file in which it mends.
MOST_CORRECTIONS: Final = 1_000
Setup = dict[str, Any]


def correct(run: ImportRun, position: int, upload: Upload, day: dt.date, now: dt.datetime) -> ImportRun:
    """Add the corrected rejected rows of the file at ``position`` to a previewed run, as ``correct_all``."""
    return correct_all(run, {position: upload}, day, now)


@transaction.atomic
def correct_all(
    run: ImportRun, found: Mapping[int, Upload], day: dt.date, now: dt.datetime, *, mended: bool = False
) -> ImportRun:
    """Add the corrected rejected rows of files, by position, to a previewed run, and preview it again.

    They go in in place of those rows, however these were corrected before. ``mended``: on the run's page, so that they are told
    by the lines of those files; they take the place of all that were mended there before. Raises ValidationError where the run cannot be
    changed any more or an upload is no file of such rows, or names a line that was not refused, Unreadable where it is no table.
    """
    locked = held(run.pk)
    check(locked)
    corrected = {position: drafting.place_of(locked, position, "") for position in found}
    own = {"mended": True} if mended else {}
    added = [place_for(corrected[position], upload) | own for position, upload in found.items()]
    if not mended:
        for place, position in zip(added, found, strict=True):
            check_lines(locked, position, place)
    drafting.reopen(locked)
    locked.refresh_from_db()
    locked.places = with_corrections(locked.places, added) if mended else [*locked.places, *added]
    if sum("corrects" in place for place in locked.places) > MOST_CORRECTIONS:
        sentence = _(
            "An import takes up to %(most)s files of corrected rows: import what is left as a file of its own after it."
        )
        raise ValidationError(sentence % {"most": f"{MOST_CORRECTIONS:,}"})
    locked.save(update_fields=["places"])
    return drafting.preview(locked, day, now)


def with_corrections(places: Sequence[Setup], added: Sequence[Setup]) -> list[Setup]:
    """The places with those of mended rows, each where that of its file's rows mended before was, which it replaces."""
    found = [*places]
    for place in added:
        known = (
            number for number, old in enumerate(found) if old.get("mended") and old["corrects"] == place["corrects"]
        )
        number = next(known, None)
        if number is None:
            found.append(place)
            continue
        before, found[number] = mark_of(found[number]), place
        found = [old | {"corrects": mark_of(place)} if old.get("corrects") == before else old for old in found]
    return found


def can_be_corrected(run: ImportRun) -> bool:
    """Whether corrected rows can join the run."""
    return run.state == ImportRun.State.PREVIEWED and drafting.can_be_reopened(run)


def check(run: ImportRun) -> None:
    """Raise ValidationError where no corrected rows can join the run."""
    if not can_be_corrected(run):
        raise ValidationError(_("Rows are corrected between the preview and the import."))


def place_for(corrected: Setup, upload: Upload) -> Setup:
    """The place of an upload that has corrected rows of the place ``corrected``, by whose mapping it is read."""
    place = stored(upload)
    (file,) = mappings.parse(corrected["mapping"], corrected["name"]).files
    with Copies() as copies, sampled(place, copies) as path:
        found = recognise(path)
    names = {"file": upload.name, "of": corrected["name"]}
    if OURS[0] not in found.columns:
        sentence = _(
            "“%(file)s” has no column rejected_line: download the refused rows of “%(of)s”, correct them, and send that file."
        )
        raise ValidationError(sentence % names)
    read = {column for field in file.fields for column in field.needs()}
    missing = sorted(read.difference(found.columns))
    if missing and file.optional:  # what the file itself has not is not missing
        own = columns_of(corrected, file.dialect)
        missing = [name for name in missing if name in own or any(name.startswith(join.prefix) for join in file.joins)]
    if missing:
        sentence = _("“%(file)s” has no column “%(column)s”, which “%(of)s” has: send the refused rows of that file.")
        raise ValidationError(sentence % (names | {"column": missing[0]}))
    title = corrected.get("title", "")
    # It goes in beside its file, behind it: before the files that need its rows, after those that they need.
    kept = {"into": corrected["into"], "said": corrected["said"], "title": title, "turn": corrected.get("turn", 0)}
    mapped = drafting.written(as_recognised(file, found), title or upload.name)
    return place | kept | {"mapping": mapped, "corrects": mark_of(corrected)}


def check_lines(run: ImportRun, position: int, place: Setup) -> None:
    """Raise ValidationError where the corrected rows at ``place`` name a line of the file at ``position`` that was not refused.

    That row would not go in, for it is taken as corrected. Rows that name no line are more rows.
    """
    corrected = run.places[position - 1]
    with Copies() as copies:
        with placed(place, copies) as path:
            told = lines_of(path, dialect_of(place), is_mended=False).values()
        strange = {*told} - refused_lines(run, position)
        strange -= corrected_lines(run.places, copies).get(mark_of(corrected), set()) if strange else set()
    if strange:
        sentence = _(
            "“%(file)s”: line %(line)s, in the column rejected_line, was not refused in “%(of)s”. Leave that column as it is in the file of refused rows, and empty in rows that you add."
        )
        raise ValidationError(sentence % {"file": place["name"], "line": min(strange), "of": corrected["name"]})


def refused_lines(run: ImportRun, position: int) -> set[int]:
    """The lines of the rejected rows that are kept of the file at ``position``."""
    file = ImportFile.objects.filter(run=run, position=position, rejects__isnull=False).only("rejects").first()
    if file is None:
        return set()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rejects.csv"
        path.write_bytes(file.rejects or b"")
        return {*lines_of(path, dialect_of(run.places[position - 1]), is_mended=False).values()}


def dialect_of(place: Setup) -> Dialect:
    (file,) = mappings.parse(place["mapping"], place["name"]).files
    return file.dialect


def columns_of(place: Setup, dialect: Dialect) -> set[str]:
    """The names of the columns of a file of the run."""
    with Copies() as copies, sampled(place, copies) as path, opened(path, dialect) as table:
        return {*table.columns}


def corrects(run: ImportRun) -> dict[int, int]:
    """By the position of a file of corrected rows: the position of the file in which they were refused."""
    marks = {mark_of(place): number for number, place in enumerate(run.places, 1)}
    found = ((number, marks.get(place.get("corrects", ""))) for number, place in enumerate(run.places, 1))
    return {number: of for number, of in found if of}


def first_of(run: ImportRun) -> dict[int, int]:
    """By the position of a file of corrected rows: the position of the file whose rows they were first."""
    found: dict[int, int] = {}
    for number, of in corrects(run).items():  # what is corrected stands before what corrects it
        found[number] = found.get(of, of)
    return found


@dataclass(frozen=True)
class Told:
    """A file of a run with those of its corrected rows, as people read them: as one."""

    file: ImportFile
    corrections: tuple[ImportFile, ...] = ()

    @property
    def files(self) -> tuple[ImportFile, ...]:
        return (self.file, *self.corrections)

    @property
    def parts(self) -> list[tuple[ImportFile, int]]:
        """The files, each with how many rows of the first go in with it."""
        parts = [(each, min(each.rows, self.file.elsewhere)) for each in self.corrections]
        return [(self.file, 0), *parts]

    @property
    def rejected(self) -> int:
        return refused(self.file, self.corrections)

    def total(self, name: str) -> int:
        """Of rows corrected and not."""
        return sum(getattr(file, name) for file in self.files)

    @property
    def new(self) -> int:
        return self.total("new")

    @property
    def changed(self) -> int:
        return self.total("changed")

    @property
    def unchanged(self) -> int:
        return self.total("unchanged")

    @property
    def skipped(self) -> int:
        return self.total("skipped")

    @property
    def unread(self) -> int:
        return self.total("unread")

    @property
    def ended(self) -> int:
        return self.total("ended")

    @property
    def is_undone(self) -> bool:
        return all(file.undone for file in self.files)


def told(run: ImportRun, files: Sequence[ImportFile]) -> list[Told]:
    """The files of a run, each with the corrections of its rows."""
    first = first_of(run)
    return [
        Told(file, tuple(each for each in files if first.get(each.position) == file.position))
        for file in files
        if file.position not in first
    ]


def mended_of(run: ImportRun) -> dict[int, int]:
    """By the position of a file of rows mended on the page: the position of the file by whose lines they are told."""
    return {number: of for number, of in corrects(run).items() if run.places[number - 1].get("mended")}


def is_correction(file: ImportFile) -> bool:
    """Whether the file has rows that another one of its run had, corrected."""
    places = file.run.places[file.position - 1 : file.position]
    return any(place.get("corrects") for place in places)


def refused(file: ImportFile, corrections: Sequence[ImportFile]) -> int:
    """How many rows of a file and of its ``corrections`` are refused and go in with none of them."""
    return sum(each.rejected - each.elsewhere for each in (file, *corrections))
