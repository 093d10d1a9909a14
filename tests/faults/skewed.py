"""A process whose machine's clock is wrong by ``FAULTS_AHEAD`` seconds: whatever the product reads the time by."""

from __future__ import annotations

import datetime as dt
import os
import time

from django.utils import timezone


def skew() -> None:
    """Nothing where the variable is not set."""
    ahead = float(os.environ.get("FAULTS_AHEAD", "0"))
    seconds, instant = time.time, timezone.now  # noqa: TID251  the clock itself is what is wrong
    if ahead:
        time.time = lambda: seconds() + ahead
        timezone.now = lambda: instant() + dt.timedelta(seconds=ahead)  # noqa: TID251  as above
