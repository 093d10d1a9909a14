"""What changed, on the customer's page: parts that sum, in words, opening to rows."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, User
from health import scoring
from health.models import NamedScore, Purpose, Score, Scorecard
from health.publishing import shipped
from renewals.models import Qbr
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use
from tests.health.scoring.test_panels import statements
from tests.health.scoring.test_scoring import portfolio_customer

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def owner() -> User:
    make.organisation()
    return make.user()


@pytest.fixture
def customer(owner: User) -> Customer:
    shipped.install(DAY)
    one = portfolio_customer(1)
    Customer.objects.filter(pk=one.pk).update(owner=owner, name="Cobalt Freight")
    scoring.score_history([ago(90), ago(30), ago(10)])
    use(one, [150])
    scoring.score_range(one.pk, one.pk, DAY)
    one.refresh_from_db()
    return one


def page(client: Client, customer: Customer, query: str = "", status: int = 200) -> str:
    answer: Any = client.get(
        reverse("health:changed_panel", args=[customer.pk]) + query, headers={"HX-Request": "true"}
    )
    assert answer.status_code == status
    return str(answer.content.decode())


def figures(text: str) -> list[Decimal]:
    found = re.findall(r'<span class="num [^"]*">([^<]+)</span>', text)
    return [Decimal(one.replace("−", "-").replace("+", "")) for one in found]


@pytest.mark.parametrize("query", ["", "?since=7", "?since=30", "?since=90", "?since=nonsense"])
def test_the_figures_shown_sum_to_the_total_shown(client: Client, owner: User, customer: Customer, query: str) -> None:
    client.force_login(owner)
    *parts, total = figures(page(client, customer, query))
    assert sum(parts) == total
    back = {"?since=7": 7, "?since=90": 90}.get(query, 30)
    first, last = (Score.objects.filter(customer=customer).as_of(day).get() for day in (ago(back), DAY))
    assert total == last.value - first.value  # type: ignore[operator]


def test_the_total_says_what_it_equals(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    first, last = (Score.objects.filter(customer=customer).as_of(day).get() for day in (ago(30), DAY))
    assert f"equals {last.value:.0f} − {first.value:.0f} exactly" in page(client, customer)


def test_since_the_last_qbr_where_there_was_one(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    assert "Last QBR" not in page(client, customer)
    Qbr.objects.create(customer=customer, due_on=ago(12), held_on=ago(10), goals=["Grow"])
    text = page(client, customer, "?since=qbr")
    assert "Last QBR" in text
    assert f'datetime="{ago(10)}"' in text


def test_two_days_of_ones_own(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    begun = page(client, customer, "?since=own")
    assert f'value="{ago(30)}"' in begun
    assert figures(begun) == figures(page(client, customer))
    text = page(client, customer, f"?since=own&first={ago(90)}&last={ago(10)}")
    *parts, total = figures(text)
    assert sum(parts) == total


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"first={ago(1)}&last={ago(9)}", "The first day lies after the last."),
        (f"first={ago(9)}&last=2027-01-01", "That day is still to come."),
        (f"first=soon&last={DAY}", "Enter a valid date."),
        ("first=&last=", "This field is required."),
    ],
)
def test_days_that_cannot_be_are_named_at_the_field(
    client: Client, owner: User, customer: Customer, query: str, said: str
) -> None:
    client.force_login(owner)
    text = page(client, customer, f"?since=own&{query}", status=422)
    assert said in text
    assert 'aria-invalid="true"' in text
    assert "soon" in text or "first=soon" not in query  # what was typed stays


def test_no_score_on_the_first_day_is_said(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    text = page(client, customer, f"?since=own&first={ago(300)}&last={DAY}")
    assert "There was no score on" in text
    assert figures(text) == []


def test_a_part_opens_to_its_rows_as_of_the_day(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    part = reverse("health:score_part", args=[customer.pk, "usage_trend"])
    opened = re.search(r'href="(/customers/\d+/health/\w+/\?of=health&amp;day=2026-11-24)"', page(client, customer))
    assert opened
    assert client.get(opened[1].replace("&amp;", "&")).status_code == 200
    past = client.get(part, {"day": str(ago(30))}).content.decode()
    assert f'datetime="{ago(30)}"' in past
    assert f'datetime="{ago(29)}"' not in past
    assert [client.get(part, {"day": day}).status_code for day in ("nonsense", "2027-01-01")] == [400, 400]


def test_who_left_is_named_beside_the_champion(client: Client, owner: User, customer: Customer) -> None:
    customer.contacts.all().delete()
    make.contact(customer, name="Elena Ruiz", roles=["champion"], state="left", state_on=ago(5))
    scoring.score_history([ago(10)])
    scoring.score_customers([customer.pk], DAY)
    client.force_login(owner)
    text = page(client, customer, "?since=7")
    assert "Elena Ruiz left 19 Nov." in text


def test_a_new_version_says_what_differs(client: Client, owner: User) -> None:
    one = portfolio_customer(1)
    Customer.objects.filter(pk=one.pk).update(owner=owner)
    scorecard({"adoption": (1, {"usage_trend": 3, "days_since_use": 1})}, key="one")
    scoring.score_history([ago(30)])
    Scorecard.objects.update(is_published=False)
    rules = {"adoption": (1, {"usage_trend": 1, "days_since_use": {"weight": 1, "zero_at": 90}, "stickiness": 2})}
    scorecard(rules, key="one", version=2)  # type: ignore[arg-type]
    scoring.score_range(one.pk, one.pk, DAY)
    client.force_login(owner)
    text = page(client, one)
    assert "Scorecard v1 to v2" in text
    assert "New: Stickiness. Counted otherwise: Days since last use. Weight of Usage trend 75% to 25%." in text


def test_what_went_missing_is_named(client: Client, owner: User) -> None:
    one = make.customer(owner=owner)
    on = scorecard({"adoption": (1, {"usage_trend": 1, "nps": 1})})
    for back, points, value in ((30, [40, 60], 50), (0, [40, None], 40)):
        Score.objects.create(
            customer=one, day=ago(back), scorecard=on, value=value, raw=value, band="yellow", points=points,
            weights=[0.5, 0.5], amounts=[0.1, None], inputs_on=[ago(back), None],
        )  # fmt: skip
    client.force_login(owner)
    text = page(client, one)
    assert "No data any more. Its weight went to the others." in text
    assert figures(text) == [Decimal("-10.0"), Decimal("-10.0")]


def test_a_named_score_has_its_own(client: Client, owner: User) -> None:
    one = make.customer(owner=owner)
    on = scorecard({"adoption": (1, {"usage_trend": 1})}, purpose=Purpose.EXPANSION)
    for back, points in ((30, 40), (0, 55)):
        NamedScore.objects.create(
            customer=one, purpose=Purpose.EXPANSION, day=ago(back), scorecard=on, value=points, raw=points,
            band="yellow", points=[points], weights=[1], amounts=[0.1], inputs_on=[ago(back)],
        )  # fmt: skip
    client.force_login(owner)
    text = page(client, one, "?of=expansion")
    assert "Expansion" in text
    assert figures(text)[-1] == 15


def test_it_is_a_page_of_its_own_without_script(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    text = client.get(reverse("health:changed_panel", args=[customer.pk])).content.decode()
    assert "<h1>What changed</h1>" in text


def test_the_panel_costs_the_same_however_long_the_history(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    url = reverse("health:changed_panel", args=[customer.pk])
    short = statements(client, url)
    for back in (60, 50, 40):
        scoring.score_history([ago(back)])
    assert statements(client, url) == short <= 12
