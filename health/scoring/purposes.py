"""From amounts to the score, as SQL: the columns that the scorecards of one purpose add, level by level.

Every purpose has columns of its own in the same row of a customer (``card0, p0_3, value0`` …), so that amounts are
read once and no row is evaluated for the cards of another purpose. Constants are double precision: sums of SQL's
own decimal constants would cost more than all else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from health.scorecards import Cap, Card, Line, Place, Threshold

TODAY: Final = "<today>"
ANSWER: Final = (
    *("card", "raw", "value", "ceiling", "points", "weights", "amounts", "inputs_on"),
    *("band", "coverage", "oldest_input_on"),
)


def double(figure: Decimal | Fraction | float) -> str:
    """The double nearest to the figure, as SQL."""
    return f"'{float(figure)!r}'::float8"


@dataclass(frozen=True)
class PurposeColumns:
    """The scorecards of one purpose, of which ``card{number}`` names the customer's own.

    ``known`` is the number of each (measure, window)'s amount ``a{j}`` and newest input ``n{j}``.
    """

    number: int
    cards: Sequence[Card]
    known: Mapping[tuple[str, int], int]

    def levels(self) -> list[list[str]]:
        """The columns that each level adds to those of the level below; a level reads only those below it."""
        return [self._points(), self._present(), self._weights(), self._raw(), self._value()]

    @property
    def purpose(self) -> str:
        return self.cards[0].purpose

    def answer(self) -> str:
        """The columns ``ANSWER``, each with the purpose's number behind its name."""
        n = self.number
        columns = {
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
        return ", ".join(f"{columns[name]} AS {name}{n}" for name in ANSWER)

    def _by_card(self, expression: Callable[[Card], str], otherwise: str = "NULL") -> str:
        """``expression`` of the customer's own card."""
        expressions = {card.pk: expression(card) for card in self.cards}
        if len(set(expressions.values())) == 1:
            return next(iter(expressions.values()))
        tests = " ".join(f"WHEN {pk} THEN {sql}" for pk, sql in expressions.items())
        return f"CASE card{self.number} {tests} ELSE {otherwise} END"

    @property
    def _places(self) -> range:
        """Numbers of the places of the longest card."""
        return range(max(len(card.content.lines) for card in self.cards))

    def _each_place(self, expression: Callable[[int, Line], str], otherwise: str) -> list[str]:
        """``expression`` of the line at each place of the customer's own card; shorter cards leave the last ones out."""

        def at(card: Card, place: int) -> str:
            lines = card.content.lines
            return expression(place, lines[place]) if place < len(lines) else otherwise

        places = self._places
        return [self._by_card(lambda card, i=i: at(card, i), otherwise) for i in places]  # type: ignore[misc]

    def _column(self, line: Line) -> int:
        return self.known[line.measure, line.window]

    def _points(self) -> list[str]:
        points = self._each_place(lambda _, line: point(line, self._column(line)), "NULL::smallint")
        return [f"{sql} AS p{self.number}_{i}" for i, sql in enumerate(points)]

    def _present(self) -> list[str]:
        """The weight in each group that has data (g), and that of all groups that have some (t)."""
        groups = range(max(len(card.content.counting) for card in self.cards))
        group_weights = [self._by_card(lambda card, g=g: self._inside(card, g), "0::float8") for g in groups]  # type: ignore[misc]
        return [
            *(f"{sql} AS g{self.number}_{g}" for g, sql in enumerate(group_weights)),
            f"{self._by_card(self._whole, '0::float8')} AS t{self.number}",
        ]

    def _inside(self, card: Card, group: int) -> str:
        weights = [(i, place.line.weight) for i, place in enumerate(card.content.places) if place.group == group]
        terms = [f"CASE WHEN p{self.number}_{i} IS NULL THEN 0 ELSE {double(w)} END" for i, w in weights]
        return " + ".join(terms) or "0::float8"

    def _whole(self, card: Card) -> str:
        terms = []
        for number, group in enumerate(card.content.counting):
            points = [f"p{self.number}_{i}" for i, place in enumerate(card.content.places) if place.group == number]
            terms.append(f"CASE WHEN coalesce({', '.join(points)}) IS NULL THEN 0 ELSE {double(group.weight)} END")
        return " + ".join(terms)

    def _weights(self) -> list[str]:
        """Each measure's share of the whole, 0 where it has no data."""
        n = self.number

        def weight(card: Card, number: int) -> str:
            if number >= len(card.content.places):
                return "0::float8"
            place: Place = card.content.places[number]
            product = card.content.counting[place.group].weight * place.line.weight
            return f"CASE WHEN p{n}_{number} IS NULL THEN 0 ELSE {double(product)} / (g{n}_{place.group} * t{n}) END"

        weights = [self._by_card(lambda card, i=i: weight(card, i), "0::float8") for i in self._places]  # type: ignore[misc]
        return [f"({sql})::real AS w{n}_{i}" for i, sql in enumerate(weights)]

    def _raw(self) -> list[str]:
        n = self.number
        total = " + ".join(f"coalesce(p{n}_{i}, 0) * w{n}_{i}" for i in self._places)
        return [f"CASE WHEN t{n} > 0 THEN least(100, round(({total})::numeric, 2)) END AS raw{n}"]

    def _value(self) -> list[str]:
        """The value, and the lowest ceiling that lowered it."""
        n = self.number

        def bites(cap: Cap) -> str:
            return f"WHEN holds_{cap.condition} AND round(raw{n}) > {cap.at_most} THEN"

        def lowest(card: Card) -> str:
            tests = [f"{bites(cap)} '{cap.condition}'" for cap in card.content.lowest_first]
            return f"CASE {' '.join(tests)} ELSE '' END" if tests else "''"

        def limited(card: Card) -> str:
            tests = [f"{bites(cap)} {cap.at_most}::numeric" for cap in card.content.lowest_first]
            return f"CASE {' '.join(tests)} ELSE round(raw{n}) END" if tests else f"round(raw{n})"

        return [
            f"({self._by_card(limited)})::numeric(5, 2) AS value{n}",
            f"{self._by_card(lowest)}::text AS ceiling{n}",
        ]

    def _listed(self, item: Callable[[int, int], str], cast: str) -> str:
        def of(card: Card) -> str:
            items = (item(i, self._column(line)) for i, line in enumerate(card.content.lines))
            return f"ARRAY[{', '.join(items)}]::{cast}[]"

        return self._by_card(of)

    def _band(self, card: Card) -> str:
        value = f"value{self.number}"
        return (
            f"CASE WHEN {value} IS NULL THEN '' WHEN {value} >= {card.content.green_from} THEN 'green' "
            f"WHEN {value} >= {card.content.yellow_from} THEN 'yellow' ELSE 'red' END"
        )

    def _coverage(self, card: Card) -> str:
        shares = [card.content.shares[line.measure] for line in card.content.lines]
        terms = (
            f"CASE WHEN p{self.number}_{i} IS NULL THEN 0 ELSE {double(share)} END" for i, share in enumerate(shares)
        )
        return f"least(1, {' + '.join(terms)})::numeric(4, 3)"

    def _oldest(self, card: Card) -> str:
        lines = enumerate(card.content.lines)
        terms = (f"CASE WHEN p{self.number}_{i} IS NOT NULL THEN n{self._column(line)} END" for i, line in lines)
        return f"least({', '.join(terms)})"


def point(line: Line, number: int) -> str:
    """The points of amount ``a{number}`` on ``line``, NULL without data or where the newest input is too old."""
    slope = _slope(number, line)
    if line.by_tenure:
        later = " ".join(
            f"WHEN tenure >= {threshold.from_days} THEN {_slope(number, threshold)}"
            for threshold in reversed(line.by_tenure)
        )
        slope = f"CASE {later} ELSE {slope} END"
    fresh = f"a{number} IS NOT NULL AND {TODAY} - n{number} <= {line.shelf_life}"
    return f"CASE WHEN {fresh} THEN round(100 * greatest(0, least(1, {slope})))::smallint END"


def _slope(number: int, slope: Line | Threshold) -> str:
    zero_at, full_at = float(slope.zero_at), float(slope.full_at)
    return f"(a{number} - {double(zero_at)}) / {double(full_at - zero_at)}"
