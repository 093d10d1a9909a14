"""Voiding renewals whose term no longer exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.db.models import F, Func, JSONField, Value

from accounts.imports import along
from accounts.imports.authorship import worked_on
from renewals.models import Renewal, RenewalOutcome, RenewalQuerySet, RenewalStage

# Kinds of rows that refer to a renewal only as somebody's work where this holds, SQL over the row ``r``; others always do.
ONLY: Final[dict[str, str]] = {"preppart": " OR ".join(along.WORK["preppart"])}
TOUCHED: Final = f"""
    SELECT t.id FROM renewals_renewal t
    WHERE t.id = ANY(%(ids)s) AND (
        t.stage NOT IN ('upcoming', 'preparing') OR t.csm_called_on IS NOT NULL OR t.final_reason <> ''
        OR {worked_on("renewal", "t", "cancellation", "successor")}
        {{referred}})
"""  # noqa: S608 (made of constants)
REFERRED: Final = "OR EXISTS (SELECT FROM {table} r WHERE r.{column} = t.id AND ({only}))"


def only(**work: str) -> None:
    """Let rows of these kinds, which another app hangs on renewals, keep one only where this holds, as SQL over the row ``r``."""
    ONLY.update(work)


def touched(renewals: Iterable[int]) -> set[int]:
    """Of the renewals ``renewals`` those that somebody worked on, or that rows of somebody's work refer to: calls, notes of
    prep, plays, tasks. Prep that opened by itself is nobody's work. One statement.
    """
    relations = [relation for relation in Renewal._meta.related_objects if relation.related_model is not Renewal]
    referred = " ".join(
        REFERRED.format(
            table=relation.related_model._meta.db_table, column=relation.field.column,
            only=ONLY.get(str(relation.related_model._meta.model_name), "true"),
        )
        for relation in relations
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED.format(referred=referred), {"ids": list(renewals)})
        return {row[0] for row in cursor.fetchall()}


def void(renewals: RenewalQuerySet, reason: str, day: dt.date) -> int:
    """Close ``renewals`` as void on ``day``; their stage is stored so that it can be restored."""
    stage = Func(Value("stage"), F("stage"), function="jsonb_build_object", output_field=JSONField())
    return renewals.update(
        before_closing=stage, stage=RenewalStage.CLOSED, outcome=RenewalOutcome.VOID, void_reason=reason,
        closed_on=day, closed_arr=None, successor=None, leaving="", leaves_on=None,
    )  # fmt: skip
