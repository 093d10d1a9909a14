"""Whether the process is up (/healthz), whether it can serve (/readyz), and how it is (/metrics).

No probe queries Redis: the relay stores its state in PostgreSQL. Strangers get a status only; gauges are for requests
from the machine itself or with the token. For strangers a process checks at most once a second.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from config import disk, gauges, versions
from config.outbox.heartbeats import MEMBERS

logger = logging.getLogger(__name__)

SILENT_AFTER: Final = 90  # seconds: longer than the group takes to notice and restart a hung member
RELAY_SILENT_AFTER: Final = 30  # seconds after which the relay's report on Redis is outdated
CLOCKS_APART: Final = 60  # seconds
GLANCES_EVERY: Final = 1.0  # seconds
NEEDED: Final = ("worker", "beat", "relay")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
FORWARDED: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

AGES: Final = """
SELECT jsonb_object_agg(member, age)
  FROM (SELECT member, min(extract(epoch FROM now() - beat_at))::bigint AS age
          FROM outbox_heartbeat GROUP BY member) AS youngest
"""
GAUGES: Final = f"""
SELECT (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint
          FROM outbox_outbox WHERE state = 'pending'),
       (SELECT count(*) FROM outbox_outbox WHERE state = 'pending'),
       (SELECT count(*) FROM outbox_outbox WHERE state = 'dead'),
       (SELECT count(*) FROM outbox_outbox WHERE state = 'unknown'),
       (SELECT count(*) FROM setaside_setaside),
       (SELECT count(*) FROM setaside_steprun
         WHERE state = 'failed' AND day = (SELECT max(day) FROM setaside_steprun)),
       (SELECT max(tick) FROM outbox_tick WHERE schedule = 'daily'),
       ({AGES}),
       (SELECT jsonb_build_object('ok', redis_ok, 'version', redis_version)
          FROM outbox_heartbeat WHERE member = 'relay' ORDER BY beat_at DESC LIMIT 1),
       (SELECT max(abs(clock_ahead)) FROM outbox_heartbeat WHERE beat_at > now() - interval '2 minutes'),
       current_setting('server_version')
"""  # noqa: S608  of two constants


class ProbeMiddleware:
    """Answer the three addresses before any middleware needs a host, a session or a user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


def is_machine(request: HttpRequest) -> bool:
    """Whether it comes from this machine without a proxy; with a token configured, whether it has the token."""
    if settings.METRICS_TOKEN:
        authorization = request.META.get("HTTP_AUTHORIZATION", "").encode()
        return secrets.compare_digest(authorization, f"Bearer {settings.METRICS_TOKEN}".encode())
    forwarded = any(header in request.META for header in FORWARDED)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


def healthz(_request: HttpRequest) -> HttpResponse:
    """200 whenever this process can answer at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 once the database answers and is migrated, has room, and worker, beat and relay are alive; else 503."""
    machine = is_machine(request)
    state = look() if machine else GLANCE.state()
    body = state.told() if machine else {"status": state.status}
    answer = JsonResponse(body, status=503 if state.reasons else 200)
    if state.reasons:
        answer.headers["Retry-After"] = "5"
    return answer


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text format, for the machine only; 404 for strangers."""
    if not is_machine(request):
        return HttpResponse(status=404)
    return HttpResponse(look().exposition(), content_type=CONTENT_TYPE_LATEST)


@dataclass(frozen=True)
class State:
    """The result of a check: the reasons why the product is not ready (none: it is), the warnings, and the figures."""

    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    counts: dict[str, Any] | None = None
    heartbeats: dict[str, int | None] | None = None
    registered: dict[str, float | None] | None = None
    versions: dict[str, str] | None = None

    @property
    def status(self) -> str:
        return "not ready" if self.reasons else "ready"

    def told(self) -> dict[str, Any]:
        """The whole state as JSON for the machine."""
        body: dict[str, Any] = {"status": self.status}
        if self.reasons:
            body["reasons"] = self.reasons
        if self.counts is not None:
            body |= {"warnings": self.warnings, **self.counts, "heartbeat_ages": self.heartbeats}
            body |= {**(self.registered or {}), "versions": self.versions}
        return body

    def exposition(self) -> bytes:
        numbers = {name: figure for name, figure in (self.counts or {}).items() if isinstance(figure, int | float)}
        figures: dict[str, Any] = {"ready": float(not self.reasons), "warnings": float(len(self.warnings)), **numbers}
        figures |= self.registered or {}
        if self.heartbeats is not None:
            figures["heartbeat_age_seconds"] = self.heartbeats
        return gauges.exposition(figures, label="member") + versions.exposition(self.versions or {})


class Glance:
    """Whether the product is ready, at most a second old; thread-safe."""

    def __init__(self) -> None:
        self.looked_at = float("-inf")
        self.found = State(())

    def state(self) -> State:
        now = time.monotonic()
        if now - self.looked_at >= GLANCES_EVERY:
            answer = asked(AGES)
            self.found = answer if isinstance(answer, State) else State(tuple(reasons(heard(answer[0]))))
            self.looked_at = now
        return self.found


GLANCE: Final = Glance()


def asked(query: str) -> State | tuple[Any, ...]:
    """The one row of ``query``; a State with the reason where the database is away or not migrated."""
    try:
        if not migrated():
            return State(("Migrations are missing: run `manage.py migrate`.",))
        with connection.cursor() as cursor:
            cursor.execute(query)
            row: tuple[Any, ...] = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("Not ready: %s", type(error).__name__)
        connection.close()
        return State(("The database cannot be reached.",))
    return row


def heard(ages: str | None) -> dict[str, int]:
    """Seconds since the youngest heartbeat by member; Django leaves jsonb of plain cursors as text."""
    seconds: dict[str, int] = json.loads(ages or "{}")
    return seconds


def reasons(ages: dict[str, int]) -> list[str]:
    """The reasons why the product is not ready although the database answers."""
    silent = [f"The {member} is silent." for member in NEEDED if ages.get(member, SILENT_AFTER + 1) > SILENT_AFTER]
    return [*silent, "The disk of the database is full."] if disk.is_low() else silent


def look() -> State:
    """Read the whole state in one query; never waits for Redis."""
    row = asked(GAUGES)
    if isinstance(row, State):
        return row
    registered, warnings = gauges.looked()
    oldest, pending, dead, unknown, aside, failed, day, ages, relay, apart, postgres = row
    ages, relay = heard(ages), json.loads(relay or "{}")
    if apart is not None and apart > CLOCKS_APART:
        warnings.append(f"Clocks of this product's machines and of the database differ by {apart:.0f} s.")
    running = versions.running(postgres=postgres, redis=relay.get("version", ""))
    warnings += versions.behind(running)
    lives = ages.get("relay", RELAY_SILENT_AFTER + 1) <= RELAY_SILENT_AFTER
    counts = {
        "redis": "ok" if lives and relay.get("ok") else "degraded",
        "relay": "ok" if lives else "silent",
        "oldest_pending_seconds": oldest,
        "pending": pending,
        "dead": dead,
        "unknown": unknown,
        "set_aside": aside,
        "failed_steps": failed,
        "latest_daily_cycle": day,
        "clock_difference_seconds": apart,
        "disk_free_bytes": disk.left(),
    }
    heartbeats = {member: ages.get(member) for member in MEMBERS}
    return State(tuple(reasons(ages)), tuple(warnings), counts, heartbeats, registered, running)


KNOWN_MIGRATED: Final[set[str]] = set()


def migrated() -> bool:
    """Whether all migrations are applied; once they are, this process remembers it."""
    if not KNOWN_MIGRATED:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        KNOWN_MIGRATED.add("default")
    return True
