"""A portfolio made of somebody's real files, as of the data's own last day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.db.models import Min

from accounts import facts, lifecycle, segmenting
from accounts.imports import folders
from accounts.imports.loading import Report
from accounts.imports.mapping import find
from accounts.imports.maps import Mapping
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import Contract, Customer, Role, User
from config import cycle, shipped
from config.demo import generate, people, replacing
from config.demo.models import Portfolio
from health import scoring
from health.cases import shipped as case_rules
from health.signals import rollup

Say = Callable[[str], None]
HISTORY_MONTHS: Final = 24

# The same customer has the same owner in every portfolio made of the same files.
ASSIGN: Final = """
    UPDATE accounts_customer c
    SET owner_id = (%(owners)s::bigint[])[1 + mod(abs(hashtextextended(k.external_id, 1)), %(n)s)]
    FROM (SELECT customer_id, min(external_id) AS external_id
          FROM accounts_externalkey GROUP BY customer_id) k
    WHERE k.customer_id = c.id AND c.owner_id IS NULL
"""


def plan(folder: Path, mapping: str) -> tuple[Mapping, list[folders.Job]]:
    """What would be loaded; raises Unreadable or MappingError, each one sentence, and writes nothing."""
    found = find(mapping)
    if found.day is None:
        raise Unreadable(f"The mapping {mapping} names no day: a demo of files needs the data's last day.")
    return found, folders.jobs(folder, found, TARGETS)


@transaction.atomic
def load(folder: Path, mapping: str = "ravenstack", say: Say = print) -> dt.date:
    """Replace everything in the database by ``folder``, all or nothing; returns the day it is frozen at.

    The organisation bears the source's name; the demo's people own the customers by a stable hash of
    their id. Then comes what a running installation would have done: status and stage, roll-ups, scores
    at the past month-ends, and the daily cycle of the last day.
    """
    found, jobs = plan(folder, mapping)
    day = found.day
    assert day is not None  # noqa: S101  plan() has refused that
    replacing.clear()
    people.organisation(day, name=found.title, time_zone="UTC", currency=found.currency, holiday_country="")
    people.sign_up()
    shipped.install(day)
    case_rules.take_all()
    for report in folders.run(jobs, day, lambda job, rows: say(f"{job.path.name}: {rows:,} rows read")):
        say(line(report))
    assign_owners(day)
    remember(found.title, day)
    generate.analyse()
    say("rolling up usage and scoring the past month-ends")
    replay(day)
    # Usage, scores, status and stage have come since: a sweep over all customers would be planned for hardly any.
    generate.analyse()
    for done in cycle.run(day):
        say(f"daily cycle: {done.step} {done.rows:,}")
    return day


def line(report: Report) -> str:
    notes = "".join(f"; {note}" for note in report.notes)
    return f"{report.file}: {report.new:,} {report.into}, {report.rejected:,} rejected{notes}"


def assign_owners(day: dt.date) -> int:
    """Give every customer without one an owner among the CSMs; returns how many."""
    owners = list(User.objects.may_own().filter(role=Role.CSM).order_by("email").values_list("pk", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ASSIGN, {"owners": owners, "n": len(owners)})
        changed = cursor.rowcount
        facts.record(day)
    return changed


def remember(title: str, day: dt.date) -> None:
    began = Contract.objects.aggregate(day=Min("starts_on"))["day"] or day
    values = {
        "source": title,
        "customers": Customer.objects.count(),
        "began_on": min(began, day),
        "until": day,
        "lived_until": day,
    }
    Portfolio.objects.update_or_create(pk=1, defaults=values)


def replay(day: dt.date) -> int:
    """Score every past month-end as that day's own cycle would have; returns how many days."""
    with transaction.atomic():
        rollup.roll_up_changed()
    ends = month_ends(day)
    for end in ends:
        with transaction.atomic():
            lifecycle.sweep(end)
            segmenting.sweep(end)
    scoring.score_history(ends)
    return len(ends)


def month_ends(day: dt.date) -> list[dt.date]:
    """The last days of the months before ``day``, oldest first, since the first contract."""
    began = Contract.objects.aggregate(day=Min("starts_on"))["day"] or day
    ends: list[dt.date] = []
    end = day.replace(day=1) - dt.timedelta(days=1)
    while end >= began and len(ends) < HISTORY_MONTHS:
        ends.append(end)
        end = end.replace(day=1) - dt.timedelta(days=1)
    return ends[::-1]
