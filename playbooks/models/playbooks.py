"""Playbooks as an admin configures them: trigger, audience, steps, in versions."""

from __future__ import annotations

import json

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Customer, User
from config.shipping import translated
from playbooks.steps import KINDS, Step, Words


class TriggerKind(models.TextChoices):
    """What starts a playbook: something that happened, or that a customer comes into a state."""

    RENEWAL_DUE = "renewal_due", _("Renewal prep opens")
    RENEWAL_CLOSED = "renewal_closed", _("Renewal closed")
    MILESTONE_MISSED = "milestone_missed", _("Milestone missed")
    STAGE_ENTERED = "stage_entered", _("Stage entered")
    CASE_OPENED = "case_opened", _("Case opened")
    STATE = "state", _("State entered")
    BY_HAND = "by_hand", _("By hand")


class PlaybookQuerySet(models.QuerySet["Playbook"]):
    def visible_to(self, user: User) -> PlaybookQuerySet:
        """Playbooks that ``user`` may read: one never published is there for admins only."""
        return self if access.configures(user) else self.filter(published__isnull=False)

    def startable(self) -> PlaybookQuerySet:
        """Those that can be started by hand."""
        return self.filter(state=Playbook.State.ACTIVE, published__isnull=False)


class PlaybookVersionQuerySet(models.QuerySet["PlaybookVersion"]):
    def visible_to(self, user: User) -> PlaybookVersionQuerySet:
        """Versions that ``user`` may read: the draft is there for admins only."""
        return self if access.configures(user) else self.filter(published_at__isnull=False)


class Playbook(models.Model):
    """A named way of acting; its published version is what runs."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")

    key = models.SlugField(_("key"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("what it is for"), blank=True, default="")
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.ACTIVE)
    published = models.ForeignKey("PlaybookVersion", models.PROTECT, null=True, blank=True, related_name="+")

    objects = PlaybookQuerySet.as_manager()

    class Meta:
        verbose_name = _("playbook")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="playbook_key_once"),
            models.CheckConstraint(condition=~Q(name=""), name="playbook_named"),
            models.CheckConstraint(condition=Q(state__in=["active", "paused"]), name="playbook_state_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """The name in the reader's language where it is one we ship."""
        return translated(self.name)

    @property
    def shown_description(self) -> str:
        return translated(self.description)


class PlaybookVersion(models.Model):
    """One version, never changed once published.

    ``trigger`` holds the values of the event (``playbooks.parameters`` names them), or ``state``, a key of
    ``health.states``, and its ``values``; ``audience`` is a condition (``accounts.conditions``), like a segment's rule.
    ``reentry_days``: a customer may not enter again sooner after its last enrolment.
    """

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    trigger_kind = models.CharField(_("trigger"), max_length=16, choices=TriggerKind)
    trigger = models.JSONField(default=dict, blank=True)
    audience = models.JSONField(_("audience"), default=list, blank=True)
    reentry_days = models.PositiveSmallIntegerField(_("enter again after (days)"), default=90)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    objects = PlaybookVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["playbook", "number"], name="playbook_version_once"),
            models.CheckConstraint(
                condition=Q(trigger_kind__in=TriggerKind.values),
                name="playbook_trigger_known",
            ),
            models.UniqueConstraint(
                fields=["playbook"],
                condition=Q(published_at__isnull=True),
                name="playbook_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} v{self.number}"


class PlaybookHold(models.Model):
    """A stretch of days on which the state that starts a playbook held for a customer; ``until`` None: it holds still.

    Its first day is the occasion: a state that lasts lets a customer in once.
    """

    playbook = models.ForeignKey(Playbook, models.CASCADE, related_name="holds", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["playbook", "until"], condition=Q(until__isnull=False), name="playbook_hold_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "customer"], condition=Q(until__isnull=True), name="playbook_holds_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="playbook_hold_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} {self.customer_id} {self.since}"


class PlaybookStep(models.Model):
    """One step of a version: what kind it is, and what that asks for (``playbooks.steps``)."""

    version = models.ForeignKey(PlaybookVersion, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=20)
    values = models.JSONField(_("what it asks for"), default=dict)

    class Meta:
        constraints = [
            # Looked at when a statement is through: several steps may change places in one.
            models.UniqueConstraint(
                fields=["version", "position"], name="playbook_step_once", deferrable=models.Deferrable.IMMEDIATE
            ),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="playbook_step_kind_known"),
            *(
                models.CheckConstraint(condition=~Q(kind=key) | kind.holds, name=f"playbook_step_{key}_whole")
                for key, kind in KINDS.items()
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def step(self) -> Step:
        """The step as an admin wrote it."""
        return Step(self.kind, self.values)

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.step.name

    @property
    def whole(self) -> str:
        """All that it asks for, as one text that is the same wherever it asks for the same."""
        return json.dumps(self.values, sort_keys=True)

    @property
    def words(self) -> Words:
        """The step as its page says it."""
        return KINDS[self.kind].words(self.values)
