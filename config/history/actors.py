"""The actor of a change: set at each entry point, sent to the database before a transaction first writes a kept table.

Reads send nothing and cost nothing. A session outside the product sends nothing, and its changes have no known actor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from psycopg.pq import TransactionStatus

from config.history.kept import REGISTER

LONGEST_DOOR: Final = 80
# The doors of people: a change through them without a person is by somebody not signed in.
OF_PEOPLE: Final = ("page", "api", "link")
TELL: Final = "SELECT set_config('tsunagu.actor', %s, true), set_config('tsunagu.door', %s, true)"


class Actor(NamedTuple):
    """A person's id as text, "" for nobody; and the way in: ``page``, ``api``, ``link`` (a one-time one), ``step:NAME``,
    ``work:KIND``, ``command:NAME``, ``merge:ID``, ``demo`` for what the demo fills in.
    """

    person: str
    door: str


DEMO: Final = "demo"
NOBODY: Final = Actor("", "")
Ask = Callable[[], int | None]

_acting: ContextVar[tuple[Ask, str]] = ContextVar("acting")


@contextmanager
def acting(door: str, person: Ask | None = None) -> Iterator[None]:
    """Attribute changes inside the block to ``person``, or to the surrounding actor, by way of ``door``.

    ``person`` is called only before a change, and must not query the database.
    """
    outer = _acting.get(None)
    token = _acting.set((person or (outer[0] if outer else lambda: None), door[:LONGEST_DOOR]))
    try:
        yield
    finally:
        _acting.reset(token)


def present() -> Actor:
    """Who acts now."""
    acting_now = _acting.get(None)
    if acting_now is None:
        return NOBODY
    person, door = acting_now
    return Actor(str(person() or ""), door)


def watch(connection: Any, **_signal: Any) -> None:
    """Install a ``Teller`` on ``connection``; called whenever it opens."""
    if not any(isinstance(wrapper, Teller) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.append(Teller())


class Teller:
    """Sends the actor to one connection, once a transaction and only before a statement that changes a kept table."""

    def __init__(self) -> None:
        self.told: Actor | None = NOBODY

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: dict[str, Any]) -> Any:
        session = context["connection"].connection
        status = session.info.transaction_status
        if status == TransactionStatus.IDLE:
            self.told = NOBODY
        text = sql if isinstance(sql, str) else sql.as_string(session)
        if text.startswith("ROLLBACK TO"):
            # The rollback also undoes the settings made inside the savepoint.
            self.told = None
        elif status != TransactionStatus.INERROR and changes_what_is_kept(text) and (actor := present()) != self.told:
            with context["connection"].wrap_database_errors:
                if status == TransactionStatus.IDLE and session.autocommit:
                    with session.transaction():
                        session.execute(TELL, actor)
                        return execute(sql, params, many, context)
                session.execute(TELL, actor)
                self.told = actor
        return execute(sql, params, many, context)


@lru_cache(maxsize=2_000)
def changes_what_is_kept(sql: str) -> bool:
    """Whether the statement may change a table with history."""
    start = sql[:12].lstrip()[:6].upper()
    return not start.startswith("SELECT") and (start.startswith("DO") or _writes(len(REGISTER)).search(sql) is not None)


@cache
def _writes(_declared: int) -> re.Pattern[str]:
    tables = "|".join(sorted(kept.table for kept in REGISTER.values()))
    return re.compile(rf'\b(?:UPDATE|DELETE\s+FROM|INTO)\s+(?:ONLY\s+)?"?(?:{tables})\b', re.IGNORECASE)
