"""Cases: a customer entered a state that asks for something, and what came of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Customer, User
from config.folding import SearchGrams
from config.stamps import Stamped
from health.models.signals import Severity

if TYPE_CHECKING:
    from accounts.models import User as Person


def severity_rank(column: str) -> str:
    """SQL: how severe ``column`` is, from 1 (low) up; NULL where there is none. Also orders by it."""
    return f"array_position(ARRAY{list(Severity.RANK)}, {column}::text)"


def is_lasting(case: str, day: str) -> str:
    """SQL: the case of this alias is open on ``day`` and its state has not passed by then; put off, it lasts all the same.

    What is only "not closed" says so itself.
    """
    h = case
    return (
        f"({h}.opened_on <= {day} AND ({h}.closed_on IS NULL OR {h}.closed_on > {day})"
        f" AND ({h}.passed_on IS NULL OR {h}.passed_on > {day}))"
    )


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
    """When a case opens: a state with its values, asked of an audience.

    ``reason`` is what the case says; several rules may share one. ``detector`` names a state of ``health.states``
    and ``values`` its values. ``off_reason`` says why a rule that ships is not in use. Demoted, a rule's cases come in the digest only: by
    itself once fewer than ``precision_floor`` of at least ``least_judged`` closed cases were valid. Put back by
    hand, only cases closed from ``judged_from`` on can demote it again. ``plan`` is what the product suggests to
    do. ``swept_on`` is the day it was last held against everybody: who changes what it detects, or in whom,
    empties it, and the next sweep writes down whose state holds without opening cases for old states.
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
        return gettext(self.name)

    @property
    def shown_plan(self) -> str:
        """The suggested plan, in the reader's language where it is one we ship."""
        return gettext(self.plan) if self.plan else ""

    @property
    def shown_off_reason(self) -> str:
        """Why it is not in use, in the reader's language where it is one we ship."""
        return gettext(self.off_reason) if self.off_reason else ""


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


class CaseState(models.TextChoices):
    NEW = "new", pgettext_lazy("a case", "New")
    WORKING = "working", _("In progress")
    SNOOZED = "snoozed", _("Snoozed")
    CLOSED = "closed", pgettext_lazy("a case", "Closed")


class Resolution(models.TextChoices):
    RESOLVED = "resolved", _("Resolved")
    LOST = "lost", _("Not resolved, the customer goes")
    BY_ITSELF = "by_itself", _("Passed without our doing")
    NOT_VALID = "not_valid", _("Not valid")
    DUPLICATE = "duplicate", _("Told elsewhere already")


# What an opportunity is worth until it is sold: this part of the customer's ARR. A danger puts all of it at stake.
UPSIDE_SHARE: Final = Decimal("0.2")


def at_stake(kind: str, arr: Decimal | None) -> Decimal | None:
    """What a case of ``kind`` is about, a year in the reporting currency; None where the ARR cannot be told."""
    if arr is None:
        return None
    return round(arr * UPSIDE_SHARE, 2) if kind == CaseKind.OPPORTUNITY else arr


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Person) -> CaseQuerySet:
        """Cases of customers ``user`` may see; everything else is a 404."""
        return self.filter(access.sees(user, "customer__"), customer__merged_into__isnull=True)

    def changeable_by(self, user: Person) -> CaseQuerySet:
        """Cases of customers ``user`` may change: none for a viewer."""
        return self.visible_to(user).filter(access.changes(user, "customer__"))

    def open(self) -> CaseQuerySet:
        return self.exclude(state=CaseState.CLOSED)

    def awake(self, day: dt.date) -> CaseQuerySet:
        """Open cases not put off beyond ``day``."""
        return self.open().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=day))

    def lasting(self) -> CaseQuerySet:
        """Those whose state has not passed, as far as it is known."""
        return self.filter(passed_on__isnull=True)

    def passed(self) -> CaseQuerySet:
        """Open cases whose state has passed: each asks to be closed."""
        return self.open().filter(passed_on__isnull=False)


class Case(Stamped):
    """One reason to act for one customer: at most one is open, later evidence is added to it.

    Opened by a rule or by hand (``rule`` None). ``value`` is what is at stake (``at_stake``): ARR a year in the reporting
    currency when it opened, None where it could not be told. ``type`` and ``plan`` must be there before it is worked on; it closes only with a
    ``resolution``. ``alerted`` is False for cases of a demoted rule and those beyond a person's budget of the
    day (``held_back``): they come in the digest. ``passed_on`` is the day from which no rule of the reason holds any
    more, written by the sweep alone; None: one does, or it was opened by hand.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="cases", db_index=False)
    rule = models.ForeignKey(CaseRule, models.PROTECT, related_name="cases", null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=CaseKind)
    reason = models.SlugField(_("reason"), max_length=40)
    title = models.CharField(_("case"), max_length=120)
    type = models.CharField(_("type"), max_length=12, choices=CaseType, blank=True, default="")
    plan = models.TextField(_("action plan"), blank=True, default="")
    severity = models.CharField(_("severity"), max_length=6, choices=Severity, default=Severity.MEDIUM)
    owner = models.ForeignKey(User, models.PROTECT, related_name="cases", null=True, blank=True, db_index=False)
    value = models.DecimalField(_("at stake"), max_digits=24, decimal_places=2, null=True, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=CaseState, default=CaseState.NEW)
    alerted = models.BooleanField(default=True)
    held_back = models.BooleanField(default=False, db_default=False)
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    due_on = models.DateField(_("due on"))
    newest_evidence_on = models.DateField()
    passed_on = models.DateField(null=True, blank=True)
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    snooze_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    acted_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=9, choices=Resolution, blank=True, default="")
    resolution_note = models.CharField(_("what came of it"), max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        indexes = [
            models.Index(fields=["customer", "-id"], name="case_of_customer"),
            models.Index(fields=["owner", "due_on", "id"], condition=~Q(state="closed"), name="case_open_by_owner"),
            models.Index(fields=["rule", "-opened_on"], name="case_of_rule"),
            GinIndex(SearchGrams("title"), condition=~Q(state="closed"), name="case_open_words"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "reason"], condition=~Q(state="closed"), name="case_one_open_a_reason"
            ),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_kind_known"),
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="case_state_known"),
            models.CheckConstraint(
                condition=Q(state="closed", resolution__in=Resolution.values, closed_on__isnull=False)
                | (~Q(state="closed") & Q(resolution="", closed_on__isnull=True)),
                name="case_closed_has_resolution",
            ),
            models.CheckConstraint(
                condition=~Q(state="working") | (~Q(type="") & ~Q(plan="")), name="case_worked_on_has_plan"
            ),
            models.CheckConstraint(
                condition=(~Q(state="snoozed") & Q(snoozed_until__isnull=True))
                | (Q(state="snoozed", snoozed_until__isnull=False) & ~Q(snooze_reason="")),
                name="case_snooze_has_end_and_reason",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="case_titled"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        """The title in the reader's language where it is one we ship."""
        return gettext(self.title)

    @property
    def closed_note(self) -> str:
        """What came of it; closed by itself, in the reader's language."""
        return gettext(self.resolution_note) if self.resolution_note else ""


class CaseEvidence(models.Model):
    """What was seen on a day: the facts a rule fired on, or what somebody wrote down."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="evidence")
    rule = models.ForeignKey(CaseRule, models.SET_NULL, related_name="+", null=True, blank=True)
    day = models.DateField()
    facts = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "rule", "day"], condition=Q(rule__isnull=False), name="case_evidence_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.day}"


class CaseAct(models.Model):
    """What somebody did with a case, or it did by itself (``by`` None); never changed."""

    class Act(models.TextChoices):
        OPENED = "opened", _("Opened")
        PLANNED = "planned", _("Planned")
        SNOOZED = "snoozed", _("Snoozed")
        WOKEN = "woken", _("Woken")
        HANDED_ON = "handed_on", _("Handed on")
        CLOSED = "closed", pgettext_lazy("a case", "Closed")
        REOPENED = "reopened", _("Opened again")

    case = models.ForeignKey(Case, models.CASCADE, related_name="acts")
    act = models.CharField(max_length=9, choices=Act)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    day = models.DateField()
    at = models.DateTimeField(db_default=Now())
    note = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.case_id} {self.act}"
