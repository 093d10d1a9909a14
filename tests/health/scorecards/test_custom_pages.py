"""Own measures on pages, and scorecards over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from health import publishing
from health.models import Feature, OwnMeasure, Scorecard
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.publishing.test_drafting import NOW

pytestmark = pytest.mark.django_db

FIGURES = {"window_days": "28", "shelf_life_days": "90", "zero_at": "0", "full_at": "40"}


@pytest.fixture
def admin(client: Client) -> User:
    make.organisation()
    one = make.user("admin")
    client.force_login(one)
    return one


@pytest.fixture
def draft(admin: User) -> Scorecard:
    card = scorecard({"all": (1, {"nps": 1})}, key="card", name="Card")
    return publishing.begin_draft(card, admin, NOW, DAY)


def url(name: str, *args: Any) -> str:
    return reverse(f"health:{name}", args=args)


def test_a_measure_is_made_of_a_feature_for_a_draft(client: Client, draft: Scorecard) -> None:
    feature = Feature.objects.create(key="deals", name="Deals")
    path = f"{url('own_measure_new')}?for={draft.pk}"
    said = FIGURES | {"name": "Deals won", "about": "", "feature": str(feature.pk), "statistic": "sum"}
    answer = client.post(path, said)
    assert (answer.status_code, answer["Location"]) == (302, url("scorecard_catalogue", draft.pk))
    made = OwnMeasure.objects.get()
    assert (made.key, made.feature, made.statistic, made.full_at) == ("own_deals_won", feature, "sum", 40)
    page = client.get(url("scorecard_catalogue", draft.pk)).content.decode()
    assert "Deals won" in page
    assert "Uses of “Deals” in the window." in page
    client.post(url("scorecard_catalogue", draft.pk), {"measure": made.key})
    draft.refresh_from_db()
    assert draft.measures == ["nps", "own_deals_won"]


def test_a_change_is_typed_in_per_cent(client: Client, draft: Scorecard) -> None:
    feature = Feature.objects.create(key="deals", name="Deals")
    said = FIGURES | {"zero_at": "-20", "full_at": "12.5", "name": "Deals", "feature": feature.pk, "statistic": "trend"}
    assert client.post(url("own_measure_new"), said).status_code == 302
    made = OwnMeasure.objects.get()
    assert (float(made.zero_at), float(made.full_at)) == (-0.2, 0.125)
    page = client.get(url("own_measure", made.key)).content.decode()
    assert 'value="-20"' in page
    assert 'value="12.5"' in page


@pytest.mark.parametrize(
    ("source", "wrong", "field", "words"),
    [
        ("survey", {"survey": "csat", "statistic": "mean", "zero_at": "lots"}, "zero_at", "“lots” is not a number."),
        ("survey", {"survey": "csat", "statistic": "mean", "zero_at": ""}, "zero_at", "This field is required."),
        ("survey", {"survey": "csat", "statistic": "mean", "full_at": "0"}, "full_at", "Must differ"),
        ("survey", {"survey": "csat", "statistic": "mean", "window_days": "401"}, "window_days", "between 1 and 400"),
        ("survey", {"survey": "csat", "statistic": "mean", "name": " "}, "name", "This field is required."),
        ("attribute", {"attribute": "", "statistic": "newest"}, "attribute", "This field is required."),
        ("feature", {"feature": "", "statistic": "sum"}, "feature", "This field is required."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Client, admin: User, source: str, wrong: dict[str, str], field: str, words: str
) -> None:
    answer = client.post(f"{url('own_measure_new')}?source={source}", FIGURES | {"name": "Mine"} | wrong)
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not OwnMeasure.objects.exists()


def test_a_source_nobody_knows_is_refused(client: Client, admin: User) -> None:
    assert client.get(f"{url('own_measure_new')}?source=stars").status_code == 400


def test_what_is_counted_keeps_what_it_measures(client: Client, draft: Scorecard) -> None:
    said = FIGURES | {"name": "Ease", "survey": "ces", "statistic": "mean"}
    client.post(f"{url('own_measure_new')}?source=survey", said)
    client.post(url("scorecard_catalogue", draft.pk), {"measure": "own_ease"})
    answer = client.post(url("own_measure", "own_ease"), said | {"survey": "nps"})
    assert answer.status_code == 422
    assert "Make another one." in answer.content.decode()
    assert client.post(url("own_measure", "own_ease"), said | {"name": "Ease of use"}).status_code == 302


def test_a_hidden_measure_is_offered_no_longer(client: Client, draft: Scorecard) -> None:
    client.post(
        f"{url('own_measure_new')}?source=survey", FIGURES | {"name": "Ease", "survey": "ces", "statistic": "mean"}
    )
    answer = client.post(url("own_measure_hide", "own_ease"), follow=True)
    assert "is offered no longer" in answer.content.decode()
    catalogue = url("scorecard_catalogue", draft.pk)
    assert "own_ease" not in client.get(catalogue).content.decode()
    assert client.post(catalogue, {"measure": "own_ease"}).status_code == 404
    client.post(url("own_measure_hide", "own_ease"))
    assert "own_ease" in client.get(catalogue).content.decode()


def test_the_api_lists_versions_with_all_they_say(client: Client, draft: Scorecard) -> None:
    rows = client.get("/api/v1/scorecards/?key=card").json()["results"]
    assert [(row["version"], row["in_use"], row["draft"]) for row in rows] == [(2, False, True), (1, True, False)]
    assert rows[1]["groups"][0]["measures"][0]["measure"] == "nps"
    one = client.get(f"/api/v1/scorecards/{draft.pk}/").json()
    assert (one["key"], one["green_from"]) == ("card", "70.00")
    client.force_login(make.user())
    assert [row["version"] for row in client.get("/api/v1/scorecards/").json()["results"]] == [1]
    assert client.get(f"/api/v1/scorecards/{draft.pk}/").status_code == 404
    assert client.get("/api/v1/scorecards/?in_use=false").json()["results"] == []
    assert client.get("/api/v1/scorecards/?in_use=maybe").status_code == 400


def test_the_api_costs_the_same_for_more_versions(client: Client, admin: User) -> None:
    counts = []
    for number in range(2):
        scorecard({"all": (1, {"nps": 1, "stickiness": 1})}, key=f"card{number}", position=number + 1)
        with statements() as asked:
            assert len(client.get("/api/v1/scorecards/").json()["results"]) == number + 1
        counts.append(len(asked))
    assert counts[0] == counts[1]
