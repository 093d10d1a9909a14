"""What people do with cases: each act is logged, each refusal names its field."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts import working
from accounts.models import Customer, User
from health.cases import acts
from health.models import Case, CaseAct
from health.models.cases import at_stake
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, closed, rule

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


@pytest.fixture
def csm(db: None) -> User:
    make.organisation()
    return make.user(name="Mara")


@pytest.fixture
def customer(csm: User) -> Customer:
    return make.customer(owner=csm, arr=90_000)


def log(of: Case) -> list[tuple[str, int | None, str]]:
    return list(of.acts.order_by("pk").values_list("act", "by", "note"))


def refused(act: Any) -> dict[str, list[str]] | list[str]:
    with pytest.raises(ValidationError) as problem:
        act()
    return problem.value.message_dict if hasattr(problem.value, "error_dict") else problem.value.messages


GIVEN = {
    "title": "Budget cut", "kind": "risk", "type": "commercial", "plan": "Meet finance", "severity": "high",
    "due_on": later(3),
}  # fmt: skip


def test_opened_by_hand_is_in_progress_with_what_was_said(csm: User, customer: Customer) -> None:
    made = acts.open_by_hand(customer, user=csm, day=DAY, note="Said in the call", **GIVEN)
    made.refresh_from_db()
    assert (made.state, made.owner, made.opened_by, made.value, made.due_on) == (
        "working", csm, csm, 90_000, later(3),
    )  # fmt: skip
    assert (made.rule, made.acted_on, made.evidence.get().note) == (None, DAY, "Said in the call")
    assert log(made) == [("opened", csm.pk, "")]


def test_opened_by_hand_needs_type_and_plan(csm: User, customer: Customer) -> None:
    bad = {"title": " ", "kind": "luck", "type": "", "plan": " ", "severity": "huge", "due_on": later(-1)}
    assert refused(lambda: acts.open_by_hand(customer, user=csm, day=DAY, **bad)) == {
        "title": ["Name the case."],
        "kind": ["“luck” is not one of the choices."],
        "type": ["Choose what it is about."],
        "plan": ["Say what will be done."],
        "severity": ["“huge” is not one of the choices."],
        "due_on": ["Choose today or a day after it."],
    }
    assert not Case.objects.exists()


def test_same_title_is_open_once_a_customer(csm: User, customer: Customer) -> None:
    first = acts.open_by_hand(customer, user=csm, day=DAY, **GIVEN)
    again = GIVEN | {"title": "budget CUT "}
    assert refused(lambda: acts.open_by_hand(customer, user=csm, day=DAY, **again)) == {
        "title": ["A case of this title is open already."]
    }
    acts.open_by_hand(customer, user=csm, day=DAY, **GIVEN | {"title": "予算削減"})
    acts.open_by_hand(make.customer(owner=csm), user=csm, day=DAY, **GIVEN)
    acts.close(first, "resolved", user=csm, day=DAY, now=NOW)
    acts.open_by_hand(customer, user=csm, day=DAY, **again)
    assert Case.objects.count() == 4


def test_plan_puts_a_case_in_progress_and_ends_its_snooze(csm: User, customer: Customer) -> None:
    held = case(customer, rule(), 4, state="snoozed", snoozed_until=later(9), snooze_reason="Waits")
    acts.plan(held, type="value", plan=" Show the figures ", user=csm, day=DAY)
    held.refresh_from_db()
    assert (held.state, held.type, held.plan, held.snoozed_until) == ("working", "value", "Show the figures", None)
    assert held.acted_on == DAY
    acts.plan(held, type="value", plan="Show more", user=csm, day=later(2))
    held.refresh_from_db()
    assert held.acted_on == DAY
    assert log(held) == [("planned", csm.pk, "Show the figures"), ("planned", csm.pk, "Show more")]
    assert refused(lambda: acts.plan(held, type="mood", plan="x" * 4_001, user=csm, day=DAY)) == {
        "type": ["“mood” is not one of the choices."],
        "plan": ["At most 4000 letters."],
    }


def test_snooze_needs_an_end_within_a_year_and_a_reason(csm: User, customer: Customer) -> None:
    held = case(customer, rule(), 4)
    assert refused(lambda: acts.snooze(held, DAY, " ", user=csm, day=DAY)) == {
        "until": ["Choose a day after today."],
        "reason": ["Say why it waits."],
    }
    assert refused(lambda: acts.snooze(held, later(366), "Far", user=csm, day=DAY)) == {
        "until": ["Choose a day within a year."]
    }
    acts.snooze(held, later(365), "Fair next year", user=csm, day=DAY)
    held.refresh_from_db()
    assert (held.state, held.snoozed_until, held.snooze_reason) == ("snoozed", later(365), "Fair next year")
    assert not Case.objects.awake(DAY).exists()
    acts.wake(held, user=csm, day=DAY)
    held.refresh_from_db()
    assert (held.state, held.snoozed_until, held.snooze_reason) == ("new", None, "")
    assert log(held) == [("snoozed", csm.pk, "Fair next year"), ("woken", csm.pk, "")]
    assert refused(lambda: acts.wake(held, user=csm, day=DAY)) == ["“Look at it” is awake already."]


def test_handed_on_only_to_who_may_work_on_the_customer(csm: User, customer: Customer) -> None:
    held = case(customer, rule(), 4)
    stranger, viewer, admin = make.user(name="Nils"), make.user("viewer", name="Vera"), make.user("admin", name="Ren")
    for person in (stranger, viewer):
        assert refused(lambda who=person: acts.hand_on(held, who, user=csm, day=DAY)) == {  # type: ignore[misc]
            "to": [f"{person.name} may not work on {customer.name}."]
        }
    acts.hand_on(held, admin, user=csm, day=DAY)
    held.refresh_from_db()
    assert held.owner == admin
    assert log(held) == [("handed_on", csm.pk, "Ren")]
    assert list(working.colleagues(customer, csm)) == [csm, admin]


def test_close_needs_a_resolution_and_not_valid_a_note(csm: User, customer: Customer) -> None:
    held = case(customer, rule(), 4, state="snoozed", snoozed_until=later(9), snooze_reason="Waits")
    assert refused(lambda: acts.close(held, "", user=csm, day=DAY, now=NOW)) == {"resolution": ["Choose a result."]}
    assert refused(lambda: acts.close(held, "fine", user=csm, day=DAY, now=NOW)) == {
        "resolution": ["“fine” is not one of the choices."]
    }
    assert refused(lambda: acts.close(held, "not_valid", user=csm, day=DAY, now=NOW, note=" ")) == {
        "note": ["Say why it was not valid."]
    }
    acts.close(held, "not_valid", user=csm, day=DAY, now=NOW, note="Summer break")
    held.refresh_from_db()
    assert (held.state, held.resolution, held.resolution_note) == ("closed", "not_valid", "Summer break")
    assert (held.closed_on, held.closed_at, held.closed_by, held.snoozed_until) == (DAY, NOW, csm, None)
    assert log(held) == [("closed", csm.pk, "Summer break")]
    for act in (
        lambda: acts.close(held, "resolved", user=csm, day=DAY, now=NOW),
        lambda: acts.plan(held, type="value", plan="x", user=csm, day=DAY),
        lambda: acts.snooze(held, later(1), "x", user=csm, day=DAY),
        lambda: acts.hand_on(held, csm, user=csm, day=DAY),
    ):
        assert refused(act) == ["“Look at it” is closed already."]


def test_closing_is_taken_back(csm: User, customer: Customer) -> None:
    planned = case(customer, rule("a"), 9, type="value", plan="Call", state="working")
    bare = case(customer, rule("b"), 9)
    for held, state in ((planned, "working"), (bare, "new")):
        acts.close(held, "resolved", user=csm, day=DAY, now=NOW)
        acts.reopen(held, user=csm, day=DAY)
        held.refresh_from_db()
        assert (held.state, held.resolution, held.closed_on, held.closed_by) == (state, "", None, None)
    assert log(bare)[-1] == ("reopened", csm.pk, "")
    assert refused(lambda: acts.reopen(bare, user=csm, day=DAY)) == ["“Look at it” is open already."]


def test_closing_stays_where_a_newer_case_is_open_or_the_customer_gone(csm: User, customer: Customer) -> None:
    one = rule()
    old = closed(customer, one, 40, "resolved", csm)
    case(customer, one, 3)
    assert refused(lambda: acts.reopen(old, user=csm, day=DAY)) == [
        "A newer case of the same reason is open: work on that one."
    ]
    Case.objects.exclude(pk=old.pk).delete()
    Customer.objects.update(status="churned")
    assert refused(lambda: acts.reopen(old, user=csm, day=DAY)) == [
        "The customer is gone: its cases cannot be opened again."
    ]
    assert not CaseAct.objects.exists()


@pytest.mark.parametrize(
    ("kind", "arr", "value"),
    [
        ("risk", "1000.05", "1000.05"),
        ("opportunity", "1000.05", "200.01"),
        ("risk", None, None),
        ("opportunity", None, None),
    ],
)
def test_what_a_case_is_about(kind: str, arr: str | None, value: str | None) -> None:
    """A danger puts the whole ARR at stake, an opportunity is worth a fifth of it; what cannot be told stays so."""
    assert at_stake(kind, None if arr is None else Decimal(arr)) == (None if value is None else Decimal(value))
