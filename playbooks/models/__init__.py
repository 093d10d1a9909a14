"""Playbooks, who is in them, and the tasks they give."""

from playbooks.models.playbooks import Playbook, PlaybookHold, PlaybookStep, PlaybookVersion, TriggerKind
from playbooks.models.runs import StepRun
from playbooks.models.tasks import Enrolment, Task, TaskOutcome

__all__ = [
    "Enrolment",
    "Playbook",
    "PlaybookHold",
    "PlaybookStep",
    "PlaybookVersion",
    "StepRun",
    "Task",
    "TaskOutcome",
    "TriggerKind",
]
