"""What addresses ask is read in one way; what nobody knows is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import Http404
from django.test import RequestFactory

from accounts.keyset import read_date
from accounts.models import Customer
from config.web import address, paging
from tests.factories import DAY, customer

STATES = {"open": "Open", "late": "Late"}


def asked(query: str) -> Any:
    return RequestFactory().get(f"/x/?{query}")


@pytest.mark.parametrize(
    ("query", "state"), [("", "open"), ("state=", "open"), ("state=late", "late"), ("state=open&state=late", "late")]
)
def test_a_choice_is_one_of_those_known(query: str, state: str):
    assert address.choice(asked(query), "state", STATES, "open") == state


@pytest.mark.parametrize("query", ["state=shut", "state=Late", "state=%00", "state=late%20"])
def test_a_choice_nobody_knows_is_refused(query: str):
    with pytest.raises(BadRequest):
        address.choice(asked(query), "state", STATES, "open")
    with pytest.raises(BadRequest):
        address.choice(asked(query), "state", list(STATES))


def test_a_search_is_cut_and_stripped():
    assert address.text(asked("q=%20Cobalt%20")) == "Cobalt"
    assert address.text(asked("")) == ""
    assert len(address.text(asked(f"name={'x' * 300}"), "name", 200)) == 200


@pytest.mark.django_db
def test_a_row_is_one_of_those_given():
    one, other = customer(), customer()
    rows = Customer.objects.filter(pk=one.pk)
    assert address.row(asked(f"of={one.pk}"), "of", rows) == one
    assert address.row(asked("of="), "of", rows) is None
    with pytest.raises(Http404):
        address.row(asked(f"of={other.pk}"), "of", rows)
    for wrong in ("of=x", "of=-1", "of=1_0", "of=99999999999999999999"):
        with pytest.raises(BadRequest):
            address.row(asked(wrong), "of", rows)


def test_the_key_after_which_a_list_goes_on():
    assert paging.after(asked(""), read_date) is None
    assert paging.after(asked("after=2026-11-24~7"), read_date) == (DAY, 7)
    assert paging.after(asked("after=~7"), read_date, empty=True) == (None, 7)
    for wrong in ("after=~7", "after=2026-11-24", "after=2026-13-01~7", "after=2026-11-24~x"):
        with pytest.raises(BadRequest):
            paging.after(asked(wrong), read_date)
