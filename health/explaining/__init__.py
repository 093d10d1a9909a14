"""A score taken apart: its parts in words and figures, its trend, and the rows behind a part."""

from __future__ import annotations

from health.explaining.cards import CardUse, cards_in_use
from health.explaining.difference import Difference, Kind, Piece, between, score_on
from health.explaining.features import FeatureUse, feature_use
from health.explaining.parts import Group, PlacedPart, groups_of
from health.explaining.rows import end_of, rows_behind, table, with_roles_then
from health.explaining.trend import TREND_DAYS, by_day, history, of_group, scores_of, whole

__all__ = [
    "TREND_DAYS",
    "CardUse",
    "Difference",
    "FeatureUse",
    "Group",
    "Kind",
    "Piece",
    "PlacedPart",
    "between",
    "by_day",
    "cards_in_use",
    "end_of",
    "feature_use",
    "groups_of",
    "history",
    "of_group",
    "rows_behind",
    "score_on",
    "scores_of",
    "table",
    "whole",
    "with_roles_then",
]
