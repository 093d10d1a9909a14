"""Queries that score with a draft, or with any version of a scorecard, and write nothing."""

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

    ``card`` takes the place of its published version: customers that an earlier scorecard of the purpose scores are
    excluded. ``past`` reads the record as it was on the day; ``scope`` (with its own ``past``) limits the customers.
    Text without parameters, to be run as it is or as ``FROM (…) q``; making it takes seven statements. Raises
    ValueError for a card without measures.
    """
    if not card.content.lines:
        raise ValueError("A scorecard without measures scores nobody.")
    return score_query([card], _moment(day), scope or _everybody(past=past), among=in_place(card))


def scored_with(card: Card, day: dt.date, *, past: bool = False, scope: Scope | None = None) -> str:
    """The same for every scorecard in use of the purpose, with ``card`` in the place of its published version.

    Unlike ``scored_as`` it includes the customers of the other scorecards: those that come to ``card`` and those that
    leave it when its segments, stages or position change.
    """
    if not card.content.lines:
        raise ValueError("A scorecard without measures scores nobody.")
    return score_query(in_place(card), _moment(day), scope or _everybody(past=past))


def _moment(day: dt.date) -> Moment:
    return Moment(day, organisation_zone())


def _everybody(*, past: bool) -> Scope:
    return Scope(first=1, last=LAST_ID, past=past)
