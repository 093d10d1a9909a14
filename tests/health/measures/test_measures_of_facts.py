"""Measures of entitlements, surveys, people and dealings on figures worked by hand; what none may read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer, Entitlement
from health.measures import SHIPPED
from health.measures.ceilings import RULES
from health.measures.sources import SOURCES, Moment
from health.models import Feature
from health.scorecards import published
from health.scoring.formula import Scope, score_query
from health.scoring.writing import organisation_zone
from tests import factories as make
from tests.examples import dear
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, ticket, use
from tests.health.measures.measure_worlds import allow, answer, bill, by_chance, features_used, five_features

pytestmark = pytest.mark.usefixtures("months")


def nothing(_customer: Customer) -> None:
    pass


def level(customer: Customer) -> None:
    allow(make.contract(customer), "seats", quantity=5)
    use(customer, range(4), uses=70)
    use(customer, [28], uses=999)  # before the window


def more_users(customer: Customer) -> None:
    use(customer, [0], active_users=9)
    use(customer, [27], active_users=12)
    use(customer, [28], active_users=10)
    use(customer, [56], active_users=99)  # before both windows


def fell_silent(customer: Customer) -> None:
    five_features()
    use(customer, [40])


def breadth(customer: Customer) -> None:
    five_features()
    allow(make.contract(customer), "module", "a")
    allow(make.contract(customer, ended_on=DAY), "module", "b")  # ended today
    use(customer, [1], features=2, feature_bits=0b00011)
    use(customer, [80], features=3, feature_bits=0b11001)
    use(customer, [90], features=1, feature_bits=0b00100)  # before the window


def untold_breadth(customer: Customer) -> None:
    five_features()
    use(customer, [1], features=2)


def no_modules(customer: Customer) -> None:
    Feature.objects.create(key="f", name="F")
    use(customer, [1], features=1, feature_bits=1)


def beyond(customer: Customer) -> None:
    five_features()
    allow(make.contract(customer), "module", "a")
    use(customer, [1], features=3, feature_bits=0b11010)


def at_the_limit(customer: Customer) -> None:
    features = five_features()
    contract = make.contract(customer)
    allow(contract, "seats", quantity=10)
    allow(contract, "limit", "f1", 60)
    allow(make.contract(customer), "limit", "f1", 40)
    allow(contract, "limit", "storage", 1)  # of nothing we see
    use(customer, [1], active_users=8)
    features_used(customer, features[1], {0: 50, 27: 45, 28: 999})
    features_used(customer, features[2], {0: 999})


def seats_taken(customer: Customer) -> None:
    allow(make.contract(customer), "seats", quantity=10)
    use(customer, [1], active_users=8)


def engaged(customer: Customer) -> None:
    five_features()
    use(customer, range(7), active_users=6, features=2, feature_bits=0b00011)
    use(customer, [28], active_users=4)


def again(customer: Customer) -> None:
    at = dt.datetime.combine(ago(2), dt.time(12), dt.UTC)
    ticket(customer, 3, reopened=1, solved_at=at)
    ticket(customer, 4, reopened=1)  # open: nobody knows since when it is open again
    ticket(customer, 4, solved_at=at)  # solved and never opened again
    ticket(customer, 10, topic="access")
    ticket(customer, 40, topic="access")  # 30 days before
    ticket(customer, 71, topic="access")  # 31 days before that one
    ticket(customer, 20, topic="billing")
    ticket(customer, 95, topic="billing", reopened=1)  # before the window
    ticket(make.customer(), 21, topic="billing")  # of somebody else


def voices(customer: Customer) -> None:
    buyer = make.contact(customer, roles=["user", "buyer"])
    champion = make.contact(customer, roles=["champion"])
    answer(customer, "nps", 3, contact=buyer)
    answer(customer, "nps", 9, contact=champion)
    answer(customer, "nps", 10)
    answer(customer, "nps", 8)
    answer(customer, "intent", 0, contact=buyer)
    answer(customer, "nps", 0, 180, contact=buyer)  # before the window


def ease(customer: Customer) -> None:
    for value in (7, 4, 4):
        answer(customer, "ces", value)
    answer(customer, "csat", 1)


def satisfaction(customer: Customer) -> None:
    answer(customer, "csat", 4)
    answer(customer, "csat", 5)
    answer(customer, "ces", 1)


def in_touch(customer: Customer) -> None:
    both, gone, mailed, old = (make.contact(customer, name=name) for name in ("both", "gone", "mailed", "old"))
    gone.state, gone.state_on = "left", ago(1)
    gone.save()
    for kind, proactive, back, people in (
        ("call", True, 3, [both, gone]),
        ("meeting", True, 90, [both]),
        ("email", False, 5, [both]),
        ("email", True, 5, [mailed]),  # we wrote, nobody answered yet
        ("one_to_many", False, 5, [mailed]),
        ("call", True, 180, [old]),  # before the window
    ):
        customer.touchpoints.create(kind=kind, proactive=proactive, happened_on=ago(back)).contacts.set(people)


def known_only(customer: Customer) -> None:
    make.contact(customer)


def unseen(customer: Customer) -> None:
    customer.milestones.create(key="activation", due_on=ago(60))  # never found late: nobody could see it


def milestones(customer: Customer) -> None:
    customer.milestones.create(key="activation", due_on=ago(60), reached_on=ago(61))
    customer.milestones.create(key="habit", due_on=ago(40), reached_on=ago(10), missed_on=ago(39))
    customer.milestones.create(key="value", due_on=ago(1), reached_on=DAY + dt.timedelta(days=1), missed_on=DAY)
    customer.milestones.create(key="team", due_on=ago(1))  # overdue and not found late: nobody knows


def connected(customer: Customer) -> None:
    tomorrow = DAY + dt.timedelta(days=1)
    for name, since, until in (
        ("CRM", ago(300), None),
        ("ERP", DAY, tomorrow),  # runs today
        ("Chat", ago(300), DAY),  # ended today
        ("Mail", tomorrow, None),
    ):
        customer.integrations.create(name=name, connected_on=since, disconnected_on=until)


def others_integration(_customer: Customer) -> None:
    make.customer().integrations.create(name="CRM", connected_on=DAY)


def others_integration_tomorrow(_customer: Customer) -> None:
    make.customer().integrations.create(name="CRM", connected_on=DAY + dt.timedelta(days=1))


def overdue(customer: Customer) -> None:
    bill(customer, 100, paid=60)  # late, but paid
    bill(customer, 70, due=30, paid=-3)  # due 40 days ago, paid in three days
    bill(customer, 40, due=30)  # due 10 days ago
    bill(customer, 10)  # not due
    bill(customer, -1, due=0)  # issued tomorrow


def all_paid(customer: Customer) -> None:
    bill(customer, 100, paid=60)
    bill(customer, 30, due=30)  # due today


def community(customer: Customer) -> None:
    for back in (0, 89, 90, -1):
        customer.community.create(kind="answer", happened_on=ago(back))


def others_post(_customer: Customer) -> None:
    make.customer().community.create(kind="post", happened_on=DAY)


CASES: Final[list[tuple[str, Callable[[Customer], None], float | None]]] = [
    ("usage_level", level, 14),  # 280 uses on 4 weeks and 5 seats
    ("usage_level", nothing, None),
    ("user_growth", more_users, 0.2),  # 12 against 10
    ("user_growth", fell_silent, -1),
    ("user_growth", nothing, None),
    ("feature_share", breadth, 0.75),  # 0, 1 and 3 of the open 0 to 3; feature 4 is of a module that ended
    ("feature_share", untold_breadth, 2 / 3),  # three are open to everybody
    ("feature_share", nothing, None),
    ("unentitled_features", beyond, 1),
    ("unentitled_features", untold_breadth, None),
    ("unentitled_features", no_modules, None),
    ("limit_reached", at_the_limit, 0.95),  # 95 uses of 100; 8 of 10 seats
    ("limit_reached", seats_taken, 0.8),
    ("limit_reached", nothing, None),
    # Adoption 2 of 3; stickiness 42 user days on 28 days of at most 6; growth 6 against 4: 0.75.
    ("pes", engaged, 100 * (2 / 3 + 42 / 28 / 6 + 0.75) / 3),
    ("pes", fell_silent, 0),
    ("pes", nothing, None),
    ("repeat_issues", again, 2 / 7),  # one reopened, one topic back on its 30th day
    ("repeat_issues", nothing, None),
    ("nps_weighted", voices, 0),  # −3 + 2 + 1 + 0 of 7
    ("nps_weighted", nothing, None),
    ("ces", ease, 5),
    ("ces", satisfaction, 1),
    ("survey_csat", satisfaction, 4.5),
    ("survey_csat", nothing, None),
    ("contacts_in_touch", in_touch, 1),
    ("contacts_in_touch", known_only, 0),
    ("contacts_in_touch", nothing, None),
    ("milestones_reached", milestones, 2 / 3),
    ("milestones_reached", nothing, None),
    ("milestones_reached", unseen, None),
    ("integrations_in_use", connected, 2),
    ("integrations_in_use", others_integration, 0),
    ("integrations_in_use", others_integration_tomorrow, None),
    ("integrations_in_use", nothing, None),
    ("payment_overdue", overdue, 40),
    ("payment_overdue", all_paid, 0),
    ("payment_overdue", nothing, None),
    ("community_activity", community, 2),
    ("community_activity", others_post, 0),
    ("community_activity", nothing, None),
]


def amounts(customers: list[Customer], form: Scope, day: dt.date = DAY) -> dict[int, tuple[Any, Any]]:
    """(amounts, newest inputs) by customer."""
    query = score_query(published(), Moment(day, organisation_zone()), form)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, amounts, inputs_on FROM ({query}) q ORDER BY id")
        found = {pk: (figures, dates) for pk, figures, dates in cursor.fetchall()}
    assert sorted(found) == sorted(one.pk for one in customers)
    return found


def both_forms(customers: list[Customer], day: dt.date = DAY) -> dict[int, tuple[Any, Any]]:
    ids = sorted(one.pk for one in customers)
    whole = amounts(customers, Scope(first=ids[0], last=ids[-1]), day)
    assert amounts(customers, Scope(ids=ids), day) == whole
    return whole


@pytest.mark.parametrize(("key", "build", "expected"), CASES)
def test_amount(key: str, build: Callable[[Customer], None], expected: float | None) -> None:
    customer = make.customer()
    build(customer)
    scorecard({"all": (1, {key: 1})})
    query = score_query(published(), Moment(DAY, organisation_zone()), Scope(first=customer.pk, last=customer.pk))
    other = score_query(published(), Moment(DAY, organisation_zone()), Scope(ids=[customer.pk]))
    found = []
    with connection.cursor() as cursor:
        for form in (query, other):
            cursor.execute(f"SELECT amounts[1] FROM ({form}) q")
            found.append(cursor.fetchone()[0])
    assert found[0] == found[1] == (pytest.approx(expected) if expected is not None else None)


EVERY: Final = {"all": (1.0, dict.fromkeys(SHIPPED, 1.0))}


@settings(max_examples=dear(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_grouped_and_looked_up_figures_are_the_same(seed: int) -> None:
    """Every measure, on three customers with facts of every kind before and after the day."""
    features = list(Feature.objects.order_by("pk")) or five_features()
    if not published():
        scorecard(EVERY)
    both_forms([by_chance(seed * 3 + number, features) for number in range(3)])


def test_what_happens_after_the_day_does_not_count_on_it() -> None:
    """Tickets solved, bills paid, people gone, integrations cut and all that comes later."""
    scorecard(EVERY)
    features = five_features()
    customers = [by_chance(seed, features) for seed in range(20)]
    day = ago(15)
    before = both_forms(customers, day)
    assert sum(figure is not None for figures, _ in before.values() for figure in figures) > 200
    for customer in customers:
        make.contact(customer, roles=["champion", "buyer"], state_on=ago(14))
        customer.contacts.filter(state="active", state_on__lte=day).update(state="left", state_on=ago(14))
        customer.invoices.filter(paid_on=None).update(paid_on=ago(14))
        customer.integrations.filter(disconnected_on=None, connected_on__lte=day).update(disconnected_on=ago(14))
        customer.milestones.filter(reached_on=None).update(reached_on=ago(14))
        solved = dt.datetime.combine(ago(14), dt.time(9), dt.UTC)
        customer.tickets.filter(solved_at=None, opened_at__lt=solved).update(solved_at=solved, csat=1, reopened=1)
        customer.touchpoints.create(kind="call", happened_on=ago(14)).contacts.set(customer.contacts.all())
        customer.community.create(kind="post", happened_on=ago(14))
        bill(customer, 14, due=0)
        ticket(customer, 14, topic="billing")
        answer(customer, "nps", 0, 14)
        allow(make.contract(customer, starts_on=ago(14)), "module", "b")
    assert both_forms(customers, day) == before


def test_lock_in_is_no_input_of_any_measure_or_ceiling() -> None:
    """Field guide 47: how long and how firmly a customer is bound says nothing about its health."""
    texts = [f"{source.rows} {source.where}" for source in SOURCES.values()]
    texts += [f"{m.amount} {m.newest} {dict(m.columns)}" for m in SHIPPED.values()]
    texts += [f"{rule.holds} {dict(rule.columns)}" for rule in RULES.values()]
    for word in ("auto_renews", "term_months", "k.ends_on", "n.ends_on", "notice", "annual_amount", "discount"):
        assert not [text for text in texts if word in text], word


def test_bound_for_three_years_or_free_to_go_the_figures_are_the_same() -> None:
    scorecard(EVERY)
    features = five_features()
    customers = [by_chance(seed, features) for seed in range(8)]
    free = both_forms(customers)
    for customer in customers:
        ends = DAY + dt.timedelta(days=1_000)
        customer.contracts.update(term_months=36, auto_renews=True, notice_days=180, ends_on=ends)
    assert both_forms(customers) == free


def test_seats_and_modules_count_for_the_days_they_hold() -> None:
    """20 seats and the module a from ten days ago, 10 seats and the module b before."""
    scorecard({"all": (1, {"activation_share": 1, "feature_share": 1})})
    five_features()
    customer = make.customer()
    contract = make.contract(customer)
    for kind, name, quantity, starts_on, ends_on in (
        ("seats", "", 10, None, ago(10)),
        ("seats", "", 20, ago(10), None),
        ("module", "b", None, None, ago(10)),
        ("module", "a", None, ago(10), None),
    ):
        Entitlement.objects.create(
            contract=contract, kind=kind, name=name, quantity=quantity, starts_on=starts_on, ends_on=ends_on
        )
    use(customer, [12], active_users=5, features=3, feature_bits=0b11001)
    assert both_forms([customer], ago(11))[customer.pk][0] == [0.5, 0.5]  # 5 of 10; features 0 and 4 of 0, 1, 2, 4
    assert both_forms([customer], ago(10))[customer.pk][0] == [0.25, 0.5]  # 5 of 20; features 0 and 3


@pytest.mark.parametrize(("back", "figures"), [(-1, {None, 0.0}), (0, {1.0})])
def test_people_met_and_milestones_due_count_from_their_day_on(back: int, figures: set[float | None]) -> None:
    scorecard({"all": (1, {"milestones_reached": 1, "contacts_in_touch": 1})})
    customer = make.customer()
    customer.touchpoints.create(kind="call", happened_on=ago(back)).contacts.add(make.contact(customer))
    customer.milestones.create(key="habit", due_on=ago(back), reached_on=ago(9))
    assert set(both_forms([customer])[customer.pk][0]) == figures


@pytest.mark.parametrize(("seconds", "figure"), [(-1, 1.0), (0, None)])
def test_a_ticket_of_the_next_midnight_is_none_of_the_day(seconds: int, figure: float | None) -> None:
    scorecard({"all": (1, {"tickets_balance": 1})})
    customer, other = make.customer(), make.customer()
    use(customer, [30])
    midnight = dt.datetime.combine(ago(-1), dt.time(), dt.UTC)
    ticket(other, 0, opened_at=midnight + dt.timedelta(seconds=seconds))
    assert both_forms([customer, other])[customer.pk][0] == [figure]


def test_silence_needs_somebody_elses_ticket_before_the_day() -> None:
    """Whether support is connected at all is asked as of the day."""
    scorecard({"all": (1, {"tickets_balance": 1})})
    customer = make.customer()
    use(customer, [30])
    ticket(make.customer(), 3)
    wrote = make.customer()
    ticket(wrote, 0, opened_at=dt.datetime.combine(ago(-1), dt.time(), dt.UTC))  # the next midnight
    assert both_forms([wrote])[wrote.pk][0] == [None]
    both = [customer, Customer.objects.exclude(pk__in=[customer.pk, wrote.pk]).get()]
    assert both_forms(both, ago(4))[customer.pk][0] == [None]
    assert both_forms(both)[customer.pk][0] == [1.0]
