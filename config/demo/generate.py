"""The demo portfolio, made chunk by chunk inside one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from django.db import connection, transaction

from accounts import statistics
from config import shipped
from config.demo import (
    activity,
    companies,
    contacts,
    contracts,
    facts,
    feedback,
    outcomes,
    people,
    randomness,
    replacing,
    touchpoints,
    usage,
    users,
    views,
    words,
)
from config.demo.models import Portfolio
from config.demo.plan import Plan
from config.demo.usage import COMMON, CORE
from health.cases import shipped as case_rules
from health.models import Feature
from health.signals.partitions import ensure_partitions

# A part of fewer rows is over before anybody waits for it.
SAID_FROM: Final = 50_000
# Rows with numbers of our own: table, most numbers a customer takes. What people add later is
# numbered from ten times as far, which leaves room for the customers still to come.
NUMBERED: Final = (
    ("accounts_customer", 1),
    ("accounts_contact", 16),
    ("accounts_contract", 32),
    ("accounts_objective", 8),
    ("accounts_outcome", 8),
    ("health_person", users.MOST),
)
NUMBER_ON: Final = """
SELECT setval(':table_id_seq', greatest(%(least)s, (SELECT max(id) FROM :table), (SELECT last_value FROM :table_id_seq)))
"""
Say = Callable[[str], object]


def silent(_line: str) -> None:
    """Says nothing."""


@transaction.atomic
def fresh(plan: Plan, *, frozen: bool = False, say: Say = silent, chunk: int | None = None) -> Portfolio:
    """Replace everything in the database by a portfolio after ``plan``, all or nothing.

    ``frozen`` pins the organisation's day at the end of the history.
    """
    replacing.clear()
    people.organisation(plan.until if frozen else None, time_zone=plan.zone.key)
    colleagues = people.sign_up()
    people.be_away(colleagues, plan.until)
    shipped.install(plan.until)
    people.limit_books()
    case_rules.take_all()
    make(plan, say=say, chunk=chunk)
    views.save(colleagues, plan.until)
    return Portfolio.objects.create(
        pk=1, customers=plan.customers, seed=plan.seed, began_on=plan.began_on, until=plan.until
    )


@transaction.atomic
def append(plan: Plan, *, say: Say = silent, chunk: int | None = None) -> int:
    """Go on with the portfolio held, for the days after ``plan.since``; how many rows.

    What was there for earlier days stays as it is. Safe to run again: nothing then.
    """
    held = Portfolio.objects.select_for_update().get(pk=1)
    plan = replace(plan, since=held.until)
    if plan.until <= held.until:
        return 0
    rows = make(plan, say=say, chunk=chunk)
    Portfolio.objects.filter(pk=1).update(until=plan.until)
    return rows


def make(plan: Plan, *, say: Say = silent, chunk: int | None = None) -> int:
    """Write the rows of ``plan`` after its ``since``; how many. A fixed number of statements a chunk."""
    started = time.monotonic()
    randomness.install(plan.seed)
    features = usage.name_features()
    companies.define()
    given = plan.parameters() | words.parameters() | feedback.parameters() | outcomes.parameters()
    given |= touchpoints.TEXTS | activity.TEXTS | people.books() | bits(features) | {"features": features}
    ensure_partitions(given["usage_from"], plan.until)
    rows = 0
    for lo, hi in ranges(plan.last_number, chunk or plan.chunk):
        rows += make_range(given | {"lo": lo, "hi": hi}, lambda line, at=lo: say(f"from {at:,}: {line}"))  # type: ignore[misc]
        connection.check_constraints()  # a chunk at a time, instead of millions of references when all is kept
        say(f"{hi:,} of {plan.last_number:,} customers, {rows:,} rows, {time.monotonic() - started:.0f} s")
    companies.adopt(given | {"lo": 1, "hi": plan.last_number})
    number_on(plan)
    return rows


def make_range(given: dict[str, Any], say: Say = silent) -> int:
    """Everything about the customers numbered ``lo`` to ``hi``; how many rows.

    The first range fills empty tables: what reads them next is planned for what they hold by then.
    """
    companies.choose(given)
    contracts.settle(given)
    usage.settle(given)
    rows = 0
    for part in (companies, contracts, facts, contacts, usage, users, feedback, touchpoints, activity, outcomes):
        written = part.write(given)
        if given["lo"] == 1:
            statistics.refresh_written()
        if written >= SAID_FROM:
            say(f"{part.__name__.rpartition('.')[2]}, {written:,} rows")
        rows += written
    return rows


def ranges(last: int, chunk: int) -> Iterator[tuple[int, int]]:
    """Ranges of ``chunk`` numbers that cover 1 to ``last``."""
    for lo in range(1, last + 1, chunk):
        yield lo, min(last, lo + chunk - 1)


def bits(features: list[int]) -> dict[str, int]:
    """The bits of the first feature of each kind: core, common, used by some; the others of its kind follow.

    As in ``health.signals.rollup`` a feature's bit is its place among all features, by id.
    """
    before = Feature.objects.filter(pk__lt=min(features)).count()
    return {
        "core_bit": 1 << before,
        "other_bit": 1 << (before + CORE),
        "more_bit": 1 << (before + CORE + COMMON),
    }


def number_on(plan: Plan) -> None:
    """Let what people add get numbers that no customer to come will need."""
    with connection.cursor() as cursor:
        for table, factor in NUMBERED:
            cursor.execute(NUMBER_ON.replace(":table", table), {"least": 10 * factor * max(plan.customers, 1_000)})


def analyse() -> None:
    """Let the planner know the new tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
