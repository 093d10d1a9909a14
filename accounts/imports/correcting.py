"""Rejected rows of a preview that somebody corrected: they join the run, read as their file is, and all is previewed anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.imports import drafting
from accounts.imports import mapping as mappings
from accounts.imports.dialects import Dialect
from accounts.imports.fitting import as_recognised
from accounts.imports.opening import opened
from accounts.imports.places import mark_of, sampled, stored
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

    They take the place of rows of those files that were corrected before. ``mended``: on the run's page, so that they are told
    by the lines of those files, which are not read from there. Raises ValidationError where the run cannot be
    changed any more or an upload is no file of such rows, Unreadable where it is no table.
    """
    locked = held(run.pk)
    check(locked)
    corrected = {position: drafting.place_of(locked, position, "") for position in found}
    own = {"mended": True} if mended else {}
    added = [place_for(corrected[position], upload) | own for position, upload in found.items()]
    drafting.reopen(locked)
    locked.refresh_from_db()
    outdated = {
        mark_of(place) for of_file in corrected.values() for place in corrections(locked.places, mark_of(of_file))
    }
    locked.places = [place for place in locked.places if mark_of(place) not in outdated] + added
    if sum("corrects" in place for place in locked.places) > MOST_CORRECTIONS:
        sentence = _(
            "An import takes up to %(most)s files of corrected rows: import what is left as a file of its own after it."
        )
        raise ValidationError(sentence % {"most": f"{MOST_CORRECTIONS:,}"})
    locked.save(update_fields=["places"])
    return drafting.preview(locked, day, now)


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


def columns_of(place: Setup, dialect: Dialect) -> set[str]:
    """The names of the columns of a file of the run."""
    with Copies() as copies, sampled(place, copies) as path, opened(path, dialect) as table:
        return {*table.columns}


def corrections(places: list[Setup], mark: str) -> Iterator[Setup]:
    """The places that correct rows of the one with this mark, and those that correct theirs."""
    for place in places:
        if place.get("corrects") == mark:
            yield place
            yield from corrections(places, mark_of(place))


def corrected_by(run: ImportRun) -> dict[int, int]:
    """By the position of a file whose refused rows were corrected: the position of the file that has them."""
    marks = {place["corrects"]: number for number, place in enumerate(run.places, 1) if place.get("corrects")}
    found = ((number, marks.get(mark_of(place))) for number, place in enumerate(run.places, 1))
    return {number: corrected for number, corrected in found if corrected}


def mended_of(run: ImportRun) -> dict[int, int]:
    """By the position of a file of rows mended on the page: the position of the file whose rows they are."""
    return {after: number for number, after in corrected_by(run).items() if run.places[after - 1].get("mended")}


def is_correction(file: ImportFile) -> bool:
    """Whether the file has rows that another one of its run had, corrected."""
    places = file.run.places[file.position - 1 : file.position]
    return any(place.get("corrects") for place in places)


def refused(file: ImportFile, corrections: Sequence[ImportFile]) -> int:
    """How many rows of a file are refused after its ``corrections``, each of which has rows refused before."""
    return max(0, file.rejected + sum(each.rejected - each.rows for each in corrections))
