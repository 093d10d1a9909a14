"""Events of product analytics that wait for their customer or were refused, and the people that the events name."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class EventPerson(models.Model):
    """Somebody whom the events of one source name.

    ``number`` is the keyed number of their id (``health.signals.numbering``), ``email`` that of their email address, and
    ``group`` the customer as the source names it; ``email_at`` and ``group_at`` are the instants from which it says so.
    """

    source = models.CharField(max_length=40)
    number = models.BigIntegerField()
    email = models.BigIntegerField(null=True)
    email_at = models.DateTimeField(null=True)
    group = models.CharField(max_length=200, blank=True, default="", db_default="")
    group_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["email"], name="event_person_email", condition=models.Q(email__isnull=False))]
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="event_person_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class WaitingEvent(models.Model):
    """A use whose customer is not known yet: the event names none, or one that the record does not have.

    ``person`` is the number of who did it, None for somebody without an id. ``group`` is the customer's name in the event.
    """

    source = models.CharField(max_length=40)
    message_id = models.CharField(max_length=200)
    day = models.DateField()
    person = models.BigIntegerField(null=True)
    group = models.CharField(max_length=200, blank=True, default="", db_default="")
    feature = models.CharField(max_length=80, blank=True, default="", db_default="")
    agent = models.BooleanField(default=False, db_default=False)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("waiting event")
        indexes = [
            models.Index(fields=["received_at"], name="waiting_event_age"),
            models.Index(fields=["source", "person"], name="waiting_event_person"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="waiting_event_once")]

    def __str__(self) -> str:
        return f"{self.source}:{self.message_id}"


class RefusedEvent(models.Model):
    """An event that could not be taken, named by its message id, and why."""

    source = models.CharField(_("source"), max_length=40)
    message_id = models.CharField(_("message id"), max_length=200)
    kind = models.CharField(_("kind"), max_length=40)
    reason = models.CharField(_("reason"), max_length=300)
    received_at = models.DateTimeField(_("received"), db_default=Now())

    class Meta:
        verbose_name = _("refused event")
        indexes = [models.Index(fields=["received_at"], name="refused_event_age")]
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="refused_event_once")]

    def __str__(self) -> str:
        return f"{self.source}:{self.message_id}"
