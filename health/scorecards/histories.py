"""The tables of scores by purpose: one for health, and one with a purpose column for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from health.models import NamedScore, Purpose, Score


@dataclass(frozen=True)
class History:
    """The table of a purpose's scores and the condition for its rows.

    ``own`` has the purpose column with its value; it is empty for health.
    """

    purpose: Purpose
    model: type[Score | NamedScore]
    own: dict[str, str]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def where(self, alias: str) -> str:
        """SQL that holds for the purpose's rows under ``alias``; "true" where the table has no others."""
        return " AND ".join(f"{alias}.{column} = '{value}'" for column, value in self.own.items()) or "true"

    @property
    def rows(self) -> QuerySet[Any]:
        """Every score of the purpose."""
        return self.model._default_manager.filter(**self.own)


def history_of(purpose: str) -> History:
    """The history of ``purpose``. Raises ValueError for a word that names no purpose."""
    kind = Purpose(purpose)
    if kind == Purpose.HEALTH:
        return History(kind, Score, {})
    return History(kind, NamedScore, {"purpose": kind.value})
