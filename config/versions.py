"""The running versions, and which of them are outdated."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Any, Final

import django
from prometheus_client import CollectorRegistry, Info, generate_latest

# The newest minor of each major of PostgreSQL known at this release; other majors are not checked.
NEWEST_POSTGRES: Final = {18: 6}
OLDEST_POSTGRES: Final = 15
OLDEST_REDIS: Final = (7, 2)
NUMBERS: Final = re.compile(r"(\d+)\.(\d+)")


def of_redis(info: Mapping[str, Any]) -> str:
    """The server's name and version, as ``valkey 8.1.4``, from its answer to INFO."""
    name = str(info.get("server_name", "redis"))
    return f"{name} {info.get(f'{name}_version', info['redis_version'])}"


def running(*, postgres: str, redis: str) -> dict[str, str]:
    """Versions by name; ``redis`` as ``valkey 8.1.4``, empty where the relay has not reported it."""
    return {
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgres": postgres.split(maxsplit=1)[0],
        "redis": redis,
    }


def behind(found: dict[str, str]) -> list[str]:
    """A sentence for each server that is older than it should be."""
    return [sentence for sentence in (_postgres(found["postgres"]), _redis(found["redis"])) if sentence]


def _postgres(version: str) -> str | None:
    match = NUMBERS.match(version)
    if not match:
        return None
    major, minor = int(match[1]), int(match[2])
    if major < OLDEST_POSTGRES:
        return f"PostgreSQL {version} is no longer kept up: move to {max(NEWEST_POSTGRES)}."
    newest = NEWEST_POSTGRES.get(major, 0)
    return f"PostgreSQL {version} is behind {major}.{newest}: update it." if minor < newest else None


def _redis(version: str) -> str | None:
    match = NUMBERS.search(version)
    if not match or (int(match[1]), int(match[2])) >= OLDEST_REDIS:
        return None
    return f"{version.capitalize()} is behind: update it to Redis 7.2, Valkey 8 or newer."


def exposition(found: dict[str, str]) -> bytes:
    """The versions as labels of one gauge in Prometheus's text format."""
    registry = CollectorRegistry()
    Info("tsunagu_versions", "Versions that run", registry=registry).info(found)
    return generate_latest(registry)
