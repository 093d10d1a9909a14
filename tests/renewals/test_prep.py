import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Customer, Objective, Outcome
from health.models import Score, Scorecard, Ticket
from renewals import brief, facts, pipeline, prep, stages
from renewals.models import PrepPart, Renewal
from tests.factories import DAY, customer, segment, user
from tests.renewals.factories import due_in, renewal_due_in


def fresh(renewal):
    return Renewal.objects.get(pk=renewal.pk)


def part(renewal, name):
    return PrepPart.objects.get(renewal=renewal, part=name)


@pytest.mark.parametrize(
    ("lead", "notice", "begins"),
    [
        (90, 0, "2026-10-02"),
        (60, 0, "2026-11-01"),
        (60, 30, "2026-11-01"),  # 60 days either way
        (60, 90, "2026-09-02"),  # notice 90 + 30 days before the lead
        (90, 60, "2026-10-02"),
        (90, 61, "2026-10-01"),
    ],
)
def test_prep_begins_on_the_earlier_of_lead_and_notice(lead, notice, begins):
    one = customer(segment=segment(renewal_lead_days=lead))
    made = due_in((dt.date(2026, 12, 31) - DAY).days, one, notice_days=notice)
    pipeline.sweep(DAY)
    assert Renewal.objects.get(contract=made).prep_on == dt.date.fromisoformat(begins)


def test_prep_moves_with_the_segment_and_with_its_lead():
    one, other = segment(renewal_lead_days=60), segment(renewal_lead_days=75)
    of = customer(segment=one)
    due = DAY + dt.timedelta(days=200)
    renewal = renewal_due_in(200, of)
    assert (renewal.prep_on, copied(of)) == (due - dt.timedelta(days=60), due - dt.timedelta(days=60))
    of.segment = other
    of.save(update_fields=["segment"])
    pipeline.sweep(DAY)
    assert (fresh(renewal).prep_on, copied(of)) == (due - dt.timedelta(days=75), due - dt.timedelta(days=75))
    other.renewal_lead_days = 90
    other.save()
    pipeline.sweep(DAY)
    assert (fresh(renewal).prep_on, copied(of)) == (due - dt.timedelta(days=90), due - dt.timedelta(days=90))


def test_prep_opened_early_counts_from_the_day_it_was_opened_and_back():
    of = customer()
    renewal = renewal_due_in(200, of)
    stages.move(renewal, "preparing", DAY)
    assert copied(of) == DAY
    stages.move(fresh(renewal), "upcoming", DAY)
    assert copied(of) == fresh(renewal).prep_on == DAY + dt.timedelta(days=110)


def copied(of):
    return Customer.objects.values_list("next_prep_on", flat=True).get(pk=of.pk)


def test_done_takes_todays_facts_and_wants_a_note():
    renewal, who, later = renewal_due_in(30), user(), DAY + dt.timedelta(days=14)
    with pytest.raises(ValidationError) as error:
        prep.complete(renewal, "health", who, later, " ")
    assert list(error.value.message_dict) == ["note"]
    assert part(renewal, "health").facts["on"] == "2026-11-24"
    assert prep.complete(renewal, "health", who, later, "Use is up")
    assert (part(renewal, "health").facts["on"], part(renewal, "health").done_on) == ("2026-12-08", later)
    prep.keep_note(renewal, "case", "Signed off by the CFO")
    assert prep.complete(renewal, "case", who, later)


@pytest.mark.parametrize(("tickets", "needs_note"), [(0, False), (1, True)])
def test_issues_are_done_without_a_note_when_none_is_open(tickets, needs_note):
    renewal = renewal_due_in(30)
    for number in range(tickets):
        opened = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
        Ticket.objects.create(
            customer=renewal.customer, source="t", external_id=str(number), severity="low", opened_at=opened
        )
    if needs_note:
        with pytest.raises(ValidationError, match="not done without a note"):
            prep.complete(renewal, "issues", user(), DAY)
    else:
        assert prep.complete(renewal, "issues", user(), DAY)


def test_progress_is_that_of_the_shared_prep():
    one = customer(owner=user())
    head, shared, apart = renewal_due_in(30, one), renewal_due_in(40, one), renewal_due_in(300, one)
    prep.complete(shared, "health", one.owner, DAY, "Seen")
    prep.keep_note(head, "value", "To be confirmed")
    found = prep.progress([head, fresh(shared), apart])
    assert found[head.pk] == found[shared.pk]
    assert (found[head.pk].states, found[head.pk].done, found[head.pk].of) == (("done", "part", "open", "open"), 1, 4)
    assert found[apart.pk].done == 0


def test_completing_and_reopening_a_part():
    renewal, who = renewal_due_in(30), user()
    assert prep.complete(renewal, "value", who, DAY, "ROI agreed with the CFO")
    row = part(renewal, "value")
    assert (row.done_on, row.done_by, row.note) == (DAY, who, "ROI agreed with the CFO")
    assert not prep.complete(renewal, "value", who, DAY)
    assert prep.reopen(renewal, "value")
    assert not prep.reopen(renewal, "value")
    row = part(renewal, "value")
    assert (row.done_on, row.done_by, row.note) == (None, None, "ROI agreed with the CFO")


def test_an_unknown_part_or_one_before_prep_completes_nothing():
    assert not prep.complete(renewal_due_in(30), "cake", user(), DAY, "x")
    assert not prep.complete(renewal_due_in(300), "value", user(), DAY)


def test_parts_of_a_shared_prep_are_those_of_its_head():
    one = customer(owner=user())
    head = renewal_due_in(30, one)
    shared = renewal_due_in(40, one)
    assert prep.complete(shared, "health", one.owner, DAY, "Seen")
    assert [p.renewal_id for p in prep.parts_of(shared)] == [head.pk] * 4
    assert [p.part for p in prep.parts_of(head) if p.done_on] == ["health"]


def test_a_prep_goes_on_for_those_that_share_it_when_its_head_is_closed(client):
    one = customer(owner=user())
    head, shared, _apart = renewal_due_in(30, one), renewal_due_in(40, one), renewal_due_in(300, one)
    Renewal.objects.filter(pk=head.pk).update(stage="closed", outcome="renewed", closed_on=DAY)
    assert fresh(shared).prep_with_id == head.pk
    assert list(Renewal.objects.filter(prep_opened_on__isnull=False).heads()) == [head.pk]
    outcome = Outcome.objects.create(
        objective=Objective.objects.create(customer=one, title="Faster closing", agreed_on=DAY),
        measure="Days", baseline=5, target=2, measured=2, measured_on=DAY, state="achieved", unit_value=1000,
    )  # fmt: skip
    client.force_login(one.owner)
    body = {"period": "month", "per_period": "1"}
    assert client.post(reverse("accounts:outcome_period", args=[outcome.pk]), body).status_code == 302
    assert part(head, "value").facts["estimated"] == "36000.00"


def test_stages_move_forward_and_back():
    renewal = renewal_due_in(30)
    for stage in ("discussion", "proposed", "agreed", "preparing", "proposed"):
        assert stages.move(fresh(renewal), stage, DAY).rows == 1
        assert fresh(renewal).stage == stage
    assert stages.move(fresh(renewal), "proposed", DAY).rows == 0


def test_moving_an_upcoming_one_opens_its_prep_early():
    renewal = renewal_due_in(300)
    assert stages.move(renewal, "discussion", DAY).rows == 1
    row = fresh(renewal)
    assert (row.stage, row.prep_opened_on, row.parts.count()) == ("discussion", DAY, 4)
    assert stages.move(row, "upcoming", DAY).rows == 1
    assert (fresh(renewal).stage, fresh(renewal).prep_opened_on) == ("upcoming", None)


def test_going_back_to_upcoming_is_refused_once_prep_is_due():
    renewal = renewal_due_in(60, customer(segment=segment(renewal_lead_days=60)))
    with pytest.raises(ValidationError, match="due since"):
        stages.move(renewal, "upcoming", DAY)
    assert fresh(renewal).stage == "preparing"


@pytest.mark.parametrize("stage", ["closed", "won", ""])
def test_stages_that_cannot_be_moved_to(stage):
    renewal = renewal_due_in(30)
    with pytest.raises(ValidationError):
        stages.move(renewal, stage, DAY)


def test_facts_are_those_of_the_day():
    one = customer(owner=user(), segment=segment())
    card = Scorecard.objects.create(key="card", name="Card", created_on=DAY)
    for days, value, band in [(100, 80, "green"), (3, 61, "yellow"), (-1, 20, "red")]:
        on = DAY - dt.timedelta(days=days)
        Score.objects.create(customer=one, day=on, scorecard=card, value=value, band=band, coverage=1)
    goal = Objective.objects.create(customer=one, title="Close faster", agreed_on=DAY - dt.timedelta(days=300))
    values = {"objective": goal, "unit": "day", "baseline": 9, "target": 5, "unit_value": 1000, "period": "year"}
    Outcome.objects.create(measure="Close time", measured=6, state="partial", confirmed_on=DAY, **values)
    Outcome.objects.create(measure="Second site", measured=5, state="achieved", **values)
    Outcome.objects.create(measure="Not measured", state="open", **values)
    for n, (severity, solved) in enumerate([("low", None), ("urgent", None), ("high", DAY - dt.timedelta(days=1))]):
        Ticket.objects.create(
            customer=one,
            source="t",
            external_id=str(n),
            subject=f"Ticket {n}",
            severity=severity,
            escalated=severity == "urgent",
            opened_at=dt.datetime(2026, 11, 20 + n, tzinfo=dt.UTC),
            solved_at=solved and dt.datetime.combine(solved, dt.time(9), tzinfo=dt.UTC),
        )
    renewal = renewal_due_in(30, one)
    health, value, issues, case = (part(renewal, name).facts for name in PrepPart.Part.values)
    assert (health["score"], health["band"], health["score_before"]) == (61, "yellow", 80)
    assert health["on"] == "2026-11-24"
    assert {k: value[k] for k in ("outcomes", "achieved", "confirmed", "estimated", "price")} == {
        "outcomes": 3, "achieved": 1, "confirmed": "3000.00", "estimated": "4000.00", "price": "12000.00",
    }  # fmt: skip
    assert [row["measure"] for row in value["rows"]] == ["Second site", "Not measured", "Close time"]
    assert (issues["open"], issues["urgent"], issues["escalated"], issues["oldest_on"]) == (2, 1, 1, "2026-11-20")
    assert [row["subject"] for row in issues["rows"]] == ["Ticket 1", "Ticket 0"]
    assert (case["arr"], case["open_issues"], case["due_on"]) == ("12000.00", 2, "2026-12-24")


def test_facts_are_refreshed_only_where_not_done():
    renewal = renewal_due_in(30)
    prep.complete(renewal, "issues", user(), DAY, "None")
    assert facts.refresh([renewal.pk], DAY + dt.timedelta(days=1)) == 3
    assert part(renewal, "health").facts["on"] == "2026-11-25"
    assert part(renewal, "issues").facts["on"] == "2026-11-24"


@pytest.mark.parametrize("n", [1, 3])
def test_opening_takes_as_many_statements_for_one_as_for_three(n, django_assert_num_queries):
    rows = [renewal_due_in(300) for _ in range(n)]
    with django_assert_num_queries(4):
        prep.open_prep([row.pk for row in rows], DAY)


def test_shared_arr_is_the_price_of_the_whole_prep():
    one = customer()
    due_in(30, one)
    renewal = renewal_due_in(40, one)
    assert part(renewal.prep_with or renewal, "case").facts["arr"] == "24000.00"


@pytest.mark.parametrize(
    ("outcomes", "confirmed", "once", "without", "roi"),
    [
        # 3 days × 1,000 a year
        ([{"period": "year"}], "3000.00", None, 0, "-9000.00"),
        # 3 × 1,000 a month = 36,000 a year, over a price of 12,000 a year
        ([{"period": "month"}], "36000.00", None, 0, "24000.00"),
        ([{"period": "quarter"}], "12000.00", None, 0, "0.00"),
        # 3 × 1,000 for each of 2.5 closings a month: 7,500 × 12
        ([{"period": "month", "per_period": "2.5"}], "90000.00", None, 0, "78000.00"),
        ([{"period": "month"}, {"period": "year"}], "39000.00", None, 0, "27000.00"),
        # what comes once, or nobody knows how often, is no year's value: nothing to compare with a year's price
        ([{"period": "once"}], None, "3000.00", 0, None),
        ([{"period": ""}], None, None, 1, None),
        ([{"period": ""}, {"period": "once"}, {"period": "quarter"}], "12000.00", "3000.00", 1, None),
        ([], None, None, 0, None),
    ],
)
def test_value_is_a_years_over_a_years_price(outcomes, confirmed, once, without, roi):
    one = customer(owner=user())
    goal = Objective.objects.create(customer=one, title="Close faster", agreed_on=DAY - dt.timedelta(days=300))
    for number, fields in enumerate(outcomes):
        Outcome.objects.create(
            objective=goal, measure=f"Close {number}", baseline=9, target=5, measured=6, unit_value=1000,
            state="partial", confirmed_on=DAY, **fields,
        )  # fmt: skip
    renewal = renewal_due_in(30, one)
    value = part(renewal, "value").facts
    assert (value["confirmed"], value["once"], value["without_period"]) == (confirmed, once, without)
    shown = next(p for p in brief.parts(renewal) if p.row.part == "value").facts["roi"]
    assert (shown if shown is None else str(shown)) == roi


def test_without_a_price_that_can_be_told_there_is_no_gain():
    assert brief.roi(None, None) is None
    assert brief.roi(1, None) is None
