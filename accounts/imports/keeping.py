"""How long runs of imports stay."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import ForgottenLoad, ImportFile, ImportRun

KEPT: Final = dt.timedelta(days=90)
# A command says every second how far it is: one that was silent for so long was killed.
SILENT: Final = dt.timedelta(hours=6)
# A run may have 1,000,000 lines.
RUNS_AT_ONCE: Final = 3


def tidy(now: dt.datetime) -> int:
    """Forget runs that ended, or were previewed only, more than 90 days ago; at most three at a time. How many.

    Whose word each of their loads was stays known. A command that was killed is marked as failed.
    """
    State = ImportRun.State  # noqa: N806  a class
    silent = ImportRun.objects.filter(by=None, state=State.RUNNING).annotate(heard=Coalesce("read_at", "started_at"))
    silent.filter(heard__lt=now - SILENT).update(
        state=State.FAILED, ended_at=now, problem=_("The command ended without a word.")
    )
    old = ImportRun.objects.exclude(state__in=ImportRun.UNDER_WAY).filter(
        Q(ended_at__lt=now - KEPT) | Q(ended_at=None, begun_at__lt=now - KEPT)
    )
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:RUNS_AT_ONCE])
    with transaction.atomic():
        acts = ImportFile.objects.filter(run__in=pks).values_list("act", "source").distinct()
        loads = [ForgottenLoad(act=act, source=source) for act, source in acts if act is not None]
        ForgottenLoad.objects.bulk_create(loads, ignore_conflicts=True)
        _rows, by_model = ImportRun.objects.filter(pk__in=pks).delete()
    return by_model.get(ImportRun._meta.label, 0)
