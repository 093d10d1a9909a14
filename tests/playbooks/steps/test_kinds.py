"""A kind of step is its module: form, drafts, the sweep, pages, the API and history take it from the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

import pytest
from django import forms
from django.db import IntegrityError, connection, transaction
from django.urls import path, reverse
from django.utils.translation import gettext_noop
from drf_spectacular.generators import SchemaGenerator

from config.fields import WholeField
from config.setaside.models import SetAside
from playbooks import api, enrolment, following, versions
from playbooks.api import PlaybookViewSet
from playbooks.models import Enrolment, PlaybookStep, StepRun
from playbooks.steps import KINDS, Step, task_step
from playbooks.steps.kind import StepKind, Words
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.conftest import signed_in
from tests.playbooks.rows import begun, playbook, stage

pytestmark = pytest.mark.django_db
# Rings a bell so many times: what it did is told in the facts of the play.
BELL: Final = StepKind(
    key="bell",
    name=gettext_noop("Bell"),  # type: ignore[arg-type]  # as good as a promise
    fields={"rings": WholeField(label="Rings", min_value=1, max_value=9), "bell": forms.CharField(label="Which bell")},
    named="bell",
    enter="""
        UPDATE playbooks_enrolment e SET why = e.why || jsonb_build_object('rung', s.values->>'bell', 'on', %(day)s::date)
        FROM turn JOIN playbooks_playbookstep s ON s.id = turn.step_id
        WHERE e.id = turn.enrolment_id RETURNING turn.run_id
    """,
    finished="true",
    words=lambda values: Words(values["bell"], f"rings {values['rings']} times", "ding dong"),
)


@pytest.fixture
def kind() -> Callable[[StepKind], StepKind]:
    """Adds a kind, as its module and its migration would."""

    def add(kind: StepKind) -> StepKind:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE playbooks_playbookstep DROP CONSTRAINT IF EXISTS playbook_step_kind_known")
        KINDS[kind.key] = kind
        added.append(kind.key)
        return kind

    added: list[str] = []
    yield add
    for key in added:
        del KINDS[key]


def test_a_new_kind_is_drawn_saved_entered_settled_and_told(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation()
    kind(BELL)
    client = signed_in(user("admin"))
    play = versions.create("Ring")
    edit = reverse("playbooks:edit", args=[play.pk])
    assert '<option value="bell">' in client.get(edit).text
    body = {
        "trigger_kind": "stage_entered", "stage": "onboarding", "within_days": "30", "reentry_days": "0",
        "c-TOTAL_FORMS": "0", "c-INITIAL_FORMS": "0", "s-TOTAL_FORMS": "2", "s-INITIAL_FORMS": "0",
        "s-0-kind": "bell", "s-0-position": "2",
        "s-1-kind": "task", "s-1-title": "Call", "s-1-assignee": "owner", "s-1-due_business_days": "1", "s-1-position": "1",
    }  # fmt: skip
    assert 'name="s-0-rings"' in client.post(edit, body | {"redraw": "1"}).text
    assert client.post(edit, body | {"s-0-bell": "Big Ben", "s-0-rings": "10"}).status_code == 422
    assert client.post(edit, body | {"s-0-bell": "Big Ben", "s-0-rings": "3"}).status_code == 302
    assert client.post(reverse("playbooks:publish", args=[play.pk])).status_code == 302
    one = customer(owner=user())
    stage(one, "onboarding", 3)
    assert enrolment.sweep(DAY) == 1
    made = Enrolment.objects.get()
    assert (made.why["rung"], made.why["on"], made.tasks.get().title) == ("Big Ben", DAY.isoformat(), "Call")
    following.sweep(DAY)
    assert list(made.runs.order_by("step__position").values_list("state", flat=True)) == ["entered", "done"]
    page = client.get(reverse("playbooks:playbook", args=[play.pk])).text
    assert all(words in page for words in ("Big Ben", "rings 3 times", "ding dong"))
    (told,) = client.get("/api/v1/playbooks/").json()["results"]
    assert told["steps"][1] == {"position": 2, "kind": "bell", "bell": "Big Ben", "rings": 3}
    monkeypatch.setattr(api.STEPS.child, "serializers", api._kinds)  # read once a process, maybe by a test before
    schema = SchemaGenerator(patterns=[path("playbooks/", PlaybookViewSet.as_view({"get": "list"}))]).get_schema(
        public=True
    )
    assert schema["components"]["schemas"]["Step"]["discriminator"]["mapping"].keys() == KINDS.keys()
    assert schema["components"]["schemas"]["BellStep"]["required"] == ["bell", "kind", "position", "rings"]
    client.post(edit, body | {"s-0-bell": "Big Ben", "s-0-rings": "4"})
    draft = client.get(reverse("playbooks:playbook", args=[play.pk]) + "?version=2").text
    assert "Big Ben · rings 3 times · ding dong → Big Ben · rings 4 times · ding dong" in draft
    PlaybookStep.objects.filter(kind="bell", version__number=2).update(values={"bell": "Big Ben", "rings": 5})
    told = client.get(reverse("history:of", args=["playbook", play.pk])).text
    assert "Rings: 4" in told
    assert "Rings: 5" in told


def test_a_step_that_cannot_be_entered_sets_its_playbook_aside_alone(kind: Any) -> None:
    organisation()
    kind(replace(BELL, enter="SELECT run_id FROM turn WHERE 1 / (run_id * 0) = 1"))
    broken = playbook("stage_entered", name="Broken", steps=[Step("bell", {"bell": "B", "rings": 1})])
    playbook("stage_entered", name="Whole")
    stage(customer(), "onboarding", 3)
    assert enrolment.sweep(DAY) == 2
    assert list(SetAside.objects.values_list("step", "kind", "object_id", "words")) == [
        ("plays", "playbook", broken.pk, "Broken")
    ]
    assert sorted(StepRun.objects.values_list("enrolment__playbook__name", "state")) == [
        ("Broken", "waiting"), ("Whole", "entered"),
    ]  # fmt: skip
    KINDS["bell"] = BELL
    SetAside.objects.all().delete()
    enrolment.sweep(DAY)
    assert Enrolment.objects.get(playbook=broken).why["rung"] == "B"


def test_a_kind_that_is_gone_keeps_its_playbook_from_taking_anybody_in(kind: Any) -> None:
    organisation()
    kind(BELL)
    play = playbook("stage_entered", steps=[Step("bell", {"bell": "B", "rings": 1})])
    begun(play, customer())
    del KINDS["bell"]
    stage(customer(), "onboarding", 3)
    assert enrolment.sweep(DAY) == 0
    assert SetAside.objects.get().reason == "There is no kind of step “bell”."
    KINDS["bell"] = BELL


@pytest.mark.parametrize(
    ("values", "stands"),
    [
        ({}, True),
        ({"prep_part": "value", "note": "So"}, True),
        ({"due_business_days": 0}, True),
        ({"due_business_days": 260}, True),
        ({"title": ""}, False),
        ({"title": None}, False),
        ({"assignee": "nobody"}, False),
        ({"anchor": ""}, False),
        ({"due_business_days": -1}, False),
        ({"due_business_days": 261}, False),
        ({"due_business_days": "2"}, False),
        ({"prep_part": ""}, False),
        ({"due_business_days": 1.5}, False),
        ({"due_business_days": 2.0}, False),
        ({"title": ["a"]}, False),
        ({"title": "ん" * 200, "note": "n" * 4000}, True),
        ({"title": "ん" * 201}, False),
        ({"note": {"a": 1}}, False),
        ({"note": None}, False),
        ({"note": "n" * 4001}, False),
    ],
)
def test_the_database_holds_what_a_task_says(values: dict[str, Any], *, stands: bool) -> None:
    version = versions.create("Play").versions.get()
    said = {**task_step("Call").values, **values}
    try:
        with transaction.atomic():
            PlaybookStep.objects.create(version=version, position=1, kind="task", values=said)
    except IntegrityError:
        assert not stands
    else:
        assert stands
        assert task_step("x").checked("by_hand").values.keys() <= said.keys()


@pytest.mark.parametrize("missing", ["title", "assignee", "due_business_days", "anchor"])
def test_the_database_refuses_a_task_that_lacks_something_and_a_kind_nobody_knows(missing: str) -> None:
    version = versions.create("Play").versions.get()
    said = {**task_step("Call").values}
    del said[missing]
    for kind, values in (("task", said), ("bell", {})):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlaybookStep.objects.create(version=version, position=1, kind=kind, values=values)


def test_what_the_database_took_once_is_brought_within_the_bounds() -> None:
    version = versions.create("Play").versions.get()
    (whole,) = (each for each in PlaybookStep._meta.constraints if each.name == "playbook_step_task_whole")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        editor.remove_constraint(PlaybookStep, whole)
    values = [{}, {"title": "x" * 300, "note": {"a": 1}}, {"title": ["a"]}, {"due_business_days": 1.6, "note": None}]
    PlaybookStep.objects.bulk_create(
        PlaybookStep(version=version, position=number, kind="task", values={**task_step("Call").values, **each})
        for number, each in enumerate(values)
    )
    migration = import_module("playbooks.migrations.0017_steps_of_usable_values")
    with connection.cursor() as cursor:
        cursor.execute(migration.BRING_WITHIN)
        assert cursor.rowcount == 3
    with connection.schema_editor() as editor:
        editor.add_constraint(PlaybookStep, whole)
    steps = version.steps.order_by("position").values_list("values", flat=True)
    assert [(step["title"], step.get("note"), step["due_business_days"]) for step in steps] == [
        ("Call", None, 2), ("x" * 200, '{"a": 1}', 2), ('["a"]', None, 2), ("Call", "", 2),
    ]  # fmt: skip


def test_every_kind_says_what_the_others_need_of_it() -> None:
    for key, kind in KINDS.items():
        assert key == kind.key
        assert kind.named in kind.fields
        assert kind.shipped <= kind.fields.keys()
        assert not kind.fields.keys() & {"position", "kind"}  # said beside them, in forms and over the API
