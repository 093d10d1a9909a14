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

from collections.abc import Sequence
from dataclasses import dataclass, replace

from accounts.amounts import is_paying
from accounts.facts import value_or_now
from accounts.lifecycle import is_current, since_on, stage_on
from health.measures import reading, resolved
from health.measures.ceilings import RULES, Rule
from health.measures.reading import Pick
from health.measures.sources import Moment
from health.scorecards import Card
from health.scoring.purposes import ANSWER, TODAY, PurposeColumns

_DAY = "{day}"
LIVE = is_current("c")
# The record as it was known on the day.
SERVED = f"""c.merged_into_id IS NULL AND EXISTS (SELECT FROM accounts_contract k WHERE k.customer_id = c.id
    AND {is_paying("k", _DAY, known_on=_DAY)})"""
SINCE_THEN = since_on("c", _DAY, known_on=_DAY)
STAGE_THEN = stage_on("since.on_day", _DAY)
SEGMENT_THEN = f"nullif({value_or_now('c', 'segment', _DAY, known_on=_DAY)}, '')::bigint"


@dataclass(frozen=True)
class Scope:
    """Customers to score: the ids ``first`` to ``last`` or the few ``ids``; ``past`` reads the record as of the day."""

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

    For each purpose the first of ``cards`` that fits scores the customer. With ``among`` it is the first of those
    that fits, and only customers whose card is one of ``cards`` have a row. Amounts are computed once, however many
    purposes use them.
    """
    wide = wide_query(cards, moment, scope, among=among)
    purposes = purposes_of(cards)
    columns = ", ".join(ANSWER)
    if len(purposes) == 1:
        select_list = ", ".join(f"{name}0 AS {name}" for name in ANSWER)
        return f"SELECT id, '{purposes[0].purpose}'::text AS purpose, {select_list} FROM ({wide}) q"
    rows = ", ".join(
        f"('{purpose.purpose}', {', '.join(f'{name}{purpose.number}' for name in ANSWER)})" for purpose in purposes
    )
    return (
        f"SELECT q.id, v.* FROM ({wide} OFFSET 0) q "
        f"CROSS JOIN LATERAL (VALUES {rows}) v(purpose, {columns}) WHERE v.card IS NOT NULL"
    )


def wide_query(cards: Sequence[Card], moment: Moment, scope: Scope, *, among: Sequence[Card] | None = None) -> str:
    """The same with one row a customer: id, and ``purposes.ANSWER`` for each of ``purposes_of(cards)``, its number behind
    each name; all NULL or empty where no card of that purpose fits (``card0`` …).
    """
    purposes = purposes_of(cards)
    moment = replace(moment, past=scope.past)
    scored = _amounts(cards, moment, scope, among or cards)
    for level in zip(*(purpose.levels() for purpose in purposes), strict=True):
        columns = ", ".join(column for of_sheet in level for column in of_sheet)
        scored = f"SELECT q.*, {columns} FROM ({scored} OFFSET 0) q"
    answers = ", ".join(purpose.answer() for purpose in purposes)
    return f"SELECT id, {answers} FROM ({scored}) q".replace(TODAY, moment.words()["day"])


def purposes_of(cards: Sequence[Card]) -> list[PurposeColumns]:
    """The cards by purpose, numbered in the order in which the purposes come."""
    numbers = {instance: number for number, instance in enumerate(instances(cards))}
    return [
        PurposeColumns(number, [card for card in cards if card.purpose == purpose], numbers)
        for number, purpose in enumerate(purposes(cards))
    ]


def instances(cards: Sequence[Card]) -> list[tuple[str, int]]:
    """The distinct (measure, window) pairs of the cards."""
    return list(dict.fromkeys((line.measure, line.window) for card in cards for line in card.content.lines))


def purposes(cards: Sequence[Card]) -> list[str]:
    """The distinct purposes of the cards, in their order."""
    return list(dict.fromkeys(card.purpose for card in cards))


def _amounts(cards: Sequence[Card], moment: Moment, scope: Scope, among: Sequence[Card]) -> str:
    measure_windows = instances(cards)
    measures = resolved(key for key, _ in measure_windows)
    picks: list[Pick] = []
    for number, (key, window) in enumerate(measure_windows):
        measure = measures[key]
        picks += [reading.amount(f"a{number}", measure, window), Pick(f"n{number}", measure, window, measure.newest)]
    rules = [RULES.get(key) or Rule(key, {}, "false") for key in _ceilings(cards)]
    picks += [Pick(f"holds_{rule.key}", rule, rule.window, rule.holds) for rule in rules]
    kept = ", ".join(["id", "tenure", *(f"card{number}" for number, _ in enumerate(purposes(cards)))])
    who = _who(cards, among, moment, scope)
    return reading.query(who, kept, picks, moment, first=scope.first, last=scope.last)


def _who(cards: Sequence[Card], among: Sequence[Card], moment: Moment, scope: Scope) -> str:
    """The customers with their scorecard of each purpose: card0, card1 …, NULL where none fits."""
    literals = moment.words()
    stage = STAGE_THEN.format(**literals) if scope.past else "c.stage"
    since = SINCE_THEN.format(**literals) if scope.past else "c.first_contract_on"
    segment = SEGMENT_THEN.format(**literals) if scope.past else "c.segment_id"
    served = SERVED.format(**literals) if scope.past else LIVE
    every_purpose = purposes(cards)
    card_columns = ", ".join(
        f"{_chosen([card for card in among if card.purpose == purpose], cards)} AS card{number}"
        for number, purpose in enumerate(every_purpose)
    )
    scored = " OR ".join(f"card{number} IS NOT NULL" for number in range(len(every_purpose)))
    return (
        f"SELECT * FROM (SELECT m.id, m.tenure, {card_columns} FROM (SELECT c.id, {stage} AS stage, "
        f"{segment} AS segment, {literals['day']} - since.on_day AS tenure "
        f"FROM accounts_customer c CROSS JOIN LATERAL (SELECT {since} AS on_day) since WHERE {scope.condition('c.id')} AND {served} OFFSET 0) m) f WHERE {scored}"
    )


def _chosen(among: Sequence[Card], cards: Sequence[Card]) -> str:
    """The first of ``among`` whose segments and stages fit, NULL unless it is one of ``cards``.

    No segment or stage named means every one.
    """
    card_pks = {card.pk for card in cards}
    tests = []
    for card in among:
        segments = ", ".join(map(str, card.content.segments))
        stages = ", ".join(f"'{stage}'" for stage in card.content.stages)
        fits = [f"m.segment IN ({segments})" if segments else "true", f"m.stage IN ({stages})" if stages else "true"]
        tests.append(f"WHEN {' AND '.join(fits)} THEN {card.pk if card.pk in card_pks else 'NULL'}")
    return f"(CASE {' '.join(tests)} END)::bigint"


def _ceilings(cards: Sequence[Card]) -> list[str]:
    return sorted({cap.condition for card in cards for cap in card.content.ceilings})
