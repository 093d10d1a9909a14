"""A part of a difference in words: what was measured before and after, what a version changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from accounts.models import Contact, Customer
from config.shipping import translated
from config.ui import figures
from health.explaining import Difference, Kind, Piece
from health.measures import Measure, Unit, resolved
from health.models.scores import Part, ScoreRow
from health.scorecards import Content, Line, content_of
from health.words.amounts import ceiling_name, shown

NAMED: Final = 3  # the measures named for each kind of change of a version; the others are on the scorecard's page


@dataclass(frozen=True)
class Row:
    """One line of the breakdown. ``measure`` is empty for a line without rows to show."""

    name: str
    points: Decimal
    why: str
    measure: str = ""
    apart: bool = False


def rows(difference: Difference, today: dt.date) -> list[Row]:
    """The parts that are not zero: measures first, the largest of them on top, then the other parts.

    One statement where a part comes from contacts, one where a measure is an own one.
    """
    if difference.first is None or difference.last is None or difference.points is None:
        return []
    keys = {*difference.first.scorecard.measures, *difference.last.scorecard.measures}
    worded = Words(difference, difference.first, difference.last, resolved(keys), today).rows()
    measures = sorted((row for row in worded if not row.apart), key=lambda row: -abs(row.points))
    return [*measures, *(row for row in worded if row.apart)]


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
        leavers = self._gone()
        rows = []
        for piece, points in self.found.shown():
            row = self._apart(piece, points, after.get(piece.measure))
            if piece.kind == Kind.MEASURE:
                row = self._measured(piece, points, before[piece.measure], after[piece.measure], leavers)
            rows.append(row)
        if not any(piece.kind in {Kind.CAME, Kind.WENT} for piece in self.found.pieces):
            nothing = Row(_("Missing data"), Decimal(0), _("Nothing newly missing or known again."), apart=True)
            index = sum(1 for piece, _points in self.found.shown() if piece.kind == Kind.MEASURE)
            rows.insert(index, nothing)
        return rows

    def _name(self, key: str) -> str:
        return str(self.measures[key].name) if key in self.measures else key

    def _amount(self, part: Part) -> str:
        measure = self.measures.get(part.measure)
        return shown(part.amount, measure.unit if measure else Unit.COUNT)

    def _measured(self, piece: Piece, points: Decimal, before: Part, after: Part, leavers: str) -> Row:
        text = _("%(before)s to %(after)s, %(first)s to %(last)s points") % {
            "before": self._amount(before),
            "after": self._amount(after),
            "first": figures.number(before.points),
            "last": figures.number(after.points),
        }
        measure = self.measures.get(piece.measure)
        why = f"{leavers} {text}" if leavers and measure and measure.behind == "contacts" else text
        return Row(self._name(piece.measure), points, why, piece.measure)

    def _apart(self, piece: Piece, points: Decimal, after: Part | None) -> Row:
        name = self._name(piece.measure)
        if piece.kind == Kind.WENT:
            return Row(name, points, self._went(after), piece.measure, apart=True)
        if piece.kind == Kind.CAME:
            text = _("Known again: %(amount)s. It takes weight from the others.")
            return Row(name, points, text % {"amount": self._amount(after) if after else ""}, piece.measure, apart=True)
        if piece.kind == Kind.VERSION:
            return Row(self._version_name(), points, self._version(), apart=True)
        if piece.kind == Kind.CEILING:
            return Row(_("Ceiling"), points, self._ceiling(), apart=True)
        return Row(_("Rounding"), points, _("A score is shown in whole points."), apart=True)

    def _went(self, after: Part | None) -> str:
        if after and after.newest_on:
            text = _("Too old to count, newest input %(day)s. Its weight went to the others.")
            return text % {"day": figures.day(after.newest_on, self.today)}
        return _("No data any more. Its weight went to the others.")

    def _version_name(self) -> str:
        first, last = self.first.scorecard, self.last.scorecard
        if first.key == last.key:
            return _("Scorecard v%(first)s to v%(last)s") % {"first": first.version, "last": last.version}
        return _("Scorecard %(first)s to %(last)s") % {"first": translated(first.name), "last": translated(last.name)}

    def _version(self) -> str:
        """The measures added, dropped or counted otherwise, and the weights that changed most."""
        first, last = content_of(self.first.scorecard), content_of(self.last.scorecard)
        before, after = ({line.measure: line for line in of.lines} for of in (first, last))
        common = [key for key in before if key in after]
        sentences = [
            (_("New: %(measures)s."), [self._name(key) for key in after if key not in before]),
            (_("Dropped: %(measures)s."), [self._name(key) for key in before if key not in after]),
            (
                _("Counted otherwise: %(measures)s."),
                [self._name(key) for key in common if _otherwise(before[key], after[key])],
            ),
            (_("Weight of %(measures)s."), self._weights(first, last, common)),
        ]
        summary = " ".join(text % {"measures": figures.listed(listed[:NAMED])} for text, listed in sentences if listed)
        return summary or _("No rule differs.")

    def _weights(self, first: Content, last: Content, keys: Sequence[str]) -> list[str]:
        before, after = first.shares, last.shares
        by_change = sorted(keys, key=lambda key: -abs(after[key] - before[key]))
        pattern = _("%(measure)s %(before)s to %(after)s")
        return [
            pattern
            % {
                "measure": self._name(key),
                "before": figures.percent(float(before[key])),
                "after": figures.percent(float(after[key])),
            }
            for key in by_change
            if before[key] != after[key]
        ]

    def _ceiling(self) -> str:
        if self.last.ceiling:
            values = {"name": ceiling_name(self.last.ceiling), "value": figures.number(self.last.value)}
            return _("%(name)s: held at %(value)s") % values
        return _("No longer held: %(name)s") % {"name": ceiling_name(self.first.ceiling)}

    def _gone(self) -> str:
        """Who left between the two days; empty where no part comes from contacts."""
        measures = (self.measures.get(piece.measure) for piece, _points in self.found.shown())
        if not any(measure and measure.behind == "contacts" for measure in measures):
            return ""
        return left(self.found.customer, self.found.first_day, self.found.last_day, self.today)


def _otherwise(first: Line, last: Line) -> bool:
    """Whether two cards turn the same amount into different points."""
    return first.window != last.window or not first.counts_like(last)


def left(customer: Customer, first: dt.date, last: dt.date, today: dt.date) -> str:
    """``Elena Ruiz left 2 Nov.``: a champion, else the newest, that left after ``first``, to ``last``."""
    people = Contact.objects.filter(customer=customer, state="left", state_on__gt=first, state_on__lte=last)
    leavers = sorted(people, key=lambda contact: ("champion" not in contact.roles, -contact.state_on.toordinal()))
    if not leavers:
        return ""
    return _("%(name)s left %(day)s.") % {"name": leavers[0].name, "day": figures.day(leavers[0].state_on, today)}
