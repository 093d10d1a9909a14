"""What the admin has defined: all attributes in their order, and those that customers have without a definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asgiref.local import Local
from django.core.signals import request_finished, request_started
from django.db import connection
from django.dispatch import receiver

from accounts.models import Attribute

MOST: Final = 100
MOST_FREE: Final = 200
LONGEST_KEY: Final = 80
FREE: Final = """
    SELECT DISTINCT a.key FROM accounts_customer c, jsonb_object_keys(c.attributes) a(key)
    WHERE jsonb_typeof(c.attributes) = 'object' AND NOT EXISTS (SELECT FROM accounts_attribute d WHERE d.key = a.key)
    ORDER BY a.key LIMIT %s
"""
_asked = Local()


def defined() -> list[Attribute]:
    """Every attribute in its order, in use or not. One statement."""
    return list(Attribute.objects.order_by("position", "pk"))


def in_use() -> list[Attribute]:
    return [attribute for attribute in defined() if attribute.is_active]


def by_key() -> Mapping[str, Attribute]:
    """Every attribute by its key. One statement, of one request the first time only."""
    known: dict[str, Attribute] | None = getattr(_asked, "attributes", None)
    if known is None:
        known = {attribute.key: attribute for attribute in defined()}
        if getattr(_asked, "is_request", False):
            _asked.attributes = known
    return known


def forget() -> None:
    """Let the next ``by_key`` read anew: a definition was written."""
    _asked.attributes = None


def label_of(key: str) -> str:
    """What people call the attribute; one without a definition by its key."""
    known = by_key().get(key)
    return known.label if known else key


def free() -> list[str]:
    """The keys under which customers have attributes that nobody defined, up to 200. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, [MOST_FREE])
        return [key for (key,) in cursor.fetchall() if is_key(key)]


def is_key(key: str) -> bool:
    return bool(key.strip()) and len(key) <= LONGEST_KEY


@receiver(request_started)
def _begin(**_signal: Any) -> None:
    _asked.attributes, _asked.is_request = None, True


@receiver(request_finished)
def _end(**_signal: Any) -> None:
    _asked.attributes, _asked.is_request = None, False
