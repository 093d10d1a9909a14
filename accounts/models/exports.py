"""The record as a file for admins, made in the background and kept for a while."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.paced import Paced
from accounts.models.uploads import Upload
from accounts.models.users import User


class RecordExport(Paced):
    """The record of one source, or of all (``source`` is ""), as a ZIP of CSV files with their mapping.

    ``upload`` is the ZIP, None before it is there and once it was deleted. ``problem`` is the reason of a failure,
    or what of a finished one does not come in again. One is made at a time.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Export under way")
        DONE = "done", _("Exported")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    source = models.CharField(_("source"), max_length=40, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, blank=True, default="")
    begun_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")
    upload = models.OneToOneField(Upload, models.SET_NULL, related_name="export", null=True, blank=True)

    class Meta:
        verbose_name = _("export of the record")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "done", "stopped", "failed"]), name="record_export_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""), name="record_export_failed_for_a_reason"
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="record_export_alone"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.begun_at:%Y-%m-%d}"

    @property
    def is_under_way(self) -> bool:
        return self.state == self.State.RUNNING
