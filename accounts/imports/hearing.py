"""When each source was last heard of, how much it brought, and which have fallen silent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from accounts.imports import correcting
from accounts.imports.targets import TARGETS, columns
from accounts.models import ExternalKey, ImportFile, ImportRun, Source

# Files of fewer days say nothing of how often one comes.
DAYS_KNOWN: Final = 4
TIMES_AS_LONG: Final = 3
LATELY: Final = dt.timedelta(days=30)

HEARD: Final = """
    WITH heard AS (
        -- a row that was corrected is one row, and no refused one
        SELECT f.source, f.rows - f.elsewhere AS rows, f.rejected - f.elsewhere AS rejected, r.ended_at,
               (r.ended_at AT TIME ZONE %(zone)s)::date AS day,
               CASE WHEN f.newest_at IS NOT NULL THEN greatest(r.ended_at - f.newest_at, interval '0') END AS lag
        -- neither the end of an Undo nor what an admin lets stand is a word of the source
        FROM (SELECT id, coalesce((before_undo ->> 'ended_at')::timestamptz, ended_at) AS ended_at FROM accounts_importrun) r
        JOIN accounts_importfile f ON f.run_id = r.id
        WHERE f.written AND NOT f.undone AND NOT f.is_conceded AND r.ended_at IS NOT NULL
    ), usual AS (
        SELECT source, count(*) AS days, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap
        FROM (SELECT source, day - lag(day) OVER (PARTITION BY source ORDER BY day) AS gap
              FROM (SELECT DISTINCT source, day FROM heard) d) g
        GROUP BY source
    ), silence AS (
        SELECT source, last_on, limit_days FROM accounts_silence WHERE closed_on IS NULL
    ), named AS (
        SELECT source FROM heard UNION SELECT DISTINCT source FROM accounts_externalkey UNION SELECT name FROM accounts_source
        UNION SELECT source FROM silence
    )
    SELECT n.source, greatest(max(h.ended_at), s.heard_at),
        coalesce((greatest(max(h.ended_at), s.heard_at) AT TIME ZONE %(zone)s)::date, c.last_on),
        coalesce(sum(h.rows) FILTER (WHERE h.ended_at > %(lately)s), 0)::bigint,
        coalesce(sum(h.rejected) FILTER (WHERE h.ended_at > %(lately)s), 0)::bigint, s.silent_days,
        coalesce(c.limit_days, CASE WHEN u.days >= %(days_known)s THEN greatest(2, ceil(%(times)s * u.gap))::int END),
        (SELECT count(*) FROM accounts_disagreement d WHERE d.source = n.source),
        (SELECT count(*) FROM accounts_deviation d WHERE d.source = n.source), coalesce(s.is_over, false),
        (array_agg(h.lag ORDER BY h.ended_at DESC) FILTER (WHERE h.lag IS NOT NULL))[1],
        percentile_cont(0.5) WITHIN GROUP (ORDER BY h.lag) FILTER (WHERE h.ended_at > %(lately)s), s.over_since, s.resumed_on
    FROM named n LEFT JOIN heard h USING (source) LEFT JOIN usual u USING (source) LEFT JOIN silence c USING (source)
    LEFT JOIN accounts_source s ON s.name = n.source
    WHERE n.source NOT IN ('', %(typed)s)
    GROUP BY n.source, s.silent_days, s.is_over, s.heard_at, s.over_since, s.resumed_on, u.days, u.gap, c.last_on, c.limit_days
    ORDER BY n.source
"""
# No oftener than that it matters.
NOTE: Final = """
    INSERT INTO accounts_source AS s (name, heard_at) VALUES (%(source)s, %(now)s)
    ON CONFLICT (name) DO UPDATE SET heard_at = excluded.heard_at
    WHERE (s.heard_at > excluded.heard_at - interval '1 hour') IS NOT TRUE
"""


@dataclass(frozen=True)
class Heard:
    """A source: its last file, rows and refused rows of the last 30 days, and after how many days it counts as silent.

    ``last_at`` is None where no run is kept, which is for 90 days, and no program sent rows that changed nothing; ``last_on`` is
    known then, too, while a silence is open. ``said`` is the number of days that an admin set, ``usual`` three times the days
    that usually lie between two files, as it was when an open silence began, None where too few came. ``differences`` is how many
    rows and fields differed from the record last night. ``lag`` is how old the last file was when it was in, by the newest
    day or instant in it, ``usual_lag`` the median of 30 days; None where no file says of when it is.
    """

    name: str
    last_at: dt.datetime | None
    last_on: dt.date | None
    rows: int
    refused: int
    said: int | None
    usual: int | None
    disagreements: int
    differences: int = 0
    is_over: bool = False
    lag: dt.timedelta | None = None
    usual_lag: dt.timedelta | None = None
    over_since: dt.datetime | None = None
    resumed_on: dt.date | None = None

    @property
    def limit(self) -> int | None:
        return None if self.is_over else self.said or self.usual

    def silent_days(self, day: dt.date) -> int | None:
        """For how many days the source has been silent, on ``day``; None where it is not, or nobody can say."""
        if self.last_on is None or self.limit is None:
            return None
        days = (day - self.last_on).days
        return days if days > self.limit else None

    def has_resumed(self, day: dt.date) -> bool:
        """Whether it was said to be over and spoke again in the 30 days before ``day``."""
        return self.resumed_on is not None and day - self.resumed_on <= LATELY

    def silent_since(self, day: dt.date) -> dt.date | None:
        """The day on which it was last heard of, where it is silent on ``day``."""
        return None if self.silent_days(day) is None else self.last_on


def note(source: str, now: dt.datetime) -> None:
    """Note that the source sent rows, where no run of imports says so."""
    if source != Source.TYPED:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, {"source": source, "now": now})


def sources(now: dt.datetime, zone: ZoneInfo) -> list[Heard]:
    """Every source that brought a file, that keys name or that an admin named, by name. One statement."""
    given: dict[str, Any] = {
        "zone": str(zone),
        "lately": now - LATELY,
        "days_known": DAYS_KNOWN,
        "times": TIMES_AS_LONG,
        "typed": Source.TYPED,
    }
    with connection.cursor() as cursor:
        cursor.execute(HEARD, given)
        return [Heard(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Sum:
    """Does it add up: a source's last file of a target, with the corrections of its refused rows, against what the record has
    of that source.
    """

    file: ImportFile
    here: int
    corrections: tuple[ImportFile, ...] = ()

    @property
    def files(self) -> tuple[ImportFile, ...]:
        return (self.file, *self.corrections)

    @property
    def rejected(self) -> int:
        """Rows that nobody corrected, or that were refused once more."""
        return correcting.refused(self.file, self.corrections)

    @property
    def ids(self) -> int | None:
        """Different ids; None of files of earlier releases.

        A correction may name ids that its file brought too, as contracts of several lines have: between the most of one file
        and the sum of all, what is here counts as right.
        """
        found = [file.ids for file in self.files if file.ids is not None]
        return None if len(found) < len(self.files) else min(max(self.here, *found), sum(found))

    @property
    def expected(self) -> int:
        """How many different ids went in; of files of earlier releases how many rows."""
        went_in = sum(file.rows - file.rejected - file.skipped for file in self.files)
        return went_in if self.ids is None else self.ids

    @property
    def difference(self) -> int:
        return self.here - self.expected


def sums(source: str) -> list[Sum]:
    """Of each target of which the record keeps rows by source and id: the last file against the rows here.

    A file need not name all rows of its source; more here than in the file is no error then. One statement, one a target,
    and one where rows were corrected.
    """
    written = ImportFile.objects.filter(source=source, written=True, is_conceded=False, run__state=ImportRun.State.DONE)
    last = (
        written.order_by("target", "-run__ended_at", "-pk")
        .distinct("target")
        .select_related("run")
        .defer("rejects", "cells")
    )
    counted = [(file, here) for file in last if (here := _here(file.target, source)) is not None]
    return [_sum(written, file, here) for file, here in counted]


def _sum(written: QuerySet[ImportFile], last: ImportFile, here: int) -> Sum:
    """The last file with its corrections, or, where it is itself one, the file that it corrects with all of them."""
    first_of = correcting.first_of(last.run)
    first = first_of.get(last.position, last.position)
    family = [first, *(position for position, of in first_of.items() if of == first)]
    if len(family) == 1:
        return Sum(last, here)
    files = {
        file.position: file for file in written.filter(run=last.run, position__in=family).defer("rejects", "cells")
    }
    file, *corrections = (files[place] for place in family if place in files)
    return Sum(file, here, tuple(corrections))


def _here(target: str, source: str) -> int | None:
    """How many rows of the source the record has; None where its rows have no key of their own."""
    if target == "customers":
        return ExternalKey.objects.filter(source=source).count()
    model: Any = TARGETS[target].models[0] if target in TARGETS and TARGETS[target].models else None
    if model is None or not {"source", "external_id"} <= columns(model).keys():
        return None
    return int(model.objects.filter(source=source).exclude(external_id="").count())
