"""Customers enter playbooks: by the sweep of a day, or one by hand.

One statement a playbook writes the enrolments with a run of each step, so a sweep killed at any
point has written a playbook's entrants whole or not at all, and the next one finishes. An enrolment
is unique by customer, playbook and occasion: running twice, late or side by side enters nobody twice. Right after it
``playbooks.runs`` enters the steps whose turn has come.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import IntegerField, Max, Q
from django.db.models.functions import Cast, Substr
from django.utils.translation import gettext as _

from accounts import seen
from accounts.models import Customer, User
from accounts.sets import GONE, Outcome
from config import days
from config.setaside import register
from config.setaside.models import Kind
from health.states import Measured, Watch
from playbooks import entrants, following, giving, runs, triggers
from playbooks.locking import one_at_a_time
from playbooks.models import Enrolment, Playbook, PlaybookVersion, Task, TriggerKind
from playbooks.runs import STEP
from playbooks.triggers import Trigger
from renewals.models import Renewal

# The version of a playbook that decides, and the state it watches for.
WatchedVersion = tuple[PlaybookVersion, Watch | None]

ENTER: Final = """
    WITH {before} entrants AS ({entrants}),
    entered AS (
        INSERT INTO playbooks_enrolment (customer_id, playbook_id, version_id, occasion, renewal_id,
                                         why, state, enrolled_on, enrolled_by_id, exit_reason)
        SELECT customer_id, %(playbook)s, %(version)s, occasion, renewal_id,
               why, 'running', %(day)s, %(enrolled_by)s, ''
        FROM entrants ORDER BY customer_id, occasion
        ON CONFLICT DO NOTHING
        RETURNING id
    ), runs AS (
        INSERT INTO playbooks_steprun (enrolment_id, step_id, state, due_on)
        SELECT e.id, s.id, 'waiting', %(day)s
        FROM entered e JOIN playbooks_playbookstep s ON s.version_id = %(version)s
        ORDER BY e.id, s.position
        RETURNING 1
    )
    SELECT id FROM entered
"""
BY_HAND: Final = """
    SELECT asked.customer AS customer_id, asked.occasion, '{"by_hand": true}'::jsonb AS why, asked.renewal AS renewal_id
    FROM unnest(%(customers)s::bigint[], %(occasions)s::text[], %(renewals)s::bigint[]) asked(customer, occasion, renewal)
"""


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Everything playbooks owe to ``day``, to everybody or to ``ids``; returns how many customers entered one.

    First what happened elsewhere is followed (``playbooks.following``), then every active playbook takes in whom its
    published version lets in, and the steps whose turn has come are entered (``playbooks.runs``). A playbook that cannot be evaluated is set aside alone, with the reason, until somebody
    changes it; one that somebody pauses or publishes anew meanwhile is left to the next sweep. Two statements a
    playbook and a fixed number more, whatever the number of customers; safe to run again, late, killed half-way, or
    beside another.
    """
    if ids is not None and not ids:
        return 0
    following.sweep(day, ids)
    ready = _ready()
    with one_at_a_time(), triggers.standing([watch for _version, watch in ready.values()], day, ids) as columns:
        unchanged = _unchanged(ready)
        entered = register.sparing(
            STEP,
            Kind.PLAYBOOK,
            list(unchanged),
            lambda keys: sum(_take_in(*unchanged[key], day, columns, ids) for key in keys),
            lambda keys: {key: unchanged[key][0].playbook.name for key in keys},
        )
    runs.advance(day, ids)
    return entered


def _ready() -> dict[int, WatchedVersion]:
    """By playbook: the version that decides, and the state it watches for. One that cannot be asked is set aside."""
    found = PlaybookVersion.objects.filter(
        playbook__state=Playbook.State.ACTIVE, pk__in=Playbook.objects.values("published")
    ).exclude(playbook__in=register.excluded(Kind.PLAYBOOK, STEP))
    ready: dict[int, WatchedVersion] = {}
    for version in found.select_related("playbook").prefetch_related("steps").order_by("playbook_id"):
        try:
            entrants.check(version)
            ready[version.playbook_id] = version, triggers.watch(version)
        except ValidationError as problem:
            reason = " ".join(problem.messages)
            register.record(STEP, Kind.PLAYBOOK, version.playbook_id, version.playbook.name, reason)
    return ready


def _unchanged(ready: Mapping[int, WatchedVersion]) -> dict[int, WatchedVersion]:
    """Those whose version still decides who enters; their playbooks are locked until the end."""
    rows = Playbook.objects.select_for_update(no_key=True).filter(state=Playbook.State.ACTIVE, pk__in=list(ready))
    deciding = dict(rows.order_by("pk").values_list("pk", "published"))
    return {key: one for key, one in ready.items() if deciding.get(key) == one[0].pk}


def _take_in(
    version: PlaybookVersion,
    watched: Watch | None,
    day: dt.date,
    columns: Mapping[Measured, str],
    only: Sequence[int] | None,
) -> int:
    """Enrol everybody ``version`` lets in on ``day``; how many."""
    return len(enter(version, entrants.query(version, watched, day, columns, only), day, None))


def enter(version: PlaybookVersion, source: Trigger, day: dt.date, by: User | None) -> list[int]:
    """Write enrolments for the rows of ``source`` and a run of each step, whose turn comes at once. One statement."""
    params = {
        "playbook": version.playbook_id,
        "version": version.pk,
        "day": day,
        "enrolled_by": by.pk if by else None,
    }
    with connection.cursor() as cursor:
        before = source.reads + source.keeps
        cursor.execute(ENTER.format(before=before, entrants=source.sql), source.params | params)
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def enrol_by_hand(customer: Customer, playbook: Playbook, user: User, day: dt.date) -> Enrolment:
    """As ``enrol_all``, for one customer."""
    made = enrol_all([customer.pk], playbook, user, day)
    return Enrolment.objects.select_related("playbook").get(pk=made.only())


@transaction.atomic
def enrol_all(customers: Iterable[int], playbook: Playbook, user: User, day: dt.date) -> Outcome[int]:
    """Start a playbook for each of ``customers``: customer → enrolment; trigger and audience are not asked.

    A playbook of renewals is started for a customer's next open renewal, where there is one, so
    that its tasks complete that renewal's prep and the sweep does not start it again. Refused are customers who run it
    already or are not live. Raises ValidationError where the playbook is not in use. A fixed number of statements.
    """
    version = playbook.published
    if version is None or playbook.state != Playbook.State.ACTIVE:
        raise ValidationError(_("“%(name)s” is not in use.") % {"name": playbook.shown_name})
    rows = Customer.objects.filter(pk__in=list(customers)).only("name").order_by("pk")
    found: Outcome[Customer] = Outcome({customer.pk: customer for customer in rows})
    live = set(Customer.objects.current().filter(pk__in=list(found.done)).values_list("pk", flat=True))
    found.refuse(lambda customer: None if customer.pk in live else _not_live(customer))
    with one_at_a_time():
        renewals = next_renewals(found.done) if version.trigger_kind == TriggerKind.RENEWAL_DUE else {}
        hindrances = _in_the_way(found.done, playbook, renewals)
        found.refuse(lambda customer: _second(customer, playbook, hindrances.get(customer.pk), day))
        made = enter(version, _by_hand(found.done, playbook, renewals), day, user)
        runs.advance(day, list(found.done))
    entered = dict(Enrolment.objects.filter(pk__in=made).values_list("customer_id", "pk"))
    return Outcome(entered, found.refused)


def next_renewals(customers: Iterable[int]) -> dict[int, int]:
    """Each customer's next renewal by number; of a group that shares its prep, the leading one."""
    rows = Renewal.objects.to_come().filter(customer__in=list(customers)).order_by("customer", "due_on", "pk")
    first = rows.distinct("customer").values_list("customer_id", "pk", "prep_with_id")
    return {customer: head or renewal for customer, renewal, head in first}


def stop(enrolment: Enrolment, day: dt.date) -> None:
    """End a running enrolment by hand: its open tasks are closed as not needed."""
    following.leave([enrolment.pk], Enrolment.Exit.STOPPED, day)


def marks(plays: Iterable[int]) -> dict[int, str]:
    """By play the mark of how it stands with its tasks, for ``take_back``. Two statements."""
    states = dict(Enrolment.objects.filter(pk__in=list(plays)).values_list("pk", "state"))
    tasks: dict[int, list[str]] = {play: [] for play in states}
    for task in Task.objects.filter(enrolment__in=list(states)).order_by("pk"):
        tasks[task.enrolment_id or 0].append(giving.mark(task))
    return {
        play: hashlib.blake2b("".join([state, *tasks[play]]).encode(), digest_size=8).hexdigest()
        for play, state in states.items()
    }


@transaction.atomic
def take_back(before: Mapping[int, str]) -> Outcome[Enrolment]:
    """Delete plays started by hand, with their tasks, that stand as their start left them (``before`` has the marks): as if they
    had never been started, for the limits too.
    """
    rows = Enrolment.objects.filter(pk__in=list(before), enrolled_by__isnull=False).select_related("playbook")
    result: Outcome[Enrolment] = Outcome(
        {play.pk: play for play in rows.select_for_update(of=("self",), no_key=True).order_by("pk")}
    )
    list(
        Task.objects.select_for_update(of=("self",))
        .filter(enrolment__in=list(result.done))
        .order_by("pk")
        .values_list("pk")
    )
    result.refused = {pk: ValidationError(GONE) for pk in before if pk not in result.done}
    standing = marks(result.done)
    result.refuse(lambda play: None if standing[play.pk] == before[play.pk] else _changed(play))
    Enrolment.objects.filter(pk__in=list(result.done)).delete()
    return result


def _changed(play: Enrolment) -> ValidationError:
    running = play.state == Enrolment.State.RUNNING
    return ValidationError(seen.CHANGED_SINCE if running else _("This play has ended already."))


def _not_live(customer: Customer) -> ValidationError:
    return ValidationError(_("%(name)s is not a live customer.") % {"name": customer.name})


def _second(customer: Customer, playbook: Playbook, found: Enrolment | None, day: dt.date) -> ValidationError | None:
    if found is None:
        return None
    words = {"customer": customer.name, "playbook": playbook.shown_name, "since": days.worded(found.enrolled_on, day)}
    if found.state == Enrolment.State.RUNNING:
        return ValidationError(_("%(customer)s already runs “%(playbook)s”, since %(since)s.") % words)
    return ValidationError(_("“%(playbook)s” has been run for this renewal, from %(since)s.") % words)


def _in_the_way(customers: Iterable[int], playbook: Playbook, renewals: Mapping[int, int]) -> dict[int, Enrolment]:
    """By customer the newest enrolment that a new one would double: that of the same renewal, or else a running one."""
    asked = list(customers)
    same = Q(occasion__in=[f"renewal:{renewals[pk]}" for pk in asked if pk in renewals])
    others = [pk for pk in asked if pk not in renewals]
    running = Q(customer__in=others, state=Enrolment.State.RUNNING) & ~Q(occasion__startswith="renewal:")
    plays = Enrolment.objects.filter(same | running, customer__in=asked, playbook=playbook).order_by("pk")
    return {play.customer_id: play for play in plays}


def _by_hand(customers: Iterable[int], playbook: Playbook, renewals: Mapping[int, int]) -> Trigger:
    asked = list(customers)
    begun = Enrolment.objects.filter(customer__in=asked, playbook=playbook, occasion__startswith="hand:")
    number = Cast(Substr("occasion", len("hand:") + 1), IntegerField())
    numbers = dict(begun.order_by().values_list("customer_id").annotate(n=Max(number)))
    occasions = [f"renewal:{renewals[pk]}" if pk in renewals else f"hand:{numbers.get(pk, 0) + 1}" for pk in asked]
    given = {"customers": asked, "occasions": occasions, "renewals": [renewals.get(pk) for pk in asked]}
    return Trigger(BY_HAND, given)
