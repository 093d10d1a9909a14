"""``rollup``: usage facts of named people into days of customers, features and people, against COPY of the same facts.

Says how many bytes a person-day takes, its index included.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from accounts.models import Customer
from health.models import Feature
from health.signals import partitions
from health.signals.rollup import roll_up_changed
from tests.bench import signals
from tests.bench.ground import DAY, Bench, Ground, Result

CUSTOMERS = 2_000
PEOPLE = 10
DAYS = 10
FEATURES = 40
ROWS = CUSTOMERS * PEOPLE * DAYS
COLUMNS = "customer_id, source, message_id, digest, day, feature_id, users, uses, seconds, errors, person"
EMPTIED = "health_usagerecord, health_rollupmark, health_usageday, health_featureday, health_personday, health_person"
SIZE = "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'health_personday'::regclass"
MARK = "INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT customer_id, day FROM health_usagerecord"


def rollup(ground: Ground) -> Result:
    """Facts a second of ours over those of the floor. Leaves nothing behind: all is rolled back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        facts = make()
        partitions.ensure_partitions(DAY - dt.timedelta(days=DAYS), DAY)
        signals.execute(f"TRUNCATE {EMPTIED}")
        ((empty,),) = signals.fetch(SIZE)
        copy(facts)
        signals.execute(MARK)
        roll_up_changed()
        ((full,), (rows,)) = signals.fetch(f"{SIZE} UNION ALL SELECT count(*) FROM health_personday")
        ground.say(f"{(int(str(full)) - int(str(empty))) / int(str(rows)):.0f} bytes a person-day, of {rows:,}")
        seconds = ground.race(roll_up_changed, lambda: copy(facts), before=lambda: ready(facts))
        transaction.set_rollback(True)
    return Result(ROWS / seconds.ours, ROWS / seconds.floor, unit="rows/s")


def make() -> bytes:
    """The facts as COPY takes them: each person once a day, on one feature."""
    owners = Customer.objects.bulk_create(Customer(name=f"Customer {n}") for n in range(CUSTOMERS))
    features = Feature.objects.bulk_create(Feature(key=f"bench_{n}", name=f"Bench {n}") for n in range(FEATURES))
    lines = []
    for n in range(ROWS):
        customer, person, back = n % CUSTOMERS, n // CUSTOMERS % PEOPLE, n // (CUSTOMERS * PEOPLE)
        day, feature = DAY - dt.timedelta(days=back), features[(customer + person) % FEATURES]
        cells = (owners[customer].pk, "csv", f"U-{n:08}", f"{n:032x}", day, feature.pk, 0, n % 50, n % 3_000, 0)
        lines.append("\t".join(map(str, (*cells, customer * 7_919 + person))))
    return ("\n".join(lines) + "\n").encode()


def ready(facts: bytes) -> None:
    """The facts arrived and nothing rolled up, for both."""
    signals.execute(f"TRUNCATE {EMPTIED}")
    copy(facts)
    signals.execute(MARK)
    signals.execute("ANALYZE health_usagerecord, health_rollupmark")


def copy(rows: bytes) -> None:
    signals.execute("TRUNCATE health_usagerecord")
    with connection.cursor() as cursor, cursor.copy(f"COPY health_usagerecord ({COLUMNS}) FROM STDIN") as stream:
        for at in range(0, len(rows), 1 << 18):
            stream.write(rows[at : at + (1 << 18)])


BENCHES = [Bench("rollup", target=0.8, stretch=1.1, run=rollup, better="higher")]
