import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from playbooks.models import Task
from playbooks.steps import task_step
from tests.factories import DAY, customer, user
from tests.playbooks.conftest import signed_in
from tests.playbooks.rows import playbook
from tests.problems import told

pytestmark = pytest.mark.django_db


def task(of, **fields):
    return Task.objects.create(customer=of, title="Call", due_on=DAY, assignee=of.owner, **fields)


def post(client, url, data):
    return client.post(f"/api/v1/{url}", data, content_type="application/json")


def test_lists_cost_the_same_at_one_row_and_three(csm):
    client = signed_in(csm)
    play = playbook(name="One")
    counts = []
    for number in (1, 2):
        for n in range(number):
            one = customer(owner=csm)
            task(one)
            assert post(client, "enrolments/", {"customer": one.pk, "playbook": play.pk}).status_code == 201
            playbook(name=f"Other {number} {n}")
        each = []
        for url in ("tasks/", "playbooks/", "enrolments/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/api/v1/{url}").status_code == 200
            each.append(len(queries))
        counts.append(each)
    assert counts[0] == counts[1]


def test_a_playbook_tells_its_steps_by_position(csm):
    """The statement is looked at: without an order the rows come as they happen to lie in the table, often rightly."""
    playbook(steps=[task_step("A"), task_step("B")])
    with CaptureQueriesContext(connection) as queries:
        found = signed_in(csm).get("/api/v1/playbooks/").json()["results"]
    assert [(one["position"], one["title"]) for one in found[0]["steps"]] == [(1, "A"), (2, "B")]
    asked = [query["sql"] for query in queries if 'FROM "playbooks_playbookstep"' in query["sql"]]
    assert [sql.partition(" ORDER BY ")[2] for sql in asked] == ['"playbooks_playbookstep"."position" ASC']


def test_tasks_close_reopen_and_sleep_as_on_the_page(csm):
    one = customer(owner=csm)
    open_ = task(one)
    client = signed_in(csm)
    closed = post(client, f"tasks/{open_.pk}/complete/", {"outcome": "no_answer", "note": "Voicemail"})
    assert (closed.status_code, closed.json()["outcome"]) == (200, "no_answer")
    again = post(client, f"tasks/{open_.pk}/complete/", {})
    assert (again.status_code, told(again)) == (400, {"non_field_errors": ["“Call” is closed already."]})
    assert len(client.get("/api/v1/tasks/?state=done").json()["results"]) == 1
    assert post(client, f"tasks/{open_.pk}/reopen/", {}).json()["outcome"] == ""
    late = post(client, f"tasks/{open_.pk}/snooze/", {"until": "2026-11-24", "reason": "On leave"})
    assert (late.status_code, told(late)) == (400, {"until": ["Choose a day after today."]})
    assert post(client, f"tasks/{open_.pk}/snooze/", {"until": "2026-11-25", "reason": "On leave"}).status_code == 200
    assert client.get("/api/v1/tasks/?state=asleep").status_code == 400


def test_tasks_are_added_woken_and_handed_on_as_on_the_page(csm):
    boss = user("manager", name="Lena")
    csm.manager = boss
    csm.save(update_fields=["manager"])
    one, client = customer(owner=csm), signed_in(csm)
    body = {"customer": one.pk, "title": "Ring", "due_on": "2026-11-25"}
    mine = post(client, "tasks/", body)
    assert (mine.status_code, mine.json()["assignee"]) == (201, csm.email)
    assert post(client, "tasks/", body | {"to": boss.email, "note": "Soon"}).json()["assignee"] == boss.email
    address = f"tasks/{mine.json()['id']}"
    assert post(client, f"{address}/snooze/", {"until": "2026-11-25", "reason": "On leave"}).status_code == 200
    assert post(client, f"{address}/wake/", {}).json()["snoozed_until"] is None
    assert post(client, f"{address}/hand-on/", {"to": boss.email.upper()}).json()["assignee"] == boss.email
    nobody = post(client, f"{address}/hand-on/", {"to": user(name="Otto").email})
    assert (nobody.status_code, list(told(nobody))) == (400, ["to"])
    assert list(told(post(client, "tasks/", {"customer": one.pk}))) == ["title", "due_on"]
    assert post(client, "tasks/", body | {"customer": customer().pk}).status_code == 404


def test_access(csm, company):
    one = customer(owner=csm)
    open_ = task(one)
    play = playbook()
    for who, status, count in ((user(), 404, 0), (user("viewer"), 403, 1)):
        client = signed_in(who)
        assert len(client.get("/api/v1/tasks/").json()["results"]) == count
        assert post(client, f"tasks/{open_.pk}/complete/", {}).status_code == status
        assert post(client, "enrolments/", {"customer": one.pk, "playbook": play.pk}).status_code == status
    assert post(signed_in(csm), "enrolments/", {"customer": one.pk, "playbook": 999}).status_code == 404
    assert post(signed_in(csm), "enrolments/", {"customer": "x"}).status_code == 400


def test_a_second_running_enrolment_is_refused(csm):
    one, play = customer(owner=csm), playbook()
    body = {"customer": one.pk, "playbook": play.pk}
    made = post(signed_in(csm), "enrolments/", body).json()
    assert (made["state"], made["occasion"], made["version"]) == ("running", "hand:1", 1)
    again = post(signed_in(csm), "enrolments/", body)
    assert again.status_code == 400
    assert "already runs" in told(again)["non_field_errors"][0]
