"""The record as a ZIP for an admin, packed in the background: a CSV file a target, with the mapping by which they come in again."""

from __future__ import annotations

import datetime as dt
import io
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import access, uploads
from accounts.imports import exporting, reading
from accounts.imports.exporting import Export
from accounts.imports.progress import Stopped, Telling
from accounts.imports.running import AS_LONG_AS_IT_TAKES
from accounts.imports.targets import TARGETS
from accounts.models import RecordExport, Source, Upload, User
from accounts.models.uploads import LARGEST
from accounts.uploads import archives
from config import locks
from config.outbox.queueing import enqueue

KIND: Final = "accounts.exports"
# What is in a copy, no deletion and no forgetting in the record reaches.
KEPT: Final = dt.timedelta(days=7)
LISTED: Final = dt.timedelta(days=90)
AT_ONCE: Final = 100
# What no other system has: a file of it would make second rows.
TYPED: Final = "typed.zip"
State = RecordExport.State


@transaction.atomic
def ask(source: str, by: User, now: dt.datetime) -> RecordExport:
    """Have the record of a source packed, of all where it is "". Raises ValidationError while another one is packed."""
    locks.lock(KIND)
    if RecordExport.objects.filter(state=State.RUNNING).exists():
        raise ValidationError(_("Another export is under way: begin this one when it has ended."))
    export = RecordExport.objects.create(
        source=source, by=by, begun_at=now, language=translation.get_language() or ""
    )  # fmt: skip
    enqueue(KIND, {"export": export.pk}, dedup_key=f"{KIND}:{export.pk}")
    return export


def stop(export: RecordExport) -> None:
    """Ask it to stop. Raises ValidationError where it is not under way."""
    if not RecordExport.objects.filter(pk=export.pk, state=State.RUNNING).update(stop_asked=True):
        raise ValidationError(_("This export is not under way."))


def remove(export: RecordExport) -> None:
    """Delete the file of an export now. Raises ValidationError where there is none."""
    if export.upload is None:
        raise ValidationError(_("There is no file any more."))
    uploads.remove(export.upload)


def pack(pk: int, day: dt.date, now: dt.datetime) -> None:
    """Pack an export in the worker; ``day`` is in the name of the file."""
    export = RecordExport.objects.select_related("by").get(pk=pk)
    if not export.is_under_way:
        return
    if export.stop_asked:
        _end(export, State.STOPPED, now)
        return
    # A large table takes longer than other work of the worker may.
    with connection.cursor() as cursor:
        cursor.execute(AS_LONG_AS_IT_TAKES)
    with translation.override(export.language or None):
        try:
            check_rights(export.by)
            upload, rows, remark = _packed(export, day, now)
        except Stopped:
            _end(export, State.STOPPED, now)
        except ValidationError as problem:
            _end(export, State.FAILED, now, " ".join(problem.messages))
        else:
            _end(export, State.DONE, now, remark)
            RecordExport.objects.filter(pk=pk).update(upload=upload, rows_total=rows, rows_read=rows)


def check_rights(by: User) -> None:
    """Raise ValidationError where the person may not any more what they asked for: rights are those of the moment."""
    if not (by.is_active and access.configures(by)):
        raise ValidationError(_("Only admins export the record."))


def give_up(pk: int, reason: str, now: dt.datetime) -> None:
    """Mark an export as failed whose worker failed each time."""
    for export in RecordExport.objects.filter(pk=pk, state=State.RUNNING):
        _end(export, State.FAILED, now, reason)


def _end(export: RecordExport, state: str, now: dt.datetime, problem: str = "") -> None:
    RecordExport.objects.filter(pk=export.pk).update(state=state, problem=problem, ended_at=now, stop_asked=False)


def tidy(now: dt.datetime) -> int:
    """Forget exports that ended more than 90 days ago; their files are gone by then. How many."""
    over = RecordExport.objects.filter(ended_at__lt=now - LISTED, upload=None).order_by("pk")
    return RecordExport.objects.filter(pk__in=over.values("pk")[:AT_ONCE]).delete()[0]


def _packed(export: RecordExport, day: dt.date, now: dt.datetime) -> tuple[Upload, int, str]:
    """The ZIP as an upload, how many rows it has, and what does not come in again. Raises Stopped, and ValidationError where none of it could."""
    chosen = [export.source] if export.source else exporting.in_turn(exporting.sources())
    prefixes = dict.fromkeys(chosen, "") if export.source else prefixes_of(chosen)
    found = files_of(export.by, prefixes)
    name = f"tsunagu-record-{day}.zip"
    with Telling(export) as telling, tempfile.TemporaryDirectory(prefix="tsunagu-export-") as folder:
        telling.total = total = sum(one.rows.count() for files in found.values() for one in files)
        if not total:
            raise ValidationError(_("There is nothing to export."))
        path = Path(folder) / name
        with uploads.roomy(name), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            rows = sum(_put_all(archive, source, prefixes[source], files, telling) for source, files in found.items())
        check_size(path, comes_in=set(found) != {Source.TYPED})
        with path.open("rb") as file:
            upload = uploads.receive(name, file, path.stat().st_size, by=export.by, now=now, kept=KEPT)
    written = [one for source, files in found.items() if source != Source.TYPED for one in files]
    return upload, rows, exporting.remark(written, is_alone=bool(export.source))


def files_of(by: User, prefixes: Mapping[str, str]) -> dict[str, list[Export]]:
    """The files of each source; what is of no source (people, rates) goes once, and never with what people type."""
    found: dict[str, list[Export]] = {}
    common = {target.name for target in TARGETS.values() if not reading.is_of_a_source(target)}
    for source, prefix in prefixes.items():
        without = common if source == Source.TYPED or found.keys() - {Source.TYPED} else set()
        files = [one for one in exporting.exports(by, source, prefix) if one.target.name not in without]
        if files:
            found[source] = files
    return found


def _put_all(archive: zipfile.ZipFile, source: str, prefix: str, files: Sequence[Export], telling: Telling) -> int:
    """The files of a source with its mapping; what people type goes into a ZIP inside, which no import opens. How many rows."""
    if source != Source.TYPED:
        rows = sum(_put(archive, export, telling) for export in files)
        archive.writestr(f"{prefix}{exporting.MAPPING}", exporting.mapping_of(files, source))
        return rows
    with archive.open(TYPED, "w", force_zip64=True) as stream, zipfile.ZipFile(
        stream, "w", zipfile.ZIP_DEFLATED
    ) as inner:  # fmt: skip
        return sum(_put(inner, export, telling) for export in files)


def _put(archive: zipfile.ZipFile, export: Export, telling: Telling) -> int:
    """One file; how many rows it has."""
    with archive.open(export.name, "w", force_zip64=True) as stream:
        return write(stream, export, telling)


def write(stream: IO[bytes], export: Export, telling: Telling) -> int:
    """The lines of the file; how many rows they are."""
    rows = -1  # the line that names the columns
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    for line in export.lines():
        text.write(line)
        rows += 1
        telling.at(export.name, rows)
    text.flush()
    text.detach()
    return rows


def check_size(path: Path, *, comes_in: bool) -> None:
    """Raise ValidationError where the ZIP is larger than a page takes and gives, or no import would open it that should."""
    way = _("Choose a single source, or use manage.py export_record.")
    if (size := path.stat().st_size) > LARGEST:
        sentence = _("The ZIP has %(size)s; a file may have at most %(most)s.")
        told = sentence % {"size": filesizeformat(size), "most": filesizeformat(LARGEST)}
        raise ValidationError(f"{told} {way}")
    try:
        if comes_in:
            archives.contents(path)
    except ValidationError as problem:
        raise ValidationError(f"{' '.join(problem.messages)} {way}") from problem


def prefixes_of(sources: Sequence[str]) -> dict[str, str]:
    """What stands before the names of the files of each source, so that all of them lie in one folder: ``crm.``."""
    found: dict[str, str] = {}
    for source in sources:
        base = re.sub(r"[^\w-]+", "-", source).strip("-") or "source"
        taken = {prefix.casefold() for prefix in found.values()}
        numbers = iter(range(2, len(sources) + 2))
        prefix = f"{base}."
        while prefix.casefold() in taken:
            prefix = f"{base}-{next(numbers)}."
        found[source] = prefix
    return found
