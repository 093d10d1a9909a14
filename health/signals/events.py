"""Events of product analytics as usage of customers and people: each event is one use, once, whatever comes again.

Which customer an event is of, it says itself (``context.groupId``), or the last ``group`` of its person does. Until the customer
is known the event waits, so that the order in which events, groups and customers come makes no difference. Whoever did it is kept
as a number alone (``health.signals.numbering``); an ``identify`` with an email address leads to the contact (``health.signals.linking``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts import company
from accounts.identity import ways
from config.text import shown
from health.models import RefusedEvent, WaitingEvent
from health.signals import event_reading, linking, numbering
from health.signals.event_reading import USES, Event, Improper
from health.signals.partitions import ensure_partitions

KEPT: Final = dt.timedelta(days=30)
REFUSED_A_SOURCE: Final = 1_000
LONGEST_REASON: Final = 300
AT_ONCE: Final = 20_000
MOST_STEPS: Final = 25
# Names of pages can be without end: what is used after so many features counts as use without one.
MOST_FEATURES: Final = 2_000
GIVEN: Final = """
    jsonb_to_recordset(%(events)s::jsonb) AS e(kind text, message_id text, at timestamptz, day date, "user" text, email text,
        "group" text, name text, agent boolean)
"""
# The newest word on each person of the batch; an older one never replaces it.
PEOPLE: Final = """
    INSERT INTO health_eventperson AS p (source, number, email, email_at, "group", group_at)
    SELECT %(source)s, number, (array_agg(email ORDER BY at DESC) FILTER (WHERE email IS NOT NULL))[1],
        max(at) FILTER (WHERE email IS NOT NULL), coalesce((array_agg("group" ORDER BY at DESC) FILTER (WHERE "group" <> ''))[1], ''), max(at) FILTER (WHERE "group" <> '')
    FROM (SELECT {number} AS number, {email} AS email, e.at,
              CASE WHEN e.kind IN ('group', 'identify') THEN e."group" ELSE '' END AS "group"
          FROM {given} WHERE e."user" <> '' AND e.kind IN ('group', 'identify')) said
    GROUP BY number ORDER BY number
    ON CONFLICT (source, number) DO UPDATE SET
        email = CASE WHEN excluded.email_at >= coalesce(p.email_at, '-infinity') THEN excluded.email ELSE p.email END,
        email_at = greatest(p.email_at, excluded.email_at),
        "group" = CASE WHEN excluded.group_at >= coalesce(p.group_at, '-infinity') THEN excluded."group" ELSE p."group" END,
        group_at = greatest(p.group_at, excluded.group_at)
""".format(number=numbering.number('e."user"'), email=numbering.number("nullif(e.email, '')"), given=GIVEN)  # noqa: S608 (made of constants)
# What has come before, as a use or waiting, comes no second time.
ARRIVED: Final = """
    INSERT INTO health_waitingevent (source, message_id, day, person, "group", feature, agent, received_at)
    SELECT DISTINCT ON (e.message_id) %(source)s, e.message_id, e.day, {number}, e."group", e.name, e.agent, %(now)s
    FROM {given}
    WHERE e.kind = ANY(%(uses)s) AND NOT EXISTS (
        SELECT FROM health_usagerecord u WHERE u.source = %(source)s AND u.message_id = e.message_id)
    ORDER BY e.message_id
    ON CONFLICT (source, message_id) DO NOTHING
""".format(number=numbering.number("""nullif(e."user", '')"""), given=GIVEN)  # noqa: S608 (made of constants)
# The customer of a waiting event ``w``: as it says itself, else as its person ``p`` is known to belong.
CUSTOMER: Final = """coalesce(nullif(w."group", ''), p."group", '')"""
PERSON: Final = "LEFT JOIN health_eventperson p ON p.source = w.source AND p.number = w.person"
# Waiting events of a source with the customer that each names, as loads of files stage their rows.
STAGE: Final = f"""
    CREATE TEMP TABLE import_staged ON COMMIT DROP AS
    SELECT w.id, {CUSTOMER} AS customer
    FROM (SELECT * FROM health_waitingevent w WHERE source = %(source)s AND {{which}} ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED) w
    {PERSON} WHERE {CUSTOMER} <> '';
    ANALYZE import_staged
"""  # noqa: S608 (made of constants)
WAITING: Final = f"""
    SELECT w.source, {CUSTOMER} AS customer, count(*) AS n, count(DISTINCT w.person) AS people, min(w.received_at) AS since
    FROM health_waitingevent w {PERSON} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""  # noqa: S608 (made of constants)
# Those of a batch, and those of the people of whom it says something.
OF_BATCH: Final = """
    (w.message_id IN (SELECT e.message_id FROM {given})
     OR w.person IN (SELECT {number} FROM {given} WHERE e."user" <> '' AND e.kind IN ('group', 'identify')))
""".format(number=numbering.number('e."user"'), given=GIVEN)  # noqa: S608 (made of constants)
STAGE_NAMES: Final = (
    "CREATE TEMP TABLE import_staged ON COMMIT DROP AS SELECT DISTINCT customer FROM ({names}) n WHERE customer <> ''"
)
# The customers for whom something waits.
NAMES: Final = f"SELECT {CUSTOMER} AS customer FROM health_waitingevent w {PERSON} WHERE w.source = %(source)s"  # noqa: S608 (made of constants)
NAMES_OF_PERSON: Final = f"""{NAMES} AND w.person = %(number)s
    UNION ALL SELECT p."group" FROM health_eventperson p WHERE p.source = %(source)s AND p.number = %(number)s
"""  # noqa: S608 (made of constants)
OF_KNOWN: Final = f"""
    w.id IN (SELECT w.id FROM health_waitingevent w {PERSON} WHERE w.source = %(source)s AND {CUSTOMER} = ANY(%(known)s)
             ORDER BY w.id LIMIT %(most)s)
"""  # noqa: S608 (made of constants)
# The people of a batch whose address it says.
ADDRESSED: Final = f"""SELECT {numbering.number('e."user"')} FROM {GIVEN} WHERE e."user" <> '' AND e.email <> ''"""  # noqa: S608 (made of constants)
FEATURES: Final = """
    INSERT INTO health_feature (key, name, is_core)
    SELECT DISTINCT w.feature, w.feature, false FROM health_waitingevent w JOIN import_staged s USING (id)
    WHERE w.feature <> '' AND NOT EXISTS (SELECT FROM health_feature f WHERE f.key = w.feature)
    ORDER BY 1 LIMIT greatest(0, %(features)s - (SELECT count(*) FROM health_feature)) ON CONFLICT (key) DO NOTHING
"""
# Customers who left since they were found, or are about to, are none, and nobody waits for them; the others stay until the usage
# is theirs.
HOLD: Final = """
    WITH there AS (
        SELECT id FROM accounts_customer
        WHERE id IN (SELECT customer_id FROM import_customers UNION SELECT named_id FROM import_customers)
        ORDER BY id FOR KEY SHARE SKIP LOCKED
    )
    DELETE FROM import_customers c WHERE NOT EXISTS (SELECT FROM there WHERE there.id = c.customer_id)
        OR (c.named_id IS NOT NULL AND NOT EXISTS (SELECT FROM there WHERE there.id = c.named_id))
"""
# One event is one use. Its digest says nothing: its id alone tells it from others, whatever its clock is corrected by.
PLACE: Final = """
    WITH placed AS (
        DELETE FROM health_waitingevent w USING import_staged s, import_customers c
        WHERE w.id = s.id AND c.external_id = s.customer RETURNING w.*, c.customer_id, c.named_id
    ), used AS (
        INSERT INTO health_usagerecord (customer_id, named_id, source, message_id, digest, day, feature_id, users, uses, seconds, errors, person, agent)
        SELECT placed.customer_id, placed.named_id, placed.source, placed.message_id, 'event', placed.day, f.id, 0, 1, 0, 0,
               placed.person, placed.agent
        FROM placed LEFT JOIN health_feature f ON f.key = placed.feature ORDER BY placed.message_id
        ON CONFLICT (source, message_id, digest) DO NOTHING RETURNING customer_id, day
    ), marked AS (
        INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT customer_id, day FROM used RETURNING day
    )
    SELECT count(*) FROM used
"""
DAYS: Final = "SELECT min(w.day), max(w.day) FROM health_waitingevent w JOIN import_staged s USING (id)"


@dataclass
class Taken:
    """How many events of a batch were good, and of each bad one its message id and the reason."""

    good: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def accept(
    events: Sequence[Any], sent_at: Any, source: str, *, now: dt.datetime, today: dt.date, zone: ZoneInfo
) -> Taken:
    """Take a batch; the bad events are noted with their reasons and cost none of the others.

    Safe to repeat, at once and later: an event is known by its source and message id. Raises AnotherKey.
    """
    numbering.check()
    taken, good = Taken(), []
    kinds: dict[str, str] = {}
    for event in events:
        try:
            good.append(event_reading.read(event, sent_at, now, zone, today))
        except Improper as problem:
            key = event_reading.key_of(event)
            kinds.setdefault(key, shown(str(event.get("type")))[:40] if isinstance(event, dict) else "")
            taken.refused.append((key, str(problem)))
    taken.good = len(good)
    with transaction.atomic():
        if good:
            _keep(good, source, now)
        _refuse(taken.refused, kinds, source)
    return taken


def waiting(most: int) -> list[dict[str, Any]]:
    """The customers for whom the most events wait: ``source``, ``customer`` ("" for none), ``n`` events, ``people``, ``since``. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"most": most})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def sweep(now: dt.datetime) -> int:
    """Place what waits for customers that have come since, and forget events that waited or were refused 30 days ago; how many were placed.

    Each 20,000 events commit by themselves, so that batches seldom meet their locks; of a source at most half a million are placed.
    """
    placed = 0
    for source in WaitingEvent.objects.order_by("source").values_list("source", flat=True).distinct():
        known = _known(source)
        params = {"source": source, "known": known, "most": AT_ONCE}
        for _step in range(MOST_STEPS if known else 0):
            with transaction.atomic(), connection.cursor() as cursor:
                count = _place(cursor, OF_KNOWN, params)
            placed += count
            if not count:
                break
    for model in (WaitingEvent, RefusedEvent):
        old = model._default_manager.filter(received_at__lt=now - KEPT).order_by("pk").values_list("pk", flat=True)
        model._default_manager.filter(pk__in=list(old[:AT_ONCE])).delete()
    return placed


@transaction.atomic
def _known(source: str) -> list[str]:
    """Of the customers for whom events of the source wait, those that the record has now."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE_NAMES.format(names=NAMES), {"source": source})
        return list(_led_to(cursor, source))


def customers_named(source: str, number: int) -> dict[str, int]:
    """The customers of which events of the source say that the person of the number is, by the names they have there."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE_NAMES.format(names=NAMES_OF_PERSON), {"source": source, "number": number})
        return _led_to(cursor, source)


def _led_to(cursor: CursorWrapper, source: str) -> dict[str, int]:
    """The customers to which the names in ``import_staged`` lead."""
    ways.find_customers("", source, company.identity().found_by)
    cursor.execute("SELECT external_id, customer_id FROM import_customers")
    found = dict(cursor.fetchall())
    cursor.execute("DROP TABLE import_staged, import_customers")
    return found


def _keep(events: Sequence[Event], source: str, now: dt.datetime) -> None:
    rows = [
        {
            "kind": event.kind, "message_id": event.message_id, "at": event.at.isoformat(), "day": event.day.isoformat(),
            "user": event.user, "email": event.email, "group": event.group, "name": event.name, "agent": event.agent,
        }
        for event in events
    ]  # fmt: skip
    params: dict[str, Any] = {
        "events": json.dumps(rows), "source": source, "uses": sorted(USES), "now": now, "most": AT_ONCE, **numbering.parameters(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, params)
        cursor.execute(ARRIVED, params)
        _place(cursor, OF_BATCH, params)
        if any(event.email for event in events):
            linking.ask(cursor, ADDRESSED, params)


def _place(cursor: CursorWrapper, which: str, params: Mapping[str, Any]) -> int:
    """Turn waiting events whose customer is known into usage; how many."""
    cursor.execute(STAGE.format(which=which), params)
    cursor.execute(DAYS)
    first, last = cursor.fetchone()
    placed = 0
    if first:
        ways.find_customers("", params["source"], company.identity().found_by)
        ensure_partitions(first, last)
        cursor.execute(FEATURES, {"features": MOST_FEATURES})
        cursor.execute(HOLD)
        cursor.execute(PLACE)
        placed = int(cursor.fetchone()[0])
        cursor.execute("DROP TABLE import_customers")
    cursor.execute("DROP TABLE import_staged")
    return placed


def _refuse(refused: Sequence[tuple[str, str]], kinds: dict[str, str], source: str) -> None:
    """Note refusals, of one message id the first; of a source the newest stay, as many as a person can look at."""
    if refused:
        # Of those of one id the first is written last.
        rows = {key: RefusedEvent(source=source, message_id=key, kind=kinds[key], reason=reason[:LONGEST_REASON])
                for key, reason in reversed(refused[-REFUSED_A_SOURCE:])}  # fmt: skip
        RefusedEvent.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)
        noted = RefusedEvent.objects.filter(source=source)
        newest = noted.order_by("-pk").values_list("pk", flat=True)
        for oldest in newest[REFUSED_A_SOURCE - 1 : REFUSED_A_SOURCE]:
            noted.filter(pk__lt=oldest).delete()
