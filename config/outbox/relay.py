"""From the outbox to Redis: the one place that publishes work.

Only ids travel. A row is published again whenever its lease has expired and no worker has locked it, so that ids lost
by Redis are sent once more, and a row sent twice is done once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from django.db import connection

CLAIMED_AT_ONCE: Final = 200
QUEUE_FULL: Final = 1_000
SHORT_LEASE: Final = dt.timedelta(seconds=8)
LONG_LEASE: Final = dt.timedelta(seconds=60)
MARKER: Final = "tsunagu:alive"

# A row's lease doubles with each publication, so that a backlog does not fill the queue with copies.
CLAIM: Final = """
UPDATE outbox_outbox
   SET publish_after = statement_timestamp() + least(%(short)s * power(2, least(publications, 8)), %(long)s),
       publications = publications + 1
 WHERE id = ANY(ARRAY(SELECT id FROM outbox_outbox
                       WHERE state = 'pending' AND publish_after <= statement_timestamp()
                       ORDER BY publish_after, id
                       LIMIT %(limit)s
                         FOR UPDATE SKIP LOCKED))
RETURNING id
"""

# Rows that wait after a failure keep their pause.
DUE_AT_ONCE: Final = """
UPDATE outbox_outbox SET publish_after = statement_timestamp()
 WHERE id IN (SELECT id FROM outbox_outbox
               WHERE state = 'pending' AND publish_after > statement_timestamp() AND error = ''
                 FOR UPDATE SKIP LOCKED)
"""


class Carrier(Protocol):
    """The interface to Redis that a relay needs; every call raises within seconds when Redis does not answer."""

    def is_wiped(self) -> bool:
        """Whether the marker is missing, which means that everything published is lost."""

    def set_marker(self) -> None:
        """Set the marker."""

    def waiting(self) -> int:
        """How many published ids no worker has taken yet."""

    def publish(self, ids: list[int]) -> None:
        """Hand the ids to the workers."""


@dataclass
class Relay:
    """Publishes due rows to the carrier, round after round; any number of relays may run at once."""

    carrier: Carrier
    redis_ok: bool = field(default=True, init=False)

    def round(self) -> int:
        """Publish up to 200 due rows; returns how many. Raises carrier errors; nothing is lost."""
        # The marker comes last: where Redis took it but its answer was lost, or the relay is killed here, the wipe would
        # otherwise be forgotten and every row wait for the end of its lease.
        if self.carrier.is_wiped():
            publish_everything_again()
            self.carrier.set_marker()
        if self.carrier.waiting() >= QUEUE_FULL:
            return 0
        ids = claim()
        if ids:
            self.carrier.publish(ids)
        return len(ids)


def claim() -> list[int]:
    """Take a lease on up to 200 rows that are due and free, oldest first. One statement."""
    values: dict[str, Any] = {"short": SHORT_LEASE, "long": LONG_LEASE, "limit": CLAIMED_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return sorted(row[0] for row in cursor.fetchall())


def publish_everything_again() -> None:
    """End every lease at once, after Redis has been wiped."""
    with connection.cursor() as cursor:
        cursor.execute(DUE_AT_ONCE)
