"""What the API tells of rows that are no longer there."""

from __future__ import annotations

import pytest

from accounts.models import Customer
from tests.factories import contact, customer, organisation, user

pytestmark = pytest.mark.django_db
LIST = "/api/v1/gone/"


def told(client, **asked):
    answer = client.get(LIST, asked)
    assert answer.status_code == 200, answer.content
    return [(row["resource"], row["row"], row["reason"], row["into"]) for row in answer.json()["results"]]


def test_deletions_and_merges_are_told_to_who_saw_the_customer(client):
    organisation()
    mara = user(name="Mara Own")
    mine, twin = customer(name="Mine", owner=mara), customer(name="Twin", owner=mara)
    theirs = customer(name="Theirs", owner=user(name="Nils Other"))
    for one in (mine, theirs):
        contact(one, name="Ada").delete()
    Customer.objects.filter(pk=twin.pk).update(merged_into=mine)
    client.force_login(mara)
    (first, row, reason, into), merge = told(client)
    assert (first, reason, into) == ("contacts", "deleted", None)
    assert row
    assert merge == ("customers", twin.pk, "merged", mine.pk)
    until = client.get(LIST).json()
    assert until.keys() == {"next", "until", "results"}
    Customer.objects.filter(pk=twin.pk).update(merged_into=None)
    at = client.get(LIST).json()["results"][-1]["at"]
    assert (
        told(client, updated_since=at) == told(client, changed_since=at) == [("customers", twin.pk, "returned", None)]
    )
    client.force_login(user("admin"))
    assert len(told(client)) == 4
