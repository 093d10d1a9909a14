"""Undo takes back the act that offered it, and nothing that somebody did later."""

import datetime as dt
import html
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import JSONObject
from django.test import Client
from django.urls import reverse

from accounts import seen
from accounts.models import ContractLine, Cover, User
from health.cases import tuning
from health.models import Case, CaseAct, OwnMeasure, Scorecard
from playbooks.models import Task
from renewals.models import Qbr, Renewal
from tests.factories import DAY, contract, customer, organisation, user
from tests.health.cases.rows import case, rule
from tests.health.conftest import scorecard
from tests.playbooks.rows import playbook
from tests.renewals.factories import renewal_due_in
from tests.tables import said

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
LATER = (DAY + dt.timedelta(days=5)).isoformat()
Step = tuple[str, dict[str, object]]

# These addresses name the very row that the act wrote, or compare what it wrote themselves.
EXACT = {
    "accounts:bulk_undo", "accounts:closing_day_back", "accounts:handover_undo", "accounts:view_back", "accounts:sentiment_undo", "accounts:touch_undo",
    "accounts:same_again",
    "health:case_rule_undo", "health:override_withdraw", "health:scorecard_retire",
    "renewals:leaving_back",
}  # fmt: skip


@pytest.fixture
def people() -> tuple[Client, Client]:
    """Two admins in their browsers; whose customers they are does not matter."""
    organisation()
    found = Client(headers={"hx-request": "true"}), Client(headers={"hx-request": "true"})
    for client, name in zip(found, ("Ren", "Mara"), strict=True):
        client.force_login(user("admin", name=name))
    return found


def said_by(client: Client, url: str, given: dict[str, object]) -> str:
    """What an act answers, its toast included: at once, or on the page to which it leads."""
    answer = client.post(url, given)
    to = answer.headers.get("HX-Redirect") or answer.headers.get("Location")
    assert answer.status_code < 500, url
    page = client.get(to, headers={"hx-request": ""}) if to and b"data-toast" not in answer.content else answer
    return html.unescape(page.content.decode())


def undo_of(client: Client, url: str, given: dict[str, object]) -> str:
    """The address of the Undo that the toast of an act offers."""
    page = said_by(client, url, given)
    found = re.findall(r'data-toast>.*?<form[^>]*action="([^"]+)"', page, re.DOTALL)
    assert found, (url, page)
    return str(found[0])


def ren() -> User:
    return User.objects.get(name="Ren")


def one_renewal(days: int = 30) -> Renewal:
    return renewal_due_in(days, customer(owner=ren()))


def a_call() -> list[Step]:
    Cover.objects.create(
        owner=ren(), by=User.objects.get(name="Mara"), starts_on=DAY, ends_on=DAY + dt.timedelta(days=9)
    )
    url = reverse("renewals:call", args=[one_renewal().pk])
    return [(url, {"likelihood": "30", "note": "First"}), (url, {"likelihood": "90", "note": "Later"})]


def a_decision() -> list[Step]:
    renewal = renewal_due_in(30, customer(owner=user()))
    url = reverse("renewals:decide", args=[renewal.pk])
    return [(url, {"likelihood": "40", "reason": "One"}), (url, {"likelihood": "90", "reason": "Other"})]


def a_stage() -> list[Step]:
    url = reverse("renewals:stage", args=[one_renewal().pk])
    return [(url, {"stage": "discussion"}), (url, {"stage": "proposed"})]


def a_part() -> list[Step]:
    url = reverse("renewals:part", args=[one_renewal().pk, "health"])
    return [(url, {"act": "done", "note": "One"}), (url, {"act": "undo"}), (url, {"act": "done", "note": "Other"})]


def a_closing() -> list[Step]:
    pk = one_renewal().pk
    url = reverse("renewals:churn", args=[pk])
    why = {"stated_reason": "price", "root_cause": "price", "controllable": "no", "alternative": "direct"}
    return [(url, why), (reverse("renewals:reopen", args=[pk]), {}), (url, why | {"alternative": "in_house"})]


def a_review() -> list[Step]:
    qbr = Qbr.objects.create(customer=customer(owner=ren()), due_on=DAY)
    url, again = reverse("renewals:qbr", args=[qbr.pk]), reverse("renewals:qbr_reopen", args=[qbr.pk])
    return [(url, {"goals": "One"}), (again, {}), (url, {"goals": "Other"})]


def a_task(act: str = "task_done", again: str = "task_undo", **given: str) -> list[Step]:
    one = customer(owner=ren())
    task = Task.objects.create(customer=one, title="Call", due_on=DAY, assignee=ren(), assigned_as="owner")
    url = reverse(f"playbooks:{act}", args=[task.pk])
    first = given or {"outcome": "done"}
    second = given | {"reason": "Other"} if given else {"outcome": "not_needed", "note": "Other"}
    return [(url, first), (reverse(f"playbooks:{again}", args=[task.pk]), {}), (url, second)]


def a_snooze() -> list[Step]:
    return a_task("task_snooze", "task_wake", until=LATER, reason="One")


def a_case() -> list[Step]:
    pk = case(customer(owner=ren()), rule(), 4).pk
    url = reverse("health:case_close", args=[pk])
    again = reverse("health:case_reopen", args=[pk])
    return [(url, {"resolution": "resolved"}), (again, {}), (url, {"resolution": "not_valid", "note": "Other"})]


def a_sleeping_case() -> list[Step]:
    url = reverse("health:case_snooze", args=[case(customer(owner=ren()), rule(), 4).pk])
    return [(url, {"until": LATER, "reason": "One"}), (url, {"until": LATER, "reason": "Other"})]


def a_wake() -> list[Step]:
    """Waking a case in its cell of the list."""
    asleep = {"state": "snoozed", "snoozed_until": DAY + dt.timedelta(days=2), "snooze_reason": "Budget"}
    pk = case(customer(owner=ren()), rule(), 4, **asleep).pk
    url = reverse("accounts:list_cell", args=["cases", "state", pk])
    return [
        (url, {"resolution": "awake"}), (reverse("health:case_snooze", args=[pk]), {"until": LATER, "reason": "Other"}),
    ]  # fmt: skip


def a_version() -> list[Step]:
    first = scorecard({"all": (1, {"nps": 1})}, key="card", name="Card")
    rows = [scorecard({"all": (1, {"nps": 1})}, key="other", name="Card") for _ in range(1)]
    Scorecard.objects.filter(pk=rows[0].pk).update(key="card", version=2, is_published=False)
    third = scorecard({"all": (1, {"nps": 1})}, key="third", name="Card")
    Scorecard.objects.filter(pk=third.pk).update(key="card", version=3, is_published=False)
    assert first.is_published
    return [(reverse("health:scorecard_roll_back", args=[pk]), {}) for pk in (rows[0].pk, third.pk)]


def a_measure() -> list[Step]:
    OwnMeasure.objects.create(
        key="own_x", name="X", source="attribute", attribute="seats", statistic="last", window_days=28, zero_at=0,
        full_at=1, shelf_life_days=90, created_on=DAY,
    )  # fmt: skip
    url = reverse("health:own_measure_hide", args=["own_x"])
    return [(url, {}), (url, {})]


def a_playbook() -> list[Step]:
    url = reverse("playbooks:pause", args=[playbook().pk])
    return [(url, {}), (url, {})]


def a_line() -> list[Step]:
    made = contract(customer(owner=ren()), starts_on=DAY - dt.timedelta(days=100), auto_renews=True)
    ContractLine.objects.update(ends_on=None)
    url, line = reverse("accounts:lines_notice", args=[made.pk]), made.lines.get().pk
    again = f"{reverse('accounts:lines_back', args=[made.pk])}?line={line}"
    first, second = DAY - dt.timedelta(days=1), DAY
    return [
        (url, {"notice_given_on": first, "lines": [line]}), (again, {}), (url, {"notice_given_on": second, "lines": [line]}),
    ]  # fmt: skip


def stored() -> list[object]:
    """All that the acts above write."""
    models = (Renewal, Qbr, Task, Case, Scorecard, OwnMeasure, ContractLine)
    found = [said(model.objects.all()) for model in models]
    return [*found, list(Renewal.parts.rel.related_model.objects.order_by("pk").values())]


@pytest.mark.parametrize(
    "acts",
    [a_call, a_decision, a_stage, a_part, a_closing, a_review, a_task, a_snooze, a_case, a_sleeping_case, a_wake, a_version,
     a_measure, a_playbook, a_line],
)  # fmt: skip
def test_undo_leaves_alone_what_somebody_did_since(people, acts: Callable[[], list[Step]]):
    mine, other = people
    (first, *since) = acts()
    undo = undo_of(mine, *first)
    for url, given in since:
        assert other.post(url, given).status_code < 400, url
    stands = stored()
    assert str(seen.CHANGED_SINCE) in said_by(mine, undo, {})
    assert stored() == stands


@pytest.mark.parametrize(
    "acts",
    [a_call, a_decision, a_stage, a_part, a_closing, a_review, a_task, a_snooze, a_case, a_sleeping_case, a_wake, a_version,
     a_measure, a_playbook, a_line],
)  # fmt: skip
def test_undo_takes_back_what_stands(people, acts: Callable[[], list[Step]]):
    mine, _other = people
    undo = undo_of(mine, *acts()[0])
    stands = stored()
    assert str(seen.CHANGED_SINCE) not in said_by(mine, undo, {})
    assert acts is a_playbook or stored() != stands


def test_a_change_of_a_rule_is_not_taken_back_over_a_later_one(people):
    one, now = rule(), dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    first = tuning.tune(one, {"due_days_high": 4}, by=ren(), day=DAY, now=now)
    tuning.tune(one, {"due_days_high": 9}, by=ren(), day=DAY, now=now)
    assert first
    with pytest.raises(ValidationError, match="changed since"):
        tuning.take_back(first, by=ren(), day=DAY, now=now)
    one.refresh_from_db()
    assert one.due_days_high == 9


def test_a_case_woken_in_its_cell_sleeps_as_before_and_nothing_says_otherwise(people):
    mine, _other = people
    (woken, _later) = a_wake()
    before = said(Case.objects.all())
    assert before[0]["snooze_reason"] == "Budget"
    said_by(mine, undo_of(mine, *woken), {})
    assert said(Case.objects.all()) == before
    assert not CaseAct.objects.exists()


def test_a_mark_is_the_same_before_and_after_the_row_is_stored(people):
    one = one_renewal()
    one.csm_likelihood, one.csm_called_on, one.final_by = Decimal("0.9"), DAY, ren()
    fields = ("csm_likelihood", "csm_called_on", "final_by", "final_on", "before_closing")
    before = seen.mark(one, fields)
    one.save(update_fields=list(fields))
    assert seen.mark(Renewal.objects.get(pk=one.pk), fields) == before
    as_json = (
        Renewal.objects.annotate(told=JSONObject(**{name: name for name in fields}))
        .values_list("told", flat=True)
        .get()
    )
    assert seen.mark_of(Renewal, fields, as_json) == before
    one.csm_likelihood = None
    assert seen.mark(one, fields) != before


def test_every_undo_says_what_it_takes_back():
    """An address given as Undo carries a mark, or names the very row that the act wrote."""
    lines = [line for path in ROOT.glob("*/views/*.py") for line in path.read_text().splitlines()]
    bare = [line for line in lines if re.search(r"\bundo(_url)? = ", line) and "undo_of(" not in line]
    assert {name for line in bare for name in re.findall(r"reverse\([\"']([^\"']+)", line)} <= EXACT
