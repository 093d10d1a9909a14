"""Playbooks, who is in them, and the tasks they give."""

from playbooks.models.playbooks import (
    Assignee,
    Playbook,
    PlaybookStep,
    PlaybookVersion,
    TriggerKind,
)
from playbooks.models.tasks import Enrolment, Task, TaskOutcome

__all__ = [
    "Assignee",
    "Enrolment",
    "Playbook",
    "PlaybookStep",
    "PlaybookVersion",
    "Task",
    "TaskOutcome",
    "TriggerKind",
]
