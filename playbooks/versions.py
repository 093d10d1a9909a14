"""Changing a playbook: a draft beside the version that runs, published when it is ready.

A published version is never changed. Enrolments keep the version with which they entered; a new version applies to
later entries only. Going back publishes a copy of an older version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import conditions, seen
from accounts.models import User
from config.difference import between
from config.locks import lock
from config.setaside import register
from config.setaside.models import Kind
from playbooks import parameters
from playbooks.models import Playbook, PlaybookStep, PlaybookVersion, TriggerKind
from playbooks.steps import KINDS, Step

LONGEST_QUIET: Final = 3650


@dataclass(frozen=True)
class Design:
    """The content of a version: trigger, audience, re-entry days and steps."""

    trigger_kind: str
    trigger: dict[str, Any] = field(default_factory=dict)
    audience: conditions.Stored = field(default_factory=list)
    reentry_days: int = 90
    steps: Sequence[Step] = ()


@dataclass(frozen=True)
class Change:
    """One difference between two designs: in the field ``part``, of which ``key`` names the trigger's value or the step's number.

    None on the side that lacks it.
    """

    part: str
    key: str
    before: Any
    after: Any


@transaction.atomic
def create(name: str, *, description: str = "", user: User | None = None, key: str = "") -> Playbook:
    """A playbook with an empty draft, whose trigger is by hand at first."""
    if not name.strip():
        raise ValidationError({"name": _("Name the playbook.")})
    lock("playbooks")
    taken = set(Playbook.objects.values_list("key", flat=True))
    first = key or slugify(name)[:50] or "playbook"
    free = next(k for k in [first, *(f"{first}-{n}" for n in range(2, 1000))] if k not in taken)
    playbook = Playbook.objects.create(key=free, name=name.strip(), description=description.strip())
    PlaybookVersion.objects.create(playbook=playbook, number=1, trigger_kind=TriggerKind.BY_HAND, created_by=user)
    return playbook


@transaction.atomic
def draft(playbook: Playbook, user: User | None) -> PlaybookVersion:
    """The playbook's draft; without one, a new draft with the published design."""
    Playbook.objects.select_for_update().get(pk=playbook.pk)
    existing = playbook.versions.filter(published_at__isnull=True).first()
    if existing:
        return existing
    source = playbook.published
    return save_draft(playbook, design_of(source) if source else Design(TriggerKind.BY_HAND), user)


@transaction.atomic
def save_draft(playbook: Playbook, design: Design, user: User | None) -> PlaybookVersion:
    """Write ``design`` as the playbook's draft, over the draft there was; steps that stay as they are are not touched.

    A step is known by its kind and name, one that was renamed by its place.

    Raises ValidationError with a message a field; then nothing is written.
    """
    design = check(design)
    Playbook.objects.select_for_update().get(pk=playbook.pk)
    newest = playbook.versions.filter(published_at__isnull=False).aggregate(n=Max("number"))["n"]
    version, _new = PlaybookVersion.objects.update_or_create(
        playbook=playbook,
        published_at=None,
        defaults={
            "number": (newest or 0) + 1,
            "trigger_kind": design.trigger_kind,
            "trigger": design.trigger,
            "audience": design.audience,
            "reentry_days": design.reentry_days,
            "created_by": user,
        },
    )
    identities = (["kind", "whole"], ["kind", "name"], ["position"])
    between(PlaybookStep, version.steps.order_by("position"), _rows(version, design.steps), *identities).write()
    return version


@transaction.atomic
def publish(version: PlaybookVersion, now: dt.datetime, *, seen: str = "") -> PlaybookVersion:
    """Publish ``version``, which applies to later entries; enrolments keep their version. It needs at least one step.

    ``seen`` is the ``digest`` of the draft on the person's page: ValidationError where the draft has changed since.
    """
    playbook = Playbook.objects.select_for_update().get(pk=version.playbook_id)
    stored = PlaybookVersion.objects.get(pk=version.pk)
    if stored.published_at is not None:
        raise ValidationError(_("Version %(number)s is published already.") % {"number": stored.number})
    design = design_of(stored)
    if seen and seen != digest(design):
        raise ValidationError(_("Somebody else has changed this draft since you opened it."))
    check(design)
    if not design.steps:
        raise ValidationError({"steps": _("A playbook needs at least one step.")})
    stored.published_at = now
    stored.save(update_fields=["published_at"])
    playbook.published = stored
    playbook.save(update_fields=["published"])
    register.release(Kind.PLAYBOOK, [playbook.pk])
    return stored


@transaction.atomic
def roll_back(version: PlaybookVersion, user: User | None, now: dt.datetime) -> PlaybookVersion:
    """Publish a copy of an older version under the next number. A draft in work is replaced."""
    if version.published_at is None:
        raise ValidationError(_("Only a published version can be gone back to."))
    return publish(save_draft(version.playbook, design_of(version), user), now)


@transaction.atomic
def pause(playbook: Playbook, *, back: str = "") -> str:
    """Pause an active playbook, or resume a paused one; running plays go on. Returns the mark of the new state.

    ``back`` is the mark of the act to undo: ValidationError where the state has changed since.
    """
    stored = Playbook.objects.select_for_update().get(pk=playbook.pk)
    seen.check(stored, ["state"], back)
    pausing = stored.state == Playbook.State.ACTIVE
    playbook.state = stored.state = Playbook.State.PAUSED if pausing else Playbook.State.ACTIVE
    stored.save(update_fields=["state"])
    register.release(Kind.PLAYBOOK, [stored.pk])
    return seen.mark(stored, ["state"])


def discard(playbook: Playbook) -> None:
    """Throw the draft away; a playbook never published keeps it."""
    if playbook.published_id:
        playbook.versions.filter(published_at__isnull=True).delete()


def design_of(version: PlaybookVersion) -> Design:
    """The design of a stored version."""
    steps = [row.step for row in version.steps.order_by("position")]
    return Design(version.trigger_kind, version.trigger, version.audience, version.reentry_days, steps)


def digest(design: Design) -> str:
    """A short hash of the design."""
    return hashlib.blake2b(json.dumps(asdict(design), sort_keys=True).encode(), digest_size=8).hexdigest()


def compare(before: Design, after: Design) -> list[Change]:
    """The differences between two designs, in the order of the page; none where their ``digest`` is the same."""
    pairs = [
        ("trigger_kind", "", before.trigger_kind, after.trigger_kind),
        *_by_key("trigger", _flat(before), _flat(after)),
        ("audience", "", before.audience, after.audience),
        ("reentry_days", "", before.reentry_days, after.reentry_days),
        *_by_key("steps", _numbered(before), _numbered(after)),
    ]
    return [Change(part, key, old, new) for part, key, old, new in pairs if old != new]


def check(design: Design) -> Design:
    """The design with clean values; ValidationError with a message a field otherwise."""
    errors: dict[str, Any] = {}
    trigger: dict[str, Any] = {}
    try:
        trigger = parameters.check(design.trigger_kind, design.trigger)
    except ValidationError as problem:
        errors |= problem.message_dict
    try:
        conditions.check(design.audience)
    except ValidationError as problem:
        errors["audience"] = problem.messages
    if not 0 <= design.reentry_days <= LONGEST_QUIET:
        errors["reentry_days"] = [_("Must lie between 0 and %(most)s.") % {"most": LONGEST_QUIET}]
    steps, step_errors = _checked(design)
    if step_errors:
        errors["steps"] = step_errors
    if errors:
        raise ValidationError(errors)
    return replace(design, trigger=trigger, steps=steps)


def _checked(design: Design) -> tuple[list[Step], list[str]]:
    """The steps with clean values, and what is wrong with the others, by their number."""
    clean: list[Step] = []
    wrong: list[str] = []
    for number, step in enumerate(design.steps, 1):
        try:
            clean.append(step.checked(design.trigger_kind))
        except ValidationError as problem:
            wrong += [
                _("Step %(number)s: %(message)s") % {"number": number, "message": said} for said in _said(step, problem)
            ]
    return clean, wrong


def _said(step: Step, problem: ValidationError) -> list[str]:
    """Each message with the label of its field."""
    if not hasattr(problem, "error_dict"):
        return problem.messages
    fields = KINDS[step.kind].fields
    of_fields = [(fields.get(name), message) for name, told in problem.message_dict.items() for message in told]
    return [f"{field.label}: {message}" if field else message for field, message in of_fields]


def _rows(version: PlaybookVersion, steps: Sequence[Step]) -> list[PlaybookStep]:
    return [
        PlaybookStep(version=version, position=number, kind=step.kind, values=dict(step.values))
        for number, step in enumerate(steps, 1)
    ]


def _numbered(design: Design) -> dict[str, Step]:
    return {str(number): step for number, step in enumerate(design.steps, 1)}


def _flat(design: Design) -> dict[str, Any]:
    """The trigger's values, with those of a state flattened in."""
    trigger = (
        dict(design.trigger) if isinstance(design.trigger, Mapping) else {}
    )  # one that cannot be read says nothing
    values = trigger.pop("values", None) if design.trigger_kind == TriggerKind.STATE else None
    return trigger | (values if isinstance(values, dict) else {})


def _by_key(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return [(part, key, before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]
