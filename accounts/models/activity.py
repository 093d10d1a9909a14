"""Activity between a customer and us beside contracts: invoices, integrations, community, advocacy."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.named import Named
from config.stamps import Stamped


class Invoice(Named, Stamped):
    """One bill as the billing system names it, or a credit note: its amount is below 0.

    ``paid_on`` is None until it is paid in full; ``payment`` says whether that is reliable. ``credited_on`` is
    the day of the credit note that settled it.
    """

    class Payment(models.TextChoices):
        KNOWN = "known", _("Known")
        SETTLED = "settled", _("Settled, day not known")
        VOID = "void", _("Void")
        UNKNOWN = "unknown", _("Not known")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invoices", db_index=False)
    source = models.CharField(max_length=40)
    external_id = models.CharField(_("number"), max_length=200)
    issued_on = models.DateField(_("issued on"))
    due_on = models.DateField(_("due on"))
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    payment = models.CharField(
        _("payment"), max_length=7, choices=Payment, default=Payment.KNOWN, db_default=Payment.KNOWN
    )
    credited_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="credits", db_index=False
    )
    credited_on = models.DateField(_("credited on"), null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="USD")

    class Meta:
        verbose_name = _("invoice")
        indexes = [
            models.Index(fields=["customer", "due_on"], name="invoice_customer_due"),
            models.Index(fields=["credited_by"], condition=Q(credited_by__isnull=False), name="invoice_credited"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="invoice_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="invoice_numbered"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="invoice_due_not_before_issued"),
            models.CheckConstraint(
                condition=Q(paid_on__isnull=True) | Q(payment="known"), name="invoice_paid_on_is_known"
            ),
            models.CheckConstraint(
                condition=Q(payment__in=["known", "settled", "void", "unknown"]), name="invoice_payment_known_word"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0) | Q(credited_on__isnull=True), name="invoice_note_not_credited"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="invoice_currency_iso"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Integration(Named, Stamped):
    """Another system tied to ours, from ``connected_on`` up to ``disconnected_on`` (exclusive; None: it runs)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="integrations")
    name = models.CharField(_("name"), max_length=120)
    connected_on = models.DateField(_("connected on"))
    disconnected_on = models.DateField(_("disconnected on"), null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("integration")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="integration_external_once",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="integration_named"),
            models.CheckConstraint(
                condition=Q(disconnected_on__isnull=True) | Q(disconnected_on__gte=F("connected_on")),
                name="integration_ends_not_before_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CommunityActivity(Named, Stamped):
    """One act of a customer's contact in the community of our customers."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        ANSWER = "answer", _("Answer")
        POST = "post", _("Post")
        EVENT = "event", _("Event attended")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="community", db_index=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    happened_on = models.DateField(_("on"))
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("community activity")
        verbose_name_plural = _("community activities")
        indexes = [models.Index(fields=["customer", "happened_on"], name="community_customer_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="community_external_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["question", "answer", "post", "event"]), name="community_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"


class AdvocacyAct(Named, Stamped):
    """The customer spoke for us to others: the top rung of the ladder (field guide item 6)."""

    class Kind(models.TextChoices):
        REFERRAL = "referral", _("Referral")
        REFERENCE = "reference", _("Reference call")
        CASE_STUDY = "case_study", _("Case study")
        REVIEW = "review", _("Public review")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="advocacy", db_index=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    happened_on = models.DateField(_("on"))
    note = models.TextField(_("note"), blank=True, default="")
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("advocacy act")
        indexes = [models.Index(fields=["customer", "happened_on"], name="advocacy_customer_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="advocacy_external_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["referral", "reference", "case_study", "review"]), name="advocacy_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"
