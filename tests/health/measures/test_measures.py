"""Each measure of the catalogue on figures worked by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import Customer, Entitlement
from health.measures import SHIPPED
from health.measures.sources import Moment
from health.models import Feature, SurveyResponse, UsageDay
from health.scorecards import published
from health.scoring.formula import Scope, score_query
from health.scoring.writing import organisation_zone
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, ticket, use
from tests.health.measures.test_measures_of_facts import CASES as MORE_CASES
from tests.health.measures.test_measures_of_people import CASES as OF_PEOPLE

pytestmark = pytest.mark.usefixtures("months")


def amount(customer: Customer, key: str) -> float | None:
    """The amount of one measure as of DAY, the same in both forms."""
    scorecard({"all": (1, {key: 1})})
    forms = [Scope(first=customer.pk, last=customer.pk), Scope(ids=[customer.pk])]
    found = []
    for form in forms:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT amounts[1] FROM ({score_query(published(), Moment(DAY, organisation_zone()), form)}) q"
            )
            found.append(cursor.fetchone()[0])
    assert found[0] == found[1]
    return found[0]


def seats(customer: Customer, quantity: int, **contract: dt.date) -> None:
    made = make.contract(customer, **contract)
    Entitlement.objects.create(contract=made, kind="seats", quantity=quantity)


def trend(customer: Customer) -> None:
    use(customer, [0, 27], uses=30)
    use(customer, [28, 55], uses=40)
    use(customer, [56], uses=999)  # outside both windows


def silent(customer: Customer) -> None:
    use(customer, [28, 40])


def arrived(customer: Customer) -> None:
    use(customer, [3])


def ten_days(customer: Customer) -> None:
    use(customer, range(10))


def long_silent(customer: Customer) -> None:
    use(customer, [350])
    use(customer, [3], uses=0)


def peaks(customer: Customer) -> None:
    seats(customer, 60)
    seats(customer, 40, starts_on=ago(90))
    seats(customer, 900, ended_on=DAY)  # ended today
    use(customer, [2], active_users=69)
    use(customer, [3], active_users=10)
    use(customer, [28], active_users=99)  # before the window


def breadth(customer: Customer) -> None:
    use(customer, [1], features=2, feature_bits=0b0011)
    use(customer, [80], features=2, feature_bits=0b0110)


def untold_breadth(customer: Customer) -> None:
    use(customer, [1], features=2)
    use(customer, [80], features=5)


def core(customer: Customer) -> None:
    Feature.objects.create(key="c", name="c", is_core=True)
    use(customer, [1], uses=10, core_uses=7)
    use(customer, [2], uses=10, core_uses=1)


def errors(customer: Customer) -> None:
    use(customer, [1], uses=10, errors=1)
    use(customer, [2], uses=30, errors=1)


def others_ticket(customer: Customer) -> None:
    use(customer, [40])
    ticket(make.customer(), 3)


def others_ticket_only(customer: Customer) -> None:
    ticket(make.customer(), 3)


def an_old_ticket(customer: Customer) -> None:
    ticket(customer, 200)


def tickets(count: int) -> Callable[[Customer], None]:
    return lambda customer: [ticket(customer, back) for back in range(count)] and None


def resolution(customer: Customer) -> None:
    at = dt.datetime(2026, 11, 23, 0, 0, tzinfo=dt.UTC)
    ticket(customer, 1, opened_at=at, solved_at=at + dt.timedelta(hours=12))
    ticket(customer, 1, opened_at=at)  # open for 48 hours at the end of the day
    ticket(customer, 95, opened_at=at - dt.timedelta(days=95))


def first_answer(customer: Customer) -> None:
    for minutes in (30, 90):
        made = ticket(customer, 2)
        made.first_response_at = made.opened_at + dt.timedelta(minutes=minutes)
        made.save()
    ticket(customer, 2)


def csat(customer: Customer) -> None:
    solved = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    for stars in (5, 4, 4, None):
        ticket(customer, 10, csat=stars, solved_at=solved)


def nps(customer: Customer) -> None:
    for number, answer in enumerate([10, 9, 8, 7, 6, 0, 9, 9]):
        answer_survey(customer, number, "nps", answer)
    answer_survey(customer, 99, "intent", 0)
    answer_survey(customer, 100, "nps", 0, 180)


def answer_survey(customer: Customer, number: int, kind: str, answer: int, back: int = 5) -> None:
    SurveyResponse.objects.create(
        customer=customer, kind=kind, answer=answer, answered_on=ago(back), source="t", external_id=str(number)
    )


def intent(customer: Customer) -> None:
    answer_survey(customer, 1, "intent", 9)
    answer_survey(customer, 2, "intent", 4)


def champions(customer: Customer) -> None:
    make.contact(customer, roles=["champion"])
    make.contact(customer, roles=["champion"], state="left", state_on=ago(1))
    make.contact(customer, roles=["champion"], state_on=DAY + dt.timedelta(days=1))  # comes tomorrow
    make.contact(customer, roles=["champion"], state="left", state_on=DAY + dt.timedelta(days=1))  # goes tomorrow


def only_the_gone(customer: Customer) -> None:
    make.contact(customer, roles=["champion"], state="left", state_on=ago(1))


def executives(customer: Customer) -> None:
    make.contact(customer, roles=["buyer", "sponsor"])
    make.contact(customer, roles=["sponsor"])
    make.contact(customer, roles=["user"])


def touches(customer: Customer) -> None:
    customer.touchpoints.create(kind="call", happened_on=ago(12))
    customer.touchpoints.create(kind="one_to_many", happened_on=ago(2))
    customer.touchpoints.create(kind="email", proactive=True, happened_on=ago(3))
    customer.touchpoints.create(kind="email", proactive=False, happened_on=ago(13))
    customer.touchpoints.create(kind="call", happened_on=DAY + dt.timedelta(days=1))


def outcomes(customer: Customer) -> None:
    objective = customer.objectives.create(title="Faster", agreed_on=ago(300))
    for state, back in (("achieved", 1), ("partial", 2), ("missed", 3), ("missed", 4), ("achieved", 365)):
        objective.outcomes.create(measure=state, state=state, measured_on=ago(back))
    objective.outcomes.create(measure="open", measured_on=ago(1))


def nothing(customer: Customer) -> None:
    pass


CASES = [
    ("usage_trend", trend, -0.25),  # 60 uses against 80
    ("usage_trend", silent, -1),
    ("usage_trend", arrived, None),
    ("usage_trend", nothing, None),
    ("usage_frequency", ten_days, 2.5),
    ("usage_frequency", silent, 0),
    ("usage_frequency", nothing, None),
    ("usage_intensity", ten_days, 10 / 3),
    ("usage_intensity", nothing, None),
    ("days_since_use", ten_days, 0),
    ("days_since_use", silent, 28),
    ("days_since_use", long_silent, 350),
    ("days_since_use", nothing, None),
    ("activation_share", peaks, 0.69),
    ("activation_share", ten_days, None),  # no seats known
    ("seat_use", peaks, 0.395),  # 79 user days on 2 days, of 100 seats
    ("stickiness", peaks, 79 / 28 / 69),
    ("stickiness", nothing, None),
    ("feature_breadth", breadth, 3),
    ("feature_breadth", untold_breadth, 5),
    ("feature_breadth", nothing, None),
    ("core_depth", core, 0.4),
    ("core_depth", ten_days, None),  # nobody said which features are core
    ("error_rate", errors, 0.05),
    ("error_rate", nothing, None),
    ("tickets_balance", nothing, None),  # no ticket of anybody: support is not connected
    ("tickets_balance", others_ticket, 1),
    ("tickets_balance", others_ticket_only, None),  # of whom nothing is known is not silent
    ("tickets_balance", an_old_ticket, 1),
    ("tickets_balance", tickets(1), 0),
    ("tickets_balance", tickets(3), 0),
    ("tickets_balance", tickets(7), 4),
    ("ticket_resolution", resolution, 30),
    ("ticket_resolution", nothing, None),
    ("first_response", first_answer, 60),
    ("support_csat", csat, 13 / 3),
    ("support_csat", tickets(2), None),
    ("nps", nps, 25),  # 4 promoters, 2 detractors, 8 answers
    ("nps", nothing, None),
    ("renewal_intent", intent, 6.5),
    ("champion_present", champions, 2),
    ("champion_present", only_the_gone, 0),
    ("champion_present", nothing, None),
    ("executive_reach", executives, 2),
    ("executive_reach", only_the_gone, 0),
    ("touch_recency", touches, 12),
    ("touch_recency", nothing, None),
    ("outcomes_reached", outcomes, 0.375),
    ("outcomes_reached", nothing, None),
]


@pytest.mark.parametrize(("key", "build", "expected"), [*CASES, *OF_PEOPLE])
def test_amount(key: str, build: Callable[[Customer], None], expected: float | None) -> None:
    customer = make.customer()
    build(customer)
    found = amount(customer, key)
    assert found == (pytest.approx(expected) if expected is not None else None)


def test_every_measure_is_worked_by_hand_somewhere() -> None:
    assert {key for key, _, expected in [*CASES, *MORE_CASES, *OF_PEOPLE] if expected is not None} == set(SHIPPED)


@pytest.mark.parametrize(("users", "points"), [(69, 98), (70, 100)])
def test_seventy_percent_is_full_activation_and_less_is_not(users: int, points: int) -> None:
    """Field guide 34."""
    customer = make.customer()
    seats(customer, 100)
    use(customer, [1], active_users=users)
    scorecard({"all": (1, {"activation_share": 1})})
    with connection.cursor() as cursor:
        cursor.execute(score_query(published(), Moment(DAY, organisation_zone()), Scope(ids=[customer.pk])))
        names = [column.name for column in cursor.description]
        found = dict(zip(names, cursor.fetchone(), strict=True))
    assert found["points"] == [points]


def test_day_is_the_organisations() -> None:
    """A ticket opened at 23:30 UTC on the day before is today's in Tokyo."""
    make.organisation(time_zone="Asia/Tokyo")
    customer = make.customer()
    ticket(customer, 0, opened_at=dt.datetime(2026, 8, 26, 15, 0, tzinfo=dt.UTC))  # 27 August in Tokyo: day 90
    assert amount(customer, "tickets_balance") == 0
    assert UsageDay.objects.count() == 0
