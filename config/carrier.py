"""The relay's carrier: Redis."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import cached_property

from config import versions
from config.celery import app
from config.outbox.queueing import LONGEST, long_ones
from config.outbox.relay import MARKER

QUEUE: Final = "work"
PATIENCE: Final = 2.0


def limits(is_long: bool) -> tuple[int | None, int | None]:  # noqa: FBT001  the one thing that is asked
    """How many seconds a task may run, softly and at most; None: as long as every other."""
    hard = int(LONGEST.total_seconds())
    return (hard - 60, hard) if is_long else (None, None)


class RedisCarrier:
    """Publishes ids as ``outbox.deliver`` tasks; without an answer a call fails after two to four seconds."""

    @cached_property
    def connection(self) -> Any:
        impatient = {"socket_timeout": PATIENCE, "max_retries": 1, "interval_start": 0}
        options = app.conf.broker_transport_options | impatient
        return app.connection_for_write(transport_options=options)

    @property
    def client(self) -> Any:
        return self.connection.default_channel.client

    def is_wiped(self) -> bool:
        return not self.client.exists(MARKER)

    def set_marker(self) -> None:
        self.client.set(MARKER, "1")

    def waiting(self) -> int:
        return int(self.client.llen(QUEUE))

    def publish(self, ids: list[int]) -> None:
        long = long_ones(ids)
        with app.amqp.Producer(self.connection.default_channel, auto_declare=False) as producer:
            for outbox_id in ids:
                soft, hard = limits(outbox_id in long)
                app.send_task(
                    "outbox.deliver", args=[outbox_id], producer=producer, retry=False, soft_time_limit=soft, time_limit=hard
                )  # fmt: skip

    def version(self) -> str:
        return versions.of_redis(self.client.info("server"))

    def close(self) -> None:
        """Forget the connection; the next call opens another."""
        connection = self.__dict__.pop("connection", None)
        if connection is not None:
            connection.release()
