"""Acts on many rows as pages: they work as plain forms, say whom they mean, and show how far they are and what they left."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts import tasks  # noqa: F401 (its handlers)
from accounts.bulk import running
from accounts.models import BulkAct, Customer, User
from config.history.models import Departure
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from tests.accounts.bulk.selected import Selected, selected

pytestmark = pytest.mark.django_db
TAG = "/bulk/customers/tag/"


@pytest.fixture
def world(client: Client) -> Selected:
    made = selected(3)
    client.force_login(made.csm)
    return made


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def seen(page: str) -> str:
    """The digest of the rows that the form showed."""
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def test_a_plain_form_asks_and_acts_and_the_next_page_offers_the_way_back(client: Client, world: Selected) -> None:
    ids = world.rows["customers"]
    page = client.get(TAG, {"pick": ids, "found": ""}, HTTP_REFERER="http://testserver/customers/")
    names = list(Customer.objects.filter(pk__in=ids).values_list("name", flat=True))
    assert page.status_code == 200
    assert all(word in text(page) for word in ("Tag: 3 customers", *names))
    answer = client.post(TAG, {"pick": ids, "tags": "pilot", "next": "/customers/"})
    assert (answer.status_code, answer["Location"]) == (302, "/customers/")
    begun = BulkAct.objects.get()
    after = text(client.get("/customers/"))
    assert "Tag added: “pilot”: 3 customers." in after
    assert f'action="/bulk/{begun.pk}/undo/"' in after
    client.post(f"/bulk/{begun.pk}/undo/")
    assert not Customer.objects.filter(tags__contains=["pilot"]).exists()


def test_the_page_of_an_act_names_the_rows_by_what_became_of_them(client: Client, world: Selected) -> None:
    first, second, third = Customer.objects.filter(pk__in=world.rows["customers"]).order_by("pk")
    Customer.objects.filter(pk=first.pk).update(tags=["pilot"])
    client.post(TAG, {"pick": world.rows["customers"], "tags": "pilot", "next": "/customers/"})
    bulk_act = BulkAct.objects.get()
    address = f"/bulk/{bulk_act.pk}/"

    def named(query: str) -> set[Customer]:
        page = client.get(address + query)
        assert page.status_code == 200
        return {row for row in (first, second, third) if f">{row.name}</a>" in text(page)}

    def tabs() -> list[tuple[str, str]]:
        return re.findall(r'href="\?rows=(\w+)"[^>]*> [^<]+<span class="count">(\d+)</span>', text(client.get(address)))

    assert named("") == named("?rows=done") == {second, third}
    assert (named("?rows=same"), named("?rows=refused")) == ({first}, set())
    assert tabs() == [("done", "2"), ("same", "1")]
    assert client.get(address + "?rows=odd").status_code == 400
    rows = {row.object_id: row.pk for row in bulk_act.rows.filter(state="done")}
    last = max(rows, key=lambda pk: rows[pk])
    assert named(f"?rows=done&after={min(rows.values())}") == {row for row in (second, third) if row.pk == last}
    Customer.objects.filter(pk=third.pk).update(tags=["other"])
    client.post(f"/bulk/{bulk_act.pk}/undo/")
    assert tabs() == [("kept", "1"), ("returned", "1"), ("same", "1")]
    assert (named(""), named("?rows=returned")) == ({third}, {second})


def test_an_act_under_way_shows_how_far_it_is_and_no_rows_yet(client: Client, world: Selected) -> None:
    client.post(TAG, {"pick": world.rows["customers"], "tags": "pilot", "next": "/customers/"})
    BulkAct.objects.update(state="running", ended_at=None)
    page = text(client.get(f"/bulk/{BulkAct.objects.get().pk}/"))
    assert ("<progress" in page, "Rows of this action" in page) == (True, False)


def test_one_row_is_named_by_its_own_name(client: Client, world: Selected) -> None:
    [case] = world.rows["cases"][:1]
    assert "Snooze: Look at it ·" in text(client.get("/bulk/cases/snooze/", {"pick": case}))


@pytest.mark.parametrize(
    "asked", [{}, {"pick": "x"}, {"pick": "-1"}, {"all": "yes", "found": "status=odd"}, {"pick": list(range(1, 502))}]
)
def test_a_selection_that_cannot_be_read_is_said_and_nothing_is_done(
    client: Client, world: Selected, asked: dict[str, Any]
) -> None:
    assert client.get(TAG, asked).status_code == 302
    assert client.post(TAG, asked | {"tags": "pilot"}).status_code == 302
    assert not BulkAct.objects.exists()


def test_all_that_are_found_are_counted_again_when_the_act_is_sent(client: Client, world: Selected) -> None:
    asked = {"all": "yes", "found": "owner=me"}
    page = text(client.get(TAG, asked))
    assert "Tag: 3 customers" in page
    Customer.objects.filter(pk=world.rows["customers"][0]).update(owner=User.objects.get(name="Nils"))
    again = client.post(TAG, asked | {"seen": seen(page), "tags": "pilot"})
    assert again.status_code == 422
    assert all(part in text(again) for part in ("Tag: 2 customers", "Meanwhile other rows are found", 'value="pilot"'))
    client.post(TAG, asked | {"seen": seen(text(again)), "tags": "pilot"})
    assert Customer.objects.filter(tags__contains=["pilot"]).count() == 2
    assert "2 customers" in text(client.get("/bulk/customers/found/", {"found": "owner=me"}))


def test_as_many_others_are_not_those_that_were_shown(client: Client, world: Selected) -> None:
    one, two, _three = Customer.objects.filter(pk__in=world.rows["customers"]).order_by("pk")
    Customer.objects.filter(pk=one.pk).update(industry="Steel")
    asked = {"all": "yes", "found": "if=industry~is~Steel"}
    page = text(client.get(TAG, asked))
    Customer.objects.filter(pk=one.pk).update(industry="Wood")
    Customer.objects.filter(pk=two.pk).update(industry="Steel")
    again = client.post(TAG, asked | {"seen": seen(page), "tags": "pilot"})
    assert (again.status_code, two.name in text(again)) == (422, True)
    assert not BulkAct.objects.exists()


def test_a_whole_group_is_selected_beside_rows_and_counted_again_when_sent(client: Client, world: Selected) -> None:
    one, two, three = Customer.objects.filter(pk__in=world.rows["customers"]).order_by("pk")
    Customer.objects.filter(pk__in=[one.pk, two.pk]).update(industry="Steel")
    asked = {"group": "industry~is~Steel", "found": "if=owner~is~me&group=segment", "pick": [one.pk, three.pk]}
    page = text(client.get(TAG, asked))
    assert all(part in page for part in ('name="group" value="industry~is~Steel"', "Tag: 3"))
    Customer.objects.filter(pk=two.pk).update(industry="Wood")
    again = client.post(TAG, asked | {"seen": seen(page), "tags": "pilot"})
    assert (again.status_code, "Tag: 2" in text(again)) == (422, True)
    client.post(TAG, asked | {"seen": seen(text(again)), "tags": "pilot"})
    tagged = Customer.objects.filter(tags__contains=["pilot"]).values_list("pk", flat=True)
    assert set(tagged) == {one.pk, three.pk}
    left = b"".join(client.get("/lists/customers/export.csv", asked | {"pick": []}).streaming_content).decode()  # type: ignore[attr-defined]
    assert (one.name in left, two.name in left) == (True, False)
    for no_group in ("no_such~is~1", '{"state":"silence","values":{"days":9}}', [f"arr~is~{n}" for n in range(121)]):
        assert client.post(TAG, {"group": no_group, "found": "", "tags": "late"}).status_code == 302
    assert not Customer.objects.filter(tags__contains=["late"]).exists()


def test_what_the_form_refuses_stays_in_the_dialog(client: Client, world: Selected) -> None:
    answer = client.post(TAG, {"pick": world.rows["customers"], "tags": " , "}, HTTP_HX_REQUEST="true")
    assert answer.status_code == 422
    assert "Name a tag." in text(answer)
    assert not BulkAct.objects.exists()


def test_refused_rows_are_a_toast_that_leads_to_their_names(client: Client, world: Selected) -> None:
    mine, theirs = world.rows["customers"][0], world.foreign["customers"]
    Customer.objects.filter(pk=mine).update(tags=["x" * 39 + str(number) for number in range(9)])
    answer = client.post(TAG, {"pick": [mine, theirs], "tags": "y" * 40}, HTTP_HX_REQUEST="true")
    begun = BulkAct.objects.get()
    assert f'href="/bulk/{begun.pk}/"' in text(answer)
    assert "undo" not in text(answer)
    page = text(client.get(f"/bulk/{begun.pk}/"))
    assert all(
        words in page
        for words in (Customer.objects.get(pk=mine).name, "too many tags", f"Number {theirs}", "no longer there")
    )


def test_a_large_act_leads_to_a_page_that_tells_how_far_it_is(
    client: Client, world: Selected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 1)
    monkeypatch.setattr(running, "CHUNK", 2)
    answer = client.post(TAG, {"pick": world.rows["customers"], "tags": "pilot"}, HTTP_HX_REQUEST="true")
    begun = BulkAct.objects.get()
    assert answer["HX-Redirect"] == f"/bulk/{begun.pk}/"
    deliver(Outbox.objects.get(kind=running.KIND).pk)
    part = text(client.get(f"/bulk/{begun.pk}/", HTTP_HX_REQUEST="true"))
    assert "66 % of 3 customers" in part
    assert 'hx-trigger="poll"' in part
    deliver(Outbox.objects.get(kind=running.KIND, state="pending").pk)
    part = text(client.get(f"/bulk/{begun.pk}/", HTTP_HX_REQUEST="true"))
    assert "Tag added: “pilot”: 3 customers." in part
    assert "poll" not in part
    assert "Tag added: “pilot”: 3 customers." in text(client.get("/bulk/"))


def test_selected_rows_leave_as_the_list_shows_them(client: Client, world: Selected) -> None:
    first = Customer.objects.get(pk=world.rows["customers"][0])
    answer = client.get("/lists/customers/export.csv", {"pick": first.pk, "found": ""})
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert first.name in lines[1]
    assert client.get("/lists/customers/export.csv", {"found": ""}).status_code == 400
    foreign = client.get(
        "/lists/customers/export.csv", {"pick": [first.pk, world.foreign["customers"], 10**9], "found": ""}
    )
    assert len(b"".join(foreign.streaming_content).decode().splitlines()) == 2  # type: ignore[attr-defined]
    assert set(Departure.objects.values_list("rows", flat=True)) == {1}, "as many as the file has"
