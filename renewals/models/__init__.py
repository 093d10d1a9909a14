"""Renewals, their prep, the calls made on them, and business reviews."""

from renewals.models.qbrs import Qbr
from renewals.models.renewals import (
    ForecastCall,
    ForecastCategory,
    PrepPart,
    Renewal,
    RenewalOutcome,
    RenewalStage,
)

__all__ = [
    "ForecastCall",
    "ForecastCategory",
    "PrepPart",
    "Qbr",
    "Renewal",
    "RenewalOutcome",
    "RenewalStage",
]
