"""Where the acts of a line of My day lead."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Customer
from playbooks.models import Task
from playbooks.shortlist import Line
from playbooks.views import day_rows, lines
from renewals.models import Renewal
from tests.factories import DAY


@pytest.mark.parametrize(
    ("route", "pk"),
    [
        (route, pk)
        for acts in [*lines.ACTS.values(), lines.OF_CUSTOMER]
        for route in acts.values()
        for pk in (1, 70_000)
    ],
)
def test_an_address_is_the_one_that_django_gives(route: str, pk: int) -> None:
    assert lines.address(route, pk) == reverse(route, args=[pk])


def test_a_line_without_a_page_opens_its_customer() -> None:
    customer = Customer(pk=7)
    task = Line("task", customer, 0, 0, 0, task=Task(pk=3))  # type: ignore[arg-type]
    assert lines.urls(task) == {
        "open": "/customers/7/",
        "customer": "/customers/7/",
        "touch": "/customers/7/touches/new/",
        "done": "/tasks/3/done/",
        "snooze": "/tasks/3/snooze/",
        "hand_on": "/tasks/3/hand-on/",
    }
    renewal = Line("renewal", customer, 0, 0, 0, renewal=Renewal(pk=5))  # type: ignore[arg-type]
    assert lines.urls(renewal)["open"] == "/renewals/5/"
    assert lines.urls(Line("notice", customer, 0, 0, 0))["open"] == "/customers/7/"  # type: ignore[arg-type]


@pytest.mark.parametrize(("stage", "words"), [("preparing", "10 days late"), ("closed", "")])
def test_days_are_counted_to_the_end_of_an_open_term_only(stage: str, words: str) -> None:
    task = Task(renewal=Renewal(due_on=DAY - dt.timedelta(days=10), stage=stage))
    assert day_rows._left(Line("task", Customer(), 0, 0, 0, task=task), DAY) == words  # type: ignore[arg-type]
