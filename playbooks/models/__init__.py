"""Playbooks, who is in them, and the tasks they give."""

from playbooks.models.playbooks import (
    Anchor,
    Assignee,
    Playbook,
    PlaybookHold,
    PlaybookStep,
    PlaybookVersion,
    TriggerKind,
)
from playbooks.models.tasks import Enrolment, Task, TaskOutcome

__all__ = [
    "Anchor",
    "Assignee",
    "Enrolment",
    "Playbook",
    "PlaybookHold",
    "PlaybookStep",
    "PlaybookVersion",
    "Task",
    "TaskOutcome",
    "TriggerKind",
]
