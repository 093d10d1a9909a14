"""Where the scores of a purpose stand: health in a table of its own, every other purpose in one that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from health.models import NamedScore, Purpose, Score


@dataclass(frozen=True)
class History:
    """The table of a purpose's scores and how its rows are told from those of other purposes.

    ``own`` names the column that says the purpose, with its value; it is empty for health.
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
    known = Purpose(purpose)
    if known == Purpose.HEALTH:
        return History(known, Score, {})
    return History(known, NamedScore, {"purpose": known.value})
