"""A whole folder, or one file of it, through a mapping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports.loading import Report, load
from accounts.imports.mapping import FileMap, MappingError
from accounts.imports.mapping import Mapping as FileMapping
from accounts.imports.rejects import cells_path
from accounts.imports.rows import Unreadable
from accounts.imports.targets import Target


@dataclass(frozen=True)
class Job:
    """One file to import, how, and where its rejected rows go."""

    path: Path
    file: FileMap
    target: Target
    rejects: Path


def jobs(
    place: Path,
    mapping: FileMapping,
    targets: Mapping[str, Target],
    *,
    kind: str = "",
    rejects: Path | None = None,
    time: Mapping[str, Any] | None = None,
) -> list[Job]:
    """What to import from ``place``, in the mapping's order; raises Unreadable or MappingError.

    ``time`` goes before the mapping's own as_of, correction and history.

    Of a folder every file that the mapping names and that is there, or those of one ``kind``; a
    single file is known by its name, or by ``kind`` when it is called something else.
    """
    for file in mapping.files:
        if file.into not in targets:
            sentence = _("The mapping's %(file)s goes into %(into)s, which is none of %(known)s.")
            names = {"file": file.name, "into": file.into or "?", "known": ", ".join(targets)}
            raise MappingError(sentence % names)
    wanted = [file for file in mapping.files if kind in {"", file.into}]
    found = of_folder(place, wanted) if place.is_dir() else of_file(place, wanted, kind)
    if not found:
        sentence = _("%(place)s holds no file that the mapping %(mapping)s names.")
        raise Unreadable(sentence % {"place": place, "mapping": mapping.title})
    places = reject_paths([path for path, _file in found], rejects)
    return [
        Job(path, replace(file, **(time or {})), targets[file.into], rejected)
        for (path, file), rejected in zip(found, places, strict=True)
    ]


def of_folder(place: Path, wanted: list[FileMap]) -> list[tuple[Path, FileMap]]:
    return [(place / file.name, file) for file in wanted if (place / file.name).is_file()]


def of_file(place: Path, wanted: list[FileMap], kind: str) -> list[tuple[Path, FileMap]]:
    if not place.exists():
        raise Unreadable(_("There is no file or folder %(place)s.") % {"place": place})
    if not place.is_file():
        raise Unreadable(_("%(place)s is neither a file nor a folder.") % {"place": place})
    named = [file for file in wanted if file.name == place.name]
    chosen = named or (wanted if kind else [])
    if len({file.name for file in chosen}) > 1:
        sentence = _("The mapping has several files for %(kind)s: name the file as one of them.")
        raise Unreadable(sentence % {"kind": kind})
    return [(place, replace(file, name=place.name)) for file in chosen]


def reject_paths(read: list[Path], rejects: Path | None) -> list[Path]:
    """Where rejected rows of each reading go: never over a file that any of them reads, nor over those of another reading.

    The same is true of the cells that are listed beside them.
    """
    sources = {path.resolve() for path in read}
    taken: list[Path] = []
    for path in read:
        chosen = rejects or Path(f"rejects-{path.name}")
        if rejects and len(read) > 1:
            chosen = rejects.with_name(f"{rejects.stem}-{path.name}")
        first, number = chosen, 2
        while chosen in taken:
            chosen, number = first.with_stem(f"{first.stem}-{number}"), number + 1
        for written in (chosen, cells_path(chosen)):
            if written.resolve() in sources:
                sentence = _("Rejected rows cannot be written over %(file)s, which is being read.")
                raise Unreadable(sentence % {"file": written.name})
        taken.append(chosen)
    return taken


def run(found: list[Job], day: dt.date, progress: Callable[[Job, int], None]) -> Iterator[Report]:
    """Import the files one after the other; each is a transaction of its own."""
    for job in found:

        def seen(rows: int, job: Job = job) -> None:
            progress(job, rows)

        yield load(job.path, job.file, job.target, day=day, rejects=job.rejects, progress=seen)
