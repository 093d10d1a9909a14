"""The daily digest: what happened to a person's customers, reported once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Band, Customer, DigestScope, User
from health.models.cases import Case
from health.models.signals import Milestone

if TYPE_CHECKING:
    from accounts.models import User as Person


class DigestKind(models.TextChoices):
    """What a line of a digest reports."""

    NEW = "new", _("New cases")
    DUE = "due", _("Fell due")
    PLAN = "plan", _("Without a plan for days")
    WOKE = "woke", _("Back from snooze")
    BAND = "band", _("Changed band")
    MILESTONE = "milestone", _("Milestones late")


class Digest(models.Model):
    """One person's digest of one day; ``counts`` has the number of events of each kind (``DigestKind``).

    ``scope`` is whose customers it covers, ``newest_case`` the newest case at that time: cases opened later on the
    same day come in the next digest.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="digests", db_index=False)
    day = models.DateField()
    scope = models.CharField(max_length=4, choices=DigestScope)
    counts = models.JSONField(default=dict)
    newest_case = models.ForeignKey(Case, models.SET_NULL, related_name="+", null=True, blank=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="digest_once_a_day"),
            models.CheckConstraint(condition=Q(scope__in=DigestScope.values), name="digest_scope_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class DigestLineQuerySet(models.QuerySet["DigestLine"]):
    def visible_to(self, user: Person) -> DigestLineQuerySet:
        """Lines about customers that ``user`` may still see."""
        return self.filter(access.sees(user, "customer__"), customer__merged_into__isnull=True)


class DigestLine(models.Model):
    """One line: a case, a milestone, or a change of band; the first hundred of each kind are stored."""

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="lines", db_index=False)
    kind = models.CharField(max_length=9, choices=DigestKind)
    position = models.PositiveSmallIntegerField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", null=True, blank=True)
    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="+", null=True, blank=True)
    band_before = models.CharField(max_length=6, choices=Band, blank=True, default="")
    band_after = models.CharField(max_length=6, choices=Band, blank=True, default="")

    objects = DigestLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "kind", "position"], name="digest_line_once"),
            models.CheckConstraint(condition=Q(kind__in=DigestKind.values), name="digest_line_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.digest_id} {self.kind} {self.position}"
