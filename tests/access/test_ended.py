"""Somebody else ends what one is writing about, over every form of it: what was typed stays, and who did it, and when, is said."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from accounts.models import User
from config import clock
from health.cases import acts
from health.models import Case
from playbooks import work
from playbooks.models import Task
from renewals import closing, loss, qbrs
from renewals.models import PrepPart, Qbr, Renewal
from tests.access import site
from tests.access.edits import Kind
from tests.access.policy import LATER, POLICY
from tests.access.test_edits import Form, Two
from tests.factories import DAY

TYPED: Final = "Wrote to Bo, who is away"
LOSS: Final = {"stated_reason": "price", "root_cause": "value", "controllable": "yes", "alternative": "nothing"}
TERM: Final = {"starts_on": "2027-01-01", "term_months": "12", "new_amount": "500"}
# Of each form the field that is typed in, and what else it sends.
FORMS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "playbooks:task_done": ("note", {"outcome": "done"}),
    "playbooks:task_snooze": ("reason", {"until": LATER}),
    "playbooks:task_hand_on": ("", {}),
    "health:case_plan": ("plan", {"type": "value"}),
    "health:case_snooze": ("reason", {"until": LATER}),
    "health:case_hand_on": ("", {}),
    "health:case_close": ("note", {"resolution": "resolved"}),
    "renewals:call": ("note", {"likelihood": "40"}),
    "renewals:cell": ("note", {}),
    "renewals:decide": ("reason", {"likelihood": "40"}),
    "renewals:part": ("note", {"act": "done"}),
    "renewals:renew": ("new_product", TERM),
    "renewals:churn": ("note", LOSS),
    "renewals:qbr": ("goals", {}),
}
MOMENT: Final = r" \d\d:\d\d \(America/New_York\)"  # by the reader's clock, wherever the company is
VOICE: Final = {"renewals:call", "renewals:cell"}
ENDS: Final[dict[str, Callable[[int, Any], object]]] = {
    "playbooks:task": lambda pk, by: work.complete(Task.objects.get(pk=pk), "done", user=by, now=clock.now(), day=DAY),
    "health:case": lambda pk, by: acts.close(Case.objects.get(pk=pk), "resolved", user=by, now=clock.now(), day=DAY),
    "renewals:qbr": lambda pk, by: qbrs.close(Qbr.objects.get(pk=pk), by, DAY, ["Grow"]),
    "renewals:": lambda pk, by: closing.churn(
        Renewal.objects.get(pk=pk), by, DAY, loss.Loss("price", "value", True, "nothing")
    ),
}


@pytest.mark.parametrize(
    ("name", "dialog"), [*((name, True) for name in FORMS), ("playbooks:task_done", False), ("renewals:part", False)]
)
def test_what_was_typed_stays_and_who_was_faster_is_named(world, name, dialog):
    field, more = FORMS[name]
    more = {"to": str(world.manager.pk)} if name.endswith("hand_on") else more
    page = "renewals:renewal" if name == "renewals:part" else ""
    two = Two(world, name, Kind(field, TYPED, "", who="owner" if name in VOICE else "admin", page=page))
    User.objects.filter(pk__in=[world.owner.pk, world.admin.pk]).update(time_zone="America/New_York")
    form = two.opened()
    end = next(end for start, end in ENDS.items() if name.startswith(start))
    end(POLICY[name].args(world)[0], world.manager)
    headers = {"HX-Request": "true"} if dialog else {}
    sent = form | more | {"form_key": ""} | ({field: TYPED} if field else {})
    answer = two.client.post(two.url, sent, headers=headers)
    if answer.status_code == 409:  # closing wrote what was typed as well; chosen, mine has nowhere to go
        chosen = {"choice-goals": "mine", "shown": Form(answer.content.decode(), two.url).sent["shown"]}
        answer = two.client.post(two.url, sent | chosen, headers=headers)
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert re.search(r"Closed by Lena Team, \d+ \w+" + MOMENT * name.startswith(("playbooks:", "health:")), text)
    # The note of a part stands on its page, of which nothing is swapped.
    assert TYPED in text or not field or answer.headers.get("HX-Reswap") == "none"


def test_a_tick_types_nothing_and_is_answered_in_words(world):
    name = "playbooks:task_done"
    ENDS["playbooks:task"](POLICY[name].args(world)[0], world.manager)
    client = site.browser(world, "admin")
    answer = client.post(site.address(name, world), {"outcome": "done"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Reswap"]) == (200, "none")
    assert "Closed by Lena Team" in answer.content.decode()


def test_the_note_chosen_for_a_part_that_somebody_else_called_done_is_kept(world):
    two = Two(world, "renewals:part", Kind("note", "", "", page="renewals:renewal"))
    form = two.opened()
    assert two.post(form, note="Theirs", act="done").status_code == 302
    ask = two.post(form, note=TYPED, act="done")
    assert ask.status_code == 409
    chosen = Form(ask.content.decode(), two.url).sent | {"choice-note": "mine"}
    assert two.post(chosen).status_code == 302
    part = POLICY["renewals:part"].args(world)
    assert PrepPart.objects.get(renewal=part[0], part=part[1]).note == TYPED
