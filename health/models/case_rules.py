"""Rules that open cases, what changed in them, and for whom they hold."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from config.shipping import translated
from health.models.signals import Severity


class CaseKind(models.TextChoices):
    RISK = "risk", _("Risk")
    OPPORTUNITY = "opportunity", _("Opportunity")


class CaseType(models.TextChoices):
    """What part of the relation a case is about (field guide 91: the alert type)."""

    ADOPTION = "adoption", _("Adoption")
    VALUE = "value", _("Value")
    RELATIONSHIP = "relationship", _("Relationship")
    SUPPORT = "support", _("Support")
    PRODUCT = "product", _("Product")
    COMMERCIAL = "commercial", _("Commercial")


def floor_digits(share: Decimal) -> int:
    """Decimals with which a least precision is shown in percent: it may have tenths, and mostly has none."""
    return 0 if share * 100 % 1 == 0 else 1


class CaseRule(models.Model):
    """When a case opens: a state with its values, evaluated for an audience.

    ``reason`` is that of its cases; several rules may share one. ``detector`` names a state of ``health.states`` and
    ``values`` its values. ``off_reason`` is why a shipped rule is not in use. The cases of a demoted rule come in the
    digest only: a rule is demoted by itself once fewer than ``precision_floor`` of at least ``least_judged`` closed
    cases were valid. After it is put back by hand, only cases closed from ``judged_from`` on can demote it again.
    ``plan`` is the product's suggested plan. ``swept_on`` is the day it was last evaluated for all customers: a change
    of what it detects, or for whom, empties it, and the next sweep stores which customers it holds for without opening
    cases for old states.
    """

    class Mode(models.TextChoices):
        ALERT = "alert", _("Alert at once")
        DIGEST = "digest", _("Digest only")

    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    about = models.CharField(_("what it says"), max_length=300, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=11, choices=CaseKind, default=CaseKind.RISK)
    type = models.CharField(_("type"), max_length=12, choices=CaseType, default=CaseType.ADOPTION)
    reason = models.SlugField(_("reason"), max_length=40)
    detector = models.CharField(_("detects"), max_length=20)
    values = models.JSONField(_("values"), default=dict, blank=True)
    plan = models.CharField(_("suggested plan"), max_length=300, blank=True, default="")
    audience = models.JSONField(_("audience"), default=list, blank=True)
    severity = models.CharField(_("severity"), max_length=6, choices=Severity, default=Severity.MEDIUM)
    due_days_high = models.PositiveSmallIntegerField(_("due after (days), high touch"), default=3)
    due_days_low = models.PositiveSmallIntegerField(_("due after (days), low touch"), default=7)
    due_days_tech = models.PositiveSmallIntegerField(_("due after (days), tech touch"), default=14)
    is_active = models.BooleanField(_("in use"), default=True)
    off_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    mode = models.CharField(_("mode"), max_length=6, choices=Mode, default=Mode.ALERT)
    demoted_on = models.DateField(null=True, blank=True)
    judged_from = models.DateField(null=True, blank=True)
    precision_floor = models.DecimalField(_("least precision"), max_digits=4, decimal_places=3, default="0.30")
    least_judged = models.PositiveSmallIntegerField(_("judged cases needed"), default=20)
    position = models.PositiveSmallIntegerField(default=1)
    swept_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("case rule")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="case_rule_once"),
            models.CheckConstraint(condition=~Q(name=""), name="case_rule_named"),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_rule_kind_known"),
            models.CheckConstraint(condition=Q(precision_floor__range=(0, 1)), name="case_rule_floor_0_to_1"),
            models.CheckConstraint(condition=Q(least_judged__gte=1), name="case_rule_judges_some"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def floor_digits(self) -> int:
        return floor_digits(self.precision_floor)

    @property
    def shown_name(self) -> str:
        """The name in the reader's language where it is one we ship."""
        return translated(self.name)

    @property
    def shown_plan(self) -> str:
        """The suggested plan, in the reader's language where it is one we ship."""
        return translated(self.plan)

    @property
    def shown_off_reason(self) -> str:
        """Why the rule is not in use, in the reader's language where it is a reason we ship."""
        return translated(self.off_reason)


class CaseRuleChange(models.Model):
    """A change to a rule: who (None: by itself), when, and ``fields``: name → [before, after]."""

    rule = models.ForeignKey(CaseRule, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    fields = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.rule_id} {self.at}"


class RuleHold(models.Model):
    """A stretch of days on which a rule's state held for a customer; ``until`` None: it holds still.

    A case opens when a stretch begins, never while it lasts.
    """

    rule = models.ForeignKey(CaseRule, models.CASCADE, related_name="holds", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["rule", "until"], condition=Q(until__isnull=False), name="rule_hold_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "customer"], condition=Q(until__isnull=True), name="rule_holds_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="rule_hold_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.customer_id} {self.since}"
