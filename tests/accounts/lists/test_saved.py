"""Saved views: whose they are, what they ask, what of them is gone, and how many rows they find."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.utils.html import escape

from accounts.lists import Asked, find, read, saved
from accounts.models import Role, SavedView, User
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import case
from tests.problems import told

LIVE = {"field": "status", "test": "is", "value": "live"}
RICH = {"field": "arr", "test": "at_least", "value": "50"}


@pytest.fixture
def mara(db: None) -> User:
    organisation()
    boss = user(Role.MANAGER, name="Boss")
    return user(name="Mara", manager=boss)


def asked(who: User, address: str = "", key: str = "customers") -> Asked:
    kind = find(key)
    assert kind is not None
    return read(kind, who, QueryDict(address), DAY)


def view(owner: User, **fields: Any) -> SavedView:
    return SavedView.objects.create(
        **{"kind": "customers", "name": f"View {SavedView.objects.count()}", "owner": owner} | fields
    )


def test_a_view_is_seen_by_those_it_is_shared_with_and_changed_by_its_owner_and_admins(mara: User) -> None:
    peer, stranger, admin = user(manager=mara.manager), user(), user(Role.ADMIN)
    made = {
        shared: view(mara, name=shared, shared=shared, team=mara.manager if shared == "team" else None)
        for shared in ("nobody", "team", "all")
    }
    seen = {
        who: set(SavedView.objects.visible_to(who).values_list("name", flat=True))
        for who in (mara, mara.manager, peer, stranger, admin)
        if who
    }
    assert seen == {
        mara: {"nobody", "team", "all"}, mara.manager: {"team", "all"}, peer: {"team", "all"}, stranger: {"all"}, admin: {"all"},
    }  # fmt: skip
    assert set(SavedView.objects.changeable_by(mara)) == set(made.values())
    assert set(SavedView.objects.changeable_by(admin)) == {made["team"], made["all"]}
    assert not SavedView.objects.changeable_by(peer).exists()
    assert [one.name for one in saved.teams(mara)] == ["Boss"]


@pytest.mark.parametrize("fields", [
    {"shared": "team"}, {"shared": "all", "team": True}, {"name": ""}, {"kind": "people"}, {"name": "Taken"},
])  # fmt: skip
def test_the_database_refuses_what_is_no_view(mara: User, fields: dict[str, Any]) -> None:
    view(mara, name="Taken")
    if fields.get("team"):
        fields = fields | {"team": mara.manager}
    with pytest.raises(IntegrityError), transaction.atomic():
        view(mara, **fields)


def test_a_view_is_opened_by_its_number_and_what_is_changed_stands_in_the_address(mara: User) -> None:
    poor, rich = customer(owner=mara, arr=10), customer(owner=mara, arr=90)
    made = view(mara, filter=[LIVE, RICH], order="name", columns=["arr", "owner"], group="segment")
    opened = asked(mara, f"view={made.pk}")
    assert list(opened.rows()) == [rich]
    assert [column.key for column in opened.columns] == ["name", "arr", "owner"]
    assert (opened.order, opened.group, opened.changes, opened.query) == ("name", "segment", [], f"view={made.pk}")
    fewer = opened.without(opened.members[1])
    assert set(fewer.rows()) == {poor, rich}
    assert fewer.changes == ["filter"]
    assert asked(mara, fewer.query).members == fewer.members
    for address, changes in (
        ("sort=arr", ["order"]),
        ("columns=", ["columns"]),
        ("group=", ["group"]),
        ("if=", ["filter"]),
    ):
        again = asked(mara, f"view={made.pk}&{address}")
        assert again.changes == changes, address
        assert asked(mara, again.query).changes == changes, address


def test_what_of_a_view_is_gone_is_said_and_the_rest_shown(mara: User, client: Client) -> None:
    customer(owner=mara, arr=10)
    rich = customer(owner=mara, arr=90, name="Rich")
    gone = [
        {"field": "no_such", "test": "is", "value": "x"},
        {"any": [RICH, {"field": "gone", "test": "has", "value": "y"}]},
    ]
    made = view(mara, name="Old", filter=[*gone, RICH], order="luck", columns=["arr", "lost"], group="moon")
    opened = asked(mara, f"view={made.pk}")
    assert list(opened.rows()) == [rich]
    assert [column.key for column in opened.columns] == ["name", "arr"]
    assert len(opened.problems) == 5
    client.force_login(mara)
    page = client.get(f"/customers/?view={made.pk}").content.decode()
    assert all(escape(problem) in page for problem in opened.problems)
    assert "Rich" in page


@pytest.mark.parametrize("number", ["0", "x", "9" * 30])
def test_a_view_that_is_not_there_or_not_shared_is_said(mara: User, number: str) -> None:
    theirs = view(user())
    for address in (number, str(theirs.pk)):
        opened = asked(mara, f"view={address}&if=arr~at_least~50")
        assert (len(opened.problems), len(opened.members)) == (1, 1)


def test_me_in_a_shared_view_is_whoever_looks(mara: User) -> None:
    peer = user()
    mine, theirs = (case(customer(owner=who), 3) for who in (mara, peer))
    made = view(mara, kind="cases", shared="all", filter=[{"field": "cases:owner", "test": "is", "value": "me"}])
    assert list(asked(mara, f"view={made.pk}", "cases").rows()) == [mine]
    assert list(asked(peer, f"view={made.pk}", "cases").rows()) == [theirs]


def test_a_view_is_saved_shared_changed_deleted_and_brought_back(mara: User, client: Client) -> None:
    client.force_login(mara)
    asks = client.get("/lists/customers/views/new/?if=arr~at_least~50", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-post="/lists/customers/views/new/?if=arr~at_least~50"' in asks
    answer = client.post(
        "/lists/customers/views/new/?if=arr~at_least~50&sort=-arr&columns=arr", {"name": "Rich", "shared": "all"}
    )
    made = SavedView.objects.get()
    assert answer["Location"] == f"/customers/?view={made.pk}"
    assert (made.filter, made.order, made.columns) == ([RICH], "-arr", ["arr"])
    page = client.get(f"/customers/?view={made.pk}&sort=name").content.decode()
    assert "1 change not saved" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert client.post(f"/views/{made.pk}/save/?view={made.pk}&sort=name", {"seen": seen}).status_code == 302
    made.refresh_from_db()
    assert (made.filter, made.order) == ([RICH], "name")
    # Whoever opened it before that would take the change back without knowing.
    client.post(f"/views/{made.pk}/save/?view={made.pk}&sort=arr", {"seen": seen})
    made.refresh_from_db()
    assert made.order == "name"
    rail = client.get("/counts/").content.decode()
    assert f'href="/customers/?view={made.pk}"' in rail
    shared_mark = '<span class="quiet">shared</span>'
    assert shared_mark in rail
    again = client.post("/lists/customers/views/new/", {"name": "Rich", "shared": "all"})
    assert "You have a view of this name already." in again.content.decode()
    # From the dialog the toast waits for the page that the answer leads to.
    second = {"name": "Second", "shared": "all"}
    answer = client.post("/lists/customers/views/new/", second, headers={"HX-Request": "true"})
    assert "“Second” is saved and shared with everyone." in client.get(answer["HX-Redirect"]).content.decode()
    SavedView.objects.exclude(pk=made.pk).delete()
    SavedView.objects.update(shared="nobody")
    assert shared_mark not in client.get("/counts/").content.decode()
    SavedView.objects.update(shared="all")
    answer = client.post(f"/views/{made.pk}/delete/", follow=True)
    assert not SavedView.objects.exists()
    undo = answer.content.decode().split("/views/back/?kept=")[1].split('"')[0]
    assert client.post(f"/views/back/?kept={undo}").status_code == 302
    back = SavedView.objects.get()
    assert (back.name, back.filter, back.order, back.shared, back.owner) == ("Rich", [RICH], "name", "all", mara)
    assert client.post("/views/back/?kept=forged").status_code == 404


def test_a_view_is_shared_with_a_team_one_is_in(mara: User, client: Client) -> None:
    client.force_login(mara)
    elsewhere = user(Role.MANAGER)
    url = "/lists/tasks/views/new/?state=late"
    assert client.post(url, {"name": "Late", "shared": "team"}).status_code == 422
    assert client.post(url, {"name": "Late", "shared": "team", "team": elsewhere.pk}).status_code == 422
    answer = client.post(url, {"name": "Late", "shared": "team", "team": mara.manager_id}, follow=True)
    assert f"“Late” is saved and shared with the team of {mara.manager.name}." in answer.content.decode()
    made = SavedView.objects.get()
    assert made.team == mara.manager
    assert made.filter == [{"field": "tasks:state", "test": "is", "value": "late"}]


def test_nobody_saves_over_anothers_view(mara: User, client: Client) -> None:
    made = view(user(), shared="all")
    client.force_login(mara)
    for address in (f"/views/{made.pk}/", f"/views/{made.pk}/save/", f"/views/{made.pk}/delete/"):
        assert client.post(address, {"name": "Mine"}).status_code == 403
    with pytest.raises(ValidationError):
        saved.save(made, asked(mara), back="something else")


def test_ones_own_views_stand_before_those_of_others_however_many_they_share(mara: User) -> None:
    busy = user()
    SavedView.objects.bulk_create(
        SavedView(kind="tasks", name=f"Theirs {n}", owner=busy, shared="all", position=1) for n in range(saved.MOST * 3)
    )
    of_team = view(mara.manager, name="Team's", shared="team", team=mara.manager, position=400)  # type: ignore[arg-type]
    own = view(mara, name="Own", position=500)
    listed = saved.views_of(mara)
    assert (listed[:2], len(listed)) == ([own, of_team], saved.MOST)


def test_how_many_views_a_person_keeps_and_shares_is_limited(
    mara: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "MOST", 3)
    monkeypatch.setattr(saved, "MOST_SHARED", 1)
    client.force_login(mara)
    url = "/lists/customers/views/new/"
    shared, private = view(mara, name="A", shared="all"), view(mara, name="B")
    assert "A person shares at most 1 views" in client.post(url, {"name": "C", "shared": "all"}).content.decode()
    assert client.post(f"/views/{private.pk}/", {"name": "B", "shared": "all"}).status_code == 422
    # What is shared already is changed as before.
    assert client.post(f"/views/{shared.pk}/", {"name": "AA", "shared": "all"}).status_code == 302
    assert client.post(url, {"name": "C", "shared": "nobody"}).status_code == 302
    full = client.post(url, {"name": "D", "shared": "nobody"})
    assert (full.status_code, "A person keeps at most 3 views" in full.content.decode()) == (422, True)
    body = {"kind": "tasks", "name": "E", "shared": "nobody"}
    answer = client.post("/api/v1/views/", body, "application/json")
    assert (answer.status_code, list(told(answer))) == (400, ["non_field_errors"])


def test_who_only_reads_keeps_views_and_shares_none(mara: User, client: Client) -> None:
    viewer = user(Role.VIEWER)
    client.force_login(viewer)
    url = "/lists/customers/views/new/"
    assert 'name="shared"' not in client.get(url).content.decode()
    assert client.post(url, {"name": "Own", "shared": "all"}).status_code == 302
    assert SavedView.objects.get().shared == "nobody"
    body = {"kind": "tasks", "name": "All", "shared": "all"}
    answer = client.post("/api/v1/views/", body, "application/json")
    assert (answer.status_code, list(told(answer))) == (400, ["shared"])
    # What one shared while one still wrote can be taken from the others.
    shared = view(viewer, name="Old", shared="all")
    assert client.post(f"/views/{shared.pk}/", {"name": "Old", "shared": "nobody"}).status_code == 302


def test_a_view_is_not_given_the_name_of_another(mara: User, client: Client) -> None:
    view(mara, name="Taken")
    other = view(mara, name="Other")
    client.force_login(mara)
    answer = client.post(f"/views/{other.pk}/", {"name": "Taken", "shared": "nobody"})
    assert answer.status_code == 422
    assert "You have a view of this name already." in answer.content.decode()
    assert client.post(f"/views/{other.pk}/", {"name": "Renamed", "shared": "nobody"}).status_code == 302


@pytest.mark.parametrize("how", ["all", "any"])
def test_a_stored_group_is_shown_as_it_is(mara: User, how: str) -> None:
    rich = customer(owner=mara, arr=90)
    customer(owner=mara, arr=10)
    opened = asked(mara, f"view={view(mara, filter={how: [RICH]}).pk}")
    assert (opened.problems, list(opened.rows())) == ((), [rich])


def test_a_view_of_a_stored_group_without_conditions_filters_nothing(mara: User) -> None:
    opened = asked(mara, f"view={view(mara, filter={'all': []}).pk}")
    assert (opened.problems, opened.members) == ((), ())


def test_a_view_with_too_many_conditions_is_shown_without_the_last(mara: User) -> None:
    opened = asked(mara, f"view={view(mara, filter=[{'none': [RICH] * 30}, {'any': [RICH] * 21}]).pk}")
    assert len(opened.members) == 1
    assert "at most 50 conditions" in opened.problems[0]
