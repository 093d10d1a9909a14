"""Where the files of a run are: paths, uploads and members of their ZIPs."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.imports import mapping as mappings
from accounts.imports.dialects import COMPOUND, ZIP, first_bytes
from accounts.imports.folders import Job, apart, jobs, reject_paths
from accounts.imports.maps import FileMap, Join
from accounts.imports.maps import Mapping as FileMapping
from accounts.imports.mended import lines_of
from accounts.imports.named_files import known_as
from accounts.imports.recognising import sampling
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import ImportRun, Upload
from accounts.uploads import Copies, names, samples

Place = Path | Upload | tuple[Upload, str]
BOOKS: Final = (ZIP, COMPOUND)


def stored(place: Place) -> dict[str, Any]:
    """How a run names a place: by its path, or by the upload and the member of its ZIP."""
    if isinstance(place, Path):
        return {"path": str(place.absolute())}
    upload, member = place if isinstance(place, tuple) else (place, "")
    return {"upload": upload.pk, "name": member or upload.name, "member": member}


@contextmanager
def files_of(run: ImportRun, done: Collection[int] = ()) -> Iterator[list[tuple[int, Job]]]:
    """The files of the run with their positions, on this machine until the end; rejected rows go into a folder beside.

    A place has a mapping of its own, or all have the run's, whose order is then theirs; one without is only looked up in. Where
    each has its own and files are ``done``, only the next one is here. Raises Unreadable or MappingError.
    """
    time = {name: dt.date.fromisoformat(value) if name == "as_of" else value for name, value in run.time.items()}
    places = [(position, place) for position, place in enumerate(run.places, 1) if is_imported(place, run)]
    if done and not run.mapping:
        places = [(position, place) for position, place in places if position not in done][:1]
    with ExitStack() as stack:
        copies = stack.enter_context(Copies())
        elsewhere = corrected_lines(run.places, copies)
        found: list[tuple[int, Job]] = []
        for position, place in places:
            mapping = mappings.parse(place.get("mapping") or run.mapping, place.get("title") or run.title)
            path = stack.enter_context(opened(place, copies))
            path = stack.enter_context(beside_others(path, place, mapping, run.places, copies))
            kind = place.get("into", "") or kind_of(path, mapping)
            own = {"is_mended": bool(place.get("mended")), "elsewhere": elsewhere.get(mark_of(place), frozenset())}
            found += [(position, job) for job in jobs(path, mapping, TARGETS, kind=kind, time=time | own)]
        if run.mapping:
            order = [file.name for file in mapping.files]
            found.sort(key=lambda one: order.index(one[1].file.name) if one[1].file.name in order else len(order))
            found = list(enumerate((job for _position, job in found), 1))
        read = [job for _position, job in found]
        told = apart(read, [job.file for job in read] if run.mapping else brought(run))
        found = [(position, job) for (position, _job), job in zip(found, told, strict=True)]
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        rejects = reject_paths([job.path for _position, job in found], Path(folder) / "rejects.csv")
        yield [(position, replace(job, rejects=path)) for (position, job), path in zip(found, rejects, strict=True)]


def mark_of(place: dict[str, Any]) -> str:
    """By which a form, or a correction, names a file, whatever its number becomes."""
    return f"{place.get('upload', '')}/{place.get('member', '')}"


def corrections(places: list[dict[str, Any]], mark: str) -> Iterator[dict[str, Any]]:
    """The places that correct rows of the one with this mark, and those that correct theirs."""
    for place in places:
        if place.get("corrects") == mark:
            yield place
            yield from corrections(places, mark_of(place))


def corrected_lines(places: list[dict[str, Any]], copies: Copies) -> dict[str, AbstractSet[int]]:
    """By the mark of a place, the lines of rows that go in as a later place has them, which corrects it or what it corrects.

    Raises Unreadable.
    """
    # Of each place of corrected rows: by the line by which a row is told, the file that was there first and its line in that.
    first: dict[str, dict[int, tuple[str, int]]] = {}
    last: dict[tuple[str, int], str] = {}
    for place in places:
        of = place.get("corrects")
        if not of:
            continue
        (file,) = mappings.parse(place["mapping"], place["name"]).files
        with opened(place, copies) as path:
            lines = lines_of(path, file.dialect, is_mended=bool(place.get("mended")))
        mark = mark_of(place)
        first[mark] = {own: first.get(of, {}).get(line, (of, line)) for own, line in lines.items()}
        last |= dict.fromkeys(first[mark].values(), mark)
    found: dict[str, set[int]] = {}
    for mark, line in last:
        found.setdefault(mark, set()).add(line)
    for mark, of_place in first.items():
        found.setdefault(mark, set()).update(own for own, row in of_place.items() if last[row] != mark)
    return dict(found)


def brought(run: ImportRun) -> Iterator[FileMap]:
    """How the files of a run are read of which each has its own mapping, those too that are in; corrections of another file apart."""
    for place in run.places:
        if (text := place.get("mapping")) and not place.get("corrects"):
            yield from mappings.parse(text, place.get("title") or place["name"]).files


def is_imported(place: dict[str, Any], run: ImportRun) -> bool:
    """Whether rows of the place go in, and other rows are not only looked up in it."""
    if not run.mapping or "path" in place:
        return bool(place.get("mapping") or run.mapping)
    files = mappings.parse(run.mapping, run.title).files
    joined = [join.file for file in files for join in file.joins]
    is_named = any(is_known_as(place, file.name) for file in files)
    return is_named or not any(is_known_as(place, name) for name in joined)


def imported(run: ImportRun) -> int:
    """How many places of the run have rows that go in."""
    return sum(is_imported(place, run) for place in run.places)


def is_known_as(place: dict[str, Any], file: str) -> bool:
    """Whether a place is the file that a mapping calls so."""
    return known_as(names.base(place.get("name", ""))) == known_as(file)


def joins_of(place: dict[str, Any]) -> list[Join]:
    """The other files in which the mapping of a place looks its rows up."""
    text = place.get("mapping", "")
    if "[[file.join]]" not in text:
        return []
    return [join for file in mappings.parse(text, place["name"]).files for join in file.joins]


@contextmanager
def beside_others(
    path: Path, place: dict[str, Any], mapping: FileMapping, places: list[dict[str, Any]], copies: Copies
) -> Iterator[Path]:
    """The path of a file of an upload in a folder that has also the files in which its rows are looked up."""
    looked = {join.file for file in mapping.files for join in file.joins}
    if not looked or "path" in place:
        yield path
        return
    others = [one for one in places if one is not place and any(is_known_as(one, file) for file in looked)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = [path, *(stack.enter_context(opened(one, copies)) for one in others if not one.get("corrects"))]
        for number, original in enumerate(found):
            link = folder / original.name
            # Two files of one name in two folders of a ZIP: whoever looks for them says so.
            (link.with_stem(f"{link.stem} ({number})") if link.exists() else link).symlink_to(original)
        yield folder / path.name


@contextmanager
def opened(place: dict[str, Any], copies: Copies) -> Iterator[Path]:
    """The path of a place of a run: its own, or that of a copy of the upload. Raises Unreadable where it is gone."""
    if "path" in place:
        yield Path(place["path"])
        return
    with copies.file(upload_of(place), place["member"]) as path:
        yield path


@contextmanager
def sampled(place: dict[str, Any], copies: Copies) -> Iterator[Path]:
    """As ``opened``, of a text only with the bytes that ``recognising`` reads: however long it is, no page copies it."""
    if "path" in place:
        yield Path(place["path"])
        return
    upload, member = upload_of(place), place["member"]
    with ExitStack() as stack:
        if member:
            yield stack.enter_context(sample_of_member(upload, member, copies))
            return
        path = stack.enter_context(copies.stretches(upload, sampling.stretches(upload.size)))
        if first_bytes(path).startswith(BOOKS):
            path = stack.enter_context(copies.file(upload))
        yield path


@contextmanager
def sample_of_member(upload: Upload, member: str, copies: Copies) -> Iterator[Path]:
    """A member of a ZIP, the bytes of a text as they were read before or are kept now; a workbook is unpacked each time."""
    if known := samples.of(upload, member):
        size, read = known
        with tempfile.TemporaryDirectory() as folder:
            yield thin(Path(folder) / names.on_disk(names.base(member)), size, read)
        return
    with copies.file(upload, member) as path:
        if not first_bytes(path).startswith(BOOKS):
            samples.keep(upload, member, (path.stat().st_size, bytes_of(path)))
        yield path


def bytes_of(path: Path) -> list[tuple[int, bytes]]:
    """(start, bytes) of what ``recognising`` reads of a text."""
    found = []
    with path.open("rb") as stream:
        for start, end in sampling.stretches(path.stat().st_size):
            stream.seek(start)
            found.append((start, stream.read(end - start)))
    return found


def thin(path: Path, size: int, read: list[tuple[int, bytes]]) -> Path:
    """A file of that ``size`` which has only these bytes."""
    with path.open("wb") as stream:
        for start, content in read:
            stream.seek(start)
            stream.write(content)
        stream.truncate(size)
    return path


def upload_of(place: dict[str, Any]) -> Upload:
    upload = Upload.objects.filter(pk=place["upload"]).first()
    if upload is None:
        raise Unreadable(_("“%(name)s” is here no more: upload it again.") % {"name": place["name"]})
    return upload


def kind_of(path: Path, mapping: FileMapping) -> str:
    """The target of a file that the mapping names otherwise: that of its only file. "" where the names decide."""
    (only, *others) = mapping.files
    return only.into if not others and path.is_file() and path.name != only.name else ""
