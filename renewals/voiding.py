"""Voiding renewals whose term no longer exists."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_

from django.db.models import Exists, F, Func, JSONField, OuterRef, Q, Value

from renewals.models import Renewal, RenewalOutcome, RenewalQuerySet, RenewalStage


def touched(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """Renewals that somebody worked on or that other rows refer to: prep, calls, plays, tasks, reviews."""
    own_work = Q(prep_opened_on__isnull=False) | Q(csm_called_on__isnull=False) | ~Q(final_reason="")
    relations = [relation for relation in Renewal._meta.related_objects if relation.related_model is not Renewal]
    references = [
        Q(Exists(related.related_model._base_manager.filter(**{related.field.name: OuterRef("pk")})))
        for related in relations
    ]
    return renewals.filter(reduce(or_, references, own_work))


def void(renewals: RenewalQuerySet, reason: str, day: dt.date) -> int:
    """Close ``renewals`` as void on ``day``; their stage is stored so that it can be restored."""
    stage = Func(Value("stage"), F("stage"), function="jsonb_build_object", output_field=JSONField())
    return renewals.update(
        before_closing=stage, stage=RenewalStage.CLOSED, outcome=RenewalOutcome.VOID, void_reason=reason,
        closed_on=day, closed_arr=None, successor=None, leaving="", leaves_on=None,
    )  # fmt: skip
