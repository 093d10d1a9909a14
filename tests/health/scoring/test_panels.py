"""Health on pages: what shows, who may see it, how many statements it costs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Customer, User
from health import scoring
from health.explaining import by_day, history, of_group
from health.models import Feature, FeatureDay, NamedScore, Score
from health.publishing import shipped
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use
from tests.health.scoring.test_scoring import portfolio_customer
from tests.markup import tight

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
    scoring.score_history([ago(60), ago(20)])
    scoring.score_range(one.pk, one.pk, DAY)
    return one


def get(client: Client, name: str, *args: Any, query: str = "") -> Any:
    return client.get(reverse(f"health:{name}", args=args) + query)


def statements(client: Client, url: str) -> int:
    """Statements about the page itself; session, user, whom they cover and the clock are every request's."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    signing_in = ('"django_session"', 'FROM "accounts_user"', "SAVEPOINT", "accounts_cover", "accounts_organisation")
    return len([q for q in seen.captured_queries if not any(words in q["sql"] for words in signing_in)])


def test_panel_shows_score_parts_and_their_sum(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    page = get(client, "panel", customer.pk).content.decode()
    score = Score.objects.filter(customer=customer).as_of(DAY).get()
    assert 'id="health-panel"' in page
    assert f"{score.raw:.2f}" in page
    assert "Usage trend" in page
    assert "Standard v1" in page
    assert "Compute again" in page
    assert "<polyline" in page


def test_panel_without_a_score_says_why(client: Client, owner: User) -> None:
    client.force_login(owner)
    one = make.customer(owner=owner)
    assert "No score yet" in get(client, "panel", one.pk).content.decode()


def test_panel_names_the_rule_that_holds_the_score_down(client: Client, owner: User, customer: Customer) -> None:
    Score.objects.update(value=40, band="red", raw=80, ceiling="champion_left")
    client.force_login(owner)
    assert "Champion left, nobody named" in get(client, "panel", customer.pk).content.decode()


@pytest.mark.parametrize("name", ["panel", "usage_panel", "score_part"])
def test_a_strangers_customer_is_not_found(client: Client, customer: Customer, name: str) -> None:
    client.force_login(make.user())
    rest = ["usage_trend"] if name == "score_part" else []
    assert get(client, name, customer.pk, *rest).status_code == 404


def test_panels_cost_the_same_for_more_rows(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    asked = []
    for number in range(3):
        feature = Feature.objects.create(key=f"f{number}", name=f"F{number}")
        FeatureDay.objects.create(customer=customer, day=ago(number), feature=feature, users=2, uses=9)
        make.contact(customer, name=f"Gone {number}", state="left", state_on=ago(number))
        panel = statements(client, reverse("health:panel", args=[customer.pk]))
        asked.append((panel, statements(client, reverse("health:usage_panel", args=[customer.pk]))))
    # Seven of the panel's are the chart's events.
    assert asked[0] == asked[1] == asked[2]
    assert asked[0][0] <= 13
    assert asked[0][1] <= 4


def test_panel_shows_one_group_of_the_score(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    page = tight(get(client, "panel", customer.pk, query="?group=support").content.decode())
    assert "Support of Cobalt Freight over 90 days" in page
    assert 'group=support" hx-target="#health-panel" hx-swap="outerHTML" aria-current="true">Support</a>' in page
    assert (
        "Health of Cobalt Freight over 90 days" in get(client, "panel", customer.pk, query="?group=x").content.decode()
    )


def test_a_group_is_read_by_its_own_weights() -> None:
    """70 × 0.3 + 40 × 0.1 of 0.4: 62.5; without data in the group nothing."""
    one = make.customer()
    on = scorecard({"a": (4, {"usage_trend": 3, "nps": 1}), "b": (6, {"stickiness": 1})})
    rows = ((9, [70, 40, 10], [0.3, 0.1, 0.6]), (0, [None, None, 10], [0, 0, 1]))
    for back, points, weights in rows:
        Score.objects.create(
            customer=one, day=ago(back), scorecard=on, value=31, raw=31, band="red", points=points, weights=weights,
            amounts=[None] * 3, inputs_on=[None] * 3,
        )  # fmt: skip
    scores = history(one, DAY)
    assert by_day(scores, ago(10), DAY, of_group(scores, "a"))[::5] == [None, pytest.approx(62.5, abs=1e-5), None]


def test_panel_shows_the_other_scores_and_each_by_itself(client: Client, owner: User) -> None:
    one = make.customer(owner=owner)
    on = scorecard({"a": (1, {"usage_trend": 1})}, purpose="risk")
    for back, value in ((9, 60), (0, 66)):
        NamedScore.objects.create(
            customer=one, purpose="risk", day=ago(back), scorecard=on, value=value, raw=value, band="yellow",
            points=[value], weights=[1], amounts=[0.1], inputs_on=[ago(back)],
        )  # fmt: skip
    client.force_login(owner)
    page = get(client, "panel", one.pk, query="?of=risk").content.decode()
    assert '<h2 id="h-health">Risk</h2>' in page
    assert "Compute again" not in page
    assert "Oldest input" in page


def test_panel_names_its_oldest_input_and_its_proof(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    page = get(client, "panel", customer.pk).content.decode()
    assert "of weight" in page
    score = Score.objects.filter(customer=customer).as_of(DAY).get()
    assert reverse("health:proof", args=[score.scorecard_id]) in page
    assert re.search(r"Oldest input <b>[^<]+, [^<]+</b>", page)


def test_usage_panel_lists_features_with_change(client: Client, owner: User, customer: Customer) -> None:
    feature = Feature.objects.create(key="deals", name="Deals", is_core=True)
    for back, uses in ((1, 30), (30, 40)):
        FeatureDay.objects.create(customer=customer, day=ago(back), feature=feature, users=3, uses=uses)
    client.force_login(owner)
    page = get(client, "usage_panel", customer.pk).content.decode()
    assert "Deals" in page
    assert "−25%" in page


def test_recompute_scores_now_and_tells_the_page(client: Client, owner: User) -> None:
    shipped.install(DAY)
    one = make.customer(owner=owner)
    use(one, range(20))
    client.force_login(owner)
    answer = client.post(reverse("health:recompute", args=[one.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "health:changed"
    one.refresh_from_db()
    assert one.score is not None


def test_recompute_without_script_goes_back_to_the_customer(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    answer = client.post(reverse("health:recompute", args=[customer.pk]))
    assert (answer.status_code, answer["Location"]) == (302, f"/customers/{customer.pk}/")


def test_viewer_sees_but_does_not_recompute(client: Client, customer: Customer) -> None:
    client.force_login(make.user("viewer"))
    assert "Compute again" not in get(client, "panel", customer.pk).content.decode()
    assert client.post(reverse("health:recompute", args=[customer.pk])).status_code == 403


def test_recompute_of_a_strangers_customer_is_not_found(client: Client, customer: Customer) -> None:
    client.force_login(make.user())
    assert client.post(reverse("health:recompute", args=[customer.pk])).status_code == 404


@pytest.mark.parametrize(
    "measure", ["usage_trend", "support_csat", "nps", "champion_present", "touch_recency", "outcomes_reached"]
)
def test_part_opens_to_its_rows(client: Client, owner: User, customer: Customer, measure: str) -> None:
    client.force_login(owner)
    page = get(client, "score_part", customer.pk, measure).content.decode()
    assert "<table" in page
    assert page.count("<h1") == 1


def test_part_pages_by_key(client: Client, owner: User) -> None:
    one = make.customer(owner=owner)
    use(one, range(60))
    client.force_login(owner)
    first = get(client, "score_part", one.pk, "usage_trend")
    assert len(first.context["page"].rows) == 50
    assert first.context["page"].after == ago(49).isoformat()
    second = get(client, "score_part", one.pk, "usage_trend", query=f"?after={ago(49)}")
    assert [row.day for row in second.context["page"].rows] == [ago(n) for n in range(50, 60)]


@pytest.mark.parametrize(("path", "status"), [("no-such", 404), ("usage_trend/?after=x", 400), ("nps/?after=x", 400)])
def test_wrong_addresses_are_refused(client: Client, owner: User, customer: Customer, path: str, status: int) -> None:
    client.force_login(owner)
    slash = "" if "?" in path else "/"
    assert client.get(f"/customers/{customer.pk}/health/{path}{slash}").status_code == status


def test_scorecards_show_measures_and_bands(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(make.user("admin"))
    answer = get(client, "scorecards")
    page = answer.content.decode()
    assert "Standard" in page
    assert "Usage trend" in page
    standard = answer.context["uses"][1]
    assert (standard.customers, sum(n for _, n, _ in standard.shares)) == (1, 1)


def test_scorecard_counts_do_not_cost_more_statements(client: Client, customer: Customer) -> None:
    client.force_login(make.user("admin"))
    counts = []
    for _ in (1, 3):
        counts.append(statements(client, reverse("health:scorecards")))
        make.customer()
        make.customer()
    assert counts[0] == counts[1]


def test_api_lists_scores_with_parts(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    rows = client.get(f"/api/v1/scores/?customer={customer.pk}").json()["results"]
    assert rows[0]["day"] == DAY.isoformat()
    total = sum(part["contribution"] for part in rows[0]["parts"])
    assert abs(total - float(rows[0]["raw"])) < 0.006
    as_of = client.get(f"/api/v1/scores/?as_of={ago(30)}").json()["results"]
    assert [row["day"] for row in as_of] == [ago(60).isoformat()]


def test_api_hides_strangers_customers(client: Client, customer: Customer) -> None:
    client.force_login(make.user())
    score = Score.objects.first()
    assert client.get("/api/v1/scores/").json()["results"] == []
    assert client.get(f"/api/v1/scores/{score.pk}/").status_code == 404
    assert client.get("/api/v1/usage/").json()["results"] == []


@pytest.mark.parametrize("address", ["scores/?customer=x", "scores/?as_of=2026-13-01", "usage/?customer=-1"])
def test_api_refuses_what_it_cannot_read(client: Client, owner: User, address: str) -> None:
    client.force_login(owner)
    assert client.get(f"/api/v1/{address}").status_code == 400


@pytest.mark.parametrize("path", ["scores/", "usage/"])
def test_api_lists_cost_the_same_for_more_rows(client: Client, owner: User, customer: Customer, path: str) -> None:
    client.force_login(owner)
    first = statements(client, f"/api/v1/{path}")
    Score.objects.filter(customer=customer, day=DAY).update(day=DAY + dt.timedelta(days=1))
    use(make.customer(owner=owner), range(3))
    assert statements(client, f"/api/v1/{path}") == first


def test_api_tells_the_catalogue(client: Client, owner: User) -> None:
    client.force_login(owner)
    found = client.get("/api/v1/measures/").json()
    assert len(found) >= 10
    assert {"key", "name", "about", "unit", "literature"} <= found[0].keys()
