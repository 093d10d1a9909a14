from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from playbooks import enrolment, entrants, why
from playbooks.models import Enrolment, Playbook
from tests.factories import DAY, customer, organisation
from tests.playbooks.rows import before, case, closed, milestone, playbook, renewal, score, stage

pytestmark = pytest.mark.django_db

RICH = [{"field": "arr", "test": "at_least", "value": 1000}]
KINDS = {
    "renewal_due": {},
    "renewal_closed": {},
    "milestone_missed": {},
    "stage_entered": {},
    "case_opened": {"kind": "risk"},
    "by_hand": {},
    "score_drop": {"state": "score_drop", "values": {"points": 15, "days": 30}},
    "measure_below": {"state": "measure_below", "values": {"measure": "nps", "of": "points", "beyond": 40}},
}


def started_by(kind: str, **design: Any) -> Playbook:
    """A playbook that starts on the event, or on the state of that name."""
    return playbook("state" if "state" in KINDS[kind] else kind, trigger=KINDS[kind], **design)


@pytest.fixture(autouse=True)
def company():
    return organisation()


def verdicts(one: Customer, play: Playbook) -> dict[str, bool]:
    return {check.key: check.holds for check in why.explain(one, play.published, DAY).checks}


def test_each_thing_that_fails_is_named():
    play = playbook("stage_entered", audience=RICH, reentry_days=30)
    one = customer(arr=10, status="churned")
    assert verdicts(one, play) == {
        "in_use": True, "current": False, "trigger": False, "audience": False, "running": True, "quiet": True,
    }  # fmt: skip
    play.state = "paused"
    stage(one, "onboarding", 3)
    Enrolment.objects.create(
        customer=one,
        playbook=play,
        version=play.published,
        occasion="stage:onboarding:2026-11-21",
        enrolled_on=before(3),
    )
    play.published.playbook = play
    assert verdicts(one, play) == {
        "in_use": False, "current": False, "trigger": True, "audience": False, "occasion": False, "running": False,
        "quiet": False,
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_trigger_that_fails_says_what_the_customer_has_instead(kind):
    play = started_by(kind)
    one = customer()
    score(one, 62, 20, parts={"nps": (8, 55)})
    renewal(one, 200, stage="upcoming", prep_opened_on=None)
    closed(one, 300, "churned", term_number=2)
    milestone(one, missed=None, reached=3)
    stage(one, "growth", 200)
    case(one, 30, title="Went quiet")
    checks = {check.key: check.actual for check in why.explain(one, play.published, DAY).checks}
    actual = checks["state" if "state" in KINDS[kind] else "trigger"]
    assert {
        "renewal_due": lambda: actual["stage"] == "upcoming",
        "renewal_closed": lambda: actual["outcome"] == "churned",
        "score_drop": lambda: (actual["score"], actual["band"]) == (62, "yellow"),
        "measure_below": lambda: actual["score"] == 62,
        "milestone_missed": lambda: actual["reached"] == 1,
        "stage_entered": lambda: actual["stage"] == "growth",
        "case_opened": lambda: (actual["title"], actual["opened_on"]) == ("Went quiet", before(30)),
        "by_hand": lambda: actual == {},
    }[kind]()


@settings(
    max_examples=50,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    arr=st.sampled_from([0, 999, 1000, 5000]),
    status=st.sampled_from(["prospect", "live", "notice", "churned"]),
    scores=st.lists(st.tuples(st.sampled_from([None, 20, 40, 60, 65, 80]), st.integers(0, 70), st.integers(0, 60)), max_size=5),
    renewals=st.lists(st.tuples(st.sampled_from(["open", "closed", "upcoming"]), st.integers(0, 60)), max_size=2),
    entered=st.lists(st.tuples(st.integers(0, 120), st.booleans(), st.sampled_from(["x", "milestone:habit", "stage:onboarding:2026-11-14"])), max_size=2),
    stage_ago=st.integers(0, 40),
    missed=st.integers(0, 40),
    opened=st.tuples(st.integers(0, 12), st.sampled_from(["risk", "opportunity"]), st.booleans(), st.booleans()),
    reentry=st.sampled_from([0, 30, 90]),
    paused=st.booleans(),
)  # fmt: skip
def test_the_sweep_enrols_exactly_when_everything_holds(
    kind, arr, status, scores, renewals, entered, stage_ago, missed, opened, reentry, paused
):
    with transaction.atomic():
        play = started_by(kind, audience=RICH, reentry_days=reentry)
        one = customer(arr=arr, status=status)
        for value, points, ago in scores:
            score(one, value, ago, parts={"nps": (5, points)})
        for number, (state, ago) in enumerate(renewals, 1):
            if state == "closed":
                closed(one, ago, term_number=number)
            else:
                prep = {} if state == "open" else {"stage": "upcoming", "prep_opened_on": None}
                renewal(one, ago, term_number=number, **prep)
        stage(one, "onboarding", stage_ago)
        milestone(one, missed=missed)
        since, of_kind, alerted, over = opened
        ended = {"state": "closed", "resolution": "resolved", "closed_on": DAY} if over else {}
        case(one, since, kind=of_kind, alerted=alerted, **ended)
        for number, (ago, running, occasion) in enumerate(entered):
            finished = {} if running and not number else {"state": "done", "finished_on": before(ago)}
            Enrolment.objects.get_or_create(
                customer=one, playbook=play, occasion=occasion,
                defaults={"version": play.published, "enrolled_on": before(ago), **finished},
            )  # fmt: skip
        if paused:
            play.state = "paused"
            play.save()
        version = play.published
        version.playbook = play
        # The sweep first ends plays without open tasks; what is explained is the state it then meets.
        enrolment.following.sweep(DAY)
        expected = why.explain(one, version, DAY)
        there = Enrolment.objects.filter(playbook=play).count()
        total, _ = entrants.would_enter(version, DAY, Customer.objects.all())
        enrolment.sweep(DAY)
        new = Enrolment.objects.filter(playbook=play).count() - there
        assert expected.starts == (new > 0)
        if not paused:
            assert total == new
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", KINDS)
def test_an_explanation_costs_few_statements(kind):
    play = started_by(kind, audience=RICH)
    version = Playbook.objects.select_related("published__playbook").get(pk=play.pk).published
    one = customer()
    with CaptureQueriesContext(connection) as queries:
        why.explain(one, version, DAY)
    assert len([one for one in queries if "SAVEPOINT" not in one["sql"]]) <= 18


def test_the_dry_run_pages_by_customer_and_counts_all():
    play = playbook("stage_entered")
    there = [customer() for _ in range(5)]
    for one in there:
        stage(one, "onboarding", 3)
    total, page = entrants.would_enter(play.published, DAY, Customer.objects.all(), limit=2)
    assert (total, [e.customer for e in page]) == (5, there[:2])
    assert page[0].why == {"stage": "onboarding", "since": "2026-11-21"}
    total, page = entrants.would_enter(play.published, DAY, Customer.objects.all(), after=there[3].pk)
    assert (total, [e.customer for e in page]) == (5, there[4:])
    assert entrants.would_enter(play.published, DAY, Customer.objects.none()) == (0, [])
