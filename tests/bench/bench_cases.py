"""What it costs to open the cases of the few customers that something happened to.

Ours is the sweep over 1 % of 100,000 customers with every shipped rule, none of whose states changed. The floor
reads the same customers' rows once a rule: what any sweep that asks each rule of each changed customer must
at least look at, their newest score and their four weeks of use.
"""

from __future__ import annotations

from accounts.models import Customer
from health import scoring
from health.cases import sweep
from health.models import CaseRule
from tests.bench import signals
from tests.bench.ground import DAY, Bench, Ground, Result

EVERY = 100

FLOOR = """
    SELECT sum(s.value), sum(u.uses), max(u.day), sum(c.arr)
    FROM accounts_customer c
    JOIN LATERAL (SELECT value FROM health_score s WHERE s.customer_id = c.id ORDER BY s.day DESC LIMIT 1) s ON true
    JOIN health_usageday u ON u.customer_id = c.id AND u.day > DATE '{day}' - 28 AND u.day <= DATE '{day}'
    WHERE c.id = ANY(ARRAY[{ids}]::bigint[])
"""


def scored_and_swept(_ground: Ground) -> None:
    """Everybody has a score, and every rule was held against everybody once."""
    for first, last in scoring.chunks(DAY):
        scoring.score_range(first, last, DAY)
    signals.execute("VACUUM ANALYZE health_score")
    sweep.sweep(DAY)
    signals.execute("VACUUM ANALYZE health_rulehold, health_case")


def case_sweep(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    ground.once("scores and the first sweep", scored_and_swept)
    ids = list(Customer.objects.filter(pk__in=range(EVERY, 10**6, EVERY)).values_list("pk", flat=True))
    rules = CaseRule.objects.filter(is_active=True).count()
    floor = FLOOR.format(day=DAY, ids=", ".join(map(str, ids)))

    def bare() -> None:
        for _ in range(rules):
            signals.fetch(floor)

    return ground.race(lambda: sweep.sweep(DAY, only=ids), bare)


BENCHES = [Bench("case_sweep", 5, 2, case_sweep)]
