"""Where the acts of a line of My day lead."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Customer
from playbooks.models import Task
from playbooks.shortlist import Line
from playbooks.views import lines
from renewals.models import Renewal


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
