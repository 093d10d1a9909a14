import re
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import translation

from playbooks import enrolment, shipped, versions
from playbooks.models import Playbook, PlaybookStep, PlaybookVersion, TriggerKind
from playbooks.steps import Anchor, task_step
from playbooks.versions import Design
from playbooks.views import wording
from renewals.models import PrepPart
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import NOW, closed, playbook, renewal, stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    return organisation()


def test_a_draft_stands_beside_what_runs_until_it_is_published():
    play = playbook("stage_entered", name="Welcome")
    admin = user("admin")
    draft = versions.draft(play, admin)
    assert (draft.number, draft.created_by, draft.published_at) == (2, admin, None)
    assert versions.draft(play, admin) == draft
    versions.save_draft(
        play, Design("stage_entered", {"stage": "growth"}, steps=[task_step("A"), task_step("B")]), admin
    )
    play.refresh_from_db()
    assert play.published.number == 1
    made = versions.publish(play.versions.get(number=2), NOW)
    play.refresh_from_db()
    assert play.published == made
    assert made.trigger == {"stage": "growth", "within_days": 30}
    assert [(s.position, s.name) for s in made.steps.order_by("position")] == [(1, "A"), (2, "B")]


def test_comparing_and_going_back():
    play = playbook("stage_entered", trigger={"within_days": 20}, name="Welcome", steps=[task_step("A")])
    first = play.published
    versions.publish(
        versions.save_draft(
            play, Design("stage_entered", {"within_days": 10}, steps=[task_step("A"), task_step("B")]), None
        ),
        NOW,
    )
    play.refresh_from_db()
    changes = versions.compare(versions.design_of(first), versions.design_of(play.published))
    assert [(c.part, c.key, c.before, c.after) for c in changes] == [
        ("trigger", "within_days", 20, 10),
        ("steps", "2", None, task_step("B")),
    ]
    back = versions.roll_back(first, None, NOW)
    assert back.number == 3
    assert versions.compare(versions.design_of(first), versions.design_of(back)) == []


def test_what_does_not_fit_is_named_field_by_field_and_nothing_is_written():
    play = playbook("stage_entered")
    wrong = Design(
        "state",
        {"state": "score_drop", "values": {"points": 0}},
        [{"field": "shoe", "test": "is", "value": "x"}],
        99999,
        [task_step(" ")],
    )
    with pytest.raises(ValidationError) as problem:
        versions.save_draft(play, wrong, None)
    assert set(problem.value.message_dict) == {"points", "audience", "reentry_days", "steps"}
    assert problem.value.message_dict["steps"] == ["Step 1: Task: This field is required."]
    assert PlaybookVersion.objects.count() == 1


@pytest.mark.parametrize(("due", "fits"), [(-1, False), (0, True), (260, True), (261, False)])
def test_a_step_is_due_within_260_working_days(due, fits):
    play = playbook("stage_entered")
    design = replace(versions.design_of(play.versions.get()), steps=[task_step("Call", due_business_days=due)])
    if fits:
        assert versions.save_draft(play, design, None).pk
        return
    with pytest.raises(ValidationError, match=r"Step 1: Due \(working days\): "):
        versions.save_draft(play, design, None)


def test_publishing_needs_a_step_and_happens_once():
    play = versions.create("Empty")
    with pytest.raises(ValidationError, match="at least one step"):
        versions.publish(play.versions.get(), NOW)
    made = versions.publish(versions.save_draft(play, Design("by_hand", steps=[task_step("x")]), None), NOW)
    with pytest.raises(ValidationError, match="published already"):
        versions.publish(made, NOW)


def test_discarding_keeps_what_was_never_published():
    fresh, play = versions.create("Fresh"), playbook()
    versions.draft(play, None)
    versions.discard(play)
    versions.discard(fresh)
    assert (play.versions.count(), fresh.versions.count()) == (1, 1)


def test_names_get_keys_of_their_own():
    assert [versions.create("Call round").key for _ in range(3)] == ["call-round", "call-round-2", "call-round-3"]
    with pytest.raises(ValidationError, match="Name the playbook"):
        versions.create("  ")


def test_only_one_draft_a_playbook():
    play = versions.create("One")
    with pytest.raises(IntegrityError):
        PlaybookVersion.objects.create(playbook=play, number=9, trigger_kind="by_hand")


def test_five_playbooks_are_shipped_once_and_stay_as_an_admin_left_them():
    shipped.install(DAY)
    Playbook.objects.filter(key="onboarding").update(name="Our onboarding")
    shipped.install(DAY)
    assert list(Playbook.objects.order_by("pk").values_list("key", flat=True)) == [
        "onboarding", "low-usage", "feature-adoption", "renewal-prep", "post-renewal",
    ]  # fmt: skip
    assert Playbook.objects.get(key="onboarding").name == "Our onboarding"
    assert not Playbook.objects.filter(published=None).exists()
    prep = PlaybookStep.objects.filter(version__playbook__key="renewal-prep").order_by("position")
    assert [step.values["prep_part"] for step in prep] == PrepPart.Part.values


def test_shipped_renewal_prep_gives_four_tasks_and_a_win_three_follow_ups():
    shipped.install(DAY)
    preparing, won, new = customer(name="Preparing"), customer(), customer()
    renewal(preparing, 80)
    closed(won, 1)
    stage(new, "onboarding", 1)
    assert enrolment.sweep(DAY) == 3
    tasks = {one: list(one.tasks.order_by("pk").values_list("due_on", flat=True)) for one in (preparing, won, new)}
    assert [len(due) for due in tasks.values()] == [4, 3, 6]
    assert tasks[won][0].isoformat() == "2026-11-26"


@pytest.mark.parametrize("anchor", Anchor.values)
@pytest.mark.parametrize("kind", TriggerKind.values)
def test_a_step_counts_from_a_renewal_only_where_one_comes(kind, anchor):
    """Before notice or the end: only of a play that starts as renewal prep opens."""
    trigger = {"state": "silence", "values": {"days": 14}} if kind == "state" else {}
    design = Design(kind, trigger, steps=[task_step("Call", anchor=anchor)])
    errors = {}
    try:
        versions.check(design)
    except ValidationError as problem:
        errors = problem.message_dict
    refused = anchor != "entering" and kind != "renewal_due"
    assert ("steps" in errors) is refused
    if refused:
        assert "Step 1: It counts from a renewal" in errors["steps"][0]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_differs_is_said_whole_and_in_the_readers_language(language):
    play = playbook("stage_entered", trigger={"stage": "growth"}, steps=[task_step("A", "X")])
    steps = task_step("A", "Y"), task_step("B", assignee="manager", due_business_days=1, prep_part="health")
    fallen = {"state": "band_entered", "values": {"band": "red"}}
    draft = versions.save_draft(play, Design("state", fallen, [], 1000, steps), None)
    with translation.override(language):
        told = wording.differences(play.published, draft, DAY)
    if language == "en":
        assert told == [
            ("Trigger", "Stage entered", "State entered"),
            ("Trigger: Stage", "Growth", "–"),
            ("Trigger: Not longer ago than (days)", "30", "–"),
            ("Trigger: State", "–", "Band entered"),
            ("Trigger: Band", "–", "Red"),
            ("Enter again after (days)", "90", "1,000"),
            ("Step 1", *(f"A · Customer's owner · due 2 working days after entering · {note}" for note in "XY")),
            (
                "Step 2",
                "–",
                "B · Owner's manager · due 1 working day after entering · completes: Health and usage reviewed",
            ),
        ]
    else:
        assert not re.search("[A-Za-z_]{2,}", str([text for each in told for text in each]))
