"""Up to when the rows of a file go: how old its data was when it came."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from accounts.imports.staging import Staged
from accounts.imports.targets import Target

if TYPE_CHECKING:
    from accounts.imports.cells import Field

# A day is over when the next one begins.
END: Final = "((max(s.{name}) + 1)::timestamp AT TIME ZONE %(zone)s)"


def newest(staged: Staged, target: Target, home: ZoneInfo) -> dt.datetime | None:
    """The end of the file's own day where its mapping names one, else of the newest day on which something in it happened,
    or the newest instant; None where its rows are no events: a day of the past that some of them name says nothing of when
    they come. One statement at most.
    """
    if staged.file.as_of:
        return dt.datetime.combine(staged.file.as_of + dt.timedelta(days=1), dt.time(), home)
    past = [known for known in target.fields if known.past and staged.has(known.name)]
    if not any(known.required for known in past):
        return None
    found: dt.datetime | None = staged.rows(
        f"SELECT greatest({', '.join(map(part_of, past))}) FROM import_staged s",  # noqa: S608  our own names
        {"zone": str(home)},
    )[0][0]
    return found


def part_of(known: Field) -> str:
    name = f'"{known.name}"'
    return END.format(name=name) if known.kind == "date" else f"max(s.{name})"
