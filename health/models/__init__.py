"""Signals in, scores out, and the cases they open."""

from health.models.case_rules import CaseKind, CaseRule, CaseRuleChange, CaseType, RuleHold
from health.models.cases import Case, CaseAct, CaseEvidence, CaseState, Resolution
from health.models.digests import Digest, DigestKind, DigestLine
from health.models.events import EventPerson, RefusedEvent, WaitingEvent
from health.models.overrides import Override
from health.models.parts import UsagePart
from health.models.people import Person, PersonDay
from health.models.scorecards import (
    Ceiling,
    MeasureGroup,
    OwnMeasure,
    Purpose,
    Scorecard,
    ScorecardAct,
    ScorecardMeasure,
    TenureThreshold,
)
from health.models.scores import NamedScore, Replay, ReplayedDay, Score, ScoredRange, ScoreRow
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
from health.models.standing import (
    FirstNinety,
    JourneyStep,
    Motion,
    RetentionState,
    Rung,
    Standing,
    StandingChange,
    StandingKind,
)

__all__ = [
    "Case",
    "CaseAct",
    "CaseEvidence",
    "CaseKind",
    "CaseRule",
    "CaseRuleChange",
    "CaseState",
    "CaseType",
    "Ceiling",
    "Digest",
    "DigestKind",
    "DigestLine",
    "EventPerson",
    "Feature",
    "FeatureDay",
    "FirstNinety",
    "JourneyStep",
    "MeasureGroup",
    "Milestone",
    "Motion",
    "NamedScore",
    "Override",
    "OwnMeasure",
    "Person",
    "PersonDay",
    "Purpose",
    "RefusedEvent",
    "Replay",
    "ReplayedDay",
    "Resolution",
    "RetentionState",
    "RollupMark",
    "RuleHold",
    "Rung",
    "Score",
    "ScoreRow",
    "Scorecard",
    "ScorecardAct",
    "ScorecardMeasure",
    "ScoredRange",
    "Severity",
    "Standing",
    "StandingChange",
    "StandingKind",
    "SurveyKind",
    "SurveyResponse",
    "TenureThreshold",
    "Ticket",
    "UsageDay",
    "UsagePart",
    "UsageRecord",
    "WaitingEvent",
]
