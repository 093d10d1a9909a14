"""How long uploads stay."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction

from accounts.models import Upload

# An upload may have a gigabyte.
AT_ONCE: Final = 10


def tidy(now: dt.datetime) -> int:
    """Delete uploads kept until before ``now``, at most ten in a run; returns how many. Those in use wait."""
    with transaction.atomic():
        over = Upload.objects.filter(kept_until__lt=now).order_by("pk").select_for_update(skip_locked=True)
        ids = list(over.values_list("pk", flat=True)[:AT_ONCE])
        Upload.objects.filter(pk__in=ids).delete()
    return len(ids)
