"""The proof page, the comparison and the replays: what shows, to whom, and what it costs."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Customer, DatedFact
from config.outbox.models import Outbox
from health.models import Scorecard
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, scorecard
from tests.health.proof.rows import closed, many, replayed, shown
from tests.markup import tight

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    make.organisation()
    return scorecard({"adoption": (1, {"days_since_use": 1})}, key="standard", name="Standard")


@pytest.fixture
def admin(client):
    one = make.user("admin")
    client.force_login(one)
    return client


@pytest.fixture
def draft(card):
    made = scorecard({"adoption": (1, {"days_since_use": 1})}, key="draft")
    Scorecard.objects.filter(pk=made.pk).update(key="standard", version=2, is_published=False, is_draft=True)
    made.refresh_from_db()
    return made


def page(client, card, name="proof", **query):
    return client.get(reverse(f"health:{name}", args=[card.pk]), query)


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def enough(card):
    """60 renewals, 20 lost, told apart well but not always."""
    kept = [(90, True)] * 30 + [(50, True)] * 6 + [(20, True)] * 4
    return many(card, kept + [(20, False)] * 12 + [(50, False)] * 5 + [(90, False)] * 3)


def test_a_validated_score_shows_its_figures(card, admin):
    enough(card)
    shows = text(page(admin, card))
    assert "Validated" in shows
    assert (
        "v1, score 90 days before the end against what happened, 60 renewals, November 2026 to November 2026" in shows
    )
    # 30 × (17 + 1.5) + 6 × (12 + 2.5) + 4 × 6 = 555 + 87 + 24 = 666 of 40 × 20
    assert '<span class="value">0.83</span>' in shows
    assert "base rate alone 0.222" in shows  # 2/3 × 1/3
    assert "3 <small>of 20</small>" in shows
    assert "Green, n 33" in shows
    assert shows.count('class="point info"') >= 2


def test_too_little_says_what_is_needed(card, admin):
    many(card, [(90, True)] * 15 + [(20, False)] * 2)
    shows = text(page(admin, card))
    assert "Not enough data: 17 closed renewals had a score of this version, 2 of them churned." in shows
    assert "A verdict needs at least 50 renewals and 10 churns; near November 2030 at today’s pace." in shows
    assert "Brier" not in shows
    assert "Validated</span>" not in shows


def test_without_any_renewal_it_is_an_answer(card, admin):
    shows = text(page(admin, card))
    assert "Not enough data: 0 closed renewals" in shows
    assert "No renewal had a score of this version then." in text(page(admin, card, "proof_segments"))


def test_a_coin_is_not_validated(card, admin):
    many(card, [(90, True)] * 20 + [(20, True)] * 20 + [(90, False)] * 10 + [(20, False)] * 10)
    shows = text(page(admin, card))
    assert "Not proven" in shows
    assert '<span class="value">0.50</span>' in shows


def test_missed_churns_and_false_alarms_are_listed(card, admin):
    renewals = many(card, [(90, True), (90, False), (20, True), (20, False)])
    good, missed, alarm, right = (renewal.customer.name for renewal in renewals)
    lists = {"missed": {missed}, "alarms": {alarm}, "churned": {missed, right}, "all": {good, missed, alarm, right}}
    for show, names in lists.items():
        shows = text(page(admin, card, show=show))
        assert {name for name in (good, missed, alarm, right) if f">{name}</a>" in shows} == names
    assert reverse("renewals:renewal", args=[renewals[0].pk]) in shows
    assert reverse("accounts:customer", args=[renewals[0].customer_id]) in shows


def test_lists_are_walked_by_key(card, admin):
    many(card, [(90, False)] * 53)
    first = page(admin, card)
    assert len(first.context["page"].rows) == 50
    rest = page(admin, card, after=first.context["page"].after)
    assert len(rest.context["page"].rows) == 3
    seen = [row.renewal_id for row, _ in first.context["page"]] + [row.renewal_id for row, _ in rest.context["page"]]
    assert len(set(seen)) == 53


def test_the_other_horizons_and_segments(card, admin):
    segment = make.segment(name="Large")
    one, _other = many(card, [(90, True), (20, False)], days=180)
    DatedFact.objects.create(customer=one.customer, fact="segment", from_day=ago(300), value=str(segment.pk))
    shown(card, one.customer, one.due_on - dt.timedelta(days=100), 33)
    assert page(admin, card, days=180).context["proof"].n == 2
    at_180 = page(admin, card, days=180, segment=segment.pk, show="all")
    assert [(row.score, row.renewal_id) for row, _ in at_180.context["page"]] == [(90, one.pk)]
    assert at_180.context["proof"].n == 1
    at_90 = page(admin, card, segment=segment.pk, show="all")
    assert [row.score for row, _ in at_90.context["page"]] == [33]
    split = text(page(admin, card, "proof_segments", days=180))
    assert f"?days=180&amp;segment={segment.pk}" in split
    assert "None known" in split


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"days": "91"}, 400), ({"days": "x"}, 400), ({"show": "x"}, 400), ({"after": "x"}, 400),
        ({"after": "2026-02-30~1"}, 400), ({"after": "2026-02-03~" + "9" * 30}, 400),
        ({"segment": "999"}, 404), ({"segment": "x"}, 404), ({"segment": "9" * 30}, 404),
    ],
)  # fmt: skip
def test_a_wrong_address_gets_a_clear_answer(card, admin, query, status):
    assert page(admin, card, **query).status_code == status


def test_a_csm_sees_the_own_customers_renewals_only(card, client):
    csm = make.user()
    mine, _theirs = many(card, [(90, False), (90, False)])
    Customer.objects.filter(pk=mine.customer_id).update(owner=csm)
    client.force_login(csm)
    answer = page(client, card, show="all")
    assert answer.context["proof"].n == 1
    assert [row.renewal_id for row, _ in answer.context["page"]] == [mine.pk]


def test_statements_do_not_grow_with_renewals(card, admin):
    counts = []
    for _ in range(2):
        many(card, [(90, False)] * 2)
        with statements() as asked:
            page(admin, card)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 22


def test_a_draft_beside_the_version_in_use(card, draft, admin):
    renewals = enough(card)
    for renewal in renewals:
        day = renewal.due_on - dt.timedelta(days=90)
        replayed(draft, renewal.customer, day, 90 if renewal.outcome == "renewed" else 10)
    shows = text(page(admin, draft, "proof_compared"))
    assert "v2 on the same 60 renewals" in shows
    assert "Better, and by more than chance explains." in shows
    # AUC 1 against 666 of 800
    assert "+0.17" in shows
    assert "−3" in shows
    assert "−4" in shows


def test_beside_before_anything_is_replayed(card, draft, admin):
    enough(card)
    assert "No past month-end of this version has been replayed yet" in text(page(admin, draft, "proof_compared"))
    assert "No version of this scorecard is in use" in text(page(admin, card, "proof_compared"))


def test_the_draft_page_has_the_comparison(card, draft, admin):
    assert reverse("health:proof_compared", args=[draft.pk]) in text(page(admin, draft))
    assert reverse("health:proof_compared", args=[card.pk]) not in text(page(admin, card))


def post(client, card, **headers):
    return client.post(reverse("health:replay", args=[card.pk]), headers=headers)


def test_an_admin_has_a_year_replayed(card, admin):
    make.contract(make.customer(), starts_on=ago(800))
    answer = post(admin, card, HX_Request="true")
    shows = text(answer)
    assert "0 of 12 month-ends replayed." in shows
    assert "12 month-ends are being replayed." in shows
    assert "every 2s" in shows
    assert Outbox.objects.filter(kind="health.replay").count() == 12
    assert "Every month-end is replayed or on its way." in text(post(admin, card, HX_Request="true"))
    Outbox.objects.all().delete()
    finished = admin.get(reverse("health:replays", args=[card.pk]), {"was": "waiting"})
    assert finished["HX-Trigger"] == "health:replayed"
    assert "every 2s" not in text(finished)
    assert post(admin, card).status_code == 302


def test_nobody_else_has_anything_replayed(card, client):
    for role in ("csm", "manager", "viewer"):
        client.force_login(make.user(role))
        assert post(client, card).status_code == 403
        assert "Replay a year" not in text(page(client, card, "replays"))
    assert not Outbox.objects.exists()


def test_given_up_replays_are_told(card, admin):
    make.contract(make.customer(), starts_on=ago(100))
    post(admin, card)
    Outbox.objects.update(state="dead", settled_at=dt.datetime.combine(DAY, dt.time(), dt.UTC))
    assert "could not be done" in text(page(admin, card, "replays"))


def test_the_scorecards_lead_to_it(card, admin):
    assert reverse("health:proof", args=[card.pk]) in text(admin.get(reverse("health:scorecards")))


def test_renewals_without_a_score_are_counted_apart(card, admin):
    many(card, [(90, True)])
    closed()
    assert "1 more had no score of this version then" in text(page(admin, card))


def test_measures_and_suggested_weights(card, admin):
    for number, renewal in enumerate(many(card, [(80, True)] * 45 + [(30, False)] * 15)):
        kept = renewal.outcome == "renewed"
        card.scores.filter(customer=renewal.customer).update(points=[60 + number % 40 if kept else 20 + number % 30])
    shows = tight(text(page(admin, card, "proof_measures")))
    assert "Days since last use" in shows
    assert '<td class="num">100%</td><td class="num">100%</td>' in shows  # the only measure, today and suggested
    assert "Suggested: fitted on 60 closed renewals, shown only, never applied by itself." in shows
    assert "That is within noise." in shows


def test_measures_without_data_are_an_answer(card, admin):
    assert "Not enough data to suggest weights." in text(page(admin, card, "proof_measures"))
