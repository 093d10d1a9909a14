"""A whole folder, or one file of it, through a mapping."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.imports.checking import check_file, check_mapping, check_prices
from accounts.imports.loading import Report, load
from accounts.imports.maps import FileMap
from accounts.imports.maps import Mapping as FileMapping
from accounts.imports.named_files import known_as, of_name
from accounts.imports.rejects import cells_path
from accounts.imports.rows import Unreadable
from accounts.imports.tables import wanted
from accounts.imports.targets import Target

# Before the name of the file whose rejected rows a file has.
REJECTS: Final = "rejects-"
OURS: Final = re.compile(r"\.|rejects-|cells-")
MOST_NAMED: Final = 20
# Whether columns are there does not depend on the day.
ANY_DAY: Final = dt.date(2000, 1, 1)


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
    """The imports from ``place``, in the mapping's order; raises Unreadable or MappingError.

    ``time`` goes before the mapping's own as_of, correction and history.

    From a folder it takes every file that the mapping names and that exists, or those of one ``kind``; a
    single file is identified by its name, or by ``kind`` where it has another name.
    """
    check_mapping(mapping.files, targets, ANY_DAY)
    file_maps = [aware(file, mapping.files) for file in mapping.files if kind in {"", file.into}]
    chosen_files = of_folder(place, file_maps) if place.is_dir() else of_file(place, file_maps, kind)
    if not chosen_files:
        raise Unreadable(sentence_of_none(place, mapping.title, file_maps))
    places = reject_paths([path for path, _file in chosen_files], rejects)
    found = [
        Job(path, replace(file, **(time or {})), targets[file.into], rejected)
        for (path, file), rejected in zip(chosen_files, places, strict=True)
    ]
    return apart(found, [file for _path, file in chosen_files])


def apart(import_jobs: list[Job], files: Iterable[FileMap]) -> list[Job]:
    """The jobs, of which each knows whether another of the ``files`` that are there brings rows of its target and source too."""
    brought = Counter((file.into, file.source) for file in files)
    return [
        replace(job, file=replace(job.file, is_part=brought[job.file.into, job.file.source] > 1)) for job in import_jobs
    ]


def aware(file: FileMap, files: Iterable[FileMap]) -> FileMap:
    """The same part of a mapping, which knows what the other parts read of its file: those columns are no surprise."""
    others = [other for other in files if known_as(other.name) == known_as(file.name)]
    return replace(file, ignore=file.ignore.union(*map(wanted, others)))


def sentence_of_none(place: Path, title: str, file_maps: list[FileMap]) -> str:
    """That the mapping names nothing that is in ``place``: what it names, and what is there."""
    names = list(dict.fromkeys(file.name for file in file_maps))[:MOST_NAMED]
    words = {"place": place, "mapping": title, "names": ", ".join(names)}
    if not place.is_dir():
        kinds = " | ".join(dict.fromkeys(file.into for file in file_maps))
        sentence = _(
            "%(place)s is none of the files that the mapping %(mapping)s names (%(names)s): say what it holds, by --kind %(kinds)s."
        )
        return sentence % (words | {"kinds": kinds})
    there = sorted(path.name for path in place.iterdir() if path.is_file() and not OURS.match(path.name))[:MOST_NAMED]
    sentence = _("%(place)s holds no file that the mapping %(mapping)s names (%(names)s); in it: %(there)s.")
    return sentence % (words | {"there": ", ".join(there) or _("nothing")})


def of_folder(place: Path, file_maps: list[FileMap]) -> list[tuple[Path, FileMap]]:
    """The files that the mapping names; raises Unreadable where a copy of one leaves open which is meant."""
    paths = sorted(path for path in place.iterdir() if path.is_file())
    return [(path, file) for file in file_maps if (path := of_name(paths, file.name))]


def silent(place: Path, mapping: FileMapping) -> list[str]:
    """The names of the files and folders in a folder that the mapping does not name; hidden ones, mappings and rejected rows
    apart.
    """
    if not place.is_dir():
        return []
    known = {known_as(name) for file in mapping.files for name in (file.name, *(join.file for join in file.joins))}
    return sorted(
        f"{path.name}/" if path.is_dir() else path.name
        for path in place.iterdir()
        if (path.is_dir() or (known_as(path.name) not in known and path.suffix != ".toml"))
        and not OURS.match(path.name)
    )


def of_file(place: Path, file_maps: list[FileMap], kind: str) -> list[tuple[Path, FileMap]]:
    if not place.exists():
        raise Unreadable(_("There is no file or folder %(place)s.") % {"place": place})
    if not place.is_file():
        raise Unreadable(_("%(place)s is neither a file nor a folder.") % {"place": place})
    names = {known_as(place.name), known_as(place.name.removeprefix(REJECTS))}
    same_name = [file for file in file_maps if known_as(file.name) in names]
    chosen = same_name or (file_maps if kind else [])
    if len({file.name for file in chosen}) > 1:
        sentence = _("The mapping has several files for %(kind)s: name the file as one of them.")
        raise Unreadable(sentence % {"kind": kind})
    return [(place, replace(file, name=place.name)) for file in chosen]


def reject_paths(read: list[Path], rejects: Path | None) -> list[Path]:
    """The path for the rejected rows of each file read: never a file that is read, nor the path of another file's rows.

    The same is true of the lists of cells beside them.
    """
    sources = {path.resolve() for path in read}
    outputs: list[Path] = []
    for path in read:
        is_folder = bool(rejects and rejects.is_dir())
        output = (
            rejects / f"{REJECTS}{path.name}" if rejects and is_folder else rejects or Path(f"{REJECTS}{path.name}")
        )
        if rejects and not is_folder and len(read) > 1:
            output = rejects.with_name(f"{rejects.stem}-{path.name}")
        base, number = output, 2
        while output in outputs:
            output, number = base.with_stem(f"{base.stem}-{number}"), number + 1
        for path_written in (output, cells_path(output)):
            if path_written.resolve() in sources:
                sentence = _("Rejected rows cannot be written over %(file)s, which is being read.")
                raise Unreadable(sentence % {"file": path_written.name})
        outputs.append(output)
    return outputs


def check_all(import_jobs: list[Job], day: dt.date) -> None:
    """Look whether every file has the columns of its mapping, before the first row of any is written.

    Raises Unreadable or MappingError, as the load would. One file is looked at when it is loaded. Asks in any case which of
    two prices is meant.
    """
    for job in import_jobs:
        check_prices(job.path, job.file, job.target)
    for job in import_jobs if len(import_jobs) > 1 else []:
        check_file(job.path, job.file, job.target, day)


def run(import_jobs: list[Job], day: dt.date, progress: Callable[[Job, int], None]) -> Iterator[Report]:
    """Import the files one after the other; each is a transaction of its own."""
    check_all(import_jobs, day)
    for job in import_jobs:

        def seen(rows: int, job: Job = job) -> None:
            progress(job, rows)

        yield load(job.path, job.file, job.target, day=day, rejects=job.rejects, progress=seen)
