"""Two people with the same form open, over every form: nobody loses what the other did, and each sees what happened."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import Customer
from config import clock
from config.history.actors import acting
from config.ui import figures
from health.models import Case
from tests import factories
from tests.access import site
from tests.access.edits import BACK, ELSEWHERE, Kind
from tests.access.policy import ACTS, EDITS, POLICY

# Of these what the other saved is left as it stands once: fields, a cell, an act.
LEFT = {"accounts:customer_edit", "renewals:cell", "renewals:qbr", "health:case_hand_on"}
OF_DRAFTS = {f"health:scorecard{part}" for part in ("", "_line", "_ceilings", "_scope", "_catalogue")}


class Form(HTMLParser):
    """What a browser sends of the form with ``action`` (or of the one without) when nobody has touched it."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.area, self.select = action, False, "", ""
        self.sent: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if tag == "form":
            self.inside = of.get("method") == "post" and of.get("action", self.action) == self.action
        if not self.inside:
            return
        name = of.get("name") or ""
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            if "selected" in of or self.select not in self.sent:
                self.sent[self.select] = [of.get("value") or ""]
        elif tag == "textarea":
            self.area = name
            self.sent[name] = [""]
        elif tag == "input" and name and (of.get("type") not in {"checkbox", "radio"} or "checked" in of):
            self.sent.setdefault(name, []).append(of.get("value") or "on" * (of.get("type") == "checkbox"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area][0] += data.removeprefix("\n") if not self.sent[self.area][0] else data


class Two:
    """Two browsers of one person at one route."""

    def __init__(self, world: Any, name: str, kind: Kind) -> None:
        self.world, self.kind = world, kind
        self.client = site.browser(world, kind.who)
        self.url = site.address(name, world)
        self.page = self.url
        if kind.page:
            self.page = reverse(kind.page, args=[POLICY[name].args(world)[0]])

    def opened(self) -> dict[str, list[str]]:
        answer = self.client.get(self.page)
        assert answer.status_code == 200
        return Form(answer.content.decode(), self.url).sent

    def post(self, form: dict[str, Any], **values: Any) -> Any:
        return self.client.post(self.url, form | values | {"form_key": ""})

    def value(self, side: Any) -> str:
        return str(side(self.world) if callable(side) else side)


def test_every_form_carries_what_it_showed_or_says_why_not():
    named = {name: route for name, route in POLICY.items() if ":" in name and not name.startswith(ELSEWHERE)}
    writes = {name for name, route in named.items() if route.post}
    assert writes == {name for name in {*EDITS, *ACTS} if ":" in name}
    assert not set(EDITS) & set(ACTS)


@pytest.mark.parametrize("name", EDITS)
def test_of_two_who_edit_at_once_nobody_loses_anything(world, name):
    kind = EDITS[name]
    two = Two(world, name, kind)
    form = two.opened()
    assert form["shown"][0], "the form does not say what it showed"
    more = kind.more or {}
    if kind.apart:
        field, value = kind.apart
        assert field in form
        assert two.post(form, **{field: value}).status_code == 302
    assert two.post(form, **more, **{kind.field: two.value(kind.theirs)}).status_code == 302
    if kind.apart:
        now = two.opened()
        assert (now[kind.field], now[field]) == ([two.value(kind.theirs)], [value])
    answer = two.post(form, **more, **{kind.field: two.value(kind.mine)})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert all(
        shown in text
        for shown in (two.value(kind.mine), two.value(kind.theirs))
        if not callable(kind.mine) and kind.shows
    )
    ask = Form(text, two.url).sent
    choices = dict.fromkeys((name for name in ask if name.startswith("choice-")), "mine")
    assert choices
    if name in LEFT:
        assert two.post(ask, **dict.fromkeys(choices, "theirs")).status_code == 302
    if name in LEFT and kind.shows:
        assert two.opened()[kind.field] == [two.value(kind.theirs)]
    assert two.post(ask, **choices).status_code == kind.still
    if kind.shows:
        assert two.opened()[kind.field] == [two.value(kind.mine)]


@pytest.mark.parametrize("name", ["renewals:cell"])
def test_what_a_form_showed_is_ours_or_refused(world, name):
    two = Two(world, name, EDITS[name])
    assert two.post(two.opened(), shown="e30:made:up").status_code == 400


def test_the_choice_names_who_changed_that_field_and_not_who_came_last(world):
    two = Two(world, "accounts:customer_edit", EDITS["accounts:customer_edit"])
    form = two.opened()
    pk = POLICY["accounts:customer_edit"].args(world)[0]
    for name, fields in {"Olga": {two.kind.field: "Theirs"}, "Pavel": {"employees": 77}}.items():
        person = factories.user("admin", name=name)
        with acting("page", lambda person=person: person.pk):
            Customer.objects.filter(pk=pk).update(**fields)
    text = two.post(form, **{two.kind.field: "Mine"}).content.decode()
    assert "Olga saved this" in text
    assert "Pavel" not in text


@pytest.mark.parametrize(
    ("name", "widest"),
    [("accounts:user", "'admin'"), *((name, "'scorecard:") for name in (*EDITS, *ACTS) if name in OF_DRAFTS)],
)
def test_a_save_that_takes_several_locks_takes_the_widest_first(world, name, widest):
    two = Two(world, name, EDITS.get(name, EDITS["health:scorecard"]))
    form = two.opened()
    with CaptureQueriesContext(connection) as asked:
        two.post(form, measure="none")
    locks = [one["sql"] for one in asked if re.search(r"FOR (NO KEY )?UPDATE|pg_advisory_xact_lock", one["sql"])]
    assert len(locks) > 1
    assert widest in locks[0]


def test_the_choice_says_days_as_every_page_and_whose_record_it_is(world):
    kind = EDITS["health:case_snooze"]
    two = Two(world, "health:case_snooze", kind)
    form = two.opened()
    for until in (kind.theirs, kind.mine):
        answer = two.post(form, until=until, reason="Away")
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    with translation.override("en"):
        days = [figures.day(dt.date.fromisoformat(until), clock.today()) for until in (kind.theirs, kind.mine)]
    assert all(f"Until: {day}" in text for day in days)
    customer = Case.objects.get(pk=POLICY["health:case_snooze"].args(world)[0]).customer
    assert f"<title>{customer.name} / " in text


def test_an_undo_pressed_in_a_toast_says_what_it_did(world):
    client = site.browser(world, "admin")
    for name in (name for name, why in ACTS.items() if why == BACK):
        answer = site.send(client, "POST", name, world, headers={"HX-Request": "true"})
        if answer.status_code < 400:
            led = "HX-Redirect" in answer.headers  # where the toast waits as a message
            assert answer.status_code == 200, name
            assert led or 'id="toasts" hx-swap-oob' in answer.content.decode(), name
