"""Where a purpose's scores stand is said once: in the table that writing fills, under the condition that reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

import health
from health import scoring
from health.models import NamedScore, Purpose, Score
from health.scorecards import history_of
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import scorecard, use


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize("purpose", Purpose.values)
def test_the_history_of_a_purpose_holds_its_scores_and_no_others(purpose: str) -> None:
    customer = make.customer()
    use(customer, range(28))
    for position, other in enumerate(Purpose.values, start=1):
        scorecard(
            {"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 7 * position}})},
            key=other,
            purpose=other,
            position=position,
        )
    scoring.score_range(1, customer.pk, DAY)
    history = history_of(purpose)
    (row,) = history.rows
    assert (row.scorecard.key, int(row.value)) == (purpose, round(100 / (Purpose.values.index(purpose) + 1)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT s.id FROM {history.table} s WHERE {history.where('s')}")
        assert cursor.fetchall() == [(row.pk,)]
    assert history.model is (Score if purpose == Purpose.HEALTH else NamedScore)


def test_a_word_that_names_no_purpose_has_no_history() -> None:
    with pytest.raises(ValueError, match="fame"):
        history_of("fame")


# Reads every purpose at once; its tables need no choosing between.
ALL_PURPOSES = {"scoring/freshness.py"}


def test_nobody_else_spells_the_table_of_named_scores() -> None:
    root = Path(health.__file__).parent
    spelled = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "migrations" not in path.parts and re.search(r"health_namedscore|NamedScore\.objects", path.read_text())
    }
    assert spelled - ALL_PURPOSES == {"scoring/columns.py"}  # every purpose beside health, on one customer
