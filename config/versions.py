"""Which versions run, and which of them are behind."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Any, Final

import django
from prometheus_client import CollectorRegistry, Info, generate_latest

# The newest minor of each major of PostgreSQL that was known when this release was made; others are not judged.
NEWEST_POSTGRES: Final = {18: 6}
OLDEST_POSTGRES: Final = 15
OLDEST_REDIS: Final = (7, 2)
NUMBERS: Final = re.compile(r"(\d+)\.(\d+)")


def of_redis(told: Mapping[str, Any]) -> str:
    """The server's name and version, as ``valkey 8.1.4``, from what it answers to INFO."""
    name = str(told.get("server_name", "redis"))
    return f"{name} {told.get(f'{name}_version', told['redis_version'])}"


def running(*, postgres: str, redis: str) -> dict[str, str]:
    """Versions by name; ``redis`` as ``valkey 8.1.4``, empty where the relay has not said."""
    return {
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgres": postgres.split(maxsplit=1)[0],
        "redis": redis,
    }


def behind(found: dict[str, str]) -> list[str]:
    """A sentence for each server that is older than it should be."""
    return [said for said in (_postgres(found["postgres"]), _redis(found["redis"])) if said]


def _postgres(version: str) -> str | None:
    told = NUMBERS.match(version)
    if not told:
        return None
    major, minor = int(told[1]), int(told[2])
    if major < OLDEST_POSTGRES:
        return f"PostgreSQL {version} is no longer kept up: move to {max(NEWEST_POSTGRES)}."
    newest = NEWEST_POSTGRES.get(major, 0)
    return f"PostgreSQL {version} is behind {major}.{newest}: update it." if minor < newest else None


def _redis(version: str) -> str | None:
    told = NUMBERS.search(version)
    if not told or (int(told[1]), int(told[2])) >= OLDEST_REDIS:
        return None
    return f"{version.capitalize()} is behind: update it to Redis 7.2, Valkey 8 or newer."


def exposition(found: dict[str, str]) -> bytes:
    """The versions as labels of one gauge in Prometheus's text format."""
    registry = CollectorRegistry()
    Info("tsunagu_versions", "Versions that run", registry=registry).info(found)
    return generate_latest(registry)
