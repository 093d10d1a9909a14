"""The history of each object on its page, everything for admins, and what left the house."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from accounts.models import Contact, Customer, Segment, User
from config import clock
from config.history import kept
from config.history.actors import DEMO, acting
from config.history.departures import left
from config.history.models import Departure, Entry
from config.history.views.pages import PAGES
from config.history.views.values import label, what
from config.history.views.wording import Reader
from config.ui import figures
from health.models import CaseRule
from health.states import STATES
from renewals.models import PrepPart, Renewal
from tests import counting, factories
from tests.config.history.world import CHANGES, begun_long_ago, rows
from tests.factories import DAY

pytestmark = pytest.mark.django_db

OF_CUSTOMERS = {"customer", "renewal", "case", "task"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def change(row: Any, by: User | None = None, **fields: Any) -> None:
    with acting("page", lambda: by.pk if by else None):
        type(row)._default_manager.filter(pk=row.pk).update(**fields)


def reader(user: User) -> Reader:
    return Reader(user, DAY, dt.UTC)


def told(user: User) -> list[tuple[str, str, str, str, str]]:
    """Every field of every entry as it is read: what, name, field, before, after."""
    acts = reader(user).acts(list(Entry.objects.order_by("pk")))
    return [
        (line.what, line.name, field.label, field.before, field.after)
        for act in acts for line in act.lines for field in line.fields
    ]  # fmt: skip


@pytest.mark.parametrize("kind", PAGES)
def test_history_is_read_by_whom_sees_the_object(kind):
    made = rows()
    owner, other, admin = factories.user(), factories.user(), factories.user("admin")
    viewer = factories.user("viewer")
    change(made["customer"], owner=owner)
    column, value = CHANGES[kind]
    change(made[kind], admin, **{column: value})
    found = {
        name: browser(user).get(f"/history/{kind}/{made[kind].pk}/", headers={"hx-request": "true"})
        for name, user in {"owner": owner, "other": other, "admin": admin, "viewer": viewer}.items()
    }
    seeing = {"owner", "admin", "viewer"} if kind in OF_CUSTOMERS else {"admin"}
    if kind == "caserule":
        seeing = set(found)
    assert {name for name, answer in found.items() if answer.status_code == 200} == seeing
    assert {answer.status_code for name, answer in found.items() if name not in seeing} <= {404}
    assert admin.name in found["admin"].content.decode()


@pytest.mark.parametrize("address", ["/history/contact/1/", "/history/nothing/1/", "/history/customer/999999/"])
def test_what_has_no_history_of_its_own_is_not_found(address):
    factories.organisation()
    assert browser(factories.user("admin")).get(address).status_code == 404


def test_a_customers_history_holds_all_that_is_its_own_and_nobody_elses():
    made = rows()
    other = factories.contact(factories.customer())
    for kind in ["contact", "contract", "contractline", "entitlement", "case", "renewal", "preppart", "task"]:
        column, value = CHANGES[kind]
        change(made[kind], **{column: value})
    change(other, title="Somebody else")
    admin = factories.user("admin")
    page = browser(admin).get(f"/history/customer/{made['customer'].pk}/").content.decode()
    for words in ["CFO", "Call them", "Sure", "Looked at", "5 Jan 2027", "Seats"]:
        assert words in page, words
    assert "Somebody else" not in page


def test_values_read_as_people_read_them():
    made = rows()
    admin, heir = factories.user("admin"), factories.user(name="Grace")
    contact, customer = made["contact"], made["customer"]
    change(contact, roles=["champion", "buyer"], state="left", state_on=dt.date(2025, 3, 1))
    change(customer, owner=heir, employees=12_000, attributes={"seats": 5, "vip": True})
    change(made["contractline"], annual_amount="12345.60")
    change(made["renewal"], csm_likelihood="0.4", category="commit")
    change(made["caserule"], audience=[{"field": "arr", "test": "at_least", "value": 50000}], is_active=False)
    change(made["task"], done_at=dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC), outcome="done")
    change(made["user"], password="x")
    found = {(what, field): (before, after) for what, _name, field, before, after in told(admin)}
    assert found["Contact", "Roles"] == ("–", "Champion, Economic buyer")
    assert found["Contact", "State"] == ("Active", "Left")
    assert found["Contact", "Since"][1] == "1 Mar 2025"
    assert found["Customer", "Owner"] == ("–", "Grace")
    assert found["Customer", "Employees"] == ("–", "12,000")
    assert found["Customer", "Attributes"] == ("–", "vip: Yes; seats: 5")
    assert found["Contract line", "Annual amount"] == ("12,000", "12,345.6")
    assert found["Renewal", "CSM's call"] == ("–", "40%")
    assert found["Renewal", "Category"] == ("–", "Commit")
    assert found["Case rule", "Audience"] == ("–", "ARR is at least 50,000")
    assert found["Case rule", "In use"] == ("Yes", "No")
    assert found["Task", "Done at"] == ("–", "24 Nov 09:30")
    assert found["User", "Password"] == ("–", "–")
    with translation.override("ja"):
        found = {(what, field): (before, after) for what, _name, field, before, after in told(admin)}
    assert found["連絡先", "状態"] == ("有効", "退職")
    assert found["顧客", "担当"][1] == "Grace"


def test_rows_are_named_also_when_they_are_gone():
    made = rows()
    contact = factories.contact(made["customer"], name="Ada")
    made["scorecard"].segments.add(added := factories.segment())
    change(contact, title="CTO")
    contact.delete()
    change(made["ceiling"], at_most=40)
    change(made["scorecardmeasure"], weight=2)
    change(made["segment"], position=77)
    lines = [
        line for act in reader(factories.user("admin")).acts(list(Entry.objects.order_by("pk"))) for line in act.lines
    ]
    named = [(line.what, line.name, line.deleted, line.added, bool(line.url)) for line in lines]
    assert named == [
        ("Segment of a scorecard", added.name, False, True, True),
        ("Contact", f"#{contact.pk or lines[1].entry.object_id}", False, False, True),
        ("Contact", "Ada", True, False, True),
        ("Ceiling", "No use for 30 days", False, False, True),
        ("Measure of a scorecard", "Usage trend", False, False, True),
        ("Segment", made["segment"].name, False, False, True),
    ]


def test_a_renewal_is_named_by_its_day_and_what_the_demo_does_by_the_demo():
    made = rows()
    with acting(DEMO):
        Renewal.objects.filter(pk=made["renewal"].pk).update(csm_note="Sure")
        PrepPart.objects.filter(pk=made["preppart"].pk).update(note="Looked at")
    (act,) = reader(factories.user("admin")).acts(list(Entry.objects.order_by("pk")))
    assert act.who == "The demo"
    assert [(line.what, line.name) for line in act.lines] == [
        ("Renewal", figures.day(DAY, DAY)), ("Part of renewal prep", PrepPart.Part.VALUE.label),
    ]  # fmt: skip


@pytest.mark.parametrize("detector", [key for key, state in STATES.items() if state.fields])
def test_the_values_of_a_rule_read_as_its_form_names_them(detector):
    """Over every state: each value that differs stands under the label of its field, in the form's words."""
    rule = CaseRule.objects.create(key="kept", name="Kept", reason="kept", detector=detector)
    fields = STATES[detector].fields
    change(rule, values={key: one.initial for key, one in fields.items()})
    ((*_names, said),) = told(factories.user("admin"))
    assert [part.split(": ")[0] for part in said.split("; ")] == [str(one.label) for one in fields.values()]
    assert "_" not in said
    change(rule, values={"gone": 3})
    assert told(factories.user("admin"))[-1][-1] == "gone: 3"


def test_names_of_customers_that_one_may_not_see_are_not_told():
    csm = factories.user()
    customer, parent = factories.customer(owner=csm), factories.customer(name="Hidden Ltd")
    change(customer, parent=parent)
    assert ("Customer", customer.name, "Parent customer", "–", "not visible to you") in told(csm)
    assert ("Customer", customer.name, "Parent customer", "–", "Hidden Ltd") in told(factories.user("admin"))


def test_one_act_reads_together_with_who_and_how():
    customer, admin = factories.customer(), factories.user("admin", name="Ada")
    change(customer, admin, industry="Film")
    change(factories.contact(customer), admin, title="CTO")
    with acting("step:plays"):
        Customer.objects.update(industry="Radio")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagu.door', '', true)")
    assert connection.connection is not None
    connection.connection.execute("UPDATE accounts_customer SET industry = 'Theatre'")
    acts = reader(admin).acts(list(Entry.objects.order_by("pk")))
    assert [(act.who, act.door, len(act.lines)) for act in acts] == [
        ("Ada", "", 2), ("Tsunagu", "by an automatic run: Playbooks", 1), ("Unknown, outside Tsunagu", "", 1),
    ]  # fmt: skip


def test_statements_do_not_grow_with_entries():
    made = rows()
    factories.organisation()
    admin = factories.user("admin")
    client = browser(admin)
    addresses = [f"/history/customer/{made['customer'].pk}/", "/history/?text=Film"]
    asked = []
    for number in (1, 2):
        for each in range(number):
            owner = factories.user()
            change(made["customer"], owner, owner=owner, industry=f"Film {number}{each}")
            change(factories.contact(made["customer"]), owner, title="Film")
            change(factories.contract(made["customer"]), owner, notice_days=10 + number + each)
        with counting.statements() as statements:
            for address in addresses:
                assert client.get(address).status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_history_is_paged():
    customer = factories.customer()
    for number in range(25):
        change(customer, industry=f"Film {number:02}")
    client = browser(factories.user("admin"))
    first = client.get(f"/history/customer/{customer.pk}/").content.decode()
    second = client.get(f"/history/customer/{customer.pk}/?page=2").content.decode()
    assert ("Film 24" in first, "Film 03" in first, "Film 03" in second) == (True, False, True)
    search = client.get("/history/").content.decode()
    assert "Film 00" in search


def test_everything_is_searched_by_kind_person_day_and_text():
    factories.organisation()
    ada = factories.user("admin", name="Ada")
    customer, contact = factories.customer(), factories.contact(factories.customer())
    change(customer, ada, industry="Printing")
    with acting("command:import_data"):
        Contact.objects.filter(pk=contact.pk).update(title="Printer")
    Segment.objects.filter(pk=factories.segment().pk).update(name="Hand 100%_made")
    with acting(DEMO):
        User.objects.filter(pk=factories.user().pk).update(name="Demo")
    client = browser(ada)

    def kinds(query: str) -> set[str]:
        answer = client.get(f"/history/?{query}")
        assert answer.status_code == 200
        return {entry.kind for entry in answer.context["page"]}

    tomorrow = clock.now().date() + dt.timedelta(days=2)
    assert kinds("") == {"customer", "contact", "segment", "user"}
    assert contact.customer.name in client.get("/history/?kind=contact").content.decode()
    assert kinds("kind=contact") == {"contact"}
    assert kinds(f"who={ada.pk}") == {"customer"}
    assert kinds("who=itself") == {"contact"}
    assert kinds("who=demo") == {"user"}
    assert kinds("who=outside") == {"segment"}
    assert kinds("text=print") == {"customer", "contact"}
    assert kinds("text=100%25_m") == {"segment"}
    assert kinds(f"first={tomorrow}") == set()
    assert kinds(f"last={tomorrow}") == {"customer", "contact", "segment", "user"}
    for wrong in [
        "kind=nothing",
        "who=x",
        "first=2026-13-01",
        "text=" + "x" * 101,
        "after=x~y",
        "last=9999-12-31",
        "first=0001-01-01",
    ]:
        assert client.get(f"/history/?{wrong}").status_code == 400, wrong


SAID = ["担当者と会う", 'the "Big" plan', "C:\\temp", "50%", "a_b", "Łódź", "日本"]


@pytest.mark.parametrize("said", SAID)
def test_a_text_is_found_as_people_read_it_wherever_it_stands(said: str):
    factories.organisation()
    client, others = browser(factories.user("admin")), [text for text in SAID if text != said]
    customer, contact, deep = factories.customer(), factories.contact(factories.customer()), factories.customer()
    change(customer, industry=f"x{said}y")
    change(contact, title=f"{said} again")
    change(deep, attributes={"plan": [said], said: 1})
    change(factories.customer(), industry=" ".join(others))

    def found(text: str) -> set[int]:
        answer = client.get("/history/", {"text": text, "kind": ""})
        assert answer.status_code == 200
        return {entry.object_id for entry in answer.context["page"]}

    assert found(said) == found(said.upper()) == {customer.pk, contact.pk, deep.pk}
    assert found("industry") == set()  # a name of a field is no value


def test_a_text_is_searched_for_in_so_many_days_and_the_page_says_so():
    organisation = factories.organisation()
    change(organisation, name="Printing")
    Entry.objects.bulk_create(
        Entry(at=clock.now() - dt.timedelta(days=days), act=1, kind="organisation", object_id=days, operation="changed",
              after={"name": "Printing"})
        for days in (30, 31, 40)
    )  # fmt: skip
    # Where it is another day now than by universal time.
    zone = "Pacific/Kiritimati" if clock.now().hour >= 10 else "Etc/GMT+12"
    client = browser(factories.user("admin", time_zone=zone))
    today = clock.day_of(clock.now(), ZoneInfo(zone))

    def found(**query: Any) -> tuple[set[int], bool]:
        answer = client.get("/history/", {"text": "print"} | query)
        return {
            entry.object_id for entry in answer.context["page"]
        }, "Values were searched since" in answer.content.decode()

    assert found() == ({organisation.pk, 30}, True)
    assert found(last=today - dt.timedelta(days=35)) == ({40}, True)
    assert found(first=today - dt.timedelta(days=365)) == ({organisation.pk, 30, 31, 40}, False)
    assert found(text="") == ({organisation.pk, 30, 31, 40}, False)
    answer = client.get("/history/", {"text": "print", "first": today - dt.timedelta(days=366)})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["first"])


def test_pages_show_the_stretch_that_differs_and_the_export_all_of_it():
    factories.organisation()
    long, case = "long " * 200, rows()["case"]
    for words in (f"{long}one", f"{long}two {long}", "short"):
        change(case, plan=words)
    admin = factories.user("admin")
    client = browser(admin)
    shown = [(before, after) for _what, _name, _field, before, after in told(admin)][-3:]
    assert shown[0] == (shown[0][0], ("long " * 60) + "…")
    assert [(words[0], words[-1]) for words in shown[1]] == [("…", "e"), ("…", "…")]
    assert "two long" in shown[1][1]
    assert shown[2][1] == "short"
    answer = client.get("/history/export.csv")
    lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))  # type: ignore[attr-defined]
    assert [tuple(line[9:]) for line in lines[-3:-1]] == [
        (shown[0][0], f"{long}one"),
        (f"{long}one", f"{long}two {long}"),
    ]


@pytest.mark.parametrize(("said", "shown"), [(False, "No"), (0, "0"), (None, None), ("", None), ([], None), ({}, None)])
def test_what_is_deleted_or_added_says_no_and_nought_but_not_what_was_never_said(said: Any, shown: str | None):
    field = "is_active" if said is False else "position"
    admin = factories.user("admin")
    kind = kept.REGISTER["segment"] if field == "position" else kept.REGISTER["caserule"]
    for operation in ("deleted", "added"):
        sides = ({field: said}, {}) if operation == "deleted" else ({}, {field: said})
        entry = Entry(kind=kind.kind, object_id=1, operation=operation, before=sides[0], after=sides[1])
        found = [each.before + each.after for each in reader(admin).line(entry).fields]
        assert found == ([] if shown is None else [f"{shown}–" if operation == "deleted" else f"–{shown}"])


def test_an_export_says_every_field_and_is_noted_itself():
    factories.organisation()
    admin = factories.user("admin", name="Ada")
    change(factories.customer(), admin, industry="=1+1", use_case="Books")
    answer = browser(admin).get("/history/export.csv?kind=customer")
    lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))  # type: ignore[attr-defined]
    assert [line[1] for line in lines[1:]] == ["Ada", "Ada"]
    assert {tuple(line[8:]) for line in lines[1:]} == {("Industry", "–", "'=1+1"), ("Use case", "–", "Books")}
    departure = Departure.objects.get()
    assert (departure.what, departure.rows, departure.actor_id, departure.door) == ("history", 2, admin.pk, "page")
    assert departure.filters == {"asked": "kind=customer"}
    assert browser(admin).get("/history/export.csv?kind=nothing").status_code == 400


def test_of_an_export_as_many_rows_are_noted_as_its_file_has():
    factories.organisation()
    made, client = rows(), browser(factories.user("admin"))
    for kind, (field, value) in CHANGES.items():
        change(made[kind], **{field: value})
    begun_long_ago()
    step: Any = made["playbookstep"]
    for row in (made["contact"], made["entitlement"], step):
        row.delete()
    step.save(force_insert=True)
    Entry.objects.create(act=1, kind="gone", object_id=1, operation="changed", before={"a": 1}, after={"a": 2})
    for query in ("", "kind=contact", "kind=playbookstep", "kind=task&text=nobody+said+this"):
        answer = client.get(f"/history/export.csv?{query}")
        lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))  # type: ignore[attr-defined]
        assert Departure.objects.latest("pk").rows == len(lines) - 1, query
    assert {"added", "changed", "deleted"} <= {*Entry.objects.values_list("operation", flat=True)}


def test_days_the_wrong_way_round_are_named():
    factories.organisation()
    answer = browser(factories.user("admin")).get("/history/?first=2026-11-30&last=2026-11-01")
    assert answer.status_code == 400
    assert "The first day lies after the last." in answer.content.decode()


def test_pages_of_moments_name_the_clock_they_are_read_by():
    factories.organisation(time_zone="Asia/Tokyo")
    admin = factories.user("admin", time_zone="America/New_York")
    one = factories.customer()
    change(one, admin, industry="Printing")
    left("history", rows=1)
    for page in ("/history/", "/history/left/", f"/history/customer/{one.pk}/"):
        assert "Times are those of <span>America/New_York</span>." in browser(admin).get(page).content.decode(), page


def test_what_left_the_house_is_listed():
    factories.organisation()
    admin, csm = factories.user("admin", name="Ada"), factories.user(name="Ben")
    factories.customer(owner=csm)
    assert browser(csm).get("/customers/export.csv?sort=name&owner=me&band=red&as_of=2026-11-02").status_code == 200
    browser(admin).get(f"/history/export.csv?kind=renewal&who={csm.pk}&first=2026-11-01&text=Ada%27s")
    with acting("command:portfolio"):
        left("portfolio", rows=1_234)
    page = browser(admin).get("/history/left/").content.decode()
    for words in [
        "Customers, as CSV",
        "Ben",
        "Owner: Me, Health band: Red, As of: 2 Nov",
        "What: Renewal, Who: Ben, Value contains: Ada&#x27;s, First day: 1 Nov",
        "by the command portfolio",
        "1,234",
    ]:
        assert words in page, words


def test_every_kind_and_field_has_words_in_both_languages():
    for each in kept.REGISTER.values():
        for name in each.fields:
            english = label(each, name)
            assert "_" not in english
            with translation.override("ja"):
                assert label(each, name) != english or english in {"URL", "QBR"}, (each.kind, name)
        english = what(each)
        with translation.override("ja"):
            assert what(each) != english, each.kind


def test_an_entry_of_a_kind_that_is_no_more_is_still_read():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO history_entry (act, kind, object_id, operation, before, after)"
            " VALUES (1, 'gone', 4, 'changed', '{}', '{\"a\": 1}')"
        )
    line = reader(factories.user("admin")).acts(list(Entry.objects.all()))[0].lines[0]
    assert (line.what, line.name, line.fields) == ("gone", "#4", [])
