"""The proof against a known truth: it finds what the demo's generator planted, and nothing where ends are shuffled.

500 customers, three years, written once for the file. ``config.demo.truth`` says what was planted: a latent state h
decides who renews (asked 75 days before the end), the signals follow h with noise, habits of use do not.
"""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, Organisation, User
from config.demo import companies, contracts, generate, replay
from config.demo.plan import three_years
from health import proof
from health.models import Scorecard
from health.proof import measures, statistics
from health.proof.figures import Verdict
from health.proof.rows import Terms
from health.proof.statistics import Cell
from health.publishing import replaying
from renewals import pipeline
from renewals.outcomes import closed_terms

pytestmark = pytest.mark.long

UNTIL = dt.date(2026, 11, 22)
PLAN = three_years(500, 1, UNTIL)
MONTHS = 24
# How often an interval of 95 % may miss is allowed for by asking most of several to hold, never all.
TRUTH = """
    SELECT t.n, t.ends_on, t.h, c.habit FROM demo_term t JOIN demo_company c USING (n) WHERE NOT t.monthly AND NOT t.is_trial
"""


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        generate.fresh(PLAN, frozen=True)
        ends = replaying.month_ends(UNTIL, MONTHS)
        replay.segment(ends[::3])
        pipeline.sweep(UNTIL)
        generate.analyse()
        card = Scorecard.objects.get(key="standard", is_published=True)
        replaying.replay(card, ends)
        yield SimpleNamespace(card=card, latent=latent(), admin=User.objects.filter(role="admin").first())
        transaction.set_rollback(True)


@pytest.fixture
def demo(built, db):
    return built


def latent() -> dict[tuple[int, dt.date], tuple[float, float]]:
    """By customer and end of a term: h as the generator asked it, and the customer's habit of use."""
    given = PLAN.parameters() | {"lo": 1, "hi": PLAN.last_number}
    companies.choose(given)
    contracts.settle(given)
    with connection.cursor() as cursor:
        cursor.execute(TRUTH)
        return {(n, ends_on): (h, habit) for n, ends_on, h, habit in cursor.fetchall()}


def asked(days: int = 90) -> Terms:
    return closed_terms(Customer.objects.filter(merged_into=None), UNTIL, days)


def shuffled(days: int = 90) -> Terms:
    """The same renewals with their ends dealt anew by a fixed hash: the scores can say nothing of them."""
    terms = asked(days)
    sql = f"""
        SELECT a.renewal_id, a.customer_id, a.due_on, a.closed_on, b.kept, a.arr, b.closed_arr, a.asked_on, a.ended_on,
            a.segment_id
        FROM (SELECT *, row_number() OVER (ORDER BY hashint8extended(renewal_id, 11)) AS place FROM ({terms.sql}) t) a
        JOIN (SELECT *, row_number() OVER (ORDER BY hashint8extended(renewal_id, 22)) AS place FROM ({terms.sql}) t) b
            USING (place)
    """
    return Terms(sql, (*terms.parameters, *terms.parameters), UNTIL, days)


def proved(demo, terms):
    return proof.proof(proof.tally(demo.card, terms), terms)


def rows_with_truth(demo):
    """The scored renewals with the h and the habit that the generator drew for that very term."""
    rows = [row for row in proof.listed(demo.card, asked()) if row.score is not None]
    known = [
        (row, *demo.latent[row.customer_id, row.due_on]) for row in rows if (row.customer_id, row.due_on) in demo.latent
    ]
    assert len(known) > 0.95 * len(rows)
    return known


def area_of(pairs):
    """AUC of any real figure against whether the renewal was kept."""
    places = {value: place for place, value in enumerate(sorted({value for value, _kept in pairs}))}
    return statistics.area([Cell(places[value], kept, not kept) for value, kept in pairs])


def test_there_is_enough_to_judge(demo):
    made = proved(demo, asked())
    assert made.n > 300
    assert made.churns > 50
    assert made.replayed == made.n
    assert made.verdict == Verdict.VALIDATED


def test_the_score_tells_as_much_as_h_allows_and_no_more(demo):
    known = rows_with_truth(demo)
    score = area_of([(row.score, row.kept) for row, _h, _habit in known])
    best = area_of([(h, row.kept) for row, h, _habit in known])
    # h itself reaches about 0.83, less the few that stop half-way whatever h is.
    assert 0.75 < best.value < 0.90
    joint: dict[tuple[int, int], tuple[float, float]] = {}
    places = {h: place for place, h in enumerate(sorted({h for _row, h, _habit in known}))}
    for row, h, _habit in known:
        good, bad = joint.get((places[h], row.score), (0.0, 0.0))
        joint[places[h], row.score] = (good + row.kept, bad + (not row.kept))
    above = statistics.difference(joint)
    assert above.value == pytest.approx(score.value - best.value)
    assert above.low < 0  # no better than the truth, beyond chance
    assert score.low > 0.6
    assert made_of(demo).auc.value == pytest.approx(score.value, abs=0.02)


def made_of(demo):
    return proved(demo, asked())


def test_the_nearer_the_end_the_better_it_tells(demo):
    """Asked 180 days before, h has moved on by 105 days until it decided: the AUC must be lower than at 60."""
    areas = {days: proved(demo, asked(days)).auc for days in (60, 180)}
    assert areas[60].value > areas[180].value
    assert areas[60].low > 0.5


def test_bands_stand_in_order(demo):
    green, yellow, red = (band.rate for band in made_of(demo).bands)
    assert green.value > yellow.value > red.value
    assert green.low > yellow.high


def test_said_is_what_happened(demo):
    made = made_of(demo)
    covered = [one.happened.low <= one.said <= one.happened.high for one in made.bins]
    assert len(covered) == 6
    # Of six 95 % intervals two miss in three of a hundred cases.
    assert sum(covered) >= 5
    assert made.brier < made.base_brier
    assert made.bins[0].said < 0.5 < made.bins[-1].said


def test_measures_that_follow_h_beat_those_that_do_not(demo):
    ranked = measures.ranking(demo.card, asked())
    area = {one.measure: one.auc for one in ranked}
    # Shares of seats and core work follow h; whom the customer's people are and when we spoke last do not.
    following = ["activation_share", "core_depth", "feature_breadth", "nps_weighted"]
    noise = ["executive_reach", "touch_recency"]
    assert min(area[key].value for key in following) > max(area[key].value for key in noise)
    assert all(area[key].low > 0.5 for key in following)
    assert [one.measure for one in ranked].index("activation_share") < len(ranked) / 3


def test_a_habit_says_nothing_of_the_renewal(demo):
    """Every customer's level of use has a habit of its own; its AUC is a coin's, though it moves what is measured."""
    known = rows_with_truth(demo)
    habit = area_of([(habit, row.kept) for row, _h, habit in known])
    assert habit.low < 0.5 < habit.high
    area = {one.measure: one.auc for one in measures.ranking(demo.card, asked())}
    assert area["activation_share"].low > habit.high


def test_shuffled_ends_prove_nothing(demo):
    made = proved(demo, shuffled())
    real = made_of(demo)
    assert (made.n + made.unscored, made.n) == (real.n + real.unscored, real.n)
    assert made.auc.low < 0.5 < made.auc.high
    assert made.verdict == Verdict.UNPROVEN
    # What is said honestly is no better than the base rate then.
    assert made.brier > made.base_brier - 0.002


def test_the_page_and_the_command_call_the_real_one_validated_only(demo, monkeypatch):
    Organisation.objects.update(frozen_today=UNTIL)
    browser = Client()
    browser.force_login(demo.admin)
    address = reverse("health:proof", args=[demo.card.pk])
    assert ">Validated</span>" in browser.get(address).content.decode()
    assert told()["verdict"] == "validated"
    for place in ("health.views.proof.pages", "health.management.commands.prove"):
        monkeypatch.setattr(f"{place}.closed_terms", lambda _customers, _day, days: shuffled(days))
    page = browser.get(address).content.decode()
    assert ">Validated</span>" not in page
    assert "Not proven" in page
    figures = told()
    assert figures["verdict"] == "unproven"
    assert figures["auc"]["low"] < 0.5 < figures["auc"]["high"]


def told():
    out = StringIO()
    call_command("prove", "standard", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_whole_is_what_its_rows_say(demo):
    """The printed rows alone give the figures again, by scikit-learn."""
    from sklearn.metrics import roc_auc_score

    out = StringIO()
    call_command("prove", "standard", "--json", "--rows", stdout=out)
    made = json.loads(out.getvalue())
    rows = [row for row in made["rows"] if row["score"] is not None]
    assert len(rows) == made["renewals"]
    auc = roc_auc_score([row["kept"] for row in rows], [row["score"] for row in rows])
    assert made["auc"]["value"] == pytest.approx(auc, abs=1e-6)
    green = [row["kept"] for row in rows if row["band"] == "green"]
    assert made["bands"]["green"]["rate"]["value"] == pytest.approx(sum(green) / len(green), abs=1e-6)
    for row in rows:
        asked_on, score_on = (dt.date.fromisoformat(row[key]) for key in ("asked_on", "score_on"))
        assert dt.timedelta(0) <= asked_on - score_on <= dt.timedelta(days=31)
