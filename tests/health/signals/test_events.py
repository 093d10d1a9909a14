"""Events of product analytics, as the clients of the Segment tracking API send them: usage of people, once, and nothing lost."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import re
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from accounts import tokens
from accounts.imports import along
from accounts.models import ApiToken, Customer, ExternalKey, Organisation, Role, User
from config import clock
from config.sentences import again
from health.models import EventPerson, Person, PersonDay, RefusedEvent, UsageDay, UsageRecord, WaitingEvent
from health.signals import events, forgetting, numbering
from health.signals.rollup import roll_up_changed
from tests import factories as make
from tests.accounts.imports import bring, counts, rejected, write
from tests.factories import DAY
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db
URL = "/v1/batch"


@pytest.fixture
def key() -> str:
    make.organisation()
    customer = make.customer(name="Acme")
    ExternalKey.objects.create(customer=customer, source="product", external_id="G1")
    make.contact(customer, name="Ann", email="ann@acme.example", roles=["champion"])
    by, now = make.user(Role.ADMIN), clock.now()
    _token, secret = tokens.issue_service("product", Role.ADMIN, ["events:write"], days=9, by=by, now=now)
    return secret


def event(number: int | str, kind: str = "track", **more: Any) -> dict[str, Any]:
    said = {"type": kind, "messageId": f"m-{number}", "userId": "u1", "timestamp": f"{DAY}T10:00:00Z"}
    if kind == "track":
        said["event"] = "Report Made"
    return said | more


def send(key: str, *sent: Any, url: str = URL, **more: Any) -> Any:
    body = json.dumps({"batch": list(sent), "sentAt": clock.now().isoformat()} | more)
    basic = base64.b64encode(f"{key}:".encode()).decode()
    return Client().post(url, body, content_type="application/json", headers={"authorization": f"Basic {basic}"})


GROUP = {"context": {"groupId": "G1"}}


def test_a_batch_becomes_usage_of_the_customer_and_its_people(key: str) -> None:
    answer = send(
        key,
        event(1, **GROUP), event(2, **GROUP), event(3, userId="u2", **GROUP),
        event(4, "page", name="Home", **GROUP),
        event(5, userId=None, anonymousId="a", **GROUP),
        event(6, properties={"agent": True}, **GROUP),
        event(7, "identify", context={"groupId": "G1", "traits": {"email": "Ann@acme.example"}}),
    )  # fmt: skip
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    roll_up_changed()
    day = UsageDay.objects.get()
    # Two people: u1 with three uses, u2 with one; somebody without an id, and an agent apart.
    assert (day.active_users, day.uses, day.agents, day.agent_uses) == (2, 5, 1, 1)
    assert set(UsageRecord.objects.values_list("source", "feature__key")) == {
        ("product", "Report Made"), ("product", "Home"),
    }  # fmt: skip
    assert {person.name for person in Person.objects.filter(contact__isnull=False)} == {"Ann"}
    assert "u1" not in json.dumps(list(UsageRecord.objects.values("message_id", "digest")))


def test_the_same_batch_again_and_under_a_new_key_of_the_program_counts_once(key: str) -> None:
    batch = [event(number, **GROUP) for number in range(3)]
    for _again in range(3):
        assert send(key, *batch).status_code == 200
    program = User.objects.get(is_service=True)
    _token, secret = tokens.issue(program, "new", ["events:write"], days=9, by=program, now=clock.now())
    send(secret, batch[2], event(9, **GROUP))
    assert UsageRecord.objects.count() == 4
    assert not WaitingEvent.objects.exists()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_use_group_and_identity_come_in_any_order(key: str, order: tuple[int, ...]) -> None:
    calls = [event(1), event(2, "group", groupId="G1"), event(3, "identify", traits={"email": "ann@acme.example"})]
    for place in order:
        assert send(key, calls[place]).status_code == 200
        roll_up_changed()
    assert (UsageRecord.objects.count(), WaitingEvent.objects.count()) == (1, 0)
    assert Person.objects.get().name == "Ann"


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_customer_who_leaves_at_that_moment_waits_and_holds_up_no_other(key: str) -> None:
    leaving = make.customer(name="Gone")
    ExternalKey.objects.create(customer=leaving, source="product", external_id="G2")
    goes, answered = threading.Event(), threading.Event()

    def leave() -> None:
        with transaction.atomic():
            Customer.objects.select_for_update().get(pk=leaving.pk)
            along.delete(Customer, [leaving.pk])
            goes.set()
            assert answered.wait(20)
        connection.close()

    other = threading.Thread(target=leave)
    other.start()
    goes.wait()
    answer = send(key, event(1, **GROUP), event(2, context={"groupId": "G2"}))
    answered.set()
    other.join()
    assert answer.status_code == 200
    assert not Customer.objects.filter(pk=leaving.pk).exists()
    assert (UsageRecord.objects.count(), WaitingEvent.objects.count()) == (1, 1)


def test_an_event_waits_for_its_customer_and_is_placed_when_it_comes(key: str) -> None:
    send(key, event(1, context={"groupId": "G9"}), event(2, userId="nobody"))
    assert (WaitingEvent.objects.count(), UsageRecord.objects.count()) == (2, 0)
    ExternalKey.objects.create(customer=make.customer(), source="product", external_id="G9")
    assert events.sweep(clock.now()) == 1
    assert events.sweep(clock.now()) == 0
    assert UsageRecord.objects.get().customer.external_keys.get().external_id == "G9"
    events.sweep(clock.now() + events.KEPT + events.KEPT)
    assert not WaitingEvent.objects.exists()


def test_the_address_of_the_newest_identify_stays(key: str) -> None:
    """A phone that was away sends last week's."""
    make.contact(Customer.objects.get(), name="Old Ann", email="old@acme.example")
    for number, back, address in ((1, 1, "ann@acme.example"), (2, 7, "old@acme.example"), (3, 0, "")):
        said = {"email": address} if address else {}
        send(
            key,
            event(number, "identify", timestamp=f"{ago(back)}T10:00:00Z", traits=said),
            event(f"t{number}", **GROUP),
        )
        roll_up_changed()
    assert Person.objects.get().name == "Ann"


def test_who_is_forgotten_stays_so_when_events_of_before_find_their_customer(key: str) -> None:
    customer = Customer.objects.get()
    make.contact(customer, name="Uwe", external_id="u1")
    send(key, event(1, **GROUP), event(2, context={"groupId": "G9"}))
    roll_up_changed()
    person = Person.objects.get()
    number = person.number
    assert person.name == "Uwe"
    send(key, event(3, "group", groupId="G8"), event(4))
    forgetting.forget(person)
    for name in ("G8", "G9"):
        ExternalKey.objects.create(customer=customer, source="product", external_id=name)
    assert events.sweep(clock.now()) == 2
    roll_up_changed()
    assert not Person.objects.filter(Q(number=number) | Q(contact__isnull=False)).exists()
    assert UsageRecord.objects.count() == 3


def test_forgetting_a_bare_id_takes_nobody_elses_events(key: str) -> None:
    """Two customers have a user "1". What waits for another customer stays that user's, and so does its address."""
    acme, birch = Customer.objects.get(), make.customer(name="Birch")
    ExternalKey.objects.create(customer=birch, source="product", external_id="G2")
    for customer, name in ((acme, "Ann One"), (birch, "Bob One")):
        make.contact(customer, name=name, source=name, external_id="1")
    send(
        key, *(event(name, userId="1", context={"groupId": name}) for name in ("G1", "G2", "ours", "theirs", "nobodys"))
    )
    send(key, event("b", "identify", userId="1", traits={"email": "bob@birch.example"}, context={"groupId": "G2"}))
    roll_up_changed()
    ann, bob = (Person.objects.get(customer=customer) for customer in (acme, birch))
    assert (ann.name, bob.name, ann.number) == ("Ann One", "Bob One", bob.number)
    for name, customer in (("ours", acme), ("theirs", birch)):
        ExternalKey.objects.create(customer=customer, source="product", external_id=name)
    forgetting.forget(ann)
    assert dict(WaitingEvent.objects.values_list("group", "person")) == {
        "ours": ann.pk, "nobodys": ann.pk, "theirs": bob.number,
    }  # fmt: skip
    assert EventPerson.objects.get().email is not None
    assert events.sweep(clock.now()) == 2
    roll_up_changed()
    assert set(Person.objects.values_list("customer__name", "contact__name")) == {("Acme", None), ("Birch", "Bob One")}
    assert (UsageDay.objects.get(customer=birch).uses, UsageDay.objects.get(customer=acme).uses) == (2, 2)


def test_an_address_of_before_the_upgrade_is_replaced_by_no_late_event(key: str) -> None:
    send(key, event(1, "identify", traits={"email": "ann@acme.example"}), event(2, **GROUP))
    EventPerson.objects.update(email_at=None)
    with connection.cursor() as cursor:
        cursor.execute(import_module("health.migrations.0041_addresses_of_before").FROM_NOW)
    send(key, event(3, "identify", timestamp=f"{ago(7)}T10:00:00Z", traits={"email": "old@acme.example"}))
    roll_up_changed()
    assert Person.objects.get().name == "Ann"


def test_what_waits_is_placed_in_steps_that_stand_by_themselves(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "AT_ONCE", 2)
    monkeypatch.setattr(events, "MOST_STEPS", 2, raising=False)
    for name in ("none", "G9"):
        send(key, *(event(f"{name}{number}", context={"groupId": name}) for number in range(7)))
    ExternalKey.objects.create(customer=make.customer(), source="product", external_id="G9")
    place, counts_of = events._place, iter([True, False])

    def fail(*given: Any) -> int:
        if not next(counts_of):
            raise OperationalError
        return place(*given)

    with monkeypatch.context() as patched:
        patched.setattr(events, "_place", fail)
        with pytest.raises(OperationalError):
            events.sweep(clock.now())
    assert UsageRecord.objects.count() == 2
    assert [events.sweep(clock.now()) for _run in range(3)] == [4, 1, 0]
    assert WaitingEvent.objects.count() == 7


def test_the_newest_refusals_stay(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "REFUSED_A_SOURCE", 2)
    for batch in ("a", "bc", "cd"):
        send(key, *(event(name, "dance") for name in batch))
    assert list(RefusedEvent.objects.order_by("pk").values_list("message_id", flat=True)) == ["m-c", "m-d"]


def test_of_one_id_the_first_refusal_of_a_batch_stays(key: str) -> None:
    send(key, event("e", "dance"), event("e", "swim"))
    assert list(RefusedEvent.objects.values_list("message_id", "kind")) == [("m-e", "dance")]
    assert "dance" in RefusedEvent.objects.get().reason


BAD: list[tuple[Any, str]] = [
    ("no object", "It is no object."),
    (event("b", "dance"), "type: “dance” is none of"),
    (event("b", "tr\0ack"), "is none of"),
    (event("b", "\ud800" * 50), "is none of"),
    (event("b", userId=None), "userId is missing, and so is anonymousId."),
    (event("b", event=""), "event is missing"),
    (event("b", event="x" * 81), "event is longer than 80 characters."),
    (event("b", userId={"a": 1}), "userId is neither a text nor a whole number."),
    (event("b", "group"), "groupId is missing."),
    (event("b", timestamp="soon"), "timestamp: “soon” is no instant"),
    (event("b", timestamp="2099-01-01T00:00:00Z"), "timestamp: 2099-01-01"),
    (event("b", timestamp="2026-13-01T00:00:00Z"), "is no instant"),
    (event("b", timestamp="9999-12-31T23:59:59-14:00"), "timestamp: "),
    (event("b", timestamp="0001-01-01T00:00:00+14:00"), "timestamp: "),
    (event("b", timestamp=1_790_000_000), "is no instant"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_a_bad_event_is_named_and_costs_none_of_its_neighbours(key: str, bad: Any, reason: str) -> None:
    answer = send(key, event(1, **GROUP), bad, event(2, **GROUP))
    assert answer.status_code == 200
    (told,) = answer.json()["refused"]
    assert reason in told["reason"]
    kept = RefusedEvent.objects.get()
    assert (kept.message_id, kept.reason, kept.source) == (told["messageId"], told["reason"], "product")
    assert UsageRecord.objects.count() == 2
    send(key, bad)
    assert RefusedEvent.objects.count() == 1


def test_the_page_says_why_in_the_language_of_its_reader(key: str, client: Client) -> None:
    """Clients name no language: the reasons are stored in English."""
    send(key, event(1) | {"type": "odd"}, event("b", timestamp="soon"))
    client.force_login(make.user("admin", language="ja"))
    page = client.get("/settings/events/").content.decode()
    assert "is no instant" not in page
    assert "soon" in page
    with translation.override("ja"):
        told = [escape(again(reason)) for reason in RefusedEvent.objects.values_list("reason", flat=True)]
    assert len(told) == 2
    assert all(reason in page for reason in told)


def test_what_clients_really_send_is_cleaned(key: str) -> None:
    odd = [
        event(1, event="a\0b", **GROUP), event(2, userId="x" * 300, **GROUP), event(3, userId=17, **GROUP),
        event("y" * 300, **GROUP), event(4, properties={"n": float("nan"), "big": 2**70}, **GROUP),
        {name: value for name, value in event(5, **GROUP).items() if name != "messageId"},
        event(6, event="lone \ud800", **GROUP), event(7, timestamp=f"{DAY}T10:00:00.123456", **GROUP),
    ]  # fmt: skip
    for _again in range(2):
        answer = send(key, *odd)
        assert answer.json() == {"success": True}
    assert UsageRecord.objects.count() == len(odd)


def test_a_clock_that_is_wrong_is_corrected_and_days_are_the_organisations(key: str) -> None:
    """The organisation is in Tokyo, where 16:00 UTC is the day after; a clock three hours behind says 13:00."""
    Organisation.objects.update(time_zone="Asia/Tokyo")
    behind = clock.now() - dt.timedelta(hours=3)
    send(key, event(1, timestamp=f"{ago(5)}T14:59:59Z", **GROUP), event(2, timestamp=f"{ago(5)}T15:00:00Z", **GROUP))
    said = event(3, timestamp=None, originalTimestamp=f"{ago(5)}T13:00:00Z", **GROUP)
    send(key, said, sentAt=behind.isoformat())
    # A retry says another instant of sending, and is the same event.
    send(key, said, sentAt=clock.now().isoformat())
    assert sorted(UsageRecord.objects.values_list("message_id", "day")) == [
        ("m-1", ago(5)), ("m-2", ago(4)), ("m-3", ago(4)),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/batch/", "/v1/import", "/v1/b"])
def test_batches_come_in_at_every_address(key: str, path: str) -> None:
    assert send(key, event(1, **GROUP), url=path).status_code == 200
    assert UsageRecord.objects.count() == 1


def test_single_calls_zipped_bodies_and_other_keys(key: str) -> None:
    single = json.dumps(
        {name: value for name, value in event(1, **GROUP).items() if name != "type"} | {"writeKey": key}
    )
    assert Client().post("/v1/track", single, content_type="text/plain").status_code == 200
    zipped = gzip.compress(json.dumps({"batch": [event(2, **GROUP)]}).encode())
    form = "application/x-www-form-urlencoded"
    bearer = {"authorization": f"Bearer {key}"}
    assert Client().post(URL, zipped, content_type=form, headers=bearer).status_code == 200
    assert UsageRecord.objects.count() == 2


def test_who_may_not_send_and_what_is_no_batch_is_told_with_code_and_message(key: str) -> None:
    _token, reader = tokens.issue(make.user(), "x", ["*:write"], days=9, by=make.user(), now=clock.now())
    bomb = gzip.compress(b" " * 6_000_000)
    bearer = {"authorization": f"Bearer {key}"}
    answers = {
        401: [
            send("wrong", event(1)),
            send(reader, event(1)),
            *(
                Client().post(
                    URL, json.dumps({"writeKey": f"tsunagu_{odd}", "batch": []}), content_type="application/json"
                )
                for odd in ("\ud800", "é", "\0")
            ),
        ],
        405: [Client().get(URL)],
        413: [
            Client().post(URL, bomb, content_type="application/json", headers=bearer),
            Client().post(URL, json.dumps({"batch": [1] * 5_001}), content_type="application/json", headers=bearer),
        ],
        400: [
            Client().post(URL, b"{", content_type="application/json", headers=bearer),
            Client().post(URL, b"[1]", content_type="application/json", headers=bearer),
            Client().post(URL, b'{"batch": 1}', content_type="application/json", headers=bearer),
            Client().post(URL, b"[" * 100_000, content_type="application/json", headers=bearer),
            Client().post(URL, b"\x1f\x8bno", content_type="application/json", headers=bearer),
        ],
    }
    for status, given in answers.items():
        for answer in given:
            assert answer.status_code == status
            assert answer.json().keys() == {"code", "message"}
    assert not UsageRecord.objects.exists()


@pytest.mark.parametrize("name", ["typed", "..", "a/../b"])
def test_a_program_is_called_as_sources_are(key: str, client: Client, name: str) -> None:
    """What people type is of nobody else, and every source has an address."""
    by = make.user(Role.ADMIN)
    _token, secret = tokens.issue_service(name, Role.ADMIN, ["events:write"], days=9, by=by, now=clock.now())
    refused = send(secret, event(1, **GROUP))
    assert (refused.status_code, refused.json()["code"]) == (400, "source")
    assert f"“{name}”" in refused.json()["message"]
    assert not UsageRecord.objects.exists()
    assert not WaitingEvent.objects.exists()
    client.force_login(by)
    assert client.post("/settings/events/key/", {"name": name, "days": "30"}).status_code == 422
    program = {"name": name, "role": "admin", "access": "some", "writes": ["events"], "days": "30"}
    made = client.post("/me/tokens/program/", program)
    assert (made.status_code, f"“{name}”" in made.text) == (422, True)
    assert ApiToken.objects.filter(name=name).count() == 1


def test_nobody_is_numbered_by_another_key_until_an_admin_says_so(key: str, settings: Any) -> None:
    send(key, event(1, **GROUP))
    settings.PERSON_KEY = "another key, of thirty-two letters"
    refused = send(key, event(2, **GROUP))
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (503, "person_key", "60")
    assert UsageRecord.objects.count() == 1
    numbering.number_anew()
    assert send(key, event(2, **GROUP)).status_code == 200


def test_a_file_that_names_people_is_refused_by_line_while_another_key_is_set(tmp_path: Path, settings: Any) -> None:
    make.organisation()
    ExternalKey.objects.create(customer=make.customer(), source="csv", external_id="A1")
    head = "external_id,customer,day,user,uses\n"
    path = write(tmp_path / "usage.csv", f"{head}1,A1,{DAY},ann,1\n")
    assert counts(bring(path)) == (1, 0, 0, 0)
    settings.PERSON_KEY = "another key, of thirty-two letters"
    write(path, f"{head}1,A1,{DAY},ann,1\n2,A1,{DAY},,4\n")
    assert counts(bring(path)) == (1, 0, 0, 1)
    ((line, field, reason),) = rejected(path)
    assert (line, field) == ("2", "user")
    assert "number_people_anew" in reason
    call_command("number_people_anew")
    assert counts(bring(path)) == (1, 0, 1, 0)
    assert Organisation.objects.get().person_key == numbering.mark()


def test_an_admin_makes_a_key_that_is_shown_once_and_sees_who_sends_and_what_waits(key: str, client: Client) -> None:
    send(key, event("bad", "dance"), event(1, userId="nobody"), event(2, context={"groupId": "G9"}))
    send(key, event(5, "group", groupId="ACME-8", userId="u8"), event(6, userId="u8"))
    whole = tokens.issue(
        make.user(Role.ADMIN, name="Whole Admin"), "x", ["*:write"], days=9, by=make.user(), now=clock.now()
    )
    assert send(whole[1], event(7)).status_code == 200
    tokens.issue(make.user(name="Some CSM"), "x", ["*:write"], days=9, by=make.user(), now=clock.now())
    client.force_login(make.user(Role.ADMIN))
    shown = client.get("/settings/events/").content.decode()
    assert "http://testserver/v1/batch" in shown
    assert ("Whole Admin" in shown, "Some CSM" in shown) == (True, False)
    for said in ("m-bad", "is none of", "product", "G9", "names none", "<code>ACME-8</code>"):
        assert said in shown
    made = client.post("/settings/events/key/", {"name": "product", "days": "30"}).content.decode()
    secret = re.search(rf"{tokens.PREFIX}[\w-]+", made)
    assert secret
    assert send(secret[0], event(3, **GROUP)).status_code == 200
    assert UsageRecord.objects.get().source == "product"
    assert User.objects.filter(is_service=True).count() == 1
    assert secret[0] not in client.get("/settings/events/").content.decode()
    token = ApiToken.objects.get(digest=tokens.digest(secret[0]))
    assert client.post(f"/me/tokens/{token.pk}/revoke/").status_code == 302
    assert send(secret[0], event(4, **GROUP)).status_code == 401
    tokens.issue_service("Reader", Role.VIEWER, ["*:read"], days=9, by=token.user, now=clock.now())
    assert "is a viewer" in client.post("/settings/events/key/", {"name": "Reader", "days": "30"}).content.decode()
    client.force_login(make.user())
    assert client.get("/settings/events/").status_code == 404


def test_events_end_in_the_days_that_a_file_of_them_makes(key: str, tmp_path: Path) -> None:
    """Late days, several people, an agent, somebody without a name, two pages: the same customer-days and person-days."""
    said = [
        (back, who, what, agent)
        for back in (40, 3, 0)
        for who, what, agent in [("u1", "Home", ""), ("u1", "Report Made", ""), ("u2", "Home", ""), ("", "Home", ""), ("u1", "Home", "yes")]
    ]  # fmt: skip
    sent = [
        event(
            number, "page" if what == "Home" else "track", timestamp=f"{ago(back)}T10:00:00Z", userId=who or None, anonymousId="a",
            properties={"agent": bool(agent)}, **GROUP, **({"name": what} if what == "Home" else {"event": what}),
        )
        for number, (back, who, what, agent) in enumerate(said)
    ]  # fmt: skip
    for part in (sent[10:], sent[:7], sent[5:12]):
        send(key, *part)
        roll_up_changed()
    of_events = days()
    assert len(of_events[0]) == 3
    UsageRecord.objects.all().delete()
    PersonDay.objects.all().delete()
    Person.objects.all().delete()
    UsageDay.objects.all().delete()
    rows = [f"f{number},G1,{ago(back)},{what},{who},{agent},1" for number, (back, who, what, agent) in enumerate(said)]
    ExternalKey.objects.create(customer=Customer.objects.get(), source="csv", external_id="G1")
    head = "external_id,customer,day,feature,user,agent,uses\n"
    assert counts(bring(write(tmp_path / "usage.csv", head + "\n".join(rows)))) == (15, 0, 0, 0)
    roll_up_changed()
    assert days() == of_events


def days() -> tuple[list[Any], list[Any]]:
    of_customers = UsageDay.objects.order_by("day").values_list(
        "day", "active_users", "sessions", "uses", "features", "agents", "agent_uses", "people"
    )
    of_people = PersonDay.objects.order_by("person__number", "person__is_agent", "day")
    return list(of_customers), list(of_people.values_list("person__number", "person__is_agent", "day", "uses", "gap"))
