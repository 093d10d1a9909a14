"""Shipped rules that alert nobody: off, or with their cases in the digest only, until an admin has reviewed them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.embedding import embedded
from accounts.models import Customer
from health.cases import opening
from health.models import CaseRule, CaseRuleChange
from health.states import table


class Openings(NamedTuple):
    """The number of customers in the state of a rule, and of those it would open a case for today."""

    holding: int
    opening: int


def rules() -> QuerySet[CaseRule]:
    """The shipped rules that nobody has decided about: off for a shipped reason, or digest only and never changed."""
    decided = CaseRuleChange.objects.filter(rule=OuterRef("pk"), fields__has_key="mode")
    quiet = Q(is_active=True, mode=CaseRule.Mode.DIGEST, demoted_on=None) & ~Exists(decided)
    return CaseRule.objects.filter(Q(is_active=False) & ~Q(off_reason="") | quiet).order_by(
        "-is_active", "position", "pk"
    )


def openings(offered: Iterable[CaseRule], day: dt.date, customers: QuerySet[Customer]) -> dict[int, Openings]:
    """What each rule would open among ``customers`` on ``day``, by its key; excludes rules that cannot be evaluated.

    One table for all states, then a statement a rule. Writes only that table, which ends with the transaction.
    """
    ready = [watched for rule in offered if (watched := opening.readable(rule))]
    visible = embedded(customers.values_list("pk", flat=True), "seen")
    counts = {}
    with transaction.atomic(), connection.cursor() as cursor:
        moment = table.moment_of(day, None)
        columns = table.build(day, [read for watched in ready for read in watched.watch.reads.values()], None)
        for watched in ready:
            query = watched.judged(columns, moment, visible)
            cursor.execute(f"{query.sql} SELECT count(*), count(*) FILTER (WHERE opens) FROM judged", query.params)
            counts[watched.rule.pk] = Openings(*cursor.fetchone())
        table.drop()
    return counts
