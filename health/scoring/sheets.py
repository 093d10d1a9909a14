"""From amounts to the score, as SQL: the columns that the scorecards of one purpose add, level by level.

Every purpose has columns of its own in the same row of a customer (``card0, p0_3, value0`` …), so that amounts are
read once and no row is evaluated for the cards of another purpose. Constants are double precision: sums of SQL's
own decimal constants would cost more than all else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from health.scoring.cards import Card, Line

TODAY: Final = "<today>"
ANSWER: Final = (
    *("card", "raw", "value", "ceiling", "points", "weights", "amounts", "inputs_on"),
    *("band", "coverage", "oldest_input_on"),
)


def double(figure: float) -> str:
    return f"'{figure!r}'::float8"


@dataclass(frozen=True)
class Sheet:
    """The scorecards of one purpose, of which ``card{number}`` names the customer's own.

    ``known`` is the number of each (measure, window)'s amount ``a{j}`` and newest input ``n{j}``.
    """

    number: int
    cards: Sequence[Card]
    known: Mapping[tuple[str, int], int]

    def levels(self) -> list[list[str]]:
        """What each level picks beside all that the level below has; a level reads only those below it."""
        return [self._points(), self._present(), self._weights(), self._raw(), self._value()]

    @property
    def purpose(self) -> str:
        return self.cards[0].purpose

    def answer(self) -> str:
        """The columns ``ANSWER``, each with the sheet's number behind its name."""
        n = self.number
        picked = {
            "card": f"card{n}",
            "raw": f"raw{n}",
            "value": f"value{n}",
            "ceiling": f"ceiling{n}",
            "points": self._listed(lambda i, _: f"p{n}_{i}", "smallint"),
            "weights": self._listed(lambda i, _: f"w{n}_{i}", "real"),
            "amounts": self._listed(lambda _, j: f"a{j}", "float8"),
            "inputs_on": self._listed(lambda _, j: f"CASE WHEN a{j} IS NOT NULL THEN n{j} END", "date"),
            "band": self._by_card(self._band),
            "coverage": self._by_card(self._coverage),
            "oldest_input_on": self._by_card(self._oldest),
        }
        return ", ".join(f"{picked[name]} AS {name}{n}" for name in ANSWER)

    def _by_card(self, expression: Callable[[Card], str], otherwise: str = "NULL") -> str:
        """``expression`` of the customer's own card."""
        found = {card.pk: expression(card) for card in self.cards}
        if len(set(found.values())) == 1:
            return next(iter(found.values()))
        tests = " ".join(f"WHEN {pk} THEN {words}" for pk, words in found.items())
        return f"CASE card{self.number} {tests} ELSE {otherwise} END"

    def _each_place(self, expression: Callable[[int, Line], str], otherwise: str) -> list[str]:
        """``expression`` of the line at each place of the customer's own card; shorter cards leave the last ones out."""

        def at(card: Card, place: int) -> str:
            return expression(place, card.lines[place]) if place < len(card.lines) else otherwise

        places = range(max(len(card.lines) for card in self.cards))
        return [self._by_card(lambda card, i=i: at(card, i), otherwise) for i in places]  # type: ignore[misc]

    def _column(self, line: Line) -> int:
        return self.known[line.measure, line.window]

    def _points(self) -> list[str]:
        found = self._each_place(lambda _, line: point(line, self._column(line)), "NULL::smallint")
        return [f"{words} AS p{self.number}_{i}" for i, words in enumerate(found)]

    def _present(self) -> list[str]:
        """The weight in each group that has data (g), and that of all groups that have some (t)."""
        groups = range(max(len(card.groups) for card in self.cards))
        inside = [self._by_card(lambda card, g=g: self._inside(card, g), "0::float8") for g in groups]  # type: ignore[misc]
        return [
            *(f"{words} AS g{self.number}_{g}" for g, words in enumerate(inside)),
            f"{self._by_card(self._whole, '0::float8')} AS t{self.number}",
        ]

    def _inside(self, card: Card, group: int) -> str:
        lines = [(i, line.weight) for i, line in enumerate(card.lines) if line.group == group]
        terms = [f"CASE WHEN p{self.number}_{i} IS NULL THEN 0 ELSE {double(w)} END" for i, w in lines]
        return " + ".join(terms) or "0::float8"

    def _whole(self, card: Card) -> str:
        terms = []
        for group, weight in enumerate(card.groups):
            lines = [f"p{self.number}_{i}" for i, line in enumerate(card.lines) if line.group == group]
            terms.append(f"CASE WHEN coalesce({', '.join(lines)}) IS NULL THEN 0 ELSE {double(weight)} END")
        return " + ".join(terms)

    def _weights(self) -> list[str]:
        """Each measure's share of the whole, 0 where it has no data."""
        n = self.number

        def weight(card: Card, place: int) -> str:
            if place >= len(card.lines):
                return "0::float8"
            line = card.lines[place]
            share = f"{double(card.groups[line.group] * line.weight)} / (g{n}_{line.group} * t{n})"
            return f"CASE WHEN p{n}_{place} IS NULL THEN 0 ELSE {share} END"

        places = range(max(len(card.lines) for card in self.cards))
        found = [self._by_card(lambda card, i=i: weight(card, i), "0::float8") for i in places]  # type: ignore[misc]
        return [f"({words})::real AS w{n}_{i}" for i, words in enumerate(found)]

    def _raw(self) -> list[str]:
        n, places = self.number, range(max(len(card.lines) for card in self.cards))
        total = " + ".join(f"coalesce(p{n}_{i}, 0) * w{n}_{i}" for i in places)
        return [f"CASE WHEN t{n} > 0 THEN least(100, round(({total})::numeric, 2)) END AS raw{n}"]

    def _value(self) -> list[str]:
        """The value, and the lowest ceiling that bit."""
        n = self.number

        def lowest(card: Card) -> str:
            tests = (f"WHEN holds_{rule} AND round(raw{n}) > {limit!r} THEN '{rule}'" for rule, limit in card.ceilings)
            return f"CASE {' '.join(tests)} ELSE '' END" if card.ceilings else "''"

        def limited(card: Card) -> str:
            tests = (
                f"WHEN holds_{rule} AND round(raw{n}) > {limit!r} THEN {limit!r}::numeric"
                for rule, limit in card.ceilings
            )
            return f"CASE {' '.join(tests)} ELSE round(raw{n}) END" if card.ceilings else f"round(raw{n})"

        return [
            f"({self._by_card(limited)})::numeric(5, 2) AS value{n}",
            f"{self._by_card(lowest)}::text AS ceiling{n}",
        ]

    def _listed(self, item: Callable[[int, int], str], cast: str) -> str:
        def of(card: Card) -> str:
            items = (item(i, self._column(line)) for i, line in enumerate(card.lines))
            return f"ARRAY[{', '.join(items)}]::{cast}[]"

        return self._by_card(of)

    def _band(self, card: Card) -> str:
        value = f"value{self.number}"
        return (
            f"CASE WHEN {value} IS NULL THEN '' WHEN {value} >= {card.green_from!r} THEN 'green' "
            f"WHEN {value} >= {card.yellow_from!r} THEN 'yellow' ELSE 'red' END"
        )

    def _coverage(self, card: Card) -> str:
        lines = enumerate(card.lines)
        terms = (f"CASE WHEN p{self.number}_{i} IS NULL THEN 0 ELSE {double(line.share)} END" for i, line in lines)
        return f"least(1, {' + '.join(terms)})::numeric(4, 3)"

    def _oldest(self, card: Card) -> str:
        lines = enumerate(card.lines)
        terms = (f"CASE WHEN p{self.number}_{i} IS NOT NULL THEN n{self._column(line)} END" for i, line in lines)
        return f"least({', '.join(terms)})"


def point(line: Line, number: int) -> str:
    """The points of amount ``a{number}`` on ``line``, NULL without data or where the newest input is too old."""
    slope = _slope(number, line.zero_at, line.full_at)
    if line.by_tenure:
        later = " ".join(f"WHEN tenure >= {days} THEN {_slope(number, *at)}" for days, *at in reversed(line.by_tenure))
        slope = f"CASE {later} ELSE {slope} END"
    fresh = f"a{number} IS NOT NULL AND {TODAY} - n{number} <= {line.shelf_life}"
    return f"CASE WHEN {fresh} THEN round(100 * greatest(0, least(1, {slope})))::smallint END"


def _slope(number: int, zero_at: float, full_at: float) -> str:
    return f"(a{number} - {double(zero_at)}) / {double(full_at - zero_at)}"
