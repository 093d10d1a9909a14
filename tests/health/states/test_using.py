"""Who uses the product: the last day on which a state holds and the first on which it does not."""

from __future__ import annotations

import pytest

from accounts.models import Contact, Customer
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.people_world import come, is_known_as
from tests.health.states.held import found

pytestmark = pytest.mark.usefixtures("months")


def champion(customer: Customer, person: int, *backs: int, **fields: object) -> Contact:
    """A champion who uses the product as ``person`` on these days."""
    come(customer, {person: backs})
    contact = make.contact(customer, roles=["champion"], **fields)
    is_known_as(customer, person, contact)
    return contact


def test_a_champion_who_no_longer_comes() -> None:
    away, still = make.customer(), make.customer()
    contact = champion(away, 1, 60, 28)
    champion(still, 1, 60, 27)
    come(away, {2: [0]})
    come(away, {1: [0]}, agent=True)
    assert found("champion_away") == {
        away.pk: {
            "contact": contact.pk,
            "name": contact.name,
            "last_on": ago(28).isoformat(),
            "days": 28,
            "since": DAY.isoformat(),
        }
    }
    assert found("champion_away", day=ago(1)) == {}
    assert set(found("champion_away", days=27)) == {away.pk, still.pk}


def test_another_champion_or_another_name_of_the_same_is_enough() -> None:
    two, named_twice, gone, new = (make.customer() for _ in range(4))
    champion(two, 1, 50)
    champion(two, 2, 3)
    contact = champion(named_twice, 1, 50)
    come(named_twice, {2: [4]})
    is_known_as(named_twice, 2, contact)
    champion(gone, 1, 50, state="left", state_on=ago(2))
    champion(new, 1, 5)
    # What somebody used at the customer before is nothing of this one's.
    Contact.objects.filter(pk=champion(make.customer(), 1, 50).pk).update(customer=make.customer())
    assert found("champion_away") == {}


def test_a_champion_away_for_longer_than_is_looked_back() -> None:
    customer = make.customer()
    champion(customer, 1, 120)
    (facts,) = found("champion_away").values()
    assert facts["last_on"] is None


def test_a_champion_who_never_came_is_not_told_of() -> None:
    customer = make.customer()
    make.contact(customer, roles=["champion"])
    come(customer, {1: [50]})
    assert found("champion_away") == {}


def test_agents_busy_and_people_gone() -> None:
    """Complaint 25: every session since is an agent's."""
    gone, mixed, counted, unknown = (make.customer() for _ in range(4))
    for customer in (gone, mixed):
        come(customer, {7: [0, 5]}, agent=True, uses=4)
    come(gone, {1: [28]})
    come(mixed, {1: [27]})
    use(counted, [0])
    come(unknown, {7: [0]}, agent=True)
    assert found("agents_only") == {
        gone.pk: {"uses": 8, "days": 28, "last_on": ago(28).isoformat()},
        unknown.pk: {"uses": 1, "days": 28, "last_on": None},
    }
