"""``manage.py prove``: its figures can be computed again from its rows with other tools."""

from __future__ import annotations

import json
import random
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import DatedFact
from health.models import ReplayedDay
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard
from tests.health.proof.rows import closed, many

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    make.organisation()
    return scorecard({"adoption": (1, {"days_since_use": 1})}, key="standard")


def prove(*asked: str):
    out = StringIO()
    call_command("prove", *asked, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_figures_come_out_of_the_rows(card):
    from sklearn.metrics import roc_auc_score

    dice = random.Random(5)
    scores = [dice.randint(10, 95) for _ in range(80)]
    many(card, [(score, dice.random() < score / 100) for score in scores])
    closed()  # without a score
    told = prove("standard", "--rows")
    rows = [row for row in told["rows"] if row["score"] is not None]
    assert (told["renewals"], told["without_score"], len(told["rows"])) == (80, 1, 81)
    auc = roc_auc_score([row["kept"] for row in rows], [row["score"] for row in rows])
    assert told["auc"]["value"] == pytest.approx(auc, abs=1e-6)
    assert told["churns"] == sum(not row["kept"] for row in rows)
    for band, figures in told["bands"].items():
        inside = [row for row in rows if row["band"] == band]
        kept = sum(row["kept"] for row in inside)
        assert (figures["n"], figures["kept"]) == (len(inside), kept)
        assert figures["rate"]["value"] == pytest.approx(kept / len(inside), abs=1e-6)
    assert told["missed_churns"] == sum(row["band"] == "green" and not row["kept"] for row in rows)
    assert told["false_alarms"] == sum(row["band"] == "red" and row["kept"] for row in rows)
    rate = 1 - told["churns"] / 80
    assert told["brier_of_base_rate"] == pytest.approx(rate * (1 - rate))
    assert told["brier"] < told["brier_of_base_rate"]
    assert told["verdict"] == "validated"
    assert {row["source"] for row in rows} == {"shown"}


def test_too_little_is_no_verdict(card):
    many(card, [(80, True)] * 12 + [(30, False)] * 5)
    told = prove("standard@1")
    assert told["verdict"] == "too_few"
    # 33 more renewals at 17 in the past year: 709 days; 5 churns at 5 a year: 365.
    assert told["still_needed"] == {"renewals": 33, "churns": 5, "by": "2028-11-02"}


def test_nothing_at_all_is_an_answer(card):
    told = prove("standard")
    assert (told["renewals"], told["auc"], told["brier"], told["verdict"]) == (0, None, None, "too_few")
    assert told["still_needed"] == {"renewals": 50, "churns": 10, "by": None}
    assert told["bands"]["green"]["rate"] is None
    assert told["surprise_churn_rate"] is None


def test_one_segment(card):
    segment = make.segment(name="Large")
    renewals = many(card, [(80, True), (20, False)])
    DatedFact.objects.create(customer=renewals[1].customer, fact="segment", from_day=ago(200), value=str(segment.pk))
    for name in ("Large", str(segment.pk)):
        told = prove("standard", "--segment", name, "--rows")
        assert [row["renewal_id"] for row in told["rows"]] == [renewals[1].pk]
        assert (told["renewals"], told["segment"], told["churned_arr"]) == (1, "Large", "1000.00")


def test_replays_can_be_made_first(card, months):
    told = prove("standard", "--replay")
    assert ReplayedDay.objects.filter(scorecard=card).count() == 12
    assert told["day"] == DAY.isoformat()


def test_lines_for_people(card):
    out = StringIO()
    call_command("prove", "standard", stdout=out)
    assert 'verdict:               "too_few"' in out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["nope"], "There is no scorecard 'nope'. There are: standard@1."),
        (["standard@2"], "There is no scorecard 'standard@2'. There are: standard@1."),
        (["standard@x"], "There is no scorecard 'standard@x'. There are: standard@1."),
        (["standard@１"], "There is no scorecard 'standard@１'. There are: standard@1."),
        (["standard@99999999"], "There is no scorecard 'standard@99999999'. There are: standard@1."),
        (["standard", "--days", "91"], "--days 91: choose one of 30, 60, 90, 180."),
        (["standard", "--segment", "X"], "There is no segment 'X'. There are: none."),
    ],
)
def test_a_wrong_word_gets_a_clear_answer(card, asked, says):
    with pytest.raises(CommandError, match=f"^{re.escape(says)}$"):
        call_command("prove", *asked)
