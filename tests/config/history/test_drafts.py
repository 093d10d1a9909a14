"""The history of a draft reads as what a person changed, not as everything that was written again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from config.history.models import Entry
from health import publishing
from health.models import Scorecard, ScorecardMeasure
from health.publishing import shipped
from health.scorecards import Cap, Content, Group, Threshold, content_of, with_content
from playbooks import versions
from playbooks.steps import Step, task_step
from playbooks.versions import Design
from tests.config.history.world import begun_long_ago
from tests.factories import DAY, organisation, segment

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
Told = list[tuple[str, str, dict[str, Any]]]


def told(start: int) -> Told:
    """Kind, operation and what was said last of each entry since; of what is gone, what it said."""
    return [
        (entry.kind, entry.operation, entry.after or entry.before)
        for entry in Entry.objects.filter(pk__gt=start).order_by("pk")
    ]


def newest() -> int:
    entry = Entry.objects.order_by("-pk").first()
    return entry.pk if entry else 0


def stored(row: Scorecard) -> Content:
    return content_of(with_content(Scorecard.objects.filter(pk=row.pk)).get())


@pytest.fixture
def draft() -> Scorecard:
    shipped.install(DAY)
    start = newest()
    made = publishing.begin_draft(Scorecard.objects.get(key="standard"), None, NOW, DAY)
    assert told(start) == []  # a copy is the draft's beginning
    begun_long_ago()
    return made


def changed(content: Content, group: int, **fields: Any) -> Content:
    groups = list(content.groups)
    groups[group] = replace(groups[group], **fields)
    return replace(content, groups=tuple(groups))


def numbers(row: Scorecard) -> dict[str, int]:
    return dict(ScorecardMeasure.objects.filter(group__scorecard=row).values_list("measure", "pk"))


def test_a_scorecard_saved_again_tells_what_was_changed(draft: Scorecard):
    said, before = stored(draft), numbers(draft)
    first, second = said.groups[0], said.groups[1]
    line, moved = first.measures[0], first.measures[1]
    heavier = replace(line, weight=line.weight + 1)
    place = segment()
    steps: list[tuple[Content, Told]] = [
        (said, []),
        (replace(said, name="Ours"), [("scorecard", "changed", {"name": "Ours"})]),
        (changed(said, 0, weight=Decimal(77)), [("measuregroup", "changed", {"weight": 77})]),
        (
            changed(said, 0, measures=(heavier, *first.measures[1:])),
            [("scorecardmeasure", "changed", {"weight": heavier.weight})],
        ),
        (
            changed(changed(said, 0, measures=(line, *first.measures[2:])), 1, measures=(*second.measures, moved)),
            [("scorecardmeasure", "changed", {"group": draft.groups.get(key=second.key).pk})],
        ),
        (changed(said, 0, measures=tuple(reversed(first.measures))), []),
        (
            replace(said, segments=(place.pk,)),
            [("scorecard_segments", "added", {"scorecard": draft.pk, "segment": place.pk})],
        ),
    ]
    for content, entries in steps:
        publishing.save_draft(draft, said)
        start = newest()
        publishing.save_draft(draft, content)
        assert told(start) == entries
        assert [[line.measure for line in group.measures] for group in stored(draft).groups] == [
            [line.measure for line in group.measures] for group in content.groups
        ]
    assert numbers(draft) == before
    assert stored(draft) == content


@pytest.mark.parametrize(
    ("more", "kinds"),
    [
        (lambda said: replace(said, ceilings=(*said.ceilings, Cap("login_only", Decimal(33)))), ["ceiling"]),
        (lambda said: replace(said, groups=(*said.groups, Group("More", Decimal(5)))), ["measuregroup"]),
        (
            lambda said: changed(
                said, 0,
                measures=(replace(said.groups[0].measures[0], by_tenure=(Threshold(500, Decimal(0), Decimal(1)),)),
                          *said.groups[0].measures[1:]),
            ),
            ["tenurethreshold"],
        ),
    ],
)  # fmt: skip
def test_what_is_added_to_a_draft_and_taken_out_again_is_told(draft: Scorecard, more: Any, kinds: list[str]):
    said = replace(stored(draft), ceilings=())
    said = changed(said, 0, measures=tuple(replace(line, by_tenure=()) for line in said.groups[0].measures))
    publishing.save_draft(draft, said)
    start = newest()
    publishing.save_draft(draft, more(said))
    assert [(kind, operation) for kind, operation, _said in told(start)] == [(kind, "added") for kind in kinds]
    start = newest()
    publishing.save_draft(draft, said)
    assert [(kind, operation) for kind, operation, _said in told(start)] == [(kind, "deleted") for kind in kinds]


def test_a_measure_leaves_a_group_that_goes(draft: Scorecard):
    said = stored(draft)
    before = numbers(draft)
    gone, stays = said.groups[-1], said.groups[0]
    start = newest()
    publishing.save_draft(
        draft, changed(replace(said, groups=said.groups[:-1]), 0, measures=(*stays.measures, *gone.measures))
    )
    assert numbers(draft) == before
    assert {(kind, operation) for kind, operation, _said in told(start)} == {
        ("scorecardmeasure", "changed"), ("measuregroup", "deleted"),
    }  # fmt: skip


A, B, C = task_step("Call"), task_step("Write", "Kindly"), task_step("Meet")
LATER, MAIL, BARE = task_step("Write", "Kindly", due_business_days=9), task_step("Mail", "Kindly"), task_step("Write")


@pytest.mark.parametrize(
    ("steps", "entries"),
    [
        ([A, B, C], []),
        ([A, LATER, C], [("changed", {"values": LATER.values})]),
        ([A, MAIL, C], [("changed", {"values": MAIL.values})]),
        ([A, BARE, C], [("changed", {"values": BARE.values})]),
        ([B, A, C], [("changed", {"position": 1}), ("changed", {"position": 2})]),
        ([A, B], [("deleted", "Meet")]),
        ([B, C], [("deleted", "Call"), ("changed", {"position": 1}), ("changed", {"position": 2})]),
        ([A, B, C, task_step("Rest")], [("added", "Rest")]),
        ([C, task_step("Rest"), A, B], [
            ("changed", {"position": 1}), ("changed", {"position": 3}), ("changed", {"position": 4}), ("added", "Rest"),
        ]),
    ],
)  # fmt: skip
def test_a_playbook_saved_again_tells_what_was_changed(steps: list[Step], entries: list[tuple[str, Any]]):
    organisation()
    play = versions.create("Play")
    design = Design("by_hand", steps=[A, B, C])
    draft = versions.save_draft(play, design, None)
    begun_long_ago()
    before = {row.name: row.pk for row in draft.steps.all()}
    start = newest()
    versions.save_draft(play, replace(design, steps=steps), None)
    assert versions.design_of(draft).steps == steps
    said = [
        (operation, fields if operation == "changed" else fields["values"]["title"])
        for _kind, operation, fields in told(start)
    ]
    assert sorted(said, key=str) == sorted(entries, key=str)
    assert {row.name: row.pk for row in draft.steps.all() if row.name in before}.items() <= before.items()
    assert versions.save_draft(play, replace(design, steps=steps), None) == draft
    start = newest()
    published = versions.publish(draft, NOW)
    copy = versions.draft(published.playbook, None)
    assert copy.number == 2
    assert not [operation for kind, operation, _said in told(start) if kind == "playbookstep"]
