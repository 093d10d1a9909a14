"""What stands on the chart: which happenings, on which days, and which when there is no room."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Customer
from config import clock
from health.explaining.events import MOST, Happening, What, happenings, most_telling
from health.models import Case, ScorecardAct
from health.scoring import overriding
from health.words.events import events
from playbooks.models import Enrolment
from renewals.models import Qbr
from tests import factories as make
from tests.access.world import play
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, ticket

pytestmark = pytest.mark.usefixtures("months")
FIRST = ago(90)


def found(customer: Customer, **cards: Any) -> list[tuple[int, str, str, int]]:
    rows = happenings(customer, FIRST, DAY, cards.get("cards", []), ZoneInfo("UTC"))
    return sorted(((DAY - one.day).days, one.what.value, one.subject, one.count) for one in rows)


def test_who_left_by_role_and_only_inside_the_days() -> None:
    customer = make.customer()
    for name, roles, state, back in (
        ("Elena", ["champion", "buyer"], "left", 22),
        ("Tomas", ["buyer"], "left", 90),
        ("Mio", ["champion"], "moved", 9),
        ("Dan", ["user"], "left", 0),
        ("Ines", ["sponsor"], "active", 5),
        ("Old", ["champion"], "left", 91),
    ):
        make.contact(customer, name=name, roles=roles, state=state, state_on=ago(back))
    assert found(customer) == [
        (0, "contact_left", "Dan", 0),
        (22, "champion_left", "Elena", 0),
        (90, "decider_left", "Tomas", 0),
    ]


def test_a_storm_is_a_week_with_twice_the_usual_on_its_busiest_day() -> None:
    customer = make.customer()
    # Thirteen weeks of one each, and six more in the week of the days 15 to 20 back: 7, where 19 / 13 a week is usual.
    for week in range(13):
        ticket(customer, 7 * week + 3)
    for back in (15, 15, 15, 16, 18, 20):
        ticket(customer, back, severity="urgent" if back == 16 else "low")
    assert found(customer) == [(15, "storm", "", 7)]


def test_few_tickets_are_no_storm_but_urgent_ones_are_told() -> None:
    customer = make.customer()
    for back in (3, 3, 4, 5):
        ticket(customer, back, severity="urgent" if back == 3 else "low")
    assert found(customer) == [(3, "urgent", "", 2)]


def test_versions_of_the_cards_that_scored() -> None:
    customer, now = make.customer(), clock.now()
    card, other = scorecard({"a": (1, {"nps": 1})}, name="Enterprise"), scorecard({"a": (1, {"nps": 1})})
    for key, version, act, back in (
        (card.key, 2, "published", 27),
        (card.key, 1, "rolled_back", 20),
        (card.key, 3, "drafted", 3),
        (other.key, 9, "published", 1),
        (card.key, 1, "published", 200),
    ):
        ScorecardAct.objects.create(key=key, version=version, act=act, at=now, day=ago(back))
    assert found(customer, cards=[card]) == [
        (20, "rolled_back", "Enterprise", 1),
        (27, "published", "Enterprise", 2),
    ]


def test_cases_opened_and_closed_and_overrides() -> None:
    customer, by = make.customer(), make.user()
    Case.objects.create(
        customer=customer, kind="risk", reason="usage", title="Usage falling", opened_on=ago(100), due_on=DAY,
        newest_evidence_on=DAY, state="closed", closed_on=ago(2), resolution="resolved",
    )  # fmt: skip
    Case.objects.create(
        customer=customer, kind="opportunity", reason="limit", title="Limit reached", opened_on=ago(9), due_on=DAY,
        newest_evidence_on=DAY,
    )  # fmt: skip
    put = {"author": by, "reason": "Stops all projects"}
    overriding.put(customer, 20, day=ago(60), until=ago(40), **put)
    never = overriding.put(customer, 30, day=ago(30), until=ago(10), **put)
    overriding.withdraw(never, by=by, day=ago(30))
    overriding.put(customer, 40, day=ago(5), until=DAY + dt.timedelta(days=5), **put)
    assert found(customer) == [
        (2, "case_closed", "Usage falling", 0),
        (5, "override_begun", "Stops all projects", 40),
        (9, "chance_opened", "Limit reached", 0),
        (40, "override_ended", "", 20),
        (60, "override_begun", "Stops all projects", 20),
    ]


def test_the_most_telling_stay_in_the_order_of_their_days() -> None:
    many = [Happening(ago(n), What.CONTACT_LEFT, str(n)) for n in range(20)]
    champion, storm = Happening(ago(80), What.CHAMPION_LEFT), Happening(ago(40), What.STORM)
    kept = most_telling([*many, storm, champion])
    assert kept[:2] == [champion, storm]
    # Of those of one kind the newest stay.
    assert [one.subject for one in kept[2:]] == [str(n) for n in range(MOST - 3, -1, -1)]


def test_plays_and_reviews_come_from_the_apps_above_and_one_day_has_one_flag() -> None:
    customer = make.customer()
    Qbr.objects.create(customer=customer, due_on=ago(9), held_on=ago(9), goals=["Grow"])
    done = play("Adoption")
    Enrolment.objects.create(
        customer=customer, playbook=done, version=done.versions.get(), occasion="x", state="done",
        enrolled_on=ago(40), finished_on=ago(9),
    )  # fmt: skip
    make.contact(customer, name="Elena", roles=["champion"], state="left", state_on=ago(3))
    shown = [(event.day, event.words) for event in events(customer, FIRST, DAY, [], ZoneInfo("UTC"))]
    assert shown == [(ago(9), "QBR held, Play finished: Adoption"), (ago(3), "Champion Elena left")]


def test_the_number_of_statements_does_not_grow() -> None:
    customer, asked = make.customer(), []
    for _ in range(2):
        for back in (1, 2, 3):
            make.contact(customer, name="Elena", roles=["champion"], state="left", state_on=ago(back))
            ticket(customer, back, severity="urgent")
        with statements() as seen:
            events(customer, FIRST, DAY, [], ZoneInfo("UTC"))
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 7
