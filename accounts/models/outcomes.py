"""Objectives of customers, their outcomes, and the reasons of those that left."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.contracts import Contract
from accounts.models.customers import Customer
from accounts.models.named import Named
from config.stamps import Stamped


class Objective(Named, Stamped):
    """One thing the customer wants from us, in its own words."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="objectives")
    title = models.CharField(_("objective"), max_length=200)
    agreed_on = models.DateField(_("agreed on"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, default="", db_default="")
    external_id = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("objective")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="objective_external_once",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="objective_named"),
        ]

    def __str__(self) -> str:
        return self.title


class Period(models.TextChoices):
    """How often a measured result brings its value."""

    ONCE = "once", _("Once")
    MONTH = "month", _("A month")
    QUARTER = "quarter", _("A quarter")
    YEAR = "year", _("A year")


class Outcome(Stamped):
    """A measured result. Its value counts as estimated until the customer confirmed it.

    What it brings in one ``period`` is the distance measured towards the target × ``unit_value`` × ``per_period``, how
    many such results there are in one period. Without a period (empty) its annual value is unknown.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACHIEVED = "achieved", _("Achieved")
        PARTIAL = "partial", _("Partial")
        MISSED = "missed", _("Missed")
        CANCELLED = "cancelled", _("Cancelled")

    objective = models.ForeignKey(Objective, models.CASCADE, related_name="outcomes")
    measure = models.CharField(_("measure"), max_length=200)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    baseline = models.DecimalField(_("baseline"), max_digits=14, decimal_places=2, null=True)
    target = models.DecimalField(_("target"), max_digits=14, decimal_places=2, null=True)
    measured = models.DecimalField(_("measured"), max_digits=14, decimal_places=2, null=True, blank=True)
    measured_on = models.DateField(_("measured on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    unit_value = models.DecimalField(_("value of one unit"), max_digits=14, decimal_places=2, null=True, blank=True)
    period = models.CharField(
        _("period of the value"), max_length=7, choices=Period, blank=True, default="", db_default=""
    )
    per_period = models.DecimalField(_("results in a period"), max_digits=12, decimal_places=2, default=1, db_default=1)
    confirmed_on = models.DateField(_("value confirmed on"), null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, default="", db_default="")
    external_id = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("outcome")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="outcome_external_once",
            ),
            models.CheckConstraint(condition=Q(period__in=["", *Period.values]), name="outcome_period_known"),
            models.CheckConstraint(condition=Q(per_period__gt=0), name="outcome_results_above_zero"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "achieved", "partial", "missed", "cancelled"]),
                name="outcome_state_known",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_on__isnull=True) | Q(unit_value__isnull=False),
                name="outcome_confirmed_value_present",
            ),
        ]

    def __str__(self) -> str:
        return self.measure

    TONES: ClassVar[dict[str, tuple[str, str]]] = {
        "achieved": ("good", "done"),
        "partial": ("watch", "part"),
        "missed": ("risk", "alert"),
    }

    @property
    def tone(self) -> str:
        """The colour class of the state."""
        return self.TONES.get(self.state, ("calm", "todo"))[0]

    @property
    def icon(self) -> str:
        """The icon of the state."""
        return self.TONES.get(self.state, ("calm", "todo"))[1]


class ChurnReason(models.TextChoices):
    """Field guide 1.6."""

    PRODUCT_GAP = "product_gap", _("Product gap")
    ONBOARDING = "onboarding", _("Onboarding or activation failed")
    VALUE = "value", _("Value not realised")
    SERVICE = "service", _("Poor service or support")
    CHAMPION = "champion", _("Champion left")
    NO_SPONSOR = "no_sponsor", _("No decision-maker relationship")
    PRICE = "price", _("Price or budget")
    COMPETITOR = "competitor", _("Competitor")
    IN_HOUSE = "in_house", _("Built in-house")
    CONSOLIDATION = "consolidation", _("Consolidated into a suite")
    DATA_TRUST = "data_trust", _("Data not trusted")
    PRIVACY = "privacy", _("Privacy or compliance")
    MERGER = "merger", _("Acquisition or merger")
    CLOSED = "closed", _("Business closed")
    NOT_FIT = "not_fit", _("Not a fit")
    PAYMENT = "payment", _("Payment failed")
    OTHER = "other", _("Other")


class Alternative(models.TextChoices):
    """What the customer does instead (field guide item 23)."""

    DIRECT = "direct", _("Direct competitor")
    ADJACENT = "adjacent", _("Adjacent solution")
    IN_HOUSE = "in_house", _("In-house")
    MANUAL = "manual", _("Back to manual")
    NOTHING = "nothing", _("Nothing")
    UNKNOWN = "unknown", _("Unknown")


class Cancellation(Named, Stamped):
    """Explains a churn; it never counts one. Figures come from contracts alone."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="cancellations")
    contract = models.ForeignKey(Contract, models.SET_NULL, related_name="cancellations", null=True, blank=True)
    on = models.DateField(_("on"))
    stated_reason = models.CharField(_("stated reason"), max_length=14, choices=ChurnReason)
    root_cause = models.CharField(_("root cause"), max_length=14, choices=ChurnReason, blank=True, default="")
    controllable = models.BooleanField(_("controllable"), null=True, blank=True)
    alternative = models.CharField(
        _("alternative chosen"),
        max_length=8,
        choices=Alternative,
        blank=True,
        default="",
    )
    note = models.TextField(_("note"), blank=True, default="")
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("cancellation")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="cancellation_external_once",
            ),
            models.CheckConstraint(
                condition=Q(stated_reason__in=ChurnReason.values),
                name="cancellation_reason_known",
            ),
            models.CheckConstraint(
                condition=~Q(stated_reason="other") | ~Q(note=""),
                name="cancellation_other_explained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.on}"
