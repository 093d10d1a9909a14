"""Where the files of a run are: paths, uploads and members of their ZIPs."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from accounts import uploads
from accounts.imports import mapping as mappings
from accounts.imports.folders import Job, jobs, reject_paths
from accounts.imports.maps import Mapping as FileMapping
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import ImportRun, Upload

Place = Path | Upload | tuple[Upload, str]


def stored(place: Place) -> dict[str, Any]:
    """How a run names a place: by its path, or by the upload and the member of its ZIP."""
    if isinstance(place, Path):
        return {"path": str(place.absolute())}
    upload, member = place if isinstance(place, tuple) else (place, "")
    return {"upload": upload.pk, "name": member or upload.name, "member": member}


@contextmanager
def files_of(run: ImportRun) -> Iterator[list[Job]]:
    """The files of the run in their order, on this machine until the end; rejected rows go into a folder beside.

    A place has a mapping of its own, or all have the run's, whose order is then theirs. Raises Unreadable or MappingError.
    """
    time = {name: dt.date.fromisoformat(value) if name == "as_of" else value for name, value in run.time.items()}
    with ExitStack() as stack:
        found = []
        for place in run.places:
            mapping = mappings.parse(place.get("mapping") or run.mapping, place.get("title") or run.title)
            path = stack.enter_context(opened(place))
            kind = place.get("into", "") or kind_of(path, mapping)
            found += jobs(path, mapping, TARGETS, kind=kind, time=time)
        if run.mapping:
            order = [file.name for file in mapping.files]
            found.sort(key=lambda job: order.index(job.file.name) if job.file.name in order else len(order))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        places = reject_paths([job.path for job in found], Path(folder) / "rejects.csv")
        yield [replace(job, rejects=place) for job, place in zip(found, places, strict=True)]


@contextmanager
def opened(place: dict[str, Any]) -> Iterator[Path]:
    """The path of a place of a run: its own, or that of a copy of the upload. Raises Unreadable where it is gone."""
    if "path" in place:
        yield Path(place["path"])
        return
    upload = Upload.objects.filter(pk=place["upload"]).first()
    if upload is None:
        raise Unreadable(_("“%(name)s” is here no more: upload it again.") % {"name": place["name"]})
    with uploads.as_file(upload, place["member"]) as path:
        yield path


def kind_of(path: Path, mapping: FileMapping) -> str:
    """The target of a file that the mapping names otherwise: that of its only file. "" where the names decide."""
    (only, *others) = mapping.files
    return only.into if not others and path.is_file() and path.name != only.name else ""
