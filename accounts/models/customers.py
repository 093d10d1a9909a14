"""Customers, their keys in other systems, and the dated facts that give their values on any past day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import access
from config.stamps import Stamped

if TYPE_CHECKING:
    from accounts.models.users import User


class Status(models.TextChoices):
    PROSPECT = "prospect", _("Prospect")
    LIVE = "live", _("Live")
    NOTICE = "notice", _("Notice given")
    CHURNED = "churned", _("Churned")


class Stage(models.TextChoices):
    """Lifecycle by tenure since the unbroken paid revenue began (field guide 1.3)."""

    ONBOARDING = "onboarding", _("Onboarding")
    GROWTH = "growth", _("Growth")
    MATURE = "mature", _("Mature")


class Band(models.TextChoices):
    GREEN = "green", _("Green")
    YELLOW = "yellow", _("Yellow")
    RED = "red", _("Red")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> CustomerQuerySet:
        """Customers ``user`` may see, merged-away ones left out; everything else is a 404."""
        return self.filter(access.sees(user), merged_into__isnull=True)

    def changeable_by(self, user: User) -> CustomerQuerySet:
        """Customers ``user`` may change: none for a viewer."""
        return self.filter(access.changes(user), merged_into__isnull=True)

    def current(self) -> CustomerQuerySet:
        """Customers that pay, or have given notice and still pay (as ``accounts.lifecycle.is_current``)."""
        return self.filter(status__in=[Status.LIVE, Status.NOTICE], merged_into__isnull=True)


# Once a customer is added, each of these columns has one writer, a sweep or an act that knows the rows behind it; no form
# saves them.
COPIES: Final = frozenset({
    "arr", "status", "stage", "first_contract_on", "leaves_on", "last_touch_on", "sentiment", "sentiment_on",
    "score", "band", "band_since", "scored_at", "next_renewal_on", "segment", "touch_model", "owner",
})  # fmt: skip


class Customer(Stamped):
    """A company we serve. Commercial status, lifecycle stage and health are separate facts.

    The columns under "copies" are written by one owner each (named there) so that the portfolio
    is an index walk; they contain nothing beyond the rows behind them.
    """

    name = models.CharField(_("name"), max_length=200)
    # How a Japanese name is read, so that kana finds it.
    reading = models.CharField(_("reading"), max_length=200, blank=True, default="", db_default="")
    domain = models.CharField(_("domain"), max_length=253, blank=True, default="")
    industry = models.CharField(_("industry"), max_length=80, blank=True, default="")
    use_case = models.CharField(_("use case"), max_length=80, blank=True, default="")
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    owner = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        verbose_name=_("owner"),
        related_name="customers",
        null=True,
        blank=True,
        db_index=False,
    )
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        verbose_name=_("parent customer"),
        related_name="children",
        null=True,
        blank=True,
        db_index=False,
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PROSPECT)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.ONBOARDING)
    segment = models.ForeignKey(
        "accounts.Segment",
        models.PROTECT,
        verbose_name=_("segment"),
        related_name="customers",
        null=True,
        blank=True,
        db_index=False,
    )
    touch_model = models.CharField(
        _("touch model"),
        max_length=5,
        choices=[
            ("high", _("High touch")),
            ("low", _("Low touch")),
            ("tech", _("Tech touch")),
        ],
        default="high",
    )
    pinned_segment = models.ForeignKey(
        "accounts.Segment",
        models.PROTECT,
        verbose_name=_("pinned segment"),
        related_name="pinned_customers",
        null=True,
        blank=True,
        db_index=False,
    )
    pin_reason = models.CharField(_("reason of the pin"), max_length=200, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="merged_from", null=True, blank=True, db_index=False
    )
    # The first day of the present unbroken stretch of paid revenue; after a long break it begins anew.
    first_contract_on = models.DateField(_("customer since"), null=True, blank=True)
    leaves_on = models.DateField(_("leaves on"), null=True, blank=True)
    sentiment = models.PositiveSmallIntegerField(_("CSM sentiment"), null=True, blank=True)
    sentiment_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    # Copies and who writes them: ARR (None: it cannot be told), status, stage, "customer since" and
    # "leaves on" by accounts.lifecycle, the last two-way touch by accounts.timeline,
    # score and band by health.scoring, the next renewal and its prep by renewals.copies.
    arr = models.DecimalField(_("ARR"), max_digits=24, decimal_places=2, default=0, null=True)
    last_touch_on = models.DateField(_("last touch"), null=True, blank=True)
    score = models.DecimalField(_("health"), max_digits=5, decimal_places=2, null=True, blank=True)
    band = models.CharField(_("band"), max_length=6, choices=Band, blank=True, default="")
    band_since = models.DateField(null=True, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    # When score or band last changed; ``changed_at`` is that of everything else. The database's own (``config.stamps``).
    score_changed_at = models.DateTimeField(db_default=Now(), editable=False)
    next_renewal_on = models.DateField(_("next renewal"), null=True, blank=True)
    next_prep_on = models.DateField(_("next renewal prep"), null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["owner", "score", "id"], name="customer_owner_score"),
            models.Index(fields=["score", "id"], name="customer_score"),
            models.Index(fields=["arr", "id"], name="customer_arr"),
            models.Index(fields=["next_renewal_on", "id"], name="customer_renewal"),
            models.Index(fields=["name", "id"], name="customer_name"),
            # Few rows have these; a full index would be rewritten with every change of a score.
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="customer_children"),
            models.Index(fields=["pinned_segment"], condition=Q(pinned_segment__isnull=False), name="customer_pinned"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customer_merged"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_named"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="customer_status_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="customer_stage_known"),
            models.CheckConstraint(
                condition=Q(touch_model__in=["high", "low", "tech"]),
                name="customer_touch_model_known",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True, band="") | Q(score__range=(0, 100), band__in=Band.values),
                name="customer_score_has_band",
            ),
            models.CheckConstraint(
                condition=Q(sentiment__isnull=True) | Q(sentiment__range=(1, 5)),
                name="customer_sentiment_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="customer_not_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(pinned_segment__isnull=True) | ~Q(pin_reason=""),
                name="customer_pin_has_reason",
            ),
            models.CheckConstraint(condition=Q(arr__gte=0), name="customer_arr_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Save a new customer whole, a stored one only with ``update_fields``.

        Raises ValueError otherwise: it would overwrite copies that a sweep wrote meanwhile with older values.
        """
        if not self._state.adding and update_fields is None:
            raise ValueError("Name the fields of the customer to save; copies have writers of their own.")
        super().save(update_fields=update_fields, **options)

    def tenure_days(self, day: dt.date) -> int | None:
        """Days since its unbroken paid revenue began; None before there was any."""
        return (day - self.first_contract_on).days if self.first_contract_on else None


class ExternalKey(Stamped):
    """A customer's key in another system; a customer may have many."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="external_keys")
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("external id"), max_length=200)
    # The owner that the last file of the source named: a file hands over only where it names another.
    owner_said = models.CharField(max_length=254, blank=True, default="", db_default="", editable=False)
    # Whether a load gave the key to a customer that was there: another source made it, or a person.
    joined = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="external_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class Fact(models.TextChoices):
    OWNER = "owner", _("Owner")
    SEGMENT = "segment", _("Segment")
    TOUCH = "touch", _("Touch model")
    STATUS = "status", _("Status")
    STAGE = "stage", _("Stage")


class DatedFact(models.Model):
    """``value`` of ``fact`` from ``from_day`` on, until the next row of that customer and fact.

    Owner and segment are stored as the primary key in a text; an empty value means "none". ``known_on`` is the day we
    learned of it (None: ``from_day``).
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="facts", db_index=False)
    fact = models.CharField(max_length=8, choices=Fact)
    from_day = models.DateField()
    value = models.CharField(max_length=40, blank=True, default="")
    known_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "fact", "from_day"], name="dated_fact_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.fact} {self.from_day}: {self.value}"


class DatedAttribute(models.Model):
    """The number under ``key`` of a customer's attributes from ``from_day`` on, until its next row; None: no number.

    Kept for the attributes that a measure counts, from the day it was made on, and only where something changed.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=80)
    from_day = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "key", "from_day"], name="dated_attribute_once_a_day"),
            models.CheckConstraint(condition=~Q(key=""), name="dated_attribute_has_key"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.key} {self.from_day}: {self.value}"
