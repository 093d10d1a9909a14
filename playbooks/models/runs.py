"""How far each step of each play is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from playbooks.models.playbooks import PlaybookStep


class StepRun(models.Model):
    """One step in one play. Unique by both, so that no step is ever entered twice.

    Its turn comes on ``due_on``. Entered, it is under way until what its kind asks for is done; skipped, there was nothing to
    do when its turn came; left, its play ended first.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ENTERED = "entered", _("Under way")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Skipped")
        LEFT = "left", _("Left")

    enrolment = models.ForeignKey("playbooks.Enrolment", models.CASCADE, related_name="runs", db_index=False)
    step = models.ForeignKey(PlaybookStep, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.WAITING)
    due_on = models.DateField(_("its turn comes on"))
    entered_on = models.DateField(_("entered on"), null=True, blank=True)
    finished_on = models.DateField(_("finished on"), null=True, blank=True)

    class Meta:
        verbose_name = _("step of a play")
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state="waiting"), name="step_run_waiting"),
            models.Index(fields=["id"], condition=Q(state="entered"), name="step_run_entered"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step"], name="step_run_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", entered_on__isnull=True, finished_on__isnull=True)
                | Q(state="entered", entered_on__isnull=False, finished_on__isnull=True)
                | Q(state__in=["done", "skipped"], entered_on__isnull=False, finished_on__isnull=False)
                | Q(state="left", finished_on__isnull=False),
                name="step_run_days_of_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.step_id} {self.state}"
