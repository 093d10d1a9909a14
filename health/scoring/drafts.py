"""What a scorecard would say: queries that score with a draft, or with any version, and write nothing."""

from __future__ import annotations

import datetime as dt
from typing import Final

from health.measures.sources import Moment
from health.scorecards import Card, in_place
from health.scoring.formula import Scope, score_query
from health.scoring.writing import organisation_zone

LAST_ID: Final = 2**63 - 1


def scored_as(card: Card, day: dt.date, *, past: bool = False, scope: Scope | None = None) -> str:
    """SQL with a row a customer that ``card`` would score on ``day``: columns as in ``formula.score_query``.

    ``card`` stands in the place of its published version: whoever falls to an earlier scorecard of the purpose is
    left out. ``past`` asks the record as it was on the day; ``scope`` (with its own ``past``) names fewer customers
    than all. Text without parameters, to be run as it is or as ``FROM (…) q``; asks seven statements to be made.
    Raises ValueError for a card without measures.
    """
    if not card.content.lines:
        raise ValueError("A scorecard without measures scores nobody.")
    return score_query([card], _moment(day), scope or _everybody(past=past), among=in_place(card))


def scored_with(card: Card, day: dt.date, *, past: bool = False, scope: Scope | None = None) -> str:
    """The same for every scorecard in use of the purpose, with ``card`` in the place of its published version.

    It differs from ``scored_as`` by the customers whom the other scorecards score: who comes to ``card`` and who
    leaves it when its segments, stages or position change.
    """
    if not card.content.lines:
        raise ValueError("A scorecard without measures scores nobody.")
    return score_query(in_place(card), _moment(day), scope or _everybody(past=past))


def _moment(day: dt.date) -> Moment:
    return Moment(day, organisation_zone())


def _everybody(*, past: bool) -> Scope:
    return Scope(first=1, last=LAST_ID, past=past)
