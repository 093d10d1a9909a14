"""Renewals: one for each paid contract term of six months or more."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Contract, Customer, Named, User
from accounts.seen import Ended
from config.stamps import Stamped

GONE: Final = _("The contract has no such term any more.")
CLOSED: Final = _("This renewal is closed; its outcome stands.")


class RenewalStage(models.TextChoices):
    UPCOMING = "upcoming", _("Upcoming")
    PREPARING = "preparing", _("Preparing")
    DISCUSSION = "discussion", _("In discussion")
    PROPOSED = "proposed", _("Proposed")
    AGREED = "agreed", _("Agreed")
    CLOSED = "closed", _("Closed")


class RenewalOutcome(models.TextChoices):
    RENEWED = "renewed", _("Renewed flat")
    EXPANDED = "expanded", _("Expanded")
    CONTRACTED = "contracted", _("Contracted")
    CHURNED = "churned", _("Churned")
    AUTO = "auto", _("Auto-renewed")
    ROLLED = "rolled", _("Rolled without auto-renewal")
    VOID = "void", _("Void")


class Leaving(models.TextChoices):
    """How certain it is that the contract ends with the term: notice was given, or the end is confirmed."""

    NOTICE = "notice", _("Notice given")
    CONFIRMED = "confirmed", _("End confirmed")


class VoidReason(models.TextChoices):
    """Why a renewal that somebody had worked on became void."""

    TRIAL = "trial", _("The contract is a trial")
    SHORT = "short", _("Its terms are shorter than six months")
    UNPAID = "unpaid", _("Nothing is paid for it")
    UNDONE = "undone", _("The import that brought its term was undone")
    OTHER = "other", _("The contract has no such term")


class ForecastCategory(models.TextChoices):
    COMMIT = "commit", _("Commit")
    MOST_LIKELY = "most_likely", _("Most likely")
    BEST_CASE = "best_case", _("Best case")
    AT_RISK = "at_risk", _("At risk")
    OMITTED = "omitted", _("Omitted")


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def visible_to(self, user: User) -> RenewalQuerySet:
        """Renewals of customers ``user`` may see; everything else is a 404."""
        return self.filter(access.sees(user, "customer__"), customer__merged_into__isnull=True)

    def changeable_by(self, user: User) -> RenewalQuerySet:
        """Renewals of customers ``user`` may change: none for a viewer."""
        return self.visible_to(user).filter(access.changes(user, "customer__"))

    def still_open(self) -> RenewalQuerySet:
        return self.exclude(stage=RenewalStage.CLOSED)

    def heads(self) -> models.QuerySet[Renewal, int]:
        """Ids of the renewals whose four parts count for these, closed ones too: a prep outlives the one that heads it."""
        return self.order_by().values_list(Coalesce("prep_with", "pk"), flat=True).distinct()

    def to_come(self) -> RenewalQuerySet:
        """Open renewals whose end is not confirmed, the next one first."""
        return self.still_open().exclude(leaving=Leaving.CONFIRMED).order_by("due_on", "pk")

    def next_of(self, customer: Customer) -> Renewal | None:
        """The customer's next renewal, whose end ``next_renewal_on`` of its row copies."""
        return self.to_come().filter(customer=customer).first()

    def counted(self) -> RenewalQuerySet:
        """Renewals that figures count: all but void ones."""
        return self.exclude(outcome=RenewalOutcome.VOID)


class Renewal(Named, Stamped):
    """One term's end. Unique by contract and term number, never keyed by date.

    ``due_on`` is the first day after the term (exclusive end) and follows the contract while the renewal is open, as
    does ``arr`` (reporting currency a year, available to renew; None where unknown); both freeze on closing.
    ``arr_going_on`` is its part on lines that do not end with the term (None: all of it). ``prep_on`` is the day on
    which prep begins. Likelihoods are fractions 0–1.

    ``leaving`` and ``leaves_on`` are set where the contract ends with or inside this term. Each voice has its own
    columns: the CSM's (``csm_*`` and ``category``), the model's, and the manager's decision (``final_*``).

    A renewal becomes void when its contract has the term no more but somebody worked on it: kept, counted nowhere, back with it.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="renewals")
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="renewals", db_index=False)
    term_number = models.PositiveSmallIntegerField(_("term"))
    due_on = models.DateField(_("ends"))
    notice_on = models.DateField(_("notice by"), null=True, blank=True)
    prep_on = models.DateField(_("prep begins on"), null=True, blank=True)
    arr = models.DecimalField(_("ARR to renew"), max_digits=24, decimal_places=2, null=True)
    arr_going_on = models.DecimalField(_("ARR that goes on"), max_digits=24, decimal_places=2, null=True)
    leaving = models.CharField(_("leaving"), max_length=9, choices=Leaving, blank=True, default="", db_default="")
    leaves_on = models.DateField(_("leaves on"), null=True, blank=True)
    stage = models.CharField(_("stage"), max_length=10, choices=RenewalStage, default=RenewalStage.UPCOMING)
    prep_opened_on = models.DateField(_("prep opened on"), null=True, blank=True)
    prep_with = models.ForeignKey(
        "self",
        models.SET_NULL,
        verbose_name=_("prepared with"),
        related_name="shares_prep",
        null=True,
        blank=True,
    )
    category = models.CharField(_("category"), max_length=11, choices=ForecastCategory, blank=True, default="")
    csm_likelihood = models.DecimalField(_("CSM's call"), max_digits=4, decimal_places=3, null=True, blank=True)
    csm_note = models.CharField(_("note"), max_length=300, blank=True, default="")
    csm_called_on = models.DateField(null=True, blank=True)
    model_likelihood = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    model_low = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    model_high = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    final_likelihood = models.DecimalField(_("final"), max_digits=4, decimal_places=3, null=True, blank=True)
    final_category = models.CharField(
        _("category"), max_length=11, choices=ForecastCategory, blank=True, default="", db_default=""
    )
    final_reason = models.CharField(max_length=300, blank=True, default="")
    final_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    final_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=RenewalOutcome, blank=True, default="")
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    closed_arr = models.DecimalField(_("ARR after"), max_digits=24, decimal_places=2, null=True, blank=True)
    void_reason = models.CharField(
        _("why it is void"), max_length=6, choices=VoidReason, blank=True, default="", db_default=""
    )
    cancellation = models.ForeignKey(
        "accounts.Cancellation",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="renewals",
    )
    successor = models.ForeignKey(Contract, models.SET_NULL, null=True, blank=True, related_name="renewed_from")
    # The values before a person's closing, for ``renewals.closing.reopen``; of a void one the stage before; else empty.
    before_closing = models.JSONField(default=dict, blank=True)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal")
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=~Q(stage="closed"),
                name="renewal_open_due",
            ),
            models.Index(fields=["closed_on"], name="renewal_closed_on"),
            models.Index(
                fields=["prep_on"],
                condition=Q(stage="upcoming"),
                name="renewal_upcoming_prep",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["contract", "term_number"], name="renewal_once_a_term"),
            models.CheckConstraint(condition=Q(stage__in=RenewalStage.values), name="renewal_stage_known"),
            models.CheckConstraint(
                condition=Q(category__in=["", *ForecastCategory.values]),
                name="renewal_category_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    stage="closed",
                    outcome__in=RenewalOutcome.values,
                    closed_on__isnull=False,
                )
                | (~Q(stage="closed") & Q(outcome="", closed_on__isnull=True)),
                name="renewal_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["upcoming", "closed"]) | Q(prep_opened_on__isnull=False),
                name="renewal_prepared_has_day",
            ),
            models.CheckConstraint(condition=Q(arr__gte=0), name="renewal_arr_not_negative"),
            models.CheckConstraint(
                condition=Q(prep_with__isnull=True) | ~Q(prep_with=F("id")),
                name="renewal_not_prepared_with_itself",
            ),
            models.CheckConstraint(
                condition=(Q(csm_likelihood__isnull=True) | Q(csm_likelihood__range=(0, 1)))
                & (Q(final_likelihood__isnull=True) | Q(final_likelihood__range=(0, 1)))
                & (Q(model_likelihood__isnull=True) | Q(model_likelihood__range=(0, 1))),
                name="renewal_likelihoods_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(final_likelihood__isnull=True, final_category="") | ~Q(final_reason=""),
                name="renewal_final_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(final_category__in=["", *ForecastCategory.values]),
                name="renewal_final_category_known",
            ),
            models.CheckConstraint(
                condition=Q(leaving="", leaves_on__isnull=True)
                | Q(leaving__in=Leaving.values, leaves_on__isnull=False),
                name="renewal_leaving_has_day",
            ),
            models.CheckConstraint(
                condition=Q(arr_going_on__isnull=True) | Q(arr_going_on__gte=0, arr_going_on__lte=F("arr")),
                name="renewal_goes_on_within_arr",
            ),
            models.CheckConstraint(
                condition=Q(outcome="void", void_reason__in=VoidReason.values)
                | (~Q(outcome="void") & Q(void_reason="")),
                name="renewal_void_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} #{self.term_number}"

    def days_left(self, day: dt.date) -> int:
        return (self.due_on - day).days

    def held(self) -> Renewal:
        """The renewal as stored, locked for update; ValidationError where its contract no longer has the term."""
        current = Renewal.objects.select_for_update(no_key=True).filter(pk=self.pk).first()
        if current is None:
            raise ValidationError(GONE)
        return current

    def held_open(self) -> Renewal:
        """As ``held``; ValidationError also where the renewal is closed or void."""
        current = self.held()
        current._refuse_closed()
        return current

    def check_open(self) -> None:
        """Raise ValidationError where the stored renewal is closed, void or gone."""
        stored = Renewal.objects.only("stage", "closed_on", "closed_by").filter(pk=self.pk).first()
        if stored is None:
            raise ValidationError(GONE)
        stored._refuse_closed()

    def _refuse_closed(self) -> None:
        if self.is_closed:
            raise Ended(CLOSED, self.closed_by, self.closed_on)

    @property
    def is_closed(self) -> bool:
        return self.stage == RenewalStage.CLOSED

    @property
    def is_void(self) -> bool:
        return self.outcome == RenewalOutcome.VOID

    @property
    def is_decided(self) -> bool:
        return self.final_likelihood is not None or bool(self.final_category)


class PrepPart(models.Model):
    """One of the four parts of renewal prep (field guide item 37), pre-filled from live data."""

    class Part(models.TextChoices):
        HEALTH = "health", _("Health and usage reviewed")
        VALUE = "value", _("Value and ROI documented")
        ISSUES = "issues", _("Open issues settled")
        CASE = "case", _("Business case written")

    renewal = models.ForeignKey(Renewal, models.CASCADE, related_name="parts")
    part = models.CharField(_("part"), max_length=6, choices=Part)
    facts = models.JSONField(default=dict, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["renewal", "part"], name="prep_part_once"),
            models.CheckConstraint(condition=Q(part__in=["health", "value", "issues", "case"]), name="prep_part_known"),
        ]

    def __str__(self) -> str:
        return f"{self.renewal_id} {self.part}"
