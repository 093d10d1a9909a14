"""``explain_customer``: why one customer's score changed, against reading its two score rows bare."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

from accounts.models import Customer
from health.explaining import between
from health.models import Scorecard
from health.publishing import shipped
from tests.bench.ground import DAY, Bench, Ground, Result
from tests.bench.signals import execute

ASKED: Final = 40  # customers a round, spread over all of them
FIRST: Final = DAY - dt.timedelta(days=30)

CUSTOMERS: Final = """
    INSERT INTO accounts_customer (name, domain, industry, use_case, country, tags, attributes, status, stage,
        touch_model, pin_reason, band, arr)
    SELECT 'Explained ' || n, '', '', '', '', '{}', '{}', 'live', 'mature', 'low', '', '', 0
    FROM generate_series(1, %s) n
"""
# A history of three rows each under the standard card, every measure with points that differ by customer and day.
HISTORY: Final = """
    INSERT INTO health_score (customer_id, day, scorecard_id, value, raw, band, coverage, ceiling, points, weights,
        amounts, inputs_on)
    SELECT c.id, DATE '{day}' - k * 30, {card}, v, v, 'yellow', 1, '', p.points,
        array_fill((1.0 / {measures})::real, ARRAY[{measures}]), array_fill(0.5::float8, ARRAY[{measures}]),
        array_fill(DATE '{day}' - k * 30, ARRAY[{measures}])
    FROM (SELECT id FROM accounts_customer WHERE name LIKE 'Explained %') c, generate_series(0, 2) k,
        LATERAL (SELECT array_agg(((c.id * 7919 + k * 311 + m * 101) % 101)::int ORDER BY m) AS points
                 FROM generate_series(1, {measures}) m) p,
        LATERAL (SELECT round(avg(one)) AS v FROM unnest(p.points) one) w;
    ANALYZE accounts_customer, health_score;
"""
BARE: Final = "SELECT * FROM health_score WHERE customer_id = %s AND day <= %s ORDER BY day DESC LIMIT 1"


def explain_customer(ground: Ground) -> Result:
    """Seconds for forty customers, over those of their two look-ups each. All is rolled back."""
    with transaction.atomic():
        shipped.install(DAY)
        with connection.cursor() as cursor:
            cursor.execute(CUSTOMERS, [ground.customers])
        card = Scorecard.objects.get(key="standard", is_published=True)
        execute(HISTORY.format(day=DAY, card=card.pk, measures=len(card.measures)))
        ids = list(Customer.objects.filter(name__startswith="Explained ").order_by("pk").values_list("pk", flat=True))
        asked = list(Customer.objects.filter(pk__in=ids[:: max(1, len(ids) // ASKED)][:ASKED]))
        measured = ground.race(lambda: explain(asked), lambda: read(asked))
        transaction.set_rollback(True)
    return measured


def explain(asked: list[Customer]) -> None:
    for customer in asked:
        found = between(customer, FIRST, DAY)
        assert sum(piece.points for piece in found.pieces) == found.points


def read(asked: list[Customer]) -> None:
    with connection.cursor() as cursor:
        for customer in asked:
            for day in (FIRST, DAY):
                cursor.execute(BARE, [customer.pk, day])
                assert cursor.fetchone()


BENCHES = [Bench("explain_customer", target=60, stretch=25, run=explain_customer)]
