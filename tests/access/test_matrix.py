"""Every route × method × person against the declared policy."""

from __future__ import annotations

import re

import pytest
from django.db import transaction

from tests import tables
from tests.access import site, test_markup
from tests.access.policy import API, OUTSIDE, PART, PERSONAS, POLICY, SEES, SIGN_IN
from tests.access.world import PIECE

LED = ("owner", "admin")
# Whose pages are read for scripts, styles and other hosts; the rest are drawn by the same templates.
LOOKED_AT = ("viewer", "anonymous")
OK = 200


def test_every_route_has_a_policy_and_every_policy_a_route():
    assert site.names() == set(POLICY)


@pytest.mark.parametrize("who", PERSONAS)
def test_every_route_is_read_as_declared_and_reading_writes_nothing(world, who):
    """Nor does a page hold what the CSP would have to stop."""
    client, wrong = site.browser(world, who), {}
    # That an export left is noted.
    before = tables.rows(without={"history_departure"})
    for name, route in POLICY.items():
        if name not in SIGN_IN:
            answer = site.send(client, "GET", name, world)
            wrong |= _wrong(answer, name, who, route.expected("GET", who)) or _drawn_otherwise(answer, name)
            if who in LOOKED_AT and (faults := test_markup.wrong(answer)):
                wrong[name] = faults
    assert wrong == {}
    after = tables.rows(without={"history_departure"})
    assert sorted({table for table, _ in (after - before) + (before - after)}) == []


@pytest.mark.parametrize("who", PERSONAS)
def test_signing_in_is_read_as_declared(world, who):
    """Nor does a page of it hold what the CSP would have to stop."""
    wrong = {}
    for name, route in SIGN_IN.items():
        with transaction.atomic():
            answer = site.send(site.browser(world, who), "GET", name, world)  # some of these sign out
            transaction.set_rollback(True)
        wrong |= _wrong(answer, name, who, route.expected("GET", who))
        if who in LOOKED_AT and answer.status_code == OK and (faults := test_markup.wrong(answer)):
            wrong[name] = faults
    assert wrong == {}


@pytest.mark.parametrize("who", PERSONAS)
def test_every_route_is_written_as_declared(world, who):
    """The first act of each kind that leads somewhere is followed: a 404 after a save would look like a loss."""
    client, wrong, followed = site.browser(world, who), {}, set()
    for name, route in POLICY.items():
        client = site.browser(world, who) if name in SIGN_IN else client  # some of these sign out
        with transaction.atomic():
            answer = site.send(client, "POST", name, world)
            place = re.sub(r"\d+", "N", answer.headers.get("Location", ""))
            if who in LED and place and place not in followed and name not in SIGN_IN:
                followed.add(place)
                status = client.get(answer.headers["Location"], follow=True).status_code
                wrong |= {name: (place, status)} if status != 200 else {}
            transaction.set_rollback(True)
        wrong |= _wrong(answer, name, who, route.expected("POST", who))
    assert wrong == {}


def _wrong(answer, name, who, expected):
    if answer.status_code == expected and _leads_right(answer, who, expected):
        return {}
    return {name: (expected, answer.status_code, answer.headers.get("Location", ""))}


def _drawn_otherwise(answer, name):
    """What a route that draws a whole page, or no whole page, is not declared to."""
    if answer.status_code != OK or name in API:
        return {}
    is_page = not answer.streaming and b"<html" in answer.content
    return {} if is_page == (POLICY[name].draws != PART) else {name: "a part: draws=PART" if not is_page else "a page"}


def _leads_right(answer, who, expected):
    """Whoever must sign in is led there; nobody else is."""
    if expected != 302 or answer.wsgi_request.path.startswith(("/sign-in/", "/language/")):
        return True
    return answer.headers["Location"].startswith("/sign-in/login/") == (who in OUTSIDE)


@pytest.mark.parametrize("who", PERSONAS)
def test_what_is_put_is_put_as_declared(world, who):
    client, wrong = site.browser(world, who), {}
    for name, route in POLICY.items():
        if route.put:
            address = site.address(name, world)
            if body := route.body(world):
                with transaction.atomic():
                    answer = client.put(address, body, "application/json")
                    transaction.set_rollback(True)
                wrong |= _wrong(answer, name, who, route.expected("PUT", who))
                continue
            answer = client.put(address, PIECE, "application/octet-stream")
            wrong |= _wrong(answer, name, who, route.expected("PUT", who))
            assert client.put(address, PIECE, "application/json").status_code in {401, 403, 404, 415}
    assert wrong == {}


AUTHORS = {"api-sentiment-detail", "api-touchpoint-detail"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_nothing_else_is_put_and_nothing_patched_or_deleted(world, method):
    client = site.browser(world, "admin")
    wrong = {}
    puts = {name for name, route in POLICY.items() if method == "PUT" and route.put}
    if method == "DELETE":  # their author takes them out: nobody else, no admin either
        assert {name: client.delete(site.address(name, world)).status_code for name in AUTHORS} == dict.fromkeys(
            AUTHORS, 403
        )
        puts |= AUTHORS
    for name in set(POLICY) - set(SIGN_IN) - puts:
        with transaction.atomic():
            answer = client.generic(method, site.address(name, world), "{}", "application/json")
            transaction.set_rollback(True)
        if answer.status_code not in {404, 405}:
            wrong[name] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("who", ["other", "stranger"])
def test_what_is_not_theirs_looks_as_if_it_were_not_there(world, who):
    """Byte for byte the answer that a number nobody has gets."""
    client = site.browser(world, who)
    pairs = 0
    for name, route in POLICY.items():
        for method, rule in (("GET", route.get), ("POST", route.post)):
            if rule is None or rule.sees != SEES or rule.expected(who) != 404:
                continue
            theirs = site.send(client, method, name, world)
            nobodys = site.send(client, method, name, world, missing=True)
            assert (theirs.status_code, nobodys.status_code) == (404, 404), name
            assert _leveled(theirs) == _leveled(nobodys), name
            pairs += 1
    assert pairs >= 50


def _leveled(answer):
    """The body without the address that was asked for."""
    return re.sub(r"\d+", "N", site.text(answer))


def test_the_api_has_one_address_a_resource(world):
    client = site.browser(world, "admin")
    # An id of another system may end with anything.
    for name in API.keys() - {"api-record-row"}:
        assert client.get(site.address(name, world).partition("?")[0].rstrip("/") + ".json").status_code == 404, name
