"""The rows behind a part: which, as they were known, on a page for every measure."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from health.explaining.rows import rows_behind
from health.measures import SHIPPED
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, ticket, use
from tests.health.measures.measure_worlds import allow, answer, bill, features_used, five_features
from tests.health.people_world import come, is_known_as

pytestmark = pytest.mark.usefixtures("months")


def a_row_of_each(customer: Customer) -> None:
    contract = make.contract(customer)
    allow(contract, "seats", quantity=10)
    use(customer, [1], active_users=8)
    ticket(customer, 3, topic="billing")
    person = make.contact(customer, name="Aoi Tanaka", roles=["buyer"])
    for kind in ("nps", "intent", "csat", "ces"):
        answer(customer, kind, 5, contact=person)
    customer.touchpoints.create(kind="call", happened_on=ago(3)).contacts.add(person)
    objective = customer.objectives.create(title="Faster", agreed_on=ago(300))
    objective.outcomes.create(measure="Days", state="achieved", measured_on=ago(3))
    customer.milestones.create(key="habit", due_on=ago(3), reached_on=ago(4))
    customer.integrations.create(name="CRM", connected_on=ago(3))
    customer.community.create(kind="post", happened_on=ago(3), contact=person)
    come(customer, {1: [4]})
    is_known_as(customer, 1, person)
    bill(customer, 40)


@pytest.mark.parametrize("key", SHIPPED)
def test_every_measure_opens_to_its_rows(key: str, client: Client) -> None:
    make.organisation()
    owner = make.user()
    customer = make.customer(owner=owner)
    five_features()
    a_row_of_each(customer)
    client.force_login(owner)
    answered = client.get(reverse("health:score_part", args=[customer.pk, key]))
    assert answered.context["page"].rows
    page = answered.content.decode()
    assert page.count('<th scope="row">') == len(answered.context["page"].rows)


@pytest.mark.parametrize("key", ["integrations_in_use", "payment_overdue", "nps_weighted", "contacts_in_touch"])
def test_names_from_files_are_never_markup(key: str, client: Client) -> None:
    make.organisation()
    customer = make.customer(owner=make.user())
    a_row_of_each(customer)
    typed = "<b xss>"
    customer.integrations.update(name=typed)
    customer.invoices.update(external_id=typed)
    customer.contacts.update(name=typed)
    client.force_login(customer.owner)
    page = client.get(reverse("health:score_part", args=[customer.pk, key])).content.decode()
    assert "&lt;b xss&gt;" in page
    assert typed not in page


@pytest.mark.parametrize("key", ["feature_share", "limit_reached", "contacts_in_touch", "nps_weighted"])
def test_more_rows_cost_no_more_statements(key: str) -> None:
    customer = make.customer()
    five_features()
    a_row_of_each(customer)
    counts = []
    for _ in (1, 3):
        with statements() as asked:
            for row in rows_behind(SHIPPED[key], customer, DAY):
                str(getattr(row, "contract", "")) + str(getattr(row, "contact", ""))
                if key == "contacts_in_touch":
                    list(row.contacts.all())
        counts.append(len(asked))
        for back in (4, 5):
            customer.touchpoints.create(kind="call", happened_on=ago(back))
            answer(customer, "nps", 4, contact=make.contact(customer))
            allow(make.contract(customer), "limit", "f1", 5)
    assert counts[0] == counts[1]


def test_features_say_whether_they_are_open_and_what_was_used() -> None:
    customer = make.customer()
    features = five_features()
    allow(make.contract(customer), "module", "a")
    allow(make.contract(customer, ended_on=DAY), "module", "b")
    features_used(customer, features[4], {0: 2, 89: 3, 90: 99})
    rows = rows_behind(SHIPPED["feature_share"], customer, DAY)
    assert [(row.key, row.is_open, row.uses, row.used_on) for row in rows] == [
        ("f4", False, 5, DAY),
        ("f3", True, None, None),
        ("f2", True, None, None),
        ("f1", True, None, None),
        ("f0", True, None, None),
    ]


def test_limits_say_what_was_used_of_them() -> None:
    customer = make.customer()
    features = five_features()
    contract = make.contract(customer)
    allow(contract, "seats", quantity=10)
    allow(contract, "limit", "f1", 100)
    use(customer, [3], active_users=7)
    features_used(customer, features[1], {0: 40, 27: 20, 28: 99})
    rows = rows_behind(SHIPPED["limit_reached"], customer, DAY)
    assert [(row.name, row.quantity, row.used) for row in rows] == [("f1", 100, 60), ("", 10, 7)]


def test_a_bill_paid_later_was_open_on_the_day() -> None:
    customer = make.customer()
    bill(customer, 40, paid=0)
    bill(customer, 5)
    (then,) = rows_behind(SHIPPED["payment_overdue"], customer, ago(10))
    assert (then.issued_on, then.was_paid_on) == (ago(40), None)
    _, now = rows_behind(SHIPPED["payment_overdue"], customer, DAY)
    assert now.was_paid_on == DAY


def test_touches_are_the_two_way_ones() -> None:
    customer = make.customer()
    for kind, proactive in (("email", True), ("one_to_many", True), ("email", False), ("event", True)):
        customer.touchpoints.create(kind=kind, proactive=proactive, happened_on=ago(1))
    customer.touchpoints.create(kind="event", attended=True, happened_on=ago(1))
    customer.touchpoints.create(kind="call", happened_on=DAY + dt.timedelta(days=1))
    rows = rows_behind(SHIPPED["touch_recency"], customer, DAY)
    assert [row.kind for row in rows] == ["event", "email"]
