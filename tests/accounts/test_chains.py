"""Rows above a row, each once even where the stored links make a circle."""

from __future__ import annotations

import pytest

from accounts import chains, people, working
from accounts.forms.customers import CustomerForm
from accounts.models import Customer
from tests import factories as make
from tests.counting import statements

pytestmark = pytest.mark.django_db


def test_the_way_up_names_each_once_and_ends() -> None:
    top, middle, low = (make.customer(name=name) for name in ("Top", "Middle", "Low"))
    for below, above in ((low, middle), (middle, top)):
        below.parent = above
        below.save(update_fields=["parent"])
    assert [row.name for row in chains.upward(low, "parent")] == ["Low", "Middle", "Top"]
    assert list(chains.upward(None, "parent")) == []
    Customer.objects.filter(pk=top.pk).update(parent=low)
    with statements() as asked:
        assert [row.name for row in chains.upward(Customer.objects.get(pk=low.pk), "parent")] == [
            "Low",
            "Middle",
            "Top",
        ]
    assert len(asked) == 4
    Customer.objects.filter(pk=top.pk).update(parent=None)  # the database would refuse the circle in the end


def test_nobody_stands_above_themselves() -> None:
    admin, boss = make.user("admin"), make.user("manager")
    csm = make.user(manager=boss)
    assert (people.leads_back(boss, csm), people.leads_back(csm, boss), people.leads_back(csm, None)) == (
        True,
        False,
        False,
    )
    group = make.customer(name="Group")
    part = make.customer(name="Part", parent=group)
    body = {"name": "Group", "parent": str(part.pk)}
    form = CustomerForm(body, instance=group, user=admin)
    assert form.errors["parent"] == ["A customer cannot stand above itself."]
    assert not CustomerForm({"name": "Part", "parent": ""}, instance=part, user=admin).errors
    assert set(working.colleagues(make.customer(owner=csm), csm)) == {csm, boss, admin}
