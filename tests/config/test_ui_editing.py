"""Two people with the same form open: each writes what it changed, and nobody loses what the other did."""

import html
import json

import pytest
from django.urls import reverse

from accounts import ownership
from accounts.forms.customers import CustomerForm
from accounts.forms.settings import OrganisationForm, SegmentForm
from accounts.models import Customer, Organisation, Segment
from config.ui.editing import Together
from tests.factories import DAY, customer, organisation, segment, user

pytestmark = pytest.mark.django_db


def opened(form: Together) -> dict[str, object]:
    """What a browser sends of a form that nobody has touched."""
    values = {field.html_name: field.value() for field in form}
    sent = {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}
    return sent | {"shown": json.dumps(form.stands)}


@pytest.fixture
def admin(client):
    organisation()
    one = user("admin", name="Ren")
    client.force_login(one)
    return one


@pytest.fixture
def mine(admin):
    return customer(name="Cobalt", owner=user(name="Clara"), tags=["pilot"])


def edit(client, one: Customer, data: dict[str, object]):
    return client.post(reverse("accounts:customer_edit", args=[one.pk]), data)


def test_a_form_left_open_does_not_take_a_customer_back(client, admin, mine):
    form = opened(CustomerForm(instance=mine, user=admin))
    priya = user(name="Priya")
    ownership.hand_over([mine.pk], priya, day=DAY, door=ownership.Door.PAGE)
    assert edit(client, mine, form | {"name": "Cobalt Freight"}).status_code == 302
    mine.refresh_from_db()
    assert (mine.name, mine.owner, mine.tags) == ("Cobalt Freight", priya, ["pilot"])


def test_what_both_have_changed_is_refused_and_saved_again_overwrites(client, admin, mine):
    form = opened(CustomerForm(instance=mine, user=admin))
    priya, dan = user(name="Priya"), user(name="Dan")
    ownership.hand_over([mine.pk], priya, day=DAY, door=ownership.Door.PAGE)
    answer = edit(client, mine, form | {"owner": dan.pk, "tags": "pilot, gold"})
    assert answer.status_code == 422
    text = html.unescape(answer.content.decode())
    assert "Somebody has set this to “Priya” since" in text
    assert Customer.objects.get(pk=mine.pk).owner == priya
    shown = text.split('name="shown" value="')[1].split('" id=')[0]
    assert edit(client, mine, form | {"owner": dan.pk, "tags": "pilot, gold", "shown": shown}).status_code == 302
    mine.refresh_from_db()
    assert (mine.owner, mine.tags) == (dan, ["pilot", "gold"])


def test_two_admins_change_one_segment(client, admin):
    one = segment(name="Enterprise", touch_every_days=14, rule=[])
    form = opened(SegmentForm(instance=one, beside={"rule": one.rule})) | {"rule-tree": "[]"}
    rule = {"field": "arr", "test": "at_least", "value": 5}
    Segment.objects.filter(pk=one.pk).update(touch_every_days=77, rule=[rule])
    assert client.post(reverse("accounts:segment", args=[one.pk]), form | {"name": "Big"}).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.touch_every_days, one.rule) == ("Big", 77, [rule])


def test_two_admins_change_the_organisation(client, admin):
    form = opened(OrganisationForm(instance=Organisation.objects.get()))
    Organisation.objects.update(alerts_per_day=3)
    assert client.post(reverse("accounts:organisation"), form | {"onboarding_days": "33"}).status_code == 302
    assert Organisation.objects.values_list("alerts_per_day", "onboarding_days").get() == (3, 33)


def test_without_what_was_shown_it_compares_with_what_is_stored(admin, mine):
    form = opened(CustomerForm(instance=mine, user=admin)) | {"name": "Other"}
    for shown in ("", "no json", "[]"):
        bound = CustomerForm(form | {"shown": shown}, instance=Customer.objects.get(pk=mine.pk), user=admin)
        assert bound.is_valid()
        assert bound.changed_data == ["name"]
