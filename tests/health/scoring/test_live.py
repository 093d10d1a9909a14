"""Open pages hear of news, and of nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import Customer
from config import clock
from health import scoring
from health.models import Case, Milestone
from health.scoring import freshness
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard, use

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def csm(client: Client) -> Any:
    make.organisation()
    csm = make.user()
    client.force_login(csm)
    return csm


@pytest.fixture
def scored(csm: Any) -> Customer:
    scorecard({"all": (1, {"usage_frequency": 1})})
    of = make.customer(owner=csm)
    use(of, range(5, 10))
    scoring.score_customers([of.pk], DAY)
    of.refresh_from_db()
    return of


def seen(client: Client, of: Customer) -> str:
    """The address that the open page will ask next."""
    return f"/customers/{of.pk}/live/?seen={client.get(f'/customers/{of.pk}/live/').context['mark']}"


def test_page_that_is_opened_gets_its_mark_and_no_event(client: Client, scored: Customer):
    answer = client.get(f"/customers/{scored.pk}/live/")
    assert (answer.status_code, answer.headers.get("HX-Trigger")) == (200, None)
    assert freshness.mark(scored) in answer.content.decode()


def test_nothing_new_is_an_empty_answer(client: Client, scored: Customer):
    address = seen(client, scored)
    scoring.score_customers([scored.pk], DAY)  # the same score again
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (204, b"")


def test_new_use_changes_the_panels_and_the_head(client: Client, scored: Customer):
    address = seen(client, scored)
    use(scored, range(4))
    scoring.score_customers([scored.pk], DAY)
    answer = client.get(address)
    assert "health:changed" in answer.headers["HX-Trigger"]
    assert 'id="health-now" hx-swap-oob="true"' in answer.content.decode()
    assert client.get(seen(client, scored)).status_code == 204


@pytest.mark.parametrize("news", ["case", "milestone"])
def test_cases_and_milestones_are_news(client: Client, scored: Customer, news: str):
    address = seen(client, scored)
    if news == "case":
        Case.objects.create(
            customer=scored, kind="risk", reason="silence", title="Silent", opened_on=DAY, due_on=DAY,
            newest_evidence_on=DAY,
        )  # fmt: skip
    else:
        Milestone.objects.create(customer=scored, key="habit", due_on=DAY)
    assert client.get(address).status_code == 200


def test_asking_takes_six_statements(client: Client, scored: Customer):
    address = seen(client, scored)
    with statements() as asked:
        client.get(address)
    assert len(asked) == 6  # session, user, day, whose customers, the customer with its health, the mark


def test_portfolio_counts_who_got_a_score_since(client: Client, scored: Customer):
    make.customer(score=50, band="yellow", scored_at=clock.now())  # somebody else's
    before = (clock.now() - dt.timedelta(minutes=1)).isoformat()
    answer = client.get("/customers/live/", {"since": before})
    assert answer.context["n"] == 1
    assert client.get("/customers/live/", {"since": clock.now().isoformat()}).status_code == 204
    assert scored.scored_at is not None


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-24", "2026-11-24T10:00:00", "2026-13-40T10:00:00Z"])
def test_instant_that_is_none_is_refused(client: Client, csm: Any, since: str):
    assert client.get("/customers/live/", {"since": since}).status_code == 400


def test_foreign_customer_is_missing(client: Client, csm: Any):
    assert client.get(f"/customers/{make.customer().pk}/live/").status_code == 404
