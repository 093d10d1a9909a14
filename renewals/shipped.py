"""What a new installation starts with: the model's starting beliefs, ready to be read."""

from __future__ import annotations

import datetime as dt

from renewals import calibration


def install(day: dt.date) -> None:
    """Write the prior as the standing model, unless a model stands. Safe to run again."""
    if not calibration.standing(day):
        calibration.refresh(day)
