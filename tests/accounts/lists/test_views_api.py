"""Saved views over the API: the same people, the same checks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, SavedView, User
from tests.factories import organisation, user
from tests.problems import told

URL = "/api/v1/views/"
WHOLE: dict[str, Any] = {
    "kind": "cases", "name": "Urgent", "shared": "all", "order": "-stake", "columns": ["value", "arr"], "group": "segment",
    "filter": [{"field": "cases:severity", "test": "is", "value": "urgent"}], "position": 3,
}  # fmt: skip


@pytest.fixture
def mara(client: Client, db: None) -> User:
    organisation()
    mara = user(manager=user(Role.MANAGER))
    client.force_login(mara)
    return mara


def post(client: Client, url: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(url, body, "application/json", headers=headers)


def test_a_view_is_made_changed_and_deleted(mara: User, client: Client) -> None:
    made = post(client, URL, WHOLE)
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in WHOLE} == WHOLE
    assert (told["owner"], told["team"]) == (mara.email, None)
    (listed,) = client.get(URL).json()["results"]
    assert listed == told
    one = f"{URL}{told['id']}/"
    version = client.get(one).headers["ETag"]
    assert mara.manager is not None
    changed = post(client, f"{one}change/", {"shared": "team", "team": mara.manager.email}, **{"If-Match": version})
    assert (changed.status_code, changed.json()["team"], changed.json()["name"]) == (200, mara.manager.email, "Urgent")
    assert post(client, f"{one}change/", {"name": "Other"}, **{"If-Match": version}).status_code == 412
    assert post(client, f"{one}delete/", {}).status_code == 204
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(("wrong", "named"), [
    ({"filter": [{"field": "tasks:due", "test": "missing", "value": None}]}, "filter"), ({"filter": "x"}, "filter"),
    ({"order": "luck"}, "order"), ({"columns": ["state:silence"]}, "columns"), ({"group": "arr"}, "group"),
    ({"shared": "team"}, "team"), ({"shared": "team", "team": "who@else.example"}, "team"), ({"kind": "people"}, "kind"),
    ({"color": "red"}, "color"), ({"name": "Taken"}, "name"),
])  # fmt: skip
def test_what_no_list_can_show_is_refused_by_its_name(
    mara: User, client: Client, wrong: dict[str, Any], named: str
) -> None:
    SavedView.objects.create(kind="cases", name="Taken", owner=mara)
    answer = post(client, URL, WHOLE | wrong)
    assert (answer.status_code, list(told(answer))) == (400, [named])


def test_anothers_shared_view_is_read_only_and_to_an_admin_not(mara: User, client: Client) -> None:
    theirs = SavedView.objects.create(kind="tasks", name="Theirs", owner=user(), shared="all")
    private = SavedView.objects.create(kind="tasks", name="Private", owner=user())
    assert [view["name"] for view in client.get(URL).json()["results"]] == ["Theirs"]
    assert post(client, f"{URL}{theirs.pk}/change/", {"name": "Mine"}).status_code == 403
    assert post(client, f"{URL}{private.pk}/delete/", {}).status_code == 404
    client.force_login(user(Role.ADMIN))
    assert post(client, f"{URL}{theirs.pk}/change/", {"name": "Tidied"}).status_code == 200
    assert post(client, f"{URL}{private.pk}/change/", {"name": "Tidied"}).status_code == 404
