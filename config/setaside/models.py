"""Objects that a sweep skips because they made it fail, and the step runs of each night."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What can be set aside. A new kind of object gets its line here and its page in ``views.PAGES``."""

    CUSTOMER = "customer", _("Customer")
    CONTRACT = "contract", _("Contract")
    RENEWAL = "renewal", _("Renewal")
    SEGMENT = "segment", _("Segment")
    SCORECARD = "scorecard", _("Scorecard")
    RULE = "rule", _("Case rule")
    PLAYBOOK = "playbook", _("Playbook")
    IMPORT = "import", _("Import")
    SOURCE = "source", _("Source")
    STEP = "step", _("Step of the nightly run")


class SetAside(models.Model):
    """One object that ``step`` skips since it made the step fail, with the reason.

    ``object_id`` is the object's id, 0 for a step as a whole; ``words`` is its name at the failure, which outlives the
    object. ``times`` counts failures.
    """

    step = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind)
    object_id = models.BigIntegerField(default=0)
    words = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField()
    since = models.DateTimeField(db_default=Now())
    latest_at = models.DateTimeField(db_default=Now())
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "kind", "object_id"], name="set_aside_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="set_aside_kind_known"),
            models.CheckConstraint(condition=Q(times__gte=1), name="set_aside_at_least_once"),
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="set_aside_by_object")]

    def __str__(self) -> str:
        return f"{self.step}: {self.kind} {self.object_id}"


class StepRun(models.Model):
    """How one step of the cycle of one day went, the latest time it ran.

    ``left`` is how many of its parts are still to run: the step is done when none is. ``rows`` is what the step counted; ``stale`` names the steps that failed before it and whose output of the day before
    it read. ``changed_at`` is when it last wrote something and ``rules`` the digest of the rules it ran under:
    a step that is settled for the day is not run again.
    """

    class State(models.TextChoices):
        BEGUN = "begun", _("Begun")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    step = models.CharField(max_length=60)
    day = models.DateField()
    state = models.CharField(max_length=6, choices=State)
    left = models.PositiveIntegerField(default=0, db_default=0)
    rows = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True, default="")
    stale = models.JSONField(default=list)
    rules = models.CharField(max_length=32, blank=True, default="")
    ended_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "step"], name="step_run_once_a_day"),
            models.CheckConstraint(condition=Q(state__in=["begun", "done", "failed"]), name="step_run_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["begun", "done"], reason="") | Q(state="failed") & ~Q(reason=""),
                name="step_run_failed_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} on {self.day}"
