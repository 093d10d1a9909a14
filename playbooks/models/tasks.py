"""Who is in which play, and what somebody has to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Named, User
from accounts.models.efforts import within_a_day
from config.folding import KeptGrams
from config.shipping import translated
from config.stamps import Stamped
from playbooks.models.playbooks import Playbook, PlaybookVersion
from playbooks.models.runs import StepRun
from playbooks.steps import Assignee
from playbooks.steps.task import LONGEST_TITLE
from renewals.models import PrepPart, Renewal

if TYPE_CHECKING:
    from accounts.models import User as Person


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: Person) -> EnrolmentQuerySet:
        """Enrolments of customers ``user`` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def of_cases(self, cases: Iterable[int]) -> EnrolmentQuerySet:
        """Plays that started on these cases."""
        return self.filter(occasion__in=[f"case:{case}" for case in cases])

    def with_progress(self) -> EnrolmentQuerySet:
        """Add ``steps``, the tasks of the play, and how many are ``done``: closed, or standing for a part of renewal
        prep that is done.
        """
        prepared = PrepPart.objects.filter(
            renewal=OuterRef("tasks__renewal"), part=OuterRef("tasks__prep_part"), done_on__isnull=False
        )
        done = Q(tasks__done_at__isnull=False) | Q(Exists(prepared))
        return self.annotate(steps=Count("tasks"), done=Count("tasks", filter=done))


class Enrolment(Named, Stamped):
    """A customer in a playbook for one occasion (a renewal, a drop, a milestone, a day by hand).

    Unique by customer, playbook and occasion, whatever the version, so no sweep can enrol twice.
    Occasions of a renewal begin with ``renewal:``; outside those a customer runs a playbook once at
    a time. ``why`` keeps the facts that let it in (``playbooks.triggers`` names them).
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        EXITED = "exited", _("Exited")

    class Exit(models.TextChoices):
        CHURNED = "churned", _("The customer churned")
        MERGED = "merged", _("Merged into another customer")
        CLOSED = "closed", _("The renewal was closed")
        CASE = "case", _("The case was closed")
        VOID = "void", _("The renewal is void")
        LEAVES = "leaves", _("The end of the contract is confirmed")
        STOPPED = "stopped", _("Stopped by hand")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="enrolments")
    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(PlaybookVersion, models.PROTECT, related_name="enrolments")
    occasion = models.CharField(max_length=80)
    renewal = models.ForeignKey(Renewal, models.SET_NULL, null=True, blank=True, related_name="enrolments")
    why = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.RUNNING)
    enrolled_on = models.DateField(_("entered on"))
    enrolled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    finished_on = models.DateField(null=True, blank=True)
    exit_reason = models.CharField(_("why it left"), max_length=8, choices=Exit, blank=True, default="")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        indexes = [
            models.Index(fields=["playbook", "state", "-id"], name="enrolment_of_playbook"),
            models.Index(fields=["id"], condition=Q(state="running"), name="enrolment_running"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "playbook", "occasion"], name="enrolment_once"),
            models.UniqueConstraint(
                fields=["customer", "playbook"],
                condition=Q(state="running") & ~Q(occasion__startswith="renewal:"),
                name="enrolment_one_running",
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_on__isnull=True, exit_reason="")
                | Q(state="done", finished_on__isnull=False, exit_reason="")
                | Q(
                    state="exited",
                    finished_on__isnull=False,
                    exit_reason__in=["churned", "merged", "closed", "case", "void", "leaves", "stopped"],
                ),
                name="enrolment_finished_has_day_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.playbook_id} {self.occasion}"


class TaskOutcome(models.TextChoices):
    DONE = "done", _("Done")
    NO_ANSWER = "no_answer", _("No answer")
    NOT_NEEDED = "not_needed", _("Not needed")
    NOT_VALID = "not_valid", _("Not valid")


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: Person) -> TaskQuerySet:
        """Tasks of customers ``user`` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def changeable_by(self, user: Person) -> TaskQuerySet:
        """Tasks of customers ``user`` may change."""
        return self.filter(customer__in=Customer.objects.changeable_by(user))

    def open(self) -> TaskQuerySet:
        return self.filter(done_at__isnull=True)

    def awake(self, day: dt.date) -> TaskQuerySet:
        """Open tasks not put off beyond ``day``."""
        return self.open().filter(_awake(day))

    def in_state(self, state: str, day: dt.date) -> TaskQuerySet:
        """``open``: awake ones; ``late``: of those the ones past their due day; ``snoozed``; ``done``."""
        return self.filter(_states(day)[state])

    def counts(self, day: dt.date) -> dict[str, int]:
        """How many there are in each state. One statement."""
        found: dict[str, int] = self.aggregate(**{name: Count("pk", filter=q) for name, q in _states(day).items()})
        return found


def _awake(day: dt.date) -> Q:
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=day)


def _states(day: dt.date) -> dict[str, Q]:
    is_open = Q(done_at__isnull=True)
    awake = is_open & _awake(day)
    return {
        "open": awake,
        "late": awake & Q(due_on__lt=day),
        "snoozed": is_open & Q(snoozed_until__gt=day),
        "done": Q(done_at__isnull=False),
    }


class Task(Named, Stamped):
    """Something one person does for one customer by ``due_on``; closed with an outcome.

    ``assigned_as`` says whose task it is: the customer's owner's or that owner's manager's, and then
    it follows when the owner changes, or one person's by hand, and then it stays. ``run`` is the step of a play that gave
    it; ``prep_part`` names the part of renewal prep that finishing it completes.
    """

    class AssignedAs(models.TextChoices):
        OWNER = Assignee.OWNER.value, Assignee.OWNER.label
        MANAGER = Assignee.MANAGER.value, Assignee.MANAGER.label
        PERSON = "person", _("One person")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tasks")
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, null=True, blank=True, related_name="tasks")
    run = models.OneToOneField(StepRun, models.CASCADE, null=True, blank=True, related_name="task")
    renewal = models.ForeignKey(Renewal, models.SET_NULL, null=True, blank=True, related_name="tasks")
    title = models.CharField(_("task"), max_length=LONGEST_TITLE)
    note = models.TextField(_("note"), blank=True, default="")
    prep_part = models.CharField(
        _("part of renewal prep"), max_length=6, choices=PrepPart.Part, blank=True, default="", db_default=""
    )
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        db_index=False,
    )
    assigned_as = models.CharField(max_length=7, choices=AssignedAs, default=AssignedAs.PERSON)
    due_on = models.DateField(_("due on"))
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    snooze_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    outcome = models.CharField(_("outcome"), max_length=10, choices=TaskOutcome, blank=True, default="")
    minutes = models.PositiveSmallIntegerField(_("Took (minutes)"), null=True, blank=True)
    outcome_note = models.TextField(_("what came of it"), blank=True, default="")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        indexes = [
            models.Index(
                fields=["assignee", "due_on", "id"],
                condition=Q(done_at__isnull=True),
                name="task_open_by_assignee",
            ),
            models.Index(
                fields=["done_by", "-done_at"],
                condition=Q(done_at__isnull=False),
                name="task_done_by",
            ),
            GinIndex(KeptGrams("title"), condition=Q(done_at__isnull=True), name="task_open_words"),
        ]
        constraints = [
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
            models.CheckConstraint(condition=Q(prep_part__in=["", *PrepPart.Part.values]), name="task_part_known"),
            models.CheckConstraint(condition=within_a_day(), name="task_minutes_within_a_day"),
            models.CheckConstraint(
                condition=Q(assigned_as__in=["owner", "manager", "person"]),
                name="task_assigned_as_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        """The title in the reader's language where it is one we ship."""
        return translated(self.title)

    @property
    def shown_note(self) -> str:
        """How to do it, in the reader's language where it is one we ship."""
        return translated(self.note)
