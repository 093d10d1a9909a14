"""A part of a difference in words: what was measured before and after, what a version changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from config.ui import figures
from health.explaining import Difference, Kind, Piece
from health.measures import Measure, Unit, resolved
from health.models.scores import Part, ScoreRow
from health.scorecards import Content, Line, content_of
from health.words.amounts import ceiling_name, shown

NAMED: Final = 3  # what of a version is told; the rest is on the scorecard's page


@dataclass(frozen=True)
class Row:
    """One line of the breakdown. ``measure`` is empty where no rows stand behind it."""

    name: str
    points: Decimal
    why: str
    measure: str = ""
    apart: bool = False


def rows(found: Difference, today: dt.date) -> list[Row]:
    """The parts that are something, measures first and the largest of them on top; then what stands beside them.

    One statement where a part comes from contacts, one where a measure is an own one.
    """
    if found.first is None or found.last is None or found.points is None:
        return []
    keys = {*found.first.scorecard.measures, *found.last.scorecard.measures}
    made = Words(found, found.first, found.last, resolved(keys), today).rows()
    measures = sorted((row for row in made if not row.apart), key=lambda row: -abs(row.points))
    return [*measures, *(row for row in made if row.apart)]


@dataclass(frozen=True)
class Words:
    """A difference whose two ends have scores, with the measures that name its parts."""

    found: Difference
    first: ScoreRow
    last: ScoreRow
    measures: Mapping[str, Measure]
    today: dt.date

    def rows(self) -> list[Row]:
        before = {part.measure: part for part in self.first.parts}
        after = {part.measure: part for part in self.last.parts}
        gone = self._gone()
        made = []
        for piece, points in self.found.shown():
            row = self._apart(piece, points, after.get(piece.measure))
            if piece.kind == Kind.MEASURE:
                row = self._measured(piece, points, before[piece.measure], after[piece.measure], gone)
            made.append(row)
        if not any(piece.kind in {Kind.CAME, Kind.WENT} for piece in self.found.pieces):
            nothing = Row(_("Missing data"), Decimal(0), _("Nothing newly missing or known again."), apart=True)
            at = sum(1 for piece, _points in self.found.shown() if piece.kind == Kind.MEASURE)
            made.insert(at, nothing)
        return made

    def _name(self, key: str) -> str:
        return str(self.measures[key].name) if key in self.measures else key

    def _amount(self, part: Part) -> str:
        measure = self.measures.get(part.measure)
        return shown(part.amount, measure.unit if measure else Unit.COUNT)

    def _measured(self, piece: Piece, points: Decimal, before: Part, after: Part, gone: str) -> Row:
        words = _("%(before)s to %(after)s, %(first)s to %(last)s points") % {
            "before": self._amount(before),
            "after": self._amount(after),
            "first": figures.number(before.points),
            "last": figures.number(after.points),
        }
        measure = self.measures.get(piece.measure)
        told = f"{gone} {words}" if gone and measure and measure.behind == "contacts" else words
        return Row(self._name(piece.measure), points, told, piece.measure)

    def _apart(self, piece: Piece, points: Decimal, after: Part | None) -> Row:
        name = self._name(piece.measure)
        if piece.kind == Kind.WENT:
            return Row(name, points, self._went(after), piece.measure, apart=True)
        if piece.kind == Kind.CAME:
            words = _("Known again: %(amount)s. It takes weight from the others.")
            return Row(
                name, points, words % {"amount": self._amount(after) if after else ""}, piece.measure, apart=True
            )
        if piece.kind == Kind.VERSION:
            return Row(self._version_name(), points, self._version(), apart=True)
        if piece.kind == Kind.CEILING:
            return Row(_("Ceiling"), points, self._ceiling(), apart=True)
        return Row(_("Rounding"), points, _("A score is shown in whole points."), apart=True)

    def _went(self, after: Part | None) -> str:
        if after and after.newest_on:
            words = _("Too old to count, newest input %(day)s. Its weight went to the others.")
            return words % {"day": figures.day(after.newest_on, self.today)}
        return _("No data any more. Its weight went to the others.")

    def _version_name(self) -> str:
        one, other = self.first.scorecard, self.last.scorecard
        if one.key == other.key:
            return _("Scorecard v%(first)s to v%(last)s") % {"first": one.version, "last": other.version}
        return _("Scorecard %(first)s to %(last)s") % {"first": _(one.name), "last": _(other.name)}

    def _version(self) -> str:
        """What came, went or is counted otherwise, and the weights that moved most."""
        one, other = content_of(self.first.scorecard), content_of(self.last.scorecard)
        mine, theirs = ({line.measure: line for line in of.lines} for of in (one, other))
        same = [key for key in mine if key in theirs]
        told = [
            (_("New: %(measures)s."), [self._name(key) for key in theirs if key not in mine]),
            (_("Dropped: %(measures)s."), [self._name(key) for key in mine if key not in theirs]),
            (
                _("Counted otherwise: %(measures)s."),
                [self._name(key) for key in same if _otherwise(mine[key], theirs[key])],
            ),
            (_("Weight of %(measures)s."), self._weights(one, other, same)),
        ]
        words = " ".join(text % {"measures": figures.listed(listed[:NAMED])} for text, listed in told if listed)
        return words or _("No rule differs.")

    def _weights(self, one: Content, other: Content, same: Sequence[str]) -> list[str]:
        before, after = one.shares, other.shares
        moved = sorted(same, key=lambda key: -abs(after[key] - before[key]))
        words = _("%(measure)s %(before)s to %(after)s")
        return [
            words
            % {
                "measure": self._name(key),
                "before": figures.percent(float(before[key])),
                "after": figures.percent(float(after[key])),
            }
            for key in moved
            if before[key] != after[key]
        ]

    def _ceiling(self) -> str:
        if self.last.ceiling:
            words = {"name": ceiling_name(self.last.ceiling), "value": figures.number(self.last.value)}
            return _("%(name)s: held at %(value)s") % words
        return _("No longer held: %(name)s") % {"name": ceiling_name(self.first.ceiling)}

    def _gone(self) -> str:
        """Who left between the two days; empty where no part comes from contacts."""
        named = (self.measures.get(piece.measure) for piece, _points in self.found.shown())
        if not any(measure and measure.behind == "contacts" for measure in named):
            return ""
        return left(self.found.customer, self.found.first_day, self.found.last_day, self.today)


def _otherwise(one: Line, other: Line) -> bool:
    """Whether two cards turn the same amount into other points."""
    return one.window != other.window or not one.counts_like(other)


def left(customer: Customer, first: dt.date, last: dt.date, today: dt.date) -> str:
    """``Elena Ruiz left 2 Nov.``: the champion, or else whoever, that left or moved after ``first``, up to ``last``."""
    people = Contact.objects.filter(
        customer=customer, state__in=["left", "moved"], state_on__gt=first, state_on__lte=last
    )
    found = sorted(people, key=lambda one: ("champion" not in one.roles, -one.state_on.toordinal()))
    if not found:
        return ""
    return _("%(name)s left %(day)s.") % {"name": found[0].name, "day": figures.day(found[0].state_on, today)}
