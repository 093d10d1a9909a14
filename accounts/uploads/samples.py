"""What was read of a member of a ZIP is kept while somebody sets its import up, so that no page unpacks its ZIP again."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.core.cache import cache

from config import locks

if TYPE_CHECKING:
    from accounts.models import Upload

KEPT_SECONDS: Final = 3600
Sample = tuple[int, list[tuple[int, bytes]]]


def of(upload: Upload, member: str) -> Sample | None:
    """The size of the member and (start, bytes) of what was read of it; None where nothing is kept."""
    found: Sample | None = cache.get(_key(upload, member))
    return found


def keep(upload: Upload, member: str, sample: Sample) -> None:
    with locks.alone(_members(upload)):
        cache.set(_members(upload), sorted({*cache.get(_members(upload), ()), member}), KEPT_SECONDS)
        cache.set(_key(upload, member), sample, KEPT_SECONDS)


def forget(upload: Upload) -> None:
    """Keep nothing of the upload any more: its bytes are people's data."""
    with locks.alone(_members(upload)):
        cache.delete_many([_members(upload), *(_key(upload, member) for member in cache.get(_members(upload), ()))])


def _key(upload: Upload, member: str) -> str:
    return f"import-sample:{upload.sha256}:{sha256(member.encode()).hexdigest()}"


def _members(upload: Upload) -> str:
    return f"import-samples:{upload.sha256}"
