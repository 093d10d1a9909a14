"""The connection parameters of a database, for PostgreSQL's programs and our own sessions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from config import reached

# Backups have no time limits.
PATIENT: Final = (
    "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 "
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex"
)
DJANGOS_OWN: Final = {"pool", "isolation_level", "server_side_binding", "assume_role", "options", "application_name"}


@dataclass(frozen=True)
class Address:
    """One database. The password travels in the environment: arguments are readable by every user of the machine."""

    name: str
    server: Mapping[str, str] = field(hash=False)
    password: str = field(repr=False)
    options: str = field(default="", repr=False)

    def at(self, name: str) -> Address:
        """Another database of the same server and role."""
        return replace(self, name=name)

    @property
    def conninfo(self) -> str:
        return make_conninfo(
            dbname=self.name,
            application_name="tsunagu-backup",
            options=f"{self.options} {PATIENT}".strip(),
            **self.server,
        )

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PGPASSWORD": self.password} if self.password else dict(os.environ)

    def require(self) -> None:
        """Raise Trouble unless a session can be opened."""
        reached.require(self.conninfo, self.password)

    def session(self, *, autocommit: bool = True) -> psycopg.Connection:
        """A session without time limits, in which every value has one spelling whatever the server's settings."""
        conninfo = make_conninfo(self.conninfo, password=self.password) if self.password else self.conninfo
        return psycopg.connect(conninfo, autocommit=autocommit)


def ours() -> Address:
    """The database of the product."""
    database: dict[str, Any] = connection.settings_dict
    named = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"]}
    server = {key: str(value) for key, value in named.items() if value}
    server |= {key: str(value) for key, value in database["OPTIONS"].items() if key not in DJANGOS_OWN}
    return Address(database["NAME"], server, database["PASSWORD"], str(database["OPTIONS"].get("options", "")))
