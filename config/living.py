"""Celery's worker and beat as members of the group: they write heartbeats, and reconnect to Redis within seconds."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from celery.beat import Scheduler
from celery.utils.log import get_logger
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from django.utils.functional import cached_property

from config.outbox.heartbeats import EVERY, Pulse

logger = get_logger(__name__)

# Celery's own pauses grow to half a minute, for which workers would stay idle once Redis is back.
COME_BACK: Final = {"interval_start": 1, "interval_step": 1, "interval_max": 3}
IMPATIENT: Final = {"socket_timeout": 2}


def missed(error: Exception, interval: float) -> None:
    """Log that Redis could not be reached."""
    logger.warning("Redis cannot be reached (%s): again in %d s", error, interval)


class LivingConsumer(Consumer):
    """The worker's loop: it writes heartbeats while it waits for Redis and while it runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.pulse = Pulse("worker")
        super().__init__(*args, **kwargs)

    def ensure_connected(self, conn: Any) -> Any:
        def wait() -> None:
            maybe_shutdown()
            self.pulse.beat(redis_ok=False)

        connected = conn.ensure_connection(missed, None, callback=wait, **COME_BACK)
        self.first_connection_attempt = False
        return connected

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.call_repeatedly(EVERY / 2, partial(self.pulse.beat, redis_ok=True))


class LivingScheduler(Scheduler):
    """Beat's loop. A hung Redis delays a message by two seconds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.pulse = Pulse("beat")
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        self.pulse.beat()
        return min(super().tick(*args, **kwargs), EVERY)

    @cached_property
    def connection(self) -> Any:
        return self.app.connection_for_write(transport_options=self.app.conf.broker_transport_options | IMPATIENT)

    def _ensure_connected(self) -> Any:
        return self.connection.ensure_connection(missed, None, callback=self.pulse.beat, **COME_BACK)
