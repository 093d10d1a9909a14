"""Whether the process is up (/healthz) and whether it can serve (/readyz).

Neither asks Redis anything: the relay leaves what it knows of it in PostgreSQL.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)

RELAY_SILENT_AFTER: Final = 30

GAUGES: Final = """
SELECT (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint
          FROM outbox_outbox WHERE state = 'pending'),
       (SELECT count(*) FROM outbox_outbox WHERE state = 'pending'),
       (SELECT count(*) FROM outbox_outbox WHERE state = 'dead'),
       (SELECT count(*) FROM outbox_outbox WHERE state = 'unknown'),
       (SELECT count(*) FROM setaside_setaside),
       (SELECT count(*) FROM setaside_steprun
         WHERE state = 'failed' AND day = (SELECT max(day) FROM setaside_steprun)),
       (SELECT max(tick) FROM outbox_tick WHERE schedule = 'daily'),
       (SELECT extract(epoch FROM now() - beat_at)::bigint
          FROM outbox_heartbeat WHERE process = 'relay'),
       (SELECT redis_ok FROM outbox_heartbeat WHERE process = 'relay')
"""


class ProbeMiddleware:
    """Answer /healthz and /readyz before anything asks for a host, a session or a user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        return probe() if probe else self.get_response(request)


def healthz() -> HttpResponse:
    """200 whenever this process can answer at all."""
    return JsonResponse({"status": "ok"})


def readyz() -> HttpResponse:
    """200 with gauges once the database answers and is migrated, else 503; never waits for Redis."""
    try:
        if not migrated():
            return not_ready("Migrations are missing: run `manage.py migrate`.")
        return JsonResponse({"status": "ready"} | gauges())
    except (DatabaseError, InterfaceError) as error:
        logger.warning("Not ready: %s", type(error).__name__)
        connection.close()
        return not_ready("The database cannot be reached.")


def not_ready(reason: str) -> HttpResponse:
    answer = JsonResponse({"status": "not ready", "reason": reason}, status=503)
    answer.headers["Retry-After"] = "5"
    return answer


KNOWN_MIGRATED: Final[set[str]] = set()


def migrated() -> bool:
    """Whether all migrations are applied; once they are, this process need not ask again."""
    if not KNOWN_MIGRATED:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        KNOWN_MIGRATED.add("default")
    return True


def gauges() -> dict[str, Any]:
    """Ages in seconds, counts of rows, the day of the latest cycle, and what the relay says of Redis."""
    with connection.cursor() as cursor:
        cursor.execute(GAUGES)
        oldest, pending, dead, unknown, aside, failed, day, relay_age, redis_ok = cursor.fetchone()
    alive = relay_age is not None and relay_age <= RELAY_SILENT_AFTER
    return {
        "redis": "ok" if alive and redis_ok else "degraded",
        "relay": "ok" if alive else "silent",
        "oldest_pending_seconds": oldest,
        "pending": pending,
        "dead": dead,
        "unknown": unknown,
        "set_aside": aside,
        "failed_steps": failed,
        "latest_daily_cycle": day,
    }
