"""How long work takes: said by an admin, and logged with touches and tasks by the form and the API."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from accounts import workload
from accounts.forms.people import UserForm
from accounts.forms.workload import PlannedForm
from accounts.models import Effort, Organisation, Touchpoint
from playbooks import work
from playbooks.models import Task
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


def body(**more: object) -> dict[str, object]:
    return {"least_logged": 20} | {kind.key: kind.minutes for kind in workload.kinds()} | more


def test_an_admin_sets_durations_and_only_what_differs_is_kept(client):
    client.force_login(make.user("admin"))
    url = reverse("accounts:durations")
    assert client.post(url, body(qbr=300, least_logged=5)).status_code == 302
    assert dict(Effort.objects.values_list("kind", "minutes")) == {"qbr": 300}
    assert Organisation.objects.get().least_logged == 5
    assert client.post(url, body(qbr=240, case=0)).status_code == 302
    assert dict(Effort.objects.values_list("kind", "minutes")) == {"qbr": 240, "case": 0}
    assert client.post(url, body(task=1441)).status_code == 422
    with statements() as asked:
        page = client.get(url).text
    assert 'value="240"' in page
    assert len(asked) <= 10


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({"task": 1440, "case": 0}, True), ({"task": 1441}, False), ({"task": -1}, False), ({"task": ""}, False),
        ({"least_logged": 1}, True), ({"least_logged": 0}, False),
    ],
)  # fmt: skip
def test_durations_lie_within_a_day(said, holds):
    assert PlannedForm(body(**said), planned=workload.planned(DAY), least=20).is_valid() is holds


def test_the_page_says_the_mean_and_of_how_many(client):
    one = make.customer(touch_model="high")
    for minutes in (61, 60):
        one.touchpoints.create(kind="call", happened_on=DAY, minutes=minutes)
    Organisation.objects.update(least_logged=2)
    client.force_login(make.user("admin"))
    page = " ".join(client.get(reverse("accounts:durations")).text.split())
    assert "2 logged" in page
    assert "60 <small" in page
    assert "in use" in page


def test_a_touch_is_logged_with_its_minutes_by_form_and_api(client):
    csm = make.user()
    one = make.customer(owner=csm)
    client.force_login(csm)
    said = {"kind": "call", "happened_on": DAY.isoformat(), "note": "Rang"}
    url = reverse("accounts:touch_new", args=[one.pk])
    assert client.post(url, said | {"minutes": "25"}).status_code == 302
    assert client.post(url, said | {"minutes": "0"}).status_code == 422
    api = "/api/v1/touchpoints/"
    sent = client.post(api, said | {"customer": one.pk, "minutes": 40}, content_type="application/json")
    assert (sent.status_code, sent.json()["minutes"]) == (201, 40)
    for wrong in (0, 1441):
        answer = client.post(api, said | {"customer": one.pk, "minutes": wrong}, content_type="application/json")
        assert answer.status_code == 400
    assert sorted(Touchpoint.objects.values_list("minutes", flat=True)) == [25, 40]


def test_a_task_is_closed_with_its_minutes_and_opens_without(client):
    csm = make.user()
    one = make.customer(owner=csm)
    task = Task.objects.create(customer=one, title="T", assignee=csm, due_on=DAY)
    client.force_login(csm)
    url = reverse("playbooks:task_done", args=[task.pk])
    assert client.post(url, {"outcome": "done", "note": "", "minutes": "35"}).status_code == 302
    task.refresh_from_db()
    assert task.minutes == 35
    work.undo(task)
    task.refresh_from_db()
    assert task.minutes is None
    sent = client.post(f"/api/v1/tasks/{task.pk}/complete/", {"minutes": 15}, content_type="application/json")
    assert sent.json()["minutes"] == 15
    assert workload.planned(DAY + dt.timedelta(days=400))["task"].n <= 1


def test_hours_and_share_of_a_person_stay_where_a_form_does_not_say_them(client):
    admin = make.user("admin")
    csm = make.user(weekly_hours=30, customer_share=60)
    client.force_login(admin)
    url = reverse("accounts:user", args=[csm.pk])
    said = {"name": csm.name, "email": csm.email, "role": "csm", "language": "en"}
    assert client.post(url, said).status_code == 302
    csm.refresh_from_db()
    assert (csm.weekly_hours, csm.customer_share) == (30, 60)
    assert client.post(url, said | {"weekly_hours": "37.5", "customer_share": "75"}).status_code == 302
    csm.refresh_from_db()
    assert (float(csm.weekly_hours), csm.customer_share) == (37.5, 75)
    for wrong in ({"weekly_hours": "101"}, {"customer_share": "101"}, {"weekly_hours": "-1"}):
        assert not UserForm(said | wrong, instance=csm).is_valid()
