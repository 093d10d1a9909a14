"""Who is in which play, and what somebody has to do about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from playbooks.models.playbooks import Playbook, PlaybookStep, PlaybookVersion
from renewals.models import Renewal


class Enrolment(models.Model):
    """A customer in a playbook for one occasion (a renewal, a drop, a milestone, a day by hand).

    Unique by customer, playbook and occasion, whatever the version, so no sweep can enrol twice.
    ``why`` keeps the facts that let it in.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        EXITED = "exited", _("Exited")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="enrolments")
    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(
        PlaybookVersion, models.PROTECT, related_name="enrolments"
    )
    occasion = models.CharField(max_length=80)
    renewal = models.ForeignKey(
        Renewal, models.SET_NULL, null=True, blank=True, related_name="enrolments"
    )
    why = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=7, choices=State, default=State.RUNNING
    )
    enrolled_on = models.DateField(_("entered on"))
    enrolled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    finished_on = models.DateField(null=True, blank=True)
    exit_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("enrolment")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "playbook", "occasion"], name="enrolment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.playbook_id} {self.occasion}"


class TaskOutcome(models.TextChoices):
    DONE = "done", _("Done")
    NO_ANSWER = "no_answer", _("No answer")
    NOT_NEEDED = "not_needed", _("Not needed")
    NOT_VALID = "not_valid", _("Not valid")


class Task(models.Model):
    """Something one person does for one customer by ``due_on``; closed with an outcome."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tasks")
    enrolment = models.ForeignKey(
        Enrolment, models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    step = models.ForeignKey(
        PlaybookStep, models.PROTECT, null=True, blank=True, related_name="+"
    )
    renewal = models.ForeignKey(
        Renewal, models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    title = models.CharField(_("task"), max_length=200)
    note = models.TextField(_("note"), blank=True, default="")
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        db_index=False,
    )
    due_on = models.DateField(_("due on"))
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    snooze_reason = models.CharField(
        _("reason"), max_length=200, blank=True, default=""
    )
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=TaskOutcome, blank=True, default=""
    )
    outcome_note = models.TextField(_("what came of it"), blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("task")
        indexes = [
            models.Index(
                fields=["assignee", "due_on", "id"],
                condition=Q(done_at__isnull=True),
                name="task_open_by_assignee",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "step"], name="task_once_a_step"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, outcome="")
                | Q(done_at__isnull=False, outcome__in=TaskOutcome.values),
                name="task_done_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snooze_reason=""),
                name="task_snooze_has_reason",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="task_named"),
        ]

    def __str__(self) -> str:
        return self.title
