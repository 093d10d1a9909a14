"""The preview follows what is typed, says that it is not saved, and Publish puts in use what it showed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Customer, User
from health import publishing, scoring
from health.models import Scorecard
from health.publishing import preview
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.publishing.test_drafting import NOW, stored
from tests.health.publishing.test_preview import answering, content
from tests.health.scorecards.test_editor import text, typed, url

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def admin(client: Client) -> User:
    make.organisation()
    person = make.user("admin")
    client.force_login(person)
    return person


@pytest.fixture
def draft(admin: User) -> Scorecard:
    """Both measures count alike: Ash has 90, Birch 40; with 3 to 1 Birch has 60 and turns yellow."""
    lines = {"renewal_intent": {"weight": 1, "zero_at": 0, "full_at": 10}, "champion_present": {"weight": 1}}
    scorecard({"all": (1, lines)}, key="card")
    answering("Ash", 8, champion=True, arr=100)
    answering("Birch", 8, champion=False, arr=3_000)
    for first, last in scoring.chunks(DAY):
        scoring.score_range(first, last, DAY)
    return publishing.begin_draft(Scorecard.objects.get(key="card"), admin, NOW, DAY)


def form(client: Client, draft: Scorecard, **weights: str) -> dict[str, Any]:
    return typed(client, url("scorecard", draft.pk)) | {f"m-{key}-weight": weight for key, weight in weights.items()}


def shown(client: Client, draft: Scorecard, sent: dict[str, Any] | None = None) -> tuple[str, str]:
    """The panel's words, and the digest of what it previewed."""
    path = url("scorecard_preview", draft.pk)
    answer = client.get(path) if sent is None else client.post(path, sent)
    assert answer.status_code == 200
    found = re.search(r'name="previewed"[^>]*value="(\w+)"', answer.content.decode())
    assert found
    return text(answer), found[1]


def test_it_shows_what_is_typed_and_saves_nothing(client: Client, draft: Scorecard) -> None:
    before = stored(draft)
    words, _digest = shown(client, draft)
    assert "0 of 2" in words
    assert "not saved" not in words
    words, _digest = shown(client, draft, form(client, draft, renewal_intent="3"))
    assert "1 of 2" in words
    assert "Birch , +20" in words
    assert "it is not saved yet" in words
    assert "Save the draft to see who changes band" in words
    assert stored(draft) == before
    assert list(Customer.objects.order_by("pk").values_list("score", flat=True)) == [90, 40]


@pytest.mark.parametrize("weight", ["", "many", "-1", "1e9999"])
def test_what_cannot_be_read_leaves_the_saved_preview_and_says_so(
    client: Client, draft: Scorecard, weight: str
) -> None:
    words, digest = shown(client, draft, form(client, draft, renewal_intent=weight))
    assert "cannot be read yet" in words
    assert "0 of 2" in words
    assert digest == preview.digest(stored(draft))


def test_publish_puts_in_use_exactly_what_the_preview_showed(client: Client, draft: Scorecard) -> None:
    sent = form(client, draft, renewal_intent="3")
    _words, digest = shown(client, draft, sent)
    after = preview.preview(draft, DAY, Customer.objects.all(), content(3, 1)).after
    answer = client.post(url("scorecard", draft.pk), sent | {"then": "publish", "previewed": digest})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.is_published
    assert preview.digest(stored(draft)) == digest
    for first, last in scoring.chunks(DAY):
        scoring.score_range(first, last, DAY)
    tens = [min(9, int(score // 10)) for score in Customer.objects.values_list("score", flat=True)]
    assert [tens.count(ten) for ten in range(10)] == list(after)


def test_publish_is_refused_while_the_preview_is_behind(client: Client, draft: Scorecard) -> None:
    _words, digest = shown(client, draft, form(client, draft, renewal_intent="3"))
    sent = form(client, draft, renewal_intent="4") | {"then": "publish", "previewed": digest}
    answer = client.post(url("scorecard", draft.pk), sent)
    assert answer.status_code == 422
    assert "The preview did not show this yet" in text(answer)
    draft.refresh_from_db()
    assert draft.is_draft
    # Without script nothing was previewed, and Publish does what the page says.
    assert client.post(url("scorecard", draft.pk), sent | {"previewed": ""}).status_code == 302


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (content(3, 1), content(3, 1), True),
        (content(3, 1, green_from=Decimal(70)), content(3, 1, green_from=Decimal("70.00")), True),
        (content(10, 1), content(10, 2), False),
        (content(3, 1), content(3, 1, stages=("growth",)), False),
        (content(3, 1, position=1), content(3, 1, position=2), False),
    ],
)
def test_a_digest_is_of_what_is_said_not_of_how_it_is_written(one: Any, other: Any, same: bool) -> None:  # noqa: FBT001
    assert (preview.digest(one) == preview.digest(other)) is same
