"""Renewals, their prep, the calls made on them, and business reviews."""

from renewals.models.calibration import Calibration
from renewals.models.calls import ForecastCall
from renewals.models.checks import TermCheck
from renewals.models.qbrs import Qbr
from renewals.models.renewals import (
    ForecastCategory,
    Leaving,
    PrepPart,
    Renewal,
    RenewalOutcome,
    RenewalQuerySet,
    RenewalStage,
    VoidReason,
)

__all__ = [
    "Calibration",
    "ForecastCall",
    "ForecastCategory",
    "Leaving",
    "PrepPart",
    "Qbr",
    "Renewal",
    "RenewalOutcome",
    "RenewalQuerySet",
    "RenewalStage",
    "TermCheck",
    "VoidReason",
]
