"""Renewals whose term is no more."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_

from django.db.models import Exists, F, Func, JSONField, OuterRef, Q, Value

from renewals.models import Renewal, RenewalOutcome, RenewalQuerySet, RenewalStage


def touched(renewals: RenewalQuerySet) -> RenewalQuerySet:
    """Those that somebody worked on or that anything hangs on: prep, calls, plays, tasks, reviews."""
    own = Q(prep_opened_on__isnull=False) | Q(csm_called_on__isnull=False) | ~Q(final_reason="")
    others = [relation for relation in Renewal._meta.related_objects if relation.related_model is not Renewal]
    hangs = [Q(Exists(one.related_model._base_manager.filter(**{one.field.name: OuterRef("pk")}))) for one in others]
    return renewals.filter(reduce(or_, hangs, own))


def void(renewals: RenewalQuerySet, reason: str, day: dt.date) -> int:
    """Close ``renewals`` as void on ``day``; the stage is kept for when they come back."""
    stage = Func(Value("stage"), F("stage"), function="jsonb_build_object", output_field=JSONField())
    return renewals.update(
        before_closing=stage, stage=RenewalStage.CLOSED, outcome=RenewalOutcome.VOID, void_reason=reason,
        closed_on=day, closed_arr=None, successor=None, leaving="", leaves_on=None,
    )  # fmt: skip
