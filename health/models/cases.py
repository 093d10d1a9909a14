"""Cases: reasons to act for a customer, their evidence, acts and resolutions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import access
from accounts.models import Customer, Named, User
from config.folding import KeptGrams
from config.shipping import translated
from config.stamps import Stamped
from health.models.case_rules import CaseKind, CaseRule, CaseType
from health.models.signals import Severity

if TYPE_CHECKING:
    from accounts.models import User as Person


def severity_rank(column: str) -> str:
    """SQL: how severe ``column`` is, from 1 (low) up; NULL where there is none. Also orders by it."""
    return f"array_position(ARRAY{list(Severity.RANK)}, {column}::text)"


def is_lasting(case: str, day: str) -> str:
    """SQL: the case of this alias is open on ``day`` and its state has not passed by then; a snoozed case lasts too.

    Queries that mean only "not closed" have their own condition.
    """
    h = case
    return (
        f"({h}.opened_on <= {day} AND ({h}.closed_on IS NULL OR {h}.closed_on > {day})"
        f" AND ({h}.passed_on IS NULL OR {h}.passed_on > {day}))"
    )


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
    DUPLICATE = "duplicate", _("Handled in another case")
    VOID = "void", _("Void")


# What a person may choose: a case becomes void by itself (``health.cases.voiding``).
CHOSEN: Final = [choice for choice in Resolution.choices if choice[0] != Resolution.VOID]


# An opportunity is worth this part of the customer's ARR until it is sold. A risk puts all of it at stake.
UPSIDE_SHARE: Final = Decimal("0.2")


def at_stake(kind: str, arr: Decimal | None) -> Decimal | None:
    """The amount at stake in a case of ``kind``, a year in the reporting currency; None where the ARR is unknown."""
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
        """Open cases whose state has passed: each should be closed."""
        return self.open().filter(passed_on__isnull=False)


class Case(Named, Stamped):
    """One reason to act for one customer: at most one is open, later evidence is added to it.

    Opened by a rule or by hand (``rule`` None). ``value`` is the amount at stake (``at_stake``): ARR a year in the
    reporting currency when it opened, None where it was unknown. It needs ``type`` and ``plan`` before it is worked on
    and a ``resolution`` to close. ``alerted`` is False for cases of a demoted rule and those beyond a person's budget
    of the day (``held_back``): they come in the digest. ``passed_on`` is the day from which no rule of the reason holds
    any more, written by the sweep alone; None: one does, or it was opened by hand.
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

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        indexes = [
            models.Index(fields=["customer", "-id"], name="case_of_customer"),
            models.Index(fields=["owner", "due_on", "id"], condition=~Q(state="closed"), name="case_open_by_owner"),
            models.Index(fields=["rule", "-opened_on"], name="case_of_rule"),
            GinIndex(KeptGrams("title"), condition=~Q(state="closed"), name="case_open_words"),
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
        return translated(self.title)

    @property
    def closed_note(self) -> str:
        """The note on the resolution; that of a case closed by itself is in the reader's language."""
        return translated(self.resolution_note)


class CaseEvidence(models.Model):
    """Evidence of one day: the facts a rule fired on, or a person's note."""

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
    """An act on a case by a person, or by the case itself (``by`` None); never changed."""

    class Act(models.TextChoices):
        OPENED = "opened", _("Opened")
        PLANNED = "planned", _("Planned")
        UNPLANNED = "unplanned", _("Plan taken back")
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
