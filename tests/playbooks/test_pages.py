import datetime as dt
import html
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Customer
from config import clock
from config.setaside.reading import UNREADABLE
from health.measures.custom_changes import save_own
from health.models import CaseRule
from playbooks import enrolment, shipped, versions
from playbooks.models import Enrolment, Playbook, PlaybookVersion, Task
from playbooks.steps import task_step
from renewals.models import Qbr
from tests.config.history.world import begun_long_ago
from tests.counting import statements
from tests.factories import DAY, contact, customer, user
from tests.playbooks.conftest import signed_in
from tests.playbooks.rows import before, case, closed, parts, playbook, renewal, score, stage

pytestmark = pytest.mark.django_db


def task(of: Customer, **fields):
    values = {"title": "Call the champion", "due_on": DAY, "assignee": of.owner, "assigned_as": "owner"}
    return Task.objects.create(customer=of, **values | fields)


def page(client, name, *args: int, status=200, **query: object):
    response = client.get(reverse(f"playbooks:{name}", args=args), query)
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def full_book(csm):
    """A customer with something in every corner of the day."""
    one = customer(owner=csm, arr=50_000, score=40, band="red")
    score(one, 80, 40)
    score(one, 40, 1)
    closed(one, 0, term_number=5)
    contact(one, state="left", state_on=DAY)
    Qbr.objects.create(customer=one, due_on=DAY)
    renewal(one, 20, notice_on=before(-3))
    task(one)
    task(one, title="Closed today", done_at=clock.now(), done_by=csm, outcome="done")
    stage(one, "onboarding", 1)
    return one


def test_the_day_costs_the_same_statements_whatever_is_open(csm):
    playbook("stage_entered")
    counts = []
    for number in (1, 2):
        for _ in range(number):
            full_book(csm)
        enrolment.sweep(DAY)
        client = signed_in(csm)
        page(client, "day")
        with CaptureQueriesContext(connection) as queries:
            text = page(client, "day")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 28, counts
    for words in (
        "New since yesterday",
        "This week",
        "QBR due",
        "notice date",
        "Why this order?",
        "Closed today",
        "80 to 40",
    ):
        assert words in text


def test_an_empty_day_teaches(csm):
    assert "Nothing is due" in page(signed_in(csm), "day")


def test_whose_day_by_role(csm, admin):
    boss = user("manager")
    csm.manager = boss
    csm.save()
    task(customer(owner=csm))
    for who, seen in ((csm, True), (boss, True), (admin, True), (user("viewer"), True), (user(), False)):
        text = page(signed_in(who), "day", **({"scope": "all"} if who.role == "viewer" else {}))
        assert ("Call the champion" in text) == seen
        assert ("Done: Call the champion" in text) == (seen and who.role != "viewer")
    assert "Call the champion" not in page(signed_in(boss), "day", scope="mine")
    page(signed_in(csm), "day", scope="all", status=400)
    page(signed_in(csm), "day", kind="dreams", status=400)


def test_done_answers_a_toast_with_the_way_back(csm):
    one = customer(owner=csm)
    open_ = task(one)
    client = signed_in(csm, htmx=True)
    response = client.post(reverse("playbooks:task_done", args=[open_.pk]), {"outcome": "done"})
    assert response.status_code == 200
    assert "playbooks:changed" in response["HX-Trigger"]
    assert reverse("playbooks:task_undo", args=[open_.pk]) in response.content.decode()
    open_.refresh_from_db()
    assert (open_.outcome, open_.done_by) == ("done", csm)
    assert client.post(reverse("playbooks:task_undo", args=[open_.pk])).status_code == 200
    open_.refresh_from_db()
    assert open_.done_at is None


def test_without_script_done_goes_back_where_it_came_from(csm):
    one = customer(owner=csm)
    url = reverse("playbooks:task_done", args=[task(one).pk])
    response = signed_in(csm).post(url, {"outcome": "not_valid", "note": "Wrong company", "next": "/tasks/"})
    assert (response.status_code, response["Location"]) == (302, "/tasks/")
    response = signed_in(csm).post(url, {"outcome": "done"})
    assert response.status_code == 409
    assert "is closed already" in response.content.decode()
    response = signed_in(csm).post(
        reverse("playbooks:task_undo", args=[Task.objects.get().pk]), {"next": "https://elsewhere.example/"}
    )
    assert response["Location"] == "/"


def test_a_task_of_renewal_prep_tells_the_renewal(csm):
    one = customer(owner=csm)
    due = renewal(one, 60)
    parts(due)
    play = playbook("renewal_due", reentry_days=0, steps=[task_step("Health", prep_part="health")])
    enrolment.sweep(DAY)
    given = play.enrolments.get().tasks.get()
    client, address = signed_in(csm, htmx=True), reverse("playbooks:task_done", args=[given.pk])
    asked = client.post(address, {"outcome": "done"})
    # A tick is not enough: the note is asked for in the dialog, and nothing is closed meanwhile.
    assert (asked.status_code, asked["HX-Retarget"], asked["HX-Reswap"]) == (422, "#ask", "innerHTML")
    assert "a part is not done without a note" in asked.content.decode()
    assert due.parts.get(part="health").done_on is None
    response = client.post(address, {"outcome": "done", "note": "Green, use is up"})
    assert "renewals:changed" in response["HX-Trigger"]
    assert due.parts.get(part="health").done_on == DAY


def test_forms_say_what_is_wrong_at_the_field(csm):
    one = customer(owner=csm)
    open_ = task(one)
    client = signed_in(csm, htmx=True)
    late = client.post(
        reverse("playbooks:task_snooze", args=[open_.pk]), {"until": DAY.isoformat(), "reason": "On leave"}
    )
    assert late.status_code == 422
    assert "Choose a day after today." in late.content.decode()
    assert 'value="On leave"' in late.content.decode()
    for name, data in (
        ("task_done", {"outcome": "sure"}),
        ("task_snooze", {"until": "soon", "reason": ""}),
        ("task_hand_on", {"to": "999"}),
    ):
        assert client.post(reverse(f"playbooks:{name}", args=[open_.pk]), data).status_code == 422
    new = reverse("playbooks:task_new", args=[one.pk])
    assert client.post(new, {"title": "", "due_on": "x", "to": csm.pk}).status_code == 422
    assert client.post(new, {"title": "Send the deck", "due_on": "2026-11-30", "to": csm.pk}).status_code == 200
    assert Task.objects.get(title="Send the deck").due_on == dt.date(2026, 11, 30)
    good = client.post(reverse("playbooks:task_snooze", args=[open_.pk]), {"until": "2026-11-30", "reason": "On leave"})
    assert "waits until 30 Nov" in good.content.decode()
    assert "waits until" in page(signed_in(csm), "tasks", state="snoozed")
    assert client.post(reverse("playbooks:task_wake", args=[open_.pk])).status_code == 200
    for name in ("task_done", "task_snooze", "task_hand_on"):
        assert signed_in(csm).get(reverse(f"playbooks:{name}", args=[open_.pk])).status_code == 200


def test_what_is_not_yours_is_not_there_and_a_viewer_only_reads(csm, company):
    one = customer(owner=csm)
    open_ = task(one)
    play = enrolment.enrol_by_hand(one, playbook(), csm, DAY)
    urls = [
        *(reverse(f"playbooks:{name}", args=[open_.pk]) for name in ("task_done", "task_undo", "task_snooze", "task_wake", "task_hand_on")),
        reverse("playbooks:task_new", args=[one.pk]), reverse("playbooks:enrol", args=[one.pk]),
        reverse("playbooks:stop", args=[play.pk]),
    ]  # fmt: skip
    for who, status in ((user(), 404), (user("viewer"), 403)):
        for url in urls:
            assert signed_in(who).post(url, {"outcome": "done"}).status_code == status, url
    panel = reverse("playbooks:panel", args=[one.pk])
    assert signed_in(user()).get(panel).status_code == 404
    assert b"Add task" not in signed_in(user("viewer")).get(panel).content
    open_.refresh_from_db()
    assert open_.done_at is None


def test_the_panel_and_starting_a_play_by_hand(csm):
    one = customer(owner=csm)
    play = playbook(name="Call round")
    client = signed_in(csm, htmx=True)
    url = reverse("playbooks:enrol", args=[one.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"playbook": play.pk}).status_code == 200
    again = client.post(url, {"playbook": play.pk})
    assert again.status_code == 422
    assert "already runs" in again.content.decode()
    text = page(client, "panel", one.pk)
    for words in ("Call round", "Call the champion", "0 of 1 done", "started by hand"):
        assert words in text
    assert client.post(reverse("playbooks:stop", args=[Enrolment.objects.get().pk])).status_code == 200
    assert "1 play ended" in page(client, "panel", one.pk)


def test_the_undo_of_a_start_leaves_no_play_and_no_touched_one_alone(csm):
    one, play, client = customer(owner=csm), playbook(name="Call round"), signed_in(csm, htmx=True)

    def undo_of_start():
        started = client.post(reverse("playbooks:enrol", args=[one.pk]), {"playbook": play.pk}).text
        return html.unescape(re.search(r'action="(/plays/\d+/undo/[^"]+)"', started)[1])

    assert "The start of “Call round” is taken back." in client.post(undo_of_start()).text
    assert (Enrolment.objects.count(), Task.objects.count()) == (0, 0)
    undo = undo_of_start()
    client.post(reverse("playbooks:task_snooze", args=[Task.objects.get().pk]), {"until": before(-2), "reason": "Away"})
    assert "has been changed since" in client.post(undo).text
    assert "has been changed since" in client.post(undo.split("?")[0]).text  # without a mark
    assert Enrolment.objects.get().state == "running"


def test_the_panel_costs_the_same_statements_at_one_row_and_three(csm):
    one = customer(owner=csm)
    counts = []
    for number in (1, 2):
        for n in range(number):
            enrolment.enrol_by_hand(one, playbook(name=f"Play {number} {n}"), csm, DAY)
        client = signed_in(csm)
        page(client, "panel", one.pk)
        with CaptureQueriesContext(connection) as queries:
            page(client, "panel", one.pk)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_task_list_filters_pages_and_costs_the_same(csm):
    one = customer(owner=csm, name="Acme")
    counts = []
    for number in (1, 60):
        for n in range(number):
            task(one, title=f"Task {number} {n}", due_on=before(n))
        client = signed_in(csm)
        with CaptureQueriesContext(connection) as queries:
            text = page(client, "tasks")
        counts.append(len(queries))
    assert max(counts) <= 9, counts
    assert 'rel="next"' in text
    assert "Task 60 1" in page(signed_in(csm), "tasks", state="late", q="acm")
    assert "Nothing passes these filters" in page(signed_in(csm), "tasks", q="nobody")
    assert "No task here" in page(signed_in(csm), "tasks", state="done")
    assert "The list has no state “lost”." in page(signed_in(csm), "tasks", state="lost")
    page(signed_in(csm), "tasks", after="x", status=400)


def test_playbooks_are_read_by_all_and_configured_by_admins(csm, admin):
    shipped.install(DAY)
    one = customer(owner=csm)
    stage(one, "onboarding", 1)
    play = Playbook.objects.get(key="onboarding")
    text = page(signed_in(csm), "playbooks")
    assert "Renewal closed: Contracted, Expanded, Renewed flat" in text
    assert "Case opened: Risk, by “Nobody uses the product” or “Usage falling”, those only in the digest too" in text
    assert "Features used below 25 points" in text
    for who in (csm, user("viewer"), admin):
        for each in Playbook.objects.all():
            text = page(signed_in(who), "playbook", each.pk)
            assert ("Pause" in text) == (who == admin)
    assert "customers would enter today" in page(
        signed_in(csm), "playbook", Playbook.objects.get(key="renewal-prep").pk
    )
    assert one.name in page(signed_in(csm), "dry_run", play.pk)
    assert "Nobody would enter today" in page(signed_in(user()), "dry_run", play.pk)
    enrolment.sweep(DAY)
    assert one.name in page(signed_in(csm), "runs", play.pk, state="running")
    assert "No run here" in page(signed_in(csm), "runs", play.pk, state="done")
    page(signed_in(csm), "runs", play.pk, state="lost", status=400)
    for who in (csm, user("viewer"), user("manager")):
        for name, args in (
            ("edit", [play.pk]),
            ("publish", [play.pk]),
            ("discard", [play.pk]),
            ("pause", [play.pk]),
            ("roll_back", [play.pk, 1]),
            ("playbook_new", []),
        ):
            assert signed_in(who).post(reverse(f"playbooks:{name}", args=args)).status_code == 403
    assert signed_in(csm).get(reverse("playbooks:playbook", args=[999])).status_code == 404


def test_a_play_may_start_below_a_measure_of_ones_own(csm):
    keys = []
    for number in range(3):
        given = {"name": f"Mood {number}", "source": "survey", "survey": "ces", "statistic": "mean"}
        given |= {"window_days": 90, "shelf_life_days": 90, "zero_at": 1, "full_at": 7}
        keys.append(save_own(None, given, by=None, day=DAY).key)
    with pytest.raises(ValidationError):
        playbook("state", trigger=below("own_gone"))
    client, counts = signed_in(csm), []
    for key in keys:
        playbook("state", name=key, trigger=below(key))
        with statements() as seen:
            text = page(client, "playbooks")
        counts.append(len(seen))
    assert "Mood 0 below 3 points" in text
    assert counts[0] == counts[-1]


def test_why_and_why_not_on_the_page(csm):
    shipped.install(DAY)
    play = Playbook.objects.get(key="feature-adoption")
    one = customer(owner=csm, name="Meridian Retail", first_contract_on=before(30), band="green")
    score(one, 70, 3, parts={"feature_breadth": (6, 40)})
    client = signed_in(csm)
    text = page(client, "playbook", play.pk, customer="meridian")
    for words in (
        "would not enter: 2 conditions fail",
        "Features used below 25 points",
        "Days as a customer is at least 60",
        "never entered",
    ):
        assert words in text
    assert "No customer of yours is called" in page(client, "why", play.pk, customer="Nobody")
    assert "No customer of yours is called" in page(signed_in(user()), "why", play.pk, customer="Meridian Retail")
    score(one, 70, 1, parts={"feature_breadth": (2, 24)})
    Customer.objects.update(first_contract_on=before(60))
    assert "would enter today" in page(client, "why", play.pk, customer="Meridian Retail")


def below(measure: str) -> dict[str, object]:
    return {"state": "measure_below", "values": {"measure": measure, "of": "points", "beyond": 3}}


def design(**changes):
    data = {
        "trigger_kind": "state:score_drop", "points": "20", "days": "14", "reentry_days": "60",
        "c-0-field": "arr", "c-0-test": "at_least", "c-0-value": "50,000",
        "c-1-field": "", "c-1-test": "is", "c-1-value": "",
        "s-TOTAL_FORMS": "3", "s-INITIAL_FORMS": "0",
        "s-0-title": "Second", "s-0-position": "2", "s-0-assignee": "manager", "s-0-due_business_days": "5",
        "s-1-title": "First", "s-1-position": "1", "s-1-assignee": "owner", "s-1-due_business_days": "1",
        "s-2-title": "", "s-2-assignee": "owner", "s-2-due_business_days": "2",
    }  # fmt: skip
    return data | changes


@pytest.mark.parametrize(
    ("total", "problem"),
    [
        ("61", "A playbook has at most 60 steps."),
        ("-1", "The form did not arrive whole."),
        ("many", "The form did not arrive whole."),
    ],
)
def test_no_more_steps_are_read_and_drawn_than_a_draft_may_have(admin, total, problem):
    play, client = playbook(), signed_in(admin)
    answer = client.post(reverse("playbooks:edit", args=[play.pk]), design(**{"s-TOTAL_FORMS": total}))
    assert answer.status_code == 422
    assert problem in answer.text
    assert answer.text.count('-title" maxlength') <= 60
    assert not play.versions.filter(published_at=None).exists()


def test_an_admin_designs_publishes_and_goes_back(admin):
    client = signed_in(admin)
    made = client.post(reverse("playbooks:playbook_new"), {"name": "Save the day", "description": ""})
    play = Playbook.objects.get()
    assert made["Location"] == reverse("playbooks:edit", args=[play.pk])
    edit = reverse("playbooks:edit", args=[play.pk])
    assert client.get(edit).status_code == 200
    assert client.post(edit, design()).status_code == 302
    draft = play.versions.get()
    assert (draft.trigger, draft.reentry_days) == (
        {"state": "score_drop", "values": {"points": 20, "days": 14}},
        60,
    )
    assert draft.audience == [{"field": "arr", "test": "at_least", "value": 50000}]
    assert [(s.name, s.values["assignee"]) for s in draft.steps.order_by("position")] == [
        ("First", "owner"),
        ("Second", "manager"),
    ]
    assert "Score at least 20 points below its highest within 14 days" in page(client, "playbook", play.pk, version=1)
    assert client.post(reverse("playbooks:publish", args=[play.pk])).status_code == 302
    client.post(edit, design(points="30", **{"c-how": "none"}))
    text = page(client, "playbook", play.pk, version=2)
    assert "Different from what runs" in text
    assert "20 → 30" in text
    assert "ARR is at least 50,000 → none of (ARR is at least 50,000)" in text
    client.post(reverse("playbooks:publish", args=[play.pk]))
    client.post(reverse("playbooks:roll_back", args=[play.pk, 1]))
    play.refresh_from_db()
    assert (play.published.number, play.published.trigger["values"]["points"]) == (3, 20)
    client.post(reverse("playbooks:pause", args=[play.pk]))
    play.refresh_from_db()
    assert play.state == "paused"
    client.post(edit, design())
    client.post(reverse("playbooks:discard", args=[play.pk]))
    assert play.versions.count() == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"points": "0"}, "greater than or equal to 1"),
        ({"points": "many"}, "whole number"),
        ({"reentry_days": ""}, "required"),
        ({"c-0-value": "lots"}, "needs a number"),
        ({"c-0-field": "shoe"}, "no field “shoe”"),
        ({"s-0-due_business_days": "-1"}, "greater than or equal to 0"),
        ({"trigger_kind": "sunrise"}, "not one of the available choices"),
    ],
)
def test_a_design_that_does_not_fit_is_sent_back_whole(admin, changes, words):
    play = versions.create("Save the day")
    response = signed_in(admin).post(reverse("playbooks:edit", args=[play.pk]), design(**changes))
    assert response.status_code == 422
    text = response.content.decode()
    assert words in text
    assert 'value="First"' in text
    assert not play.versions.get().steps.exists()


def test_choosing_another_trigger_shows_its_fields_and_saves_nothing(admin):
    play = playbook("state", trigger={"state": "score_drop"})
    response = signed_in(admin).post(
        reverse("playbooks:edit", args=[play.pk]), design(trigger_kind="state:measure_below", redraw="1")
    )
    assert response.status_code == 200
    assert "Usage trend" in response.content.decode()
    assert 'value="First"' in response.content.decode()
    assert play.versions.count() == 1


def test_publishing_without_a_step_is_refused(admin):
    play = versions.create("Empty")
    response = signed_in(admin).post(reverse("playbooks:publish", args=[play.pk]))
    assert response.status_code == 409
    assert "at least one step" in response.content.decode()


def test_a_play_that_starts_from_a_case_says_so(csm, admin):
    one = customer(owner=csm, name="Meridian Retail")
    CaseRule.objects.create(key="quiet", name="Quiet", reason="quiet", detector="silence")
    play = versions.create("Answer cases")
    start = {"trigger_kind": "case_opened", "kind": "risk", "severity": "high", "alerted": "all", "within_days": "5"}
    body = {name: value for name, value in design(**start).items() if name not in {"points", "days"}}
    client, edit = signed_in(admin), reverse("playbooks:edit", args=[play.pk])
    assert client.post(edit, body | {"rules": ["quiet"]}).status_code == 302
    text = page(client, "playbook", play.pk, version=1, customer="Meridian Retail")
    assert "Case opened: Risk, by “Quiet”, High or worse, those only in the digest too" in text
    assert "no case" in text
    case(one, 9, severity="high", title="Went quiet")
    assert "“Went quiet”, High, opened 15 Nov" in page(
        client, "playbook", play.pk, version=1, customer="Meridian Retail"
    )
    assert client.post(edit, body).status_code == 302  # any rule
    assert "Case opened: Risk, High or worse, those only in the digest too" in page(
        client, "playbook", play.pk, version=1
    )


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("renewal_due", {"days": 30_000}),
        ("case_opened", {"within_days": "x"}),
        ("case_opened", {}),
        ("stage_entered", {}),
        ("state", []),
        ("state", {"state": "silence", "values": {"days": 10**30}}),
        ("state", {"state": "silence", "values": "x"}),
        ("renewal_closed", "x"),
    ],
)
def test_what_is_stored_wrongly_opens_to_be_mended(admin, kind, stored):
    one = playbook("by_hand")
    PlaybookVersion.objects.filter(playbook=one).update(trigger_kind=kind, trigger=stored)
    client = signed_in(admin)
    assert kind in {"renewal_due", "case_opened", "stage_entered"} or str(UNREADABLE) in page(client, "playbooks")
    assert ("This playbook cannot be evaluated" in page(client, "playbook", one.pk)) == (stored != {})
    page(client, "dry_run", one.pk)
    page(client, "edit", one.pk)
    page(client, "playbook", one.pk, customer=customer(owner=admin, name="Ash").name)


def test_who_made_the_draft_meanwhile_is_named(csm):
    """Both open the page before there is a draft: the second is told who made it, not that somebody did."""
    edit = reverse("playbooks:edit", args=[playbook("stage_entered", name="Welcome").pk])
    begun_long_ago()
    ada, tomas = signed_in(user("admin", name="Ada Brandt")), signed_in(user("admin", name="Tomas Novak"))
    shown = re.search(r'name="shown" value="([^"]+)"', tomas.get(edit).content.decode())
    assert shown
    assert ada.post(edit, design(**{"s-0-title": "Ring"})).status_code == 302
    answer = tomas.post(edit, design(**{"s-0-title": "Write"}) | {"shown": shown[1]})
    assert answer.status_code == 409
    assert "Ada Brandt saved this" in answer.content.decode()
