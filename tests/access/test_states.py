"""Every route to an object × every state of the object: who reads it, and that nobody's act ends in an error of the server's."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import transaction

from tests.access import site
from tests.access.policy import SIGN_IN
from tests.access.states import STATES

BROKEN = 500
# The many × all who read are for ``make faults``; the suite asks whoever reads most, and who may write everything.
PEOPLE = ("owner", "other", "manager", "cover")
SHORT = (
    "merged", "renewal closed", "renewal void", "case closed", "task done", "qbr held", "play ended", "scorecard draft",
    "scorecard in use", "playbook never published", "its runs", "own measure hidden", "user gone",
)  # fmt: skip


def expected(route, method, who, state):
    """The declared answers; None: whatever, for an act that the state may refuse."""
    rule = route.get if method == "GET" else route.post
    if who not in state.readers:
        return {404, rule.expected(who)} - {rule.answer}
    if method == "POST" and who in rule.allowed:
        return None
    # The form of an act that the state does not have is not there either.
    formless = {404} if method == "GET" and route.post and who in route.post.allowed else set()
    return {rule.expected(who)} | formless


def wrong(world, name, people):
    """(method, who, route) → (answer, what is right) of everything that answers otherwise."""
    state, found = STATES[name], {}
    routes = {label: route for label, route in state.routes(world).items() if label not in {*SIGN_IN, *state.without}}
    assert routes, name
    with transaction.atomic():
        entered = state.enter(world)
        for (method, who), (label, route) in product(people, routes.items()):
            if (route.get if method == "GET" else route.post) is None:
                continue
            client = site.browser(world, who, raise_request_exception=False)
            with transaction.atomic():
                status = site.send(client, method, label, entered).status_code
                transaction.set_rollback(True)
            right = expected(route, method, who, state)
            if status >= BROKEN or (right is not None and status not in right):
                found[method, who, label] = (status, right)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("name", SHORT)
def test_every_state_is_read_by_those_who_may(world, name):
    assert wrong(world, name, [("GET", "viewer"), ("POST", "admin")][: 1 if name == "merged" else 2]) == {}


@pytest.mark.long
@pytest.mark.parametrize("name", STATES)
def test_every_state_is_read_by_everybody_who_may(world, name):
    people = [*product(("GET", "POST"), PEOPLE), ("GET", "admin"), ("POST", "viewer")]
    others = [("GET", "viewer"), ("POST", "admin")] if name not in SHORT or name == "merged" else []
    assert wrong(world, name, people + others) == {}


def test_a_draft_of_a_playbook_is_its_admins_alone(world):
    url = f"/playbooks/{world.drafted.pk}/?version=2"
    assert site.browser(world, "admin").get(url).status_code == 200
    for who in ("owner", "viewer", "manager"):
        assert site.browser(world, who).get(url).status_code == 404, who
