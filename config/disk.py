"""Room on the disk that holds the database, where it lies on this machine.

PostgreSQL without room for its WAL ends at once and stays down. So writing stops before: pages and the API answer 503
to writes, the relay publishes no work, and reading goes on. Writing resumes by itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config import errors

MEGABYTE: Final = 2**20
MOST_MARGIN: Final = 1024 * MEGABYTE  # writing begins again with a quarter of the reserve more, but no more than this
LOOKED_AT_EVERY: Final = 1.0  # seconds
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Without a sign-in nobody could read either; a session takes a few hundred bytes.
STAYS_OPEN: Final = ("/sign-in/",)


class Room:
    """The free space, checked at most once a second; thread-safe."""

    def __init__(self) -> None:
        self.looked_at = float("-inf")
        self.left: int | None = None
        self.low = False

    def look(self) -> None:
        now = time.monotonic()
        if now - self.looked_at < LOOKED_AT_EVERY:
            return
        self.looked_at = now
        self.left = free()
        reserve = settings.DISK_RESERVE * MEGABYTE
        threshold = reserve + min(reserve // 4, MOST_MARGIN) if self.low else reserve
        self.low = self.left is not None and self.left < threshold


ROOM: Final = Room()


def is_low() -> bool:
    """Whether writing is stopped."""
    ROOM.look()
    return ROOM.low


def left() -> float | None:
    """Bytes free on the fuller of the disks; None where the database is elsewhere."""
    ROOM.look()
    return ROOM.left


def free() -> int | None:
    """Bytes free for the database's data or for its WAL, whichever is less; None where neither is here."""
    if settings.DATA_FOLDER is None:
        return None
    amounts = [_free(place) for place in (settings.DATA_FOLDER, settings.DATA_FOLDER / "pg_wal")]
    known = [bytes_free for bytes_free in amounts if bytes_free is not None]
    return min(known) if known else None


def _free(place: Path) -> int | None:
    try:
        stat = os.statvfs(place)
    except OSError:
        return None
    return stat.f_bavail * stat.f_frsize


class RoomMiddleware:
    """Refuse writes while the disk is nearly full."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE and is_low() and not request.path.startswith(STAYS_OPEN):
            return errors.no_room(request)
        return self.get_response(request)
