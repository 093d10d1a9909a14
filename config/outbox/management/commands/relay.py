"""``manage.py relay``: publish the outbox's rows until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError as CarrierAway
from redis.exceptions import RedisError

from config import disk
from config.carrier import RedisCarrier
from config.outbox.heartbeats import beat
from config.outbox.relay import CLAIMED_AT_ONCE, Relay

log = logging.getLogger("relay")

PAUSE = 0.2
PAUSE_AFTER_TROUBLE = 1.0
HEARTBEAT_EVERY = 3.0
TROUBLE = (RedisError, CarrierAway, OSError)


class Command(BaseCommand):
    help = "Publish outbox rows to Redis until SIGTERM or SIGINT; any number may run."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        self.carrier = RedisCarrier()
        self.relay = Relay(self.carrier)
        self.redis_ok, self.redis_version = True, ""
        self.beaten_at = 0.0
        log.info("publishing")
        while not self.stop.is_set():
            self.stop.wait(self.one_round())

    def one_round(self) -> float:
        """Publish once; return the seconds to wait before the next round."""
        try:
            pause = self.publish()
            self.beat()
        except (DatabaseError, InterfaceError) as error:
            log.warning("database away: %s", str(error).splitlines()[0] if str(error) else "")
            connection.close()
            return PAUSE_AFTER_TROUBLE
        return pause

    def publish(self) -> float:
        if disk.is_low():
            return PAUSE_AFTER_TROUBLE
        try:
            published = self.relay.round()
            self.redis_version = self.redis_version or self.carrier.version()
        except TROUBLE as error:
            self.say_redis(ok=False, why=str(error))
            self.carrier.close()
            self.redis_version = ""
            return PAUSE_AFTER_TROUBLE
        self.say_redis(ok=True)
        return 0 if published == CLAIMED_AT_ONCE else PAUSE

    def say_redis(self, *, ok: bool, why: str = "") -> None:
        if ok != self.redis_ok:
            log.warning("Redis answers again" if ok else "Redis does not answer: %s", *[why][ok:])
            self.redis_ok, self.beaten_at = ok, 0.0

    def beat(self) -> None:
        if time.monotonic() - self.beaten_at >= HEARTBEAT_EVERY:
            beat("relay", redis_ok=self.redis_ok, redis_version=self.redis_version)
            self.beaten_at = time.monotonic()
