"""What cannot be told is nowhere a silent 0: each sum of money says how many it leaves out."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.conf import settings

from accounts.models import Customer
from config.figures import figures
from health.cases import sweep
from health.cases.precision import surprises
from health.models import Case, JourneyStep, Rung, Score, Standing, StandingKind
from health.proof import proof, tally, warnings
from health.publishing.preview import preview
from health.standing import motions
from renewals import pipeline
from renewals.models import Renewal
from renewals.outcomes import closed_terms
from renewals.rolling import rolling_mrr
from tests.agreement.register import Visit
from tests.factories import DAY, contact, contract, customer, organisation, segment, user
from tests.health.cases.rows import rule
from tests.health.conftest import scorecard
from tests.renewals.factories import due_in

pytestmark = pytest.mark.django_db
RATELESS = "XTS"
NAMES = ("early", "expanded", "more_people", "spoke_on", "multi_year", "auto_renews", "sentiment")
FACTS = {StandingKind.RETENTION: {"usage": "flat"} | dict.fromkeys(NAMES)}
ONE = "+ 1 that cannot be told"
SUMMED = re.compile(r'Sum\(\s*(?:F\()?"?(?:arr|closed_arr)\b|\bsum\((?:\w+\.)?arr\)')
# Modules whose only sums of ARR are NULL where one part is, and which page says so.
WHOLE: set[str] = {"renewals/facts.py"}


def days(ago: int) -> dt.date:
    return DAY - dt.timedelta(days=ago)


@pytest.fixture
def lost(db):
    """A current customer whose currency has no rate, with an open renewal, a case that is due and a monthly contract."""
    organisation()
    made = customer(
        name="Lost", arr=None, owner=user(name="Mara"), segment=segment(), band="red", score=20, next_renewal_on=DAY + dt.timedelta(days=30),
        first_contract_on=days(300),
    )  # fmt: skip
    due_in(30, made, currency=RATELESS)
    contract(made, currency=RATELESS, term_months=1, amount=1200)
    pipeline.sweep(DAY)
    motions.sweep(DAY)
    stands = {StandingKind.LADDER: Rung.RETENTION, StandingKind.RETENTION: "passive"}
    for kind, state in stands.items():
        Standing.objects.create(customer=made, kind=kind, state=state, since=DAY, facts=FACTS.get(kind, {}))
    JourneyStep.objects.create(customer=made, step="activation", entered_on=days(20))
    Case.objects.create(
        customer=made,
        owner=made.owner,
        kind="risk",
        reason="x",
        title="X",
        opened_on=days(100),
        due_on=DAY,
        newest_evidence_on=DAY,
    )
    return made


def scored(of, card, day, value, band):
    Score.objects.create(customer=of, scorecard=card, day=day, value=value, band=band)


PAGES = {
    "/customers/totals/": 2,
    "/team/": 1,
    "/next-actions/": 1,
    "/next-actions/disengaged/": 2,
    "/next-actions/loyalty/": 1,
    "/next-actions/journey/": 1,
    "/next-actions/coverage/": 3,
    "/renewals/": 1,
    "/forecast/": 5,
    "/?scope=all": 1,
}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_how_many_its_sums_leave_out(lost, address):
    words = Visit(user("admin"), DAY).words(address, htmx=address == "/customers/totals/")
    assert words.count(ONE) >= PAGES[address], words


def test_commands_and_the_api_say_it(lost):
    told = figures(DAY)
    assert told["untold_contracts"] == 2
    assert (told["renewals"]["due_60"]["untold"], told["renewal_sums"]["untold"], told["rolling_share_untold"]) == (
        1,
        1,
        2,
    )
    assert rolling_mrr(DAY)[0] == (0, 1)
    assert Visit(user("admin"), DAY).api("customers/")[0]["arr"] is None


def test_churned_revenue_that_cannot_be_told_is_counted_apart(lost):
    one = customer(name="Gone", status="churned", arr=0)
    contract(one, currency=RATELESS, starts_on=days(400), ended_on=days(30))
    found = surprises(Customer.objects.all(), DAY)
    assert (found.churns, found.arr, found.untold, found.surprising_untold) == (1, 0, 1, 1)
    rule()
    assert ONE in Visit(user("admin"), DAY).words("/case-rules/")


@pytest.mark.parametrize(
    ("outcome", "arr", "closed_arr", "kept", "untold"),
    [
        ("renewed", 100, None, 0, 1),
        ("renewed", None, 90, 0, 1),
        ("churned", None, 0, 0, 1),
        ("renewed", 100, 90, 90, 0),
    ],
)
def test_proof_takes_no_unknown_amount_for_a_loss(lost, outcome, arr, closed_arr, kept, untold):
    Renewal.objects.all().delete()
    card = scorecard({"adoption": (1, {"days_since_use": 1})}, key="standard")
    scored(lost, card, days(150), 80, "green")
    old = contract(lost, starts_on=days(400), ends_on=days(35))
    Renewal.objects.create(
        customer=lost, contract=old, term_number=1, due_on=days(35), arr=arr, closed_arr=closed_arr, stage="closed", outcome=outcome, closed_on=days(35)
    )  # fmt: skip
    terms = closed_terms(Customer.objects.all(), DAY, 90)
    rows = tally(card, terms)
    assert [(row.n, row.untold, row.kept_arr, row.grew) for row in rows] == [(1, untold, kept, False)]
    assert [band.untold for band in proof(rows, terms).bands if band.n] == [untold]
    assert warnings(card, terms).untold == (outcome == "churned" and untold)


def test_a_case_opened_by_a_rule_has_no_stake_where_none_can_be_told(lost):
    made = rule(detector="no_touch", swept_on=days(1))
    sweep.sweep(DAY)
    assert [case.value for case in Case.objects.filter(rule=made)] == [None]


def test_a_preview_of_band_changes_says_it(lost):
    used = scorecard({"adoption": (1, {"days_since_use": 1})}, key="standard")
    scored(lost, used, days(1), 20, "red")
    contact(lost, roles=["champion"])
    draft = scorecard({"people": (1, {"champion_present": {"weight": 1}})}, key="draft")
    type(draft).objects.filter(pk=draft.pk).update(key="standard", version=2, is_published=False, is_draft=True)
    draft.refresh_from_db()
    found = preview(draft, DAY, Customer.objects.all())
    assert [(move.arr, move.untold) for move in found.bands] == [(0, 1)]
    assert [(move.arr, move.change) for move in found.largest] == [(None, 80)]
    admin = Visit(user("admin"), DAY)
    assert ONE in admin.words(f"/scorecards/{draft.pk}/preview/", htmx=True)
    assert "Lost" in admin.words(f"/scorecards/{draft.pk}/movers/")


def test_who_sums_revenue_counts_what_is_left_out():
    rooms = ("accounts", "health", "renewals", "playbooks", "config")
    paths = [
        path for room in rooms for path in (settings.BASE_DIR / room).rglob("*.py") if "migrations" not in path.parts
    ]
    summing = {path: path.read_text(encoding="utf-8") for path in paths}
    silent = {
        str(path.relative_to(settings.BASE_DIR))
        for path, text in summing.items()
        if SUMMED.search(text) and "untold" not in text
    }
    assert silent <= WHOLE
    assert all(SUMMED.search(text) for text in ('total=Sum("arr")', "coalesce(sum(c.arr), 0)"))
