"""Contracts: what a customer agreed to pay, for how long, and what it may use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts import amounts, ends, periods
from accounts.expressions import OnDay
from accounts.models.customers import Customer
from accounts.models.named import Named
from accounts.models.sources import Source
from config.folding import KeptGrams
from config.stamps import Stamped
from config.text import is_own_id


def _ran(has_a_day: Callable[[str], str]) -> OnDay:
    return OnDay(lambda row, _: has_a_day(row), dt.date.max, models.BooleanField())


class ContractQuerySet(models.QuerySet["Contract"]):
    def running_on(self, day: dt.date) -> ContractQuerySet:
        """Contracts that run on ``day``: begun, not ended, and not yet replaced by another."""
        return self.filter(OnDay(periods.runs, day, models.BooleanField()))

    def ran(self) -> ContractQuerySet:
        """Contracts that have a day."""
        return self.filter(_ran(periods.ran))

    def never_ran(self) -> ContractQuerySet:
        """Contracts that ended on their first day."""
        return self.exclude(_ran(periods.ran))

    def paid(self) -> ContractQuerySet:
        """Contracts that are no trials, whatever their amount."""
        return self.filter(is_trial=False)

    def paying_on(self, day: dt.date) -> ContractQuerySet:
        """Contracts that run on ``day``, are no trials and cost something."""
        return self.filter(OnDay(amounts.is_paying, day, models.BooleanField()))

    def with_leaves_on(self) -> ContractQuerySet:
        """Add ``leaves_on``, the first day without the contract; None where it goes on."""
        return self.annotate(
            leaves_on=OnDay(lambda contract, _: ends.leaves_on(contract), dt.date.max, models.DateField())
        )


class ContractLineQuerySet(models.QuerySet["ContractLine"]):
    def running_on(self, day: dt.date) -> ContractLineQuerySet:
        """Lines whose own dates include ``day``, whether or not their contract runs then."""
        return self.filter(OnDay(periods.line_runs, day, models.BooleanField()))

    def ran(self) -> ContractLineQuerySet:
        """Lines that have a day."""
        return self.filter(_ran(periods.line_ran))


class Contract(Named, Stamped):
    """One agreement. All periods are half-open: ``ends_on`` and ``ended_on`` are exclusive.

    ``ends_on`` is the agreed end (None: none agreed, terms roll by ``term_months``);
    ``ended_on`` is when it really stopped (None: it runs). Running past ``ends_on`` without
    ``ended_on`` means it was renewed by itself or rolled on. ``replaced_by`` stands on the old
    contract, which stops where the new one begins: several old ones may be co-termed into one new one.
    A notice withdrawn on or after the day it was given counts as never given. ``end_known_on`` is the day we learned
    of ``ended_on`` (None: the day it ended). ``source_said`` holds what the last file said of notice, end and renewal:
    a file changes these where it says something else than before. ``known_on`` is the day
    we learned of it (None: its first day); replays and proof read what was known.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contracts")
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(_("number"), max_length=200, blank=True, default="")
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("agreed end"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    term_months = models.PositiveSmallIntegerField(_("term (months)"), default=12)
    notice_days = models.PositiveSmallIntegerField(_("notice (days)"), default=0)
    notice_given_on = models.DateField(_("notice given on"), null=True, blank=True)
    notice_withdrawn_on = models.DateField(_("notice withdrawn on"), null=True, blank=True)
    auto_renews = models.BooleanField(_("renews by itself"), default=False)
    is_trial = models.BooleanField(_("trial"), default=False)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    replaced_by = models.ForeignKey("self", models.SET_NULL, related_name="replaces", null=True, blank=True)
    # Several contracts may continue one: the others point to the one that replaces it.
    beside = models.ForeignKey("self", models.SET_NULL, related_name="others", null=True, blank=True, editable=False)
    known_on = models.DateField(_("known since"), null=True, blank=True)
    end_known_on = models.DateField(_("end known since"), null=True, blank=True)
    source_said = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True, editable=False)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        indexes = [GinIndex(KeptGrams("external_id"), name="contract_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="contract_external_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="contract_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("starts_on")),
                name="contract_ended_not_before_start",
            ),
            models.CheckConstraint(condition=Q(term_months__gte=1), name="contract_term_at_least_a_month"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="contract_currency_iso"),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("id")),
                name="contract_not_own_successor",
            ),
        ]

    @property
    def number(self) -> str:
        """The number by which people know it; "" where it has none, or was typed without one."""
        return "" if self.source == Source.TYPED and is_own_id(self.external_id) else self.external_id

    def __str__(self) -> str:
        return self.external_id or f"{self.customer_id} {self.starts_on}"

    @property
    def last_day(self) -> dt.date | None:
        """The last day it ran or is agreed to run: ends are exclusive, people read inclusive ones."""
        end = self.ended_on or self.ends_on
        return end - dt.timedelta(days=1) if end else None

    @property
    def is_noticed(self) -> bool:
        """Whether a notice was given and not withdrawn since."""
        given_on, withdrawn_on = self.notice_given_on, self.notice_withdrawn_on
        return given_on is not None and (withdrawn_on is None or withdrawn_on < given_on)


class ContractLine(Stamped):
    """Part of a contract with dates of its own. MRR is ``annual_amount`` / 12, never stored."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="lines")
    product = models.CharField(_("product"), max_length=120)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    annual_amount = models.DecimalField(_("annual amount"), max_digits=14, decimal_places=2)
    discount_percent = models.DecimalField(_("discount (%)"), max_digits=5, decimal_places=2, default=0)
    known_on = models.DateField(_("known since"), null=True, blank=True)
    # A notice of this line alone: the day it was given, and the end the line had before.
    notice_given_on = models.DateField(_("notice given on"), null=True, blank=True)
    agreed_ends_on = models.DateField(_("end without the notice"), null=True, blank=True, editable=False)
    # The start that the source names, where a change on a later day split the line; files find it again by this.
    source_starts_on = models.DateField(null=True, blank=True, editable=False)

    objects = ContractLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract line")
        constraints = [
            models.UniqueConstraint(
                "contract",
                "product",
                "starts_on",
                Coalesce("source_starts_on", "starts_on"),
                name="contract_line_once",
            ),
            models.CheckConstraint(
                condition=Q(agreed_ends_on__isnull=True) | Q(notice_given_on__isnull=False),
                name="contract_line_end_without_its_notice",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="contract_line_ends_not_before_start",
            ),
            models.CheckConstraint(
                condition=Q(annual_amount__gte=0),
                name="contract_line_amount_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__range=(0, 100)),
                name="contract_line_discount_0_to_100",
            ),
        ]

    def __str__(self) -> str:
        return self.product

    @property
    def last_day(self) -> dt.date | None:
        """The last day of the line: ends are exclusive, people read inclusive ones."""
        return self.ends_on - dt.timedelta(days=1) if self.ends_on else None


class FirstLoad(models.Model):
    """The day on which a source first brought rows of a target: rows of that day count as always known."""

    source = models.CharField(max_length=40)
    target = models.CharField(max_length=40)
    loaded_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="first_load_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.target} {self.loaded_on}"


class Absence(models.Model):
    """A row that ended because a file with the whole of its source did not name it: its values before and after.

    When a file names it again, it gets the values before back, unless somebody changed it since.
    """

    table = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "row_id"], name="absence_once_a_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def in_force_on(self, day: dt.date) -> EntitlementQuerySet:
        """Entitlements in force on ``day``, whether or not their contract runs then."""
        return self.filter(OnDay(periods.in_force, day, models.BooleanField()))


class Entitlement(Stamped):
    """What a contract allows: seats, a limit (events, storage …) or a module by feature key.

    It holds from ``starts_on`` (None: as long as the contract) up to ``ends_on`` (exclusive), so that more
    seats or a module bought half-way do not count for the days before.
    """

    class Kind(models.TextChoices):
        SEATS = "seats", _("Seats")
        LIMIT = "limit", _("Limit")
        MODULE = "module", _("Module")

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="entitlements")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    quantity = models.PositiveIntegerField(_("quantity"), null=True, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("entitlement")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "name", "starts_on"], nulls_distinct=False, name="entitlement_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="entitlement_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(kind="seats") | Q(quantity__isnull=False),
                name="entitlement_seats_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.quantity}"
