"""What customers do and say: usage, tickets, surveys, milestones."""

from __future__ import annotations

import datetime as dt
from enum import nonmember

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.expressions import OnDay
from accounts.models import Contact, Customer, Named
from config.stamps import Stamped


class Feature(Stamped):
    """A feature of our product; core ones carry the work the customer bought it for.

    ``module`` is the name of the entitlement that opens it; empty: it is open to everybody.
    """

    key = models.CharField(_("key"), max_length=80)
    name = models.CharField(_("name"), max_length=120)
    is_core = models.BooleanField(_("core workflow"), default=False)
    module = models.CharField(_("module"), max_length=120, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("feature")
        constraints = [models.UniqueConstraint(fields=["key"], name="feature_key_once")]

    def __str__(self) -> str:
        return self.name


class UsageRecord(Named, Stamped):
    """One usage fact as it arrived, never changed.

    ``person`` is the number of the one person the fact is about (``health.models.Person``); NULL where the source names
    nobody. ``users`` is then how many people the fact counts: with ``apart`` people whom no other fact of the feature
    and day counts, without it a total of the day. With ``agent`` a program did it, by itself or for the person.

    Unique by source, message id and digest of the content: the same fact sent again is dropped,
    while two different facts under one id are both kept.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=40)
    message_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=32)
    day = models.DateField()
    feature = models.ForeignKey(Feature, models.PROTECT, null=True, related_name="+")
    users = models.PositiveIntegerField(default=0)
    person = models.BigIntegerField(null=True)
    apart = models.BooleanField(default=False, db_default=False)
    agent = models.BooleanField(default=False, db_default=False)
    uses = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["customer", "day"], name="usage_record_customer_day")]
        constraints = [
            models.UniqueConstraint(fields=["source", "message_id", "digest"], name="usage_record_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.message_id}"


class RollupMark(models.Model):
    """A customer-day whose usage records changed since it was last rolled up; append-only. ``is_less``: records were taken
    out, so that nothing may be left of the day.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    is_less = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}"


class UsageDay(Stamped):
    """One customer's use on one day. Monthly range partitions on ``day``.

    Everything but ``agents`` and ``agent_uses`` is the use of people. ``people`` holds how many named people were there,
    by how long they had been away (``health.signals.people``); NULL where the sources of the day only count.
    ``feature_bits`` has one bit a feature (see ``health.signals.rollup``), so that the features of any
    stretch of days are counted by ``bit_or`` without reading the feature rows; 0 where the writer
    did not report them. No foreign key in the database: the rows are derived from usage records,
    which have one.
    """

    pk = models.CompositePrimaryKey("customer_id", "day")
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="usage",
        db_index=False,
        db_constraint=False,
    )
    day = models.DateField()
    active_users = models.PositiveIntegerField(default=0, db_default=0)
    sessions = models.PositiveIntegerField(default=0, db_default=0)
    uses = models.PositiveIntegerField(default=0, db_default=0)
    core_uses = models.PositiveIntegerField(default=0, db_default=0)
    features = models.PositiveSmallIntegerField(default=0, db_default=0)
    seconds = models.PositiveIntegerField(default=0, db_default=0)
    errors = models.PositiveIntegerField(default=0, db_default=0)
    feature_bits = models.BigIntegerField(default=0, db_default=0)
    people = ArrayField(models.IntegerField(), null=True)
    agents = models.PositiveIntegerField(default=0, db_default=0)
    agent_uses = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}"


class FeatureDay(models.Model):
    """One customer's use of one feature on one day. Monthly range partitions on ``day``."""

    pk = models.CompositePrimaryKey("customer_id", "day", "feature_id")
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="feature_usage",
        db_index=False,
        db_constraint=False,
    )
    day = models.DateField()
    feature = models.ForeignKey(
        Feature,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    users = models.PositiveIntegerField(default=0, db_default=0)
    uses = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.feature_id} {self.day}"


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")

    # From the least severe up; ``health.models.cases.severity_rank`` is the same in SQL.
    RANK = nonmember({"low": 1, "medium": 2, "high": 3, "urgent": 4})


class Ticket(Named, Stamped):
    """A support ticket; CSAT is 1 to 5, None when nobody answered."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tickets", db_index=False)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    topic = models.CharField(_("topic"), max_length=80, blank=True, default="")
    severity = models.CharField(_("severity"), max_length=6, choices=Severity)
    opened_at = models.DateTimeField(_("opened"))
    first_response_at = models.DateTimeField(_("first response"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved"), null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(_("reopened"), default=0)
    escalated = models.BooleanField(_("escalated"), default=False)
    csat = models.PositiveSmallIntegerField(_("CSAT"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        indexes = [models.Index(fields=["customer", "opened_at"], name="ticket_customer_opened")]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="ticket_once"),
            models.CheckConstraint(
                condition=Q(csat__isnull=True) | Q(csat__range=(1, 5)),
                name="ticket_csat_1_to_5",
            ),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="ticket_severity_known"),
            models.CheckConstraint(
                condition=Q(solved_at__isnull=True) | Q(solved_at__gte=F("opened_at")),
                name="ticket_solved_after_opened",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.external_id


class SurveyKind(models.TextChoices):
    NPS = "nps", _("NPS")
    CSAT = "csat", _("CSAT")
    CES = "ces", _("CES")
    INTENT = "intent", _("Renewal intent")


class SurveyResponse(Named, Stamped):
    """One answer: NPS 0–10, CSAT 1–5, CES 1–7, renewal intent 0–10."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="surveys", db_index=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("survey"), max_length=6, choices=SurveyKind)
    answer = models.PositiveSmallIntegerField(_("answer"))
    answered_on = models.DateField(_("answered on"))
    comment = models.TextField(_("comment"), blank=True, default="")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("survey response")
        indexes = [models.Index(fields=["customer", "answered_on"], name="survey_customer_day")]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="survey_response_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["nps", "intent"], answer__lte=10)
                | Q(kind="csat", answer__range=(1, 5))
                | Q(kind="ces", answer__range=(1, 7)),
                name="survey_answer_on_its_scale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.answer}"


def is_late(milestone: str, day: str) -> str:
    """SQL: the milestone of this alias was found late by ``day``, and was not reached by then."""
    m = milestone
    return f"({m}.missed_on <= {day} AND ({m}.reached_on IS NULL OR {m}.reached_on > {day}))"


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def late(self, day: dt.date) -> MilestoneQuerySet:
        return self.filter(OnDay(is_late, day, models.BooleanField()))


class Milestone(models.Model):
    """One of the four of the first 90 days (field guide item 33): due on day 7, 28, 56, 84."""

    class Key(models.TextChoices):
        ACTIVATION = "activation", _("Activation")
        HABIT = "habit", _("Habit")
        VALUE = "value", _("Value shown")
        TEAM = "team", _("Team adoption")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="milestones", db_index=False)
    key = models.CharField(_("milestone"), max_length=10, choices=Key)
    due_on = models.DateField(_("due on"))
    reached_on = models.DateField(_("reached on"), null=True, blank=True)
    missed_on = models.DateField(_("found late on"), null=True, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="milestone_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.key}"
