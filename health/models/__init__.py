"""Signals in, scores out."""

from health.models.scorecards import Ceiling, MeasureGroup, Scorecard, ScorecardMeasure
from health.models.scores import Score, ScoredRange
from health.models.signals import (
    Feature,
    FeatureDay,
    Milestone,
    RollupMark,
    Severity,
    SurveyKind,
    SurveyResponse,
    Ticket,
    UsageDay,
    UsageRecord,
)

__all__ = [
    "Ceiling",
    "Feature",
    "FeatureDay",
    "MeasureGroup",
    "Milestone",
    "RollupMark",
    "Score",
    "Scorecard",
    "ScorecardMeasure",
    "ScoredRange",
    "Severity",
    "SurveyKind",
    "SurveyResponse",
    "Ticket",
    "UsageDay",
    "UsageRecord",
]
