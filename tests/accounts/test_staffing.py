"""What each person carries against the limits of the segments and the hours there are."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts import people, staffing
from accounts.models import Cover, Customer, Role, User
from accounts.views import team as team_pages
from health.standing import coverage
from playbooks.models import Task
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


def row(person: User | None, **more: Any) -> staffing.Row:
    everybody = list(User.objects.exclude(role=Role.VIEWER))
    found = {line.person and line.person.pk: line for line in staffing.rows(everybody, DAY, nobody=True, **more)}
    return found[person and person.pk]


def test_weighted_customers_add_up_to_the_share_of_a_full_book():
    csm = make.user()
    large = make.segment(position=1, customers_per_csm=14)
    middle = make.segment(position=2, customers_per_csm=40)
    for of, number in ((middle, 8), (large, 9)):
        for _ in range(number):
            make.customer(owner=csm, segment=of, last_touch_on=DAY)
    make.customer(owner=csm, segment=large, status="churned")
    make.customer(owner=csm, last_touch_on=DAY)
    mine = row(csm)
    assert [(fill.segment.pk, fill.customers) for fill in mine.fills] == [(large.pk, 9), (middle.pk, 8)]
    assert mine.weighted == pytest.approx(9 / 14 + 8 / 40)
    assert (mine.load.customers, mine.weighted_tone) == (18, "calm")


@pytest.mark.parametrize(("customers", "tone"), [(10, "calm"), (11, "watch"), (12, "watch"), (13, "risk")])
def test_a_book_over_the_limit_warns(customers, tone):
    csm, of = make.user(), make.segment(customers_per_csm=10)
    for _ in range(customers):
        make.customer(owner=csm, segment=of, last_touch_on=DAY)
    assert row(csm).weighted_tone == tone


def test_revenue_and_renewals_are_shares_of_their_limits():
    csm, other = make.user(), make.user()
    large = make.segment(position=1, arr_per_csm=1_000, renewals_per_csm=4)
    middle = make.segment(position=2, arr_per_csm=500)
    free = make.segment(position=3)
    soon, late = DAY + dt.timedelta(days=90), DAY + dt.timedelta(days=91)
    for of, arr, renews in ((large, 600, soon), (large, 300, late), (middle, 100, soon), (free, 9_000, soon)):
        make.customer(owner=csm, segment=of, arr=arr, next_renewal_on=renews, last_touch_on=DAY)
    make.customer(owner=csm, segment=large, arr=None, last_touch_on=DAY)
    make.customer(owner=csm, segment=large, status="prospect", arr=50, last_touch_on=DAY)
    make.customer(owner=other, segment=free, arr=9_000, next_renewal_on=soon, last_touch_on=DAY)
    mine = row(csm).load
    assert (float(mine.weighted_arr), float(mine.weighted_due)) == pytest.approx(
        (600 / 1_000 + 300 / 1_000 + 100 / 500, 1 / 4)
    )
    assert (row(other).load.weighted_arr, row(other).load.weighted_due) == (None, None)
    Customer.objects.filter(segment=large).update(next_renewal_on=late)
    assert row(csm).load.weighted_due == 0


@pytest.mark.parametrize("field", ["arr_per_csm", "renewals_per_csm"])
def test_a_limit_is_at_least_one_or_there_is_none(field):
    make.segment(position=1, **{field: 1})
    make.segment(position=2, **{field: None})
    with pytest.raises(IntegrityError, match="segment_limits_positive_or_none"):
        make.segment(position=3, **{field: 0})


@pytest.mark.parametrize(
    ("tasks", "short", "tone"), [(64, 0, "calm"), (65, 30, "watch"), (76, 360, "watch"), (77, 390, "risk")]
)
def test_hours_planned_beyond_those_there_warn(tasks, short, tone):
    csm = make.user(weekly_hours=10)  # 4 weeks of 8 hours, a task takes half an hour
    one = make.customer(owner=csm, status="churned")
    many = (Task(customer=one, title="T", assignee=csm, assigned_as="owner", due_on=DAY) for _ in range(tasks))
    Task.objects.bulk_create(many)
    mine = row(csm)
    assert (mine.minutes_there, mine.short, mine.tone, mine.late) == (32 * 60, short, tone, 0)
    assert mine.weeks[0] == (tasks * 30, 480, tasks * 30 / 480)


@pytest.mark.parametrize(
    ("customers", "in_cadence", "tone"),
    [(0, 0, "calm"), (4, 3, "calm"), (100, 74, "risk"), (4, 4, "calm"), (4, 0, "risk")],
)
def test_three_quarters_in_their_cadence_are_covered_well(customers, in_cadence, tone):
    csm = make.user()
    covered = replace(coverage.NOBODY, customers=customers, in_cadence=in_cadence)
    assert replace(row(csm), covered=covered).covered_tone == tone


@pytest.mark.parametrize(("minutes", "there", "share"), [(0, 60, 0), (90, 60, 1.5), (0, 0, None), (9, 0, None)])
def test_of_no_time_there_is_no_share(minutes, there, share):
    assert staffing.share_of(minutes, there) == share


def test_somebody_without_hours_has_no_share_but_is_short_of_all():
    csm = make.user(customer_share=0)
    Task.objects.create(
        customer=make.customer(owner=csm, status="churned"), title="T", assignee=csm, due_on=DAY - dt.timedelta(days=1)
    )
    mine = row(csm)
    assert (mine.share, mine.short, mine.late, mine.tone) == (None, 30, 1, "calm")


def test_an_absence_that_runs_or_begins_within_four_weeks_is_said_and_whose_work_is_done_meanwhile():
    csm, cover, soon, later = make.user(), make.user(name="Priya"), make.user(), make.user()
    for who, first, end in ((csm, -2, 3), (csm, 10, 12), (soon, 28, 29), (later, 29, 31)):
        Cover.objects.create(
            owner=who, by=cover, starts_on=DAY + dt.timedelta(days=first), ends_on=DAY + dt.timedelta(days=end)
        )
    one = make.customer(owner=csm, status="churned")
    Task.objects.create(customer=one, title="T", assignee=csm, assigned_as="owner", due_on=DAY)
    assert row(csm).absence.last_day == DAY + dt.timedelta(days=2)
    assert row(soon).absence.last_day == DAY + dt.timedelta(days=28)
    assert row(later).absence is None
    assert row(cover).for_others == [(csm.name, 30)]
    Cover.objects.update(by=None)
    assert staffing.flat(row(csm))[-3:] == (DAY - dt.timedelta(days=2), DAY + dt.timedelta(days=3), None)
    assert row(csm).minutes_there < row(cover).minutes_there


def test_coverage_of_a_person_is_that_of_the_coverage_page_and_adds_up():
    of = make.segment(touch_every_days=14)
    owners = [make.user(), make.user(), None]
    for owner in owners:
        for back, arr in ((14, 300), (15, 100)):
            one = make.customer(owner=owner, segment=of, arr=arr, band="green", score=80)
            one.touchpoints.create(kind="call", happened_on=DAY - dt.timedelta(days=back))
    for owner in owners:
        covered = row(owner).covered
        assert (covered.cadence_share, covered.arr_share) == (0.5, Decimal("0.75"))
    everybody = Customer.objects.all()
    (by_band,) = coverage.by_band(everybody, DAY)
    by_owner = coverage.together(coverage.by_owner(everybody, DAY))
    assert (by_band.in_cadence, by_band.in_cadence_arr, by_band.arr) == (3, 900, 1200)
    assert (by_owner.customers, by_owner.in_cadence, by_owner.in_cadence_arr) == (6, 3, 900)
    assert coverage.together([]) == coverage.NOBODY
    assert (coverage.NOBODY.cadence_share, coverage.NOBODY.arr_share) == (None, None)


def test_customers_without_an_owner_are_a_row_of_their_own_without_hours():
    make.customer(arr=5, last_touch_on=DAY)
    nobody = row(None)
    assert (nobody.load.customers, nobody.load.arr, nobody.room, nobody.short) == (1, 5, None, 0)
    rows = staffing.rows([make.user()], DAY, nobody=True)
    team = staffing.together(rows)
    assert (team.load.customers, team.minutes, team.there) == (1, 0, 4 * 32 * 60)


@pytest.mark.parametrize("number", [1, 3])
def test_the_same_statements_for_one_person_and_for_three(number):
    boss = make.user("manager")
    of = make.segment()
    for _ in range(number):
        csm = make.user(manager=boss)
        one = make.customer(owner=csm, segment=of, arr=5)
        Task.objects.create(customer=one, title="T", assignee=csm, due_on=DAY - dt.timedelta(days=3))
        Cover.objects.create(owner=csm, by=boss, starts_on=DAY, ends_on=DAY + dt.timedelta(days=2))
    team = list(people.below(boss))
    with statements() as asked:
        staffing.rows(team, DAY, nobody=True)
    assert len(asked) == 15


def test_the_page_shows_the_load_and_the_weeks_ahead(client):
    boss = make.user("manager", name="Lena")
    csm = make.user(name="Mara", manager=boss, weekly_hours=10)
    of = make.segment(name="Enterprise", customers_per_csm=1, arr_per_csm=160, renewals_per_csm=4)
    for _ in range(2):
        make.customer(owner=csm, segment=of, touch_model="high", arr=100)
    client.force_login(boss)
    page = client.get(reverse("accounts:team")).text
    assert "<b>Mara</b>" in page
    assert '<b class="risk">200%</b>' in page
    assert "of 32 h" in page
    told = re.findall(
        r'<small class="(\w+)" title="[^"]+">(\d+%) of the limits</small>',
        " ".join(page.split()).replace("> ", ">").replace(" <", "<"),
    )
    assert told == [("risk", "125%"), ("calm", "0%")]
    assert "4 renewals in 90 days" in " ".join(page.split())
    assert "<b>Lena</b>" not in page, "a manager who carries nothing is no row"
    weeks = client.get(reverse("accounts:team"), {"tab": "weeks"}).text
    assert weeks.count("of 8 h") == 4


def test_the_sum_is_of_all_pages_nobody_counts_once_and_who_has_free_hours_is_there(client, monkeypatch):
    monkeypatch.setattr(team_pages, "PEOPLE", 2)
    boss = make.user("manager", name="Lena")
    anna, bo, _new = (make.user(name=name, manager=boss) for name in ("Anna", "Bo", "Cleo"))
    for owner, arr in ((anna, 10), (bo, 20), (None, 40)):
        one = make.customer(owner=owner, arr=arr)
        Task.objects.create(customer=one, title="T", assignee=owner, due_on=DAY - dt.timedelta(days=1))
    client.force_login(make.user("admin", name="Ren"))
    shown = []
    for number in (1, 2):
        context = client.get(reverse("accounts:team"), {"page": number}).context
        shown.append([row.person.name if row.person else None for row in context["rows"]])
        sums = context["all"]
        assert (sums.load.customers, sums.load.arr, sums.load.items["cases"], sums.late) == (3, 70, 0, 2)
        assert (sums.minutes, sums.there) == (60, 3 * 4 * 32 * 60)
    assert shown == [["Anna", "Bo"], ["Cleo", None]]
    weeks = client.get(reverse("accounts:team"), {"page": 2, "tab": "weeks"}).context
    assert [row.person.name for row in weeks["rows"]] == ["Cleo"]
