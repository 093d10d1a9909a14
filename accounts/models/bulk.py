"""Bulk acts, stored with the outcome of each row, so that each act can be shown, resumed and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, IntegerField, Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.users import User

if TYPE_CHECKING:
    from accounts.models.users import User as Person


class BulkActQuerySet(models.QuerySet["BulkAct"]):
    def visible_to(self, user: Person) -> BulkActQuerySet:
        """One's own acts; for admins all."""
        return self if access.configures(user) else self.filter(by=user)

    def changeable_by(self, user: Person) -> BulkActQuerySet:
        """Acts that ``user`` may take back."""
        return self.visible_to(user) if access.writes(user) else self.none()

    def counted(self) -> BulkActQuerySet:
        """For lists: with the number of rows of each act in place of their ids, which stay in the database."""
        return self.defer("ids").annotate(counted=Func("ids", function="cardinality", output_field=IntegerField()))


class BulkAct(models.Model):
    """One act on the rows ``ids`` of a kind of list, done in their order.

    ``reached`` counts the finished rows; it is written in the transaction that did them, so that no row is done
    twice. ``values`` is the cleaned data of the act's form, ``said`` the same as text by language. ``address`` has
    the filters if the selection was everything that they match. ``day`` is the day of the request, ``language``
    that of the reasons, ``door`` the way in of the request (``config.history``). ``problem`` is the reason of a
    failure.
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
        """What the act does, in the reader's language if the act has a text in it."""
        return str(self.said.get(get_language() or "") or next(iter(self.said.values()), ""))

    @property
    def total(self) -> int:
        counted: int | None = getattr(self, "counted", None)
        return len(self.ids) if counted is None else counted

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.RUNNING, self.State.RETURNING}


class BulkRow(models.Model):
    """The outcome of one row: ``before`` has the values for its undo, ``reason`` why it was refused, or kept by the
    undo.

    ``chunk`` numbers the rows that were done in one transaction. Rows that needed no change are ``same``.
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
            models.Index(fields=["act", "state", "id"], name="bulk_row_by_state"),
            models.Index(fields=["act", "chunk"], condition=Q(state="done"), name="bulk_row_to_take_back"),
        ]

    def __str__(self) -> str:
        return f"{self.act_id}: {self.object_id} {self.state}"
