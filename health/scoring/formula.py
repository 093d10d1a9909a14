"""The score as one SQL query: amounts → points → weights → value → band.

Points rise in a straight line from ``zero_at`` to ``full_at``, which may depend on how long the customer has
been one, and are whole (``health.scoring.points`` is the same sum for one amount). A measure without data,
or with data older than its shelf life, is left out: its weight goes to the others of its group in
proportion, a whole group's to the other groups. ``raw`` is the sum of points × weights to two decimals; the
value is ``raw`` in whole points (people read no finer, and so a customer's row is rewritten only when they
would see it), and a ceiling that holds lowers it. Each level is fenced by OFFSET 0, so that nothing is
computed twice; that keeps the query parallel, as MATERIALIZED would not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from health.measures import Measure, resolved
from health.measures.ceilings import RULES, Rule
from health.scoring.cards import Card, Line
from health.scoring.sources import Columns, Moment

TODAY = "<today>"
LIVE = "c.merged_into_id IS NULL AND c.status IN ('live', 'notice')"
SERVED = """c.merged_into_id IS NULL AND EXISTS (SELECT FROM accounts_contract k WHERE k.customer_id = c.id
    AND NOT k.is_trial AND k.starts_on <= {day} AND (k.ended_on IS NULL OR k.ended_on > {day}))"""
STAGE_THEN = """CASE WHEN {day} - c.first_contract_on <= 90 THEN 'onboarding'
    WHEN {day} - c.first_contract_on < 365 THEN 'growth' ELSE 'mature' END"""
SEGMENT_THEN = """coalesce((SELECT nullif(f.value, '')::bigint FROM accounts_datedfact f
    WHERE f.customer_id = c.id AND f.fact = 'segment' AND f.from_day <= {day}
    ORDER BY f.from_day DESC LIMIT 1), c.segment_id)"""


@dataclass(frozen=True)
class Scope:
    """Whom to score: the ids ``first`` to ``last``, or the few ``ids``; ``past`` asks the record as of the day."""

    first: int | None = None
    last: int | None = None
    ids: Sequence[int] = ()
    past: bool = False

    def condition(self, customer: str) -> str:
        if self.first is not None:
            return f"{customer} BETWEEN {int(self.first)} AND {int(self.last or 0)}"
        return f"{customer} = ANY(ARRAY[{', '.join(str(int(pk)) for pk in self.ids)}]::bigint[])"


def score_query(cards: Sequence[Card], moment: Moment, scope: Scope, *, among: Sequence[Card] | None = None) -> str:
    """SQL with a row a customer in ``scope`` and purpose that a scorecard fits: id, purpose, card, points, weights,
    amounts, inputs_on, raw, value, band, coverage, oldest_input_on, ceiling.

    Of each purpose the first of ``cards`` that fits counts; of ``among``, when it is given, and then only customers
    that fall to one of ``cards`` have a row. Amounts are computed once, however many purposes ask for them.
    """
    amounts = _amounts(cards, moment, scope, among or cards)
    points = _level(amounts, "q", _points(cards))
    present = _level(points, "q", _present(cards))
    weights = _level(present, "q", _weights(cards))
    raw = _level(weights, "q", _raw(cards))
    value = _level(raw, "q", _value(cards))
    return f"SELECT {_answer(cards)} FROM ({value}) q".replace(TODAY, moment.words()["day"])


def instances(cards: Sequence[Card]) -> list[tuple[str, int]]:
    """Each (measure, window) that some card asks for, once."""
    return list(dict.fromkeys((line.measure, line.window) for card in cards for line in card.lines))


def purposes(cards: Sequence[Card]) -> list[str]:
    """What the cards are for, each once, in their order."""
    return list(dict.fromkeys(card.purpose for card in cards))


def _amounts(cards: Sequence[Card], moment: Moment, scope: Scope, among: Sequence[Card]) -> str:
    columns = Columns(moment)
    asked = instances(cards)
    measures = resolved(key for key, _ in asked)
    wishes = [(measures[key], window) for key, window in asked]
    rules = [RULES[key] for key in _ceilings(cards)]
    everything: list[tuple[Measure | Rule, int]] = [*wishes, *((rule, rule.window) for rule in rules)]
    for wish, window in everything:
        for source in wish.columns:
            columns.note(source, wish.reach * wish.windows.get(source, window), wish.only.get(source, ""))
    seen = columns.seen()
    columns.note("usage", 1)
    picked = [
        *(
            f"({_filled(columns, m, m.amount, w)})::float8 AS a{i}, {_filled(columns, m, m.newest, w)} AS n{i}"
            for i, (m, w) in enumerate(wishes)
        ),
        *(f"{_filled(columns, rule, rule.holds, rule.window)} AS holds_{rule.key}" for rule in rules),
    ]
    joins = columns.joins(first=scope.first, last=scope.last)
    found = purposes(cards)
    chosen = ", ".join(f"card{number}" for number in range(len(found)))
    who = _who(cards, among, moment, scope)
    base = f"SELECT who.*, {seen} AS seen, {_all_columns(columns)} FROM ({who}) who {joins}"
    if len(found) == 1:
        return f"SELECT id, card0 AS card, tenure, {', '.join(picked)} FROM ({base} OFFSET 0) q"
    once = f"SELECT id, {chosen}, tenure, {', '.join(picked)} FROM ({base} OFFSET 0) q"
    each = ", ".join(f"(q.card{number})" for number in range(len(found)))
    return f"SELECT q.*, k.card FROM ({once} OFFSET 0) q CROSS JOIN LATERAL (VALUES {each}) k(card) WHERE k.card IS NOT NULL"


def _all_columns(columns: Columns) -> str:
    return ", ".join(f"{source}.c{number}" for number, (source, _, _) in enumerate(columns.wanted))


def _filled(columns: Columns, wish: Measure | Rule, template: str, window: int) -> str:
    names = {
        name: columns.name(source, aggregate, wish.windows.get(source, window))
        for source, picks in wish.columns.items()
        for name, aggregate in picks.items()
    }
    return template.format(**columns.moment.words(), w=window, seen="seen", **names)


def _who(cards: Sequence[Card], among: Sequence[Card], moment: Moment, scope: Scope) -> str:
    """The customers with their scorecard of each purpose: card0, card1 …, NULL where none fits."""
    words = moment.words()
    stage = STAGE_THEN.format(**words) if scope.past else "c.stage"
    segment = SEGMENT_THEN.format(**words) if scope.past else "c.segment_id"
    served = SERVED.format(**words) if scope.past else LIVE
    found = purposes(cards)
    chosen = ", ".join(
        f"{_chosen([card for card in among if card.purpose == purpose], cards)} AS card{number}"
        for number, purpose in enumerate(found)
    )
    scored = " OR ".join(f"card{number} IS NOT NULL" for number in range(len(found)))
    return (
        f"SELECT * FROM (SELECT m.id, m.tenure, {chosen} FROM (SELECT c.id, {stage} AS stage, "
        f"{segment} AS segment, {words['day']} - c.first_contract_on AS tenure "
        f"FROM accounts_customer c WHERE {scope.condition('c.id')} AND {served} OFFSET 0) m) f WHERE {scored}"
    )


def _chosen(among: Sequence[Card], cards: Sequence[Card]) -> str:
    """The first of ``among`` whose segments and stages fit, NULL unless it is one of ``cards``.

    No segment or stage named means every one.
    """
    wanted = {card.pk for card in cards}
    tests = []
    for card in among:
        segments = f"m.segment IN ({', '.join(map(str, card.segments))})" if card.segments else "true"
        named = ", ".join(f"'{stage}'" for stage in card.stages)
        stages = f"m.stage IN ({named})" if card.stages else "true"
        tests.append(f"WHEN {segments} AND {stages} THEN {card.pk if card.pk in wanted else 'NULL'}")
    return f"(CASE {' '.join(tests)} END)::bigint"


def _ceilings(cards: Sequence[Card]) -> list[str]:
    return sorted({condition for card in cards for condition, _ in card.ceilings})


def _level(inner: str, alias: str, picked: Sequence[str]) -> str:
    return f"SELECT {alias}.*, {', '.join(picked)} FROM ({inner} OFFSET 0) {alias}"


def _by_card(cards: Sequence[Card], expression: Callable[[Card], str], otherwise: str = "NULL") -> str:
    """``expression`` of the customer's own card."""
    same = {expression(card) for card in cards}
    if len(same) == 1:
        return same.pop()
    tests = " ".join(f"WHEN {card.pk} THEN {expression(card)}" for card in cards)
    return f"CASE card {tests} ELSE {otherwise} END"


def _longest(cards: Sequence[Card]) -> int:
    return max(len(card.lines) for card in cards)


def _points(cards: Sequence[Card]) -> list[str]:
    known = instances(cards)

    def point(card: Card, place: int) -> str:
        if place >= len(card.lines):
            return "NULL::smallint"
        line = card.lines[place]
        return _point(line, known.index((line.measure, line.window)))

    return [
        f"{_by_card(cards, lambda card, i=i: point(card, i), 'NULL::smallint')} AS p{i}"  # type: ignore[misc]
        for i in range(_longest(cards))
    ]


def _point(line: Line, number: int) -> str:
    slope = _slope(number, line.zero_at, line.full_at)
    if line.by_tenure:
        later = " ".join(f"WHEN tenure >= {days} THEN {_slope(number, *at)}" for days, *at in reversed(line.by_tenure))
        slope = f"CASE {later} ELSE {slope} END"
    fresh = f"a{number} IS NOT NULL AND {TODAY} - n{number} <= {line.shelf_life}"
    return f"CASE WHEN {fresh} THEN round(100 * greatest(0, least(1, {slope})))::smallint END"


def _slope(number: int, zero_at: float, full_at: float) -> str:
    return f"(a{number} - '{zero_at!r}'::float8) / '{full_at - zero_at!r}'::float8"


def _present(cards: Sequence[Card]) -> list[str]:
    """g0, g1 …: the weight in each group that has data."""

    def weight(card: Card, group: int) -> str:
        inside = [(i, line.weight) for i, line in enumerate(card.lines) if line.group == group]
        terms = [f"CASE WHEN p{i} IS NULL THEN 0 ELSE {w!r} END" for i, w in inside]
        return f"({' + '.join(terms)})::float8" if terms else "0::float8"

    groups = max(len(card.groups) for card in cards)
    return [f"{_by_card(cards, lambda card, g=g: weight(card, g))} AS g{g}" for g in range(groups)]  # type: ignore[misc]


def _weights(cards: Sequence[Card]) -> list[str]:
    """w0, w1 …: each measure's share of the whole, 0 where it has no data."""

    def whole(card: Card) -> str:
        return " + ".join(f"CASE WHEN g{g} > 0 THEN {w!r} ELSE 0 END" for g, w in enumerate(card.groups))

    def weight(card: Card, place: int) -> str:
        if place >= len(card.lines):
            return "0::real"
        line = card.lines[place]
        share = f"{card.groups[line.group]!r} * {line.weight!r} / g{line.group} / ({whole(card)})"
        return f"CASE WHEN p{place} IS NULL THEN 0 ELSE {share} END::real"

    return [
        f"({_by_card(cards, lambda card, i=i: weight(card, i))})::real AS w{i}"  # type: ignore[misc]
        for i in range(_longest(cards))
    ]


def _raw(cards: Sequence[Card]) -> list[str]:
    places = range(_longest(cards))
    total = " + ".join(f"coalesce(p{i}, 0) * w{i}" for i in places)
    known = f"num_nonnulls({', '.join(f'p{i}' for i in places)})"
    return [f"CASE WHEN {known} > 0 THEN least(100, round(({total})::numeric, 2)) END AS raw"]


def _value(cards: Sequence[Card]) -> list[str]:
    """The value, and the lowest ceiling that bit."""

    def lowest(card: Card) -> str:
        tests = " ".join(f"WHEN holds_{rule} AND round(raw) > {limit!r} THEN '{rule}'" for rule, limit in card.ceilings)
        return f"CASE {tests} ELSE '' END" if tests else "''"

    def limited(card: Card) -> str:
        tests = " ".join(
            f"WHEN holds_{rule} AND round(raw) > {limit!r} THEN {limit!r}::numeric" for rule, limit in card.ceilings
        )
        return f"CASE {tests} ELSE round(raw) END" if tests else "round(raw)"

    return [f"({_by_card(cards, limited)})::numeric(5, 2) AS value", f"{_by_card(cards, lowest)} AS ceiling"]


def _answer(cards: Sequence[Card]) -> str:
    known = instances(cards)

    def listed(card: Card, pattern: str, cast: str) -> str:
        items = (pattern.format(i=i, j=known.index((line.measure, line.window))) for i, line in enumerate(card.lines))
        return f"ARRAY[{', '.join(items)}]::{cast}[]"

    def coverage(card: Card) -> str:
        terms = (f"CASE WHEN p{i} IS NULL THEN 0 ELSE {line.share!r} END" for i, line in enumerate(card.lines))
        return f"least(1, {' + '.join(terms)})::numeric(4, 3)"

    def oldest(card: Card) -> str:
        terms = (
            f"CASE WHEN p{i} IS NOT NULL THEN n{known.index((line.measure, line.window))} END"
            for i, line in enumerate(card.lines)
        )
        return f"least({', '.join(terms)})"

    def band(card: Card) -> str:
        return (
            f"CASE WHEN value IS NULL THEN '' WHEN value >= {card.green_from!r} THEN 'green' "
            f"WHEN value >= {card.yellow_from!r} THEN 'yellow' ELSE 'red' END"
        )

    purpose = _by_card(cards, lambda card: f"'{card.purpose}'")
    lists = {
        "points": ("p{i}", "smallint"),
        "weights": ("w{i}", "real"),
        "amounts": ("a{j}", "float8"),
        "inputs_on": ("CASE WHEN a{j} IS NOT NULL THEN n{j} END", "date"),
    }
    picked = [
        f"id, {purpose}::text AS purpose, card, raw, value, ceiling",
        *(f"{_by_card(cards, lambda c, p=p, t=t: listed(c, p, t))} AS {name}" for name, (p, t) in lists.items()),  # type: ignore[misc]
        f"{_by_card(cards, band)} AS band",
        f"{_by_card(cards, coverage)} AS coverage",
        f"{_by_card(cards, oldest)} AS oldest_input_on",
    ]
    return ", ".join(picked)
