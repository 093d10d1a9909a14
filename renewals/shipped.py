"""The renewals configuration of a new installation: the model's starting beliefs."""

from __future__ import annotations

import datetime as dt

from renewals import calibration


def install(day: dt.date) -> None:
    """Fit and write the model, unless one is in force on ``day``. Safe to run again."""
    if not calibration.standing(day):
        calibration.refresh(day)
