"""Which columns of playbooks and tasks the change history records (``config.history``)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.history.kept import keep
from playbooks.models import Playbook, PlaybookStep, PlaybookVersion, Task
from playbooks.steps.task import TASK


def declare() -> None:
    """Declare the tables of this app."""
    keep(
        Playbook,
        "key name description state published",
        shipped="name description",
        words={"published": _("version in use")},
    )
    keep(
        PlaybookVersion,
        "playbook number trigger_kind trigger audience reentry_days created_at created_by published_at",
        whole=("playbook", "{row}.playbook_id"),
        inserts=("playbook", "{row}.playbook_id"),
        label=_("version of a playbook"),
        named="number",
        words={
            "playbook": _("playbook"),
            "trigger": _("values of the trigger"),
            "created_at": _("added"),
            "created_by": _("added by"),
            "published_at": _("published at"),
        },
    )
    keep(
        PlaybookStep,
        "version position kind values",
        whole=("playbook", "(SELECT v.playbook_id FROM playbooks_playbookversion v WHERE v.id = {row}.version_id)"),
        inserts=("playbookversion", "{row}.version_id"),
        label=_("step of a playbook"),
        named="values",
        words={"version": _("version"), "position": _("position")},
        earlier={name: field.label for name, field in TASK.fields.items()},
    )
    keep(
        Task,
        "customer enrolment renewal title note prep_part assignee assigned_as due_on snoozed_until snooze_reason outcome"
        " minutes outcome_note done_at done_by created_at",
        "run named",
        customer="{row}.customer_id",
        named="title",
        shipped="title note",
        follows="assignee",
        words={
            "customer": _("customer"),
            "enrolment": _("play"),
            "renewal": _("renewal"),
            "assignee": _("assignee"),
            "assigned_as": _("whose task"),
            "done_at": _("done at"),
            "done_by": _("done by"),
            "created_at": _("added"),
        },
    )
