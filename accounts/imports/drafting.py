"""Runs being set up: files, each with its own mapping, until all of them can be previewed together."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import access, uploads
from accounts.imports import mapping as mappings
from accounts.imports.enclosed import enclosed
from accounts.imports.maps import FileMap
from accounts.imports.maps import Mapping as FileMapping
from accounts.imports.named_files import known_as
from accounts.imports.opening import opened
from accounts.imports.places import corrections, is_known_as, joins_of, mark_of, sampled, stored
from accounts.imports.requesting import held, queue
from accounts.imports.tables import needs
from accounts.imports.targets import TARGETS
from accounts.imports.writing import text_of
from accounts.models import ImportFile, ImportRun, Upload, User
from accounts.uploads import Copies

MOST_FILES: Final = 100
LONGEST_TITLE: Final = 200
# The targets up to which all files go in before the next round of them.
LAST_OF_ROUNDS: Final = ("keys", "contactkeys")
# What a mapping says of one very file.
LAYOUT: Final = ("name", "format", "encoding", "delimiter", "escape", "sheet", "skip_lines")
State = ImportRun.State
Setup = dict[str, Any]


def draft(chosen: Sequence[Upload], user: User, day: dt.date) -> ImportRun:
    """A run of complete uploads, of ZIPs all their files; nothing is read yet. Raises ValidationError for a damaged ZIP."""
    places: list[Setup] = []
    for upload in chosen:
        places += members_of(upload, user) if uploads.is_archive(upload) else [stored(upload)]
    if not 1 <= len(places) <= MOST_FILES:
        raise ValidationError(_("Choose 1 to %(most)d files.") % {"most": MOST_FILES})
    return ImportRun.objects.create(
        state=State.DRAFT, title=title_of(chosen), by=user, day=day,
        places=places, language=translation.get_language() or "",
    )  # fmt: skip


def title_of(chosen: Sequence[Upload]) -> str:
    """What a run of these uploads is called."""
    return ", ".join(upload.name for upload in chosen)[:LONGEST_TITLE]


def members_of(upload: Upload, user: User) -> list[Setup]:
    """The files of a ZIP, for an admin with the mappings that lie beside them. Raises ValidationError as ``draft``."""
    contents = uploads.contents(upload)
    said = enclosed(upload, contents.others) if access.configures(user) else {}
    return [stored((upload, member.name)) | said.get(known_as(member.name), {}) for member in contents.members]


@transaction.atomic
def settle(
    run: ImportRun, number: int, file: FileMap | None, said: Mapping[str, str], title: str = "", *, mark: str = ""
) -> ImportRun:
    """Keep what was ``said`` of the file with this number, and its mapping; without one it is open what the file is. Its corrected
    rows are read as it is; those that have not the columns for it are left out, and so are refused in their file again.

    Raises ValidationError where the run is no draft any more, or the number is no longer that of the file ``mark``.
    """
    locked = _draft(run)
    place = place_of(locked, number, mark)
    place["said"] = dict(said)
    place["into"] = file.into if file else ""
    place["source"] = file.source if file else ""
    place["title"] = title or place["name"]
    place["mapping"] = written(file, place["title"]) if file else ""
    if file:
        read_alike(locked, place, file)
    locked.save(update_fields=["places"])
    return locked


def read_alike(run: ImportRun, place: Setup, file: FileMap) -> None:
    """Read the corrected rows of ``place`` by its mapping ``file``, laid out as they are."""
    needed = {column for field in file.fields for column in field.needs()}
    left_out = set()
    for corrected in [*corrections(run.places, mark_of(place))]:
        (own,) = mappings.parse(corrected["mapping"], corrected["name"]).files
        with Copies() as copies, sampled(corrected, copies) as path, opened(path, own.dialect) as table:
            lacks = needed.difference(table.columns)
        if lacks and not file.optional:
            left_out.add(mark_of(corrected))
            continue
        layout = {name: getattr(own, name) for name in LAYOUT}
        corrected["mapping"] = written(replace(file, **layout), corrected["title"] or corrected["name"])
        corrected["into"], corrected["said"] = file.into, place["said"]
    gone = {mark_of(of) for mark in left_out for of in corrections(run.places, mark)} | left_out
    run.places = [one for one in run.places if mark_of(one) not in gone]


def written(file: FileMap, title: str) -> str:
    """The mapping of one file as TOML."""
    return text_of(FileMapping(title, file.source, None, "USD", (file,)))


def place_of(run: ImportRun, number: int, mark: str) -> Setup:
    """The file of that number. Raises ValidationError where there is none, or it is another one than ``mark`` (if any) names."""
    place: Setup = run.places[number - 1] if 1 <= number <= len(run.places) else {}
    if not place or mark not in {"", mark_of(place)}:
        raise ValidationError(_("The files of this import have changed meanwhile: choose the file again."))
    return place


@transaction.atomic
def leave_out(run: ImportRun, number: int, mark: str = "") -> ImportRun:
    """Take a file out of the run, with its corrected rows; the upload stays. Raises ValidationError for the last one, and as ``settle``."""
    locked = _draft(run)
    place = place_of(locked, number, mark)
    gone = [place, *corrections(locked.places, mark_of(place))]
    if len(locked.places) == len(gone):
        raise ValidationError(_("An import needs a file."))
    locked.places = [one for one in locked.places if one not in gone]
    left = list(dict.fromkeys(place["upload"] for place in locked.places))
    known = Upload.objects.in_bulk(left)
    locked.title = title_of([known[upload] for upload in left if upload in known]) or locked.title
    locked.save(update_fields=["places", "title"])
    return locked


def originals(run: ImportRun) -> dict[int, Setup]:
    """By number, the files that people chose: corrected rows of them are read as they are."""
    return {number: place for number, place in enumerate(run.places, 1) if not place.get("corrects")}


def open_files(run: ImportRun) -> list[int]:
    """The numbers of the files of which it is not settled how they are read, or that need another one which is not there."""
    looked = looked_up(run)
    return [
        number
        for number, place in enumerate(run.places, 1)
        if (not place.get("mapping") and number not in looked) or lacking(run, place)
    ]


def looked_up(run: ImportRun) -> dict[int, list[str]]:
    """By the number of a file: the names of the files whose rows are looked up in it."""
    found: dict[int, list[str]] = {}
    for place in run.places:
        for join in [] if place.get("corrects") else joins_of(place):
            for number, other in enumerate(run.places, 1):
                if other is not place and not other.get("corrects") and is_known_as(other, join.file):
                    found.setdefault(number, []).append(place["name"])
    return found


def lacking(run: ImportRun, place: Setup) -> list[str]:
    """The files that a file needs, to look its rows up in, and that the run does not have."""
    others = [other for other in run.places if other is not place and not other.get("corrects")]
    return [
        join.file
        for join in joins_of(place)
        if not join.optional and not any(is_known_as(other, join.file) for other in others)
    ]


@transaction.atomic
def only_look_up(run: ImportRun) -> None:
    """Import no rows of the files in which others are looked up, where only a guess said what they are."""
    locked = _draft(run)
    for number in looked_up(locked):
        place = locked.places[number - 1]
        if place.get("title") == place["name"]:
            place.update({"into": "", "title": "", "mapping": ""})
    locked.save(update_fields=["places"])


@transaction.atomic
def preview(run: ImportRun, day: dt.date, now: dt.datetime) -> ImportRun:
    """Preview the files in the worker, customers before what belongs to them. Raises ValidationError where one is not settled."""
    locked = _draft(run)
    if left := open_files(locked):
        name = locked.places[left[0] - 1]["name"]
        if missing := lacking(locked, locked.places[left[0] - 1]):
            raise ValidationError(needs(name, missing[0]))
        raise ValidationError(_("“%(name)s”: say first how the file is read.") % {"name": name})
    if not any(place.get("mapping") for place in locked.places):
        raise ValidationError(_("An import needs a file."))
    # Of several mappings of one ZIP each goes in after the other, so that the keys of a source are known to the next one: first
    # the customers of all, for any source's row may name one by another's key, then their people, then the rest.
    order = [*TARGETS, ""]
    ends = [order.index(last) for last in LAST_OF_ROUNDS]

    def turn(place: Setup) -> tuple[int, int, int]:
        number = order.index(place["into"])
        return bisect_left(ends, number), place.get("turn", 0), number

    locked.places.sort(key=turn)
    locked.state, locked.day, locked.problem, locked.ended_at = State.PREVIEWING, day, "", None
    locked.rows_total, locked.rows_read, locked.read_since, locked.stop_asked = None, 0, None, False
    locked.save(
        update_fields=[
            "places", "state", "day", "problem", "ended_at", "rows_total", "rows_read", "read_since", "stop_asked",
        ]
    )  # fmt: skip
    queue(locked, now)
    return locked


@transaction.atomic
def reopen(run: ImportRun) -> ImportRun:
    """Set up anew what was only previewed. Raises ValidationError where something is in, or it was not set up here."""
    locked = held(run.pk)
    if not can_be_reopened(locked):
        raise ValidationError(_("This import cannot be set up anew."))
    ImportFile.objects.filter(run=locked).delete()
    locked.state, locked.problem, locked.started_at = State.DRAFT, "", None
    locked.save(update_fields=["state", "problem", "started_at"])
    return locked


def can_be_reopened(run: ImportRun) -> bool:
    ended = run.state in {State.PREVIEWED, State.STOPPED, State.FAILED}
    was_draft = bool(run.places) and all("said" in place for place in run.places)
    return ended and was_draft and not ImportFile.objects.filter(run=run, written=True).exists()


def _draft(run: ImportRun) -> ImportRun:
    locked = held(run.pk)
    if locked.state != State.DRAFT:
        raise ValidationError(_("This import is not being set up any more."))
    return locked


def with_file(mapping: FileMapping, file: FileMap) -> FileMapping:
    """The mapping with ``file`` in place of the one of its name, or behind the others."""
    names = [known.name for known in mapping.files]
    files = list(mapping.files)
    if file.name in names:
        files[names.index(file.name)] = file
    else:
        files.append(file)
    return replace(mapping, files=tuple(files))
