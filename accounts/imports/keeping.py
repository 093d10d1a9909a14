"""How long runs of imports stay."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import ForgottenLoad, ImportFile, ImportLine, ImportRun
from config.history.kept import REGISTER

KEPT: Final = dt.timedelta(days=90)
# A command says every second how far it is: one that was silent for so long was killed.
SILENT: Final = dt.timedelta(hours=6)
# So many runs are looked at and so many lines go at once; of a larger run, that run alone.
RUNS_AT_ONCE: Final = 2_000
LINES_AT_ONCE: Final = 1_000_000


def tidy(now: dt.datetime) -> int:
    """Forget runs that ended, or were previewed only, more than 90 days ago, the oldest first; as many as have 1,000,000 lines
    together. How many.

    Whose word each of their loads was, and that it was undone, stays known, where it wrote rows that have a history. A command that was killed is marked as failed.
    """
    State = ImportRun.State  # noqa: N806  a class
    silent = ImportRun.objects.filter(by=None, state=State.RUNNING).annotate(heard=Coalesce("read_at", "started_at"))
    silent.filter(heard__lt=now - SILENT).update(
        state=State.FAILED, ended_at=now, problem=_("The command ended without a word.")
    )
    old = ImportRun.objects.exclude(state__in=ImportRun.UNDER_WAY).filter(
        Q(ended_at__lt=now - KEPT) | Q(ended_at=None, begun_at__lt=now - KEPT)
    )
    lines = Sum(F("files__new") + F("files__changed") + F("files__rejected") + F("files__unread"), default=0)
    oldest = list(old.annotate(lines=lines).order_by("pk").values_list("pk", "lines")[:RUNS_AT_ONCE])
    together = accumulate(count for _pk, count in oldest)
    pks = [
        pk
        for place, ((pk, _count), sum_) in enumerate(zip(oldest, together, strict=True))
        if not place or sum_ <= LINES_AT_ONCE
    ]
    with transaction.atomic():
        wrote = ImportLine.objects.filter(file=OuterRef("pk"), kind__in=["new", "changed"], object_kind__in=REGISTER)
        files = ImportFile.objects.filter(Exists(wrote), run__in=pks, act__isnull=False)
        loads = [
            ForgottenLoad(act=act, source=source, undone=undone)
            for act, source, undone in files.values_list("act", "source", "undone").distinct()
            if act
        ]
        ForgottenLoad.objects.bulk_create(loads, ignore_conflicts=True)
        _rows, by_model = ImportRun.objects.filter(pk__in=pks).delete()
    return by_model.get(ImportRun._meta.label, 0)
