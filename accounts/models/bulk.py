"""Acts on many rows at once, kept with what became of each row, so that each can be told, gone on with and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.users import User

if TYPE_CHECKING:
    from accounts.models.users import User as Person


class BulkActQuerySet(models.QuerySet["BulkAct"]):
    def visible_to(self, user: Person) -> BulkActQuerySet:
        """Acts of one's own; to admins all."""
        return self if access.configures(user) else self.filter(by=user)

    def changeable_by(self, user: Person) -> BulkActQuerySet:
        """Acts that ``user`` may take back."""
        return self.visible_to(user) if access.writes(user) else self.none()


class BulkAct(models.Model):
    """One act on the rows ``ids`` of a kind of list, worked off in their order.

    ``reached`` says how many of them are done with; it is written in the transaction that did them, so that nothing is done
    twice. ``values`` is what the act's form said, ``said`` the same for people, a text by language. ``address`` names the filters where everything they found was meant.
    ``day`` is the day on which it was asked, ``language`` the one in which reasons are written, ``door``
    the way in by which it was asked (``config.history``). ``problem`` says why it was given up.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")
        RETURNING = "returning", _("Being taken back")
        RETURNED = "returned", _("Taken back")
        FAILED = "failed", _("Stopped")

    ENDED = (State.DONE, State.RETURNED, State.FAILED)

    kind = models.CharField(max_length=20)
    act = models.CharField(max_length=20)
    values = models.JSONField(default=dict)
    said = models.JSONField(default=dict)
    address = models.TextField(blank=True, default="")
    ids = ArrayField(models.BigIntegerField())
    reached = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.RUNNING)
    by = models.ForeignKey(User, models.PROTECT, related_name="bulk_acts")
    day = models.DateField()
    language = models.CharField(max_length=10, blank=True, default="")
    door = models.CharField(max_length=80, blank=True, default="")
    made_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    objects = BulkActQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulk act")
        indexes = [models.Index(fields=["by", "-id"], name="bulk_act_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "done", "returning", "returned", "failed"]),
                name="bulk_act_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returning", "returned"]) | Q(returned_by__isnull=False),
                name="bulk_act_returned_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.act} {self.made_at:%Y-%m-%d}"

    @property
    def words(self) -> str:
        """What the act does, in the reader's language where it was said in it."""
        return str(self.said.get(get_language() or "") or next(iter(self.said.values()), ""))

    @property
    def total(self) -> int:
        return len(self.ids)

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.RUNNING, self.State.RETURNING}


class BulkRow(models.Model):
    """What became of one row: ``before`` is what taking it back needs, ``reason`` why it was refused, or kept when the act was taken back.

    ``chunk`` numbers the rows that were done in one transaction. Rows that were as the act leaves them are ``same``.
    """

    class State(models.TextChoices):
        DONE = "done"
        SAME = "same"
        REFUSED = "refused"
        RETURNED = "returned"
        KEPT = "kept"

    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="rows", db_index=False)
    chunk = models.PositiveIntegerField()
    object_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State)
    reason = models.TextField(blank=True, default="")
    before = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "object_id"], name="bulk_row_once"),
            models.CheckConstraint(
                condition=Q(state__in=["done", "same", "refused", "returned", "kept"]), name="bulk_row_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "kept"]) | ~Q(reason=""), name="bulk_row_refused_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["act", "id"], condition=Q(state__in=["refused", "kept"]), name="bulk_row_refused"),
            models.Index(fields=["act", "chunk"], condition=Q(state="done"), name="bulk_row_to_take_back"),
        ]

    def __str__(self) -> str:
        return f"{self.act_id}: {self.object_id} {self.state}"
