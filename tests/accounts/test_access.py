import datetime as dt

import pytest

from accounts.models import Cover, Customer
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    organisation()
    head = user("manager", name="Head")
    lead = user("manager", name="Lead", manager=head)
    own, other, outside = user(manager=lead), user(manager=head), user()
    people = {"head": head, "lead": lead, "own": own, "other": other, "outside": outside}
    people |= {"admin": user("admin"), "viewer": user("viewer")}
    for name in ("own", "other", "outside"):
        customer(name=name, owner=people[name])
    customer(name="unowned")
    return people


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("own", {"own"}),
        ("lead", {"own", "unowned"}),
        ("head", {"own", "other", "unowned"}),
        ("admin", {"own", "other", "outside", "unowned"}),
        ("viewer", {"own", "other", "outside", "unowned"}),
    ],
)
def test_who_sees_which_customers(team, who, sees):
    names = Customer.objects.visible_to(team[who]).values_list("name", flat=True)
    assert set(names) == sees


def test_viewer_changes_nothing_and_others_what_they_see(team):
    assert not Customer.objects.changeable_by(team["viewer"]).exists()
    assert Customer.objects.changeable_by(team["own"]).get().name == "own"
    assert Customer.objects.changeable_by(team["admin"]).count() == 4


def test_cover_counts_from_its_first_day_up_to_its_end(team):
    for start, end, name in [(0, 1, "outside"), (1, 5, "other"), (-5, 0, "other")]:
        Cover.objects.create(
            owner=team[name],
            by=team["own"],
            starts_on=DAY + dt.timedelta(days=start),
            ends_on=DAY + dt.timedelta(days=end),
        )
    seen = Customer.objects.visible_to(team["own"]).values_list("name", flat=True)
    assert set(seen) == {"own", "outside"}


def test_deactivated_user_sees_nothing(team):
    team["admin"].is_active = False
    assert not Customer.objects.visible_to(team["admin"]).exists()


def test_merged_customer_is_gone_from_sight(team):
    twin = customer(name="twin", owner=team["own"])
    twin.merged_into = Customer.objects.get(name="own")
    twin.save(update_fields=["merged_into"])
    assert Customer.objects.visible_to(team["own"]).get().name == "own"
