"""The one company that runs this installation: its money, its clock, its calendar."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from accounts import access
from config import clock, days
from config.stamps import Stamped

# The fewest and the most months for which days of single people are kept.
PEOPLE_MONTHS: Final = (4, 240)


def found_by() -> list[str]:
    """The ways as shipped."""
    return ["contact", "domain"]


class Organisation(models.Model):
    """One row an installation.

    ``frozen_today`` pins the day for a data set that ends in the past; ``onboarding_days`` is how
    long every new customer is served in high touch before its segment's own touch model starts;
    ``alerts_per_day`` is how many new cases may call for one person's attention at once, the rest
    come with the day's digest; from ``least_logged`` durations on their mean stands in for the planned one
    (``accounts.workload``). ``url`` is what links in mails begin with; without it they have none.
    ``counts_unsettled`` says whether contracts that are to be settled (``accounts.leaving``) still pay.
    ``found_by`` are the ways, in their order, by which a customer is found that no key names (``accounts.identity.ways``);
    ``keys_join``: a new key joins the customer that is found so, instead of making another.
    ``importers`` are the roles that may bring in files of their customers, beside admins (``accounts.access.imports``).
    Who used the product on which day is kept for ``people_months`` months (``health.signals.forgetting``).
    """

    name = models.CharField(_("name"), max_length=200)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(_("reporting currency"), max_length=3, default="USD")
    fiscal_year_start_month = models.PositiveSmallIntegerField(_("fiscal year starts in month"), default=1)
    holiday_country = models.CharField(_("business calendar of country"), max_length=2, blank=True, default="")
    bank_holidays = models.BooleanField(_("banks’ holidays are closed too"), default=False, db_default=False)
    frozen_today = models.DateField(_("day is frozen at"), null=True, blank=True)
    onboarding_days = models.PositiveSmallIntegerField(_("onboarding days"), default=90)
    url = models.URLField(_("address of this installation"), blank=True, default="", db_default="")
    alerts_per_day = models.PositiveSmallIntegerField(_("alerts per CSM and day"), default=5, db_default=5)
    least_logged = models.PositiveSmallIntegerField(_("logged durations needed"), default=20, db_default=20)
    counts_unsettled = models.BooleanField(
        _("count contracts that are to be settled"),
        default=True,
        db_default=True,
        help_text=_("Contracts that do not renew by themselves, whose end passed long ago and that nobody ended."),
    )
    people_months = models.PositiveSmallIntegerField(
        _("months to keep days of single people"),
        default=25,
        db_default=25,
        help_text=_("Who used the product on which day. The figures of customers stay."),
    )

    found_by = ArrayField(
        models.CharField(max_length=8),
        verbose_name=_("ways to find a customer"),
        default=found_by,
        db_default=found_by(),
        blank=True,
    )
    importers = ArrayField(
        models.CharField(max_length=10),
        verbose_name=_("who may import beside admins"),
        default=list,
        db_default=[],
        blank=True,
    )
    keys_join = models.BooleanField(_("new keys join customers that are known"), default=False, db_default=False)

    # A mark of the key by which people are numbered (``health.signals.numbering``); "" before anybody is.
    person_key = models.CharField(max_length=16, blank=True, default="", db_default="", editable=False)
    # Before this day the days of single people were forgotten, whatever ``people_months`` says since.
    people_forgotten_before = models.DateField(null=True, editable=False)
    # The day on which somebody first confirmed or changed the segments; null while they are as shipped.
    segments_settled_on = models.DateField(_("segments settled on"), null=True, editable=False)

    class Meta:
        verbose_name = _("organisation")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="organisation_single_row"),
            models.CheckConstraint(
                condition=Q(fiscal_year_start_month__range=(1, 12)),
                name="organisation_fiscal_month_1_to_12",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="organisation_currency_iso",
            ),
            models.CheckConstraint(condition=Q(least_logged__gte=1), name="organisation_logs_some"),
            models.CheckConstraint(
                condition=Q(importers__contained_by=list(access.MAY_IMPORT)), name="organisation_importers_known"
            ),
            models.CheckConstraint(
                condition=Q(people_months__range=PEOPLE_MONTHS), name="organisation_people_months_4_to_240"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A frozen day lies between the first contract's start (without one: 1990) and the real day in the chosen time zone.

        An earlier day would have no data, and on a later one the night would close renewals that have not ended. This
        is no constraint of the database, because the real day changes.
        """
        super().clean()
        if self.frozen_today is None:
            return
        contracts = apps.get_model("accounts", "Contract")._default_manager
        first = contracts.aggregate(first=Min("starts_on"))["first"] or days.EARLIEST
        zone = ZoneInfo(self.time_zone) if self.time_zone in clock.time_zones() else clock.UTC
        last = clock.day_of(clock.now(), zone)
        if not first <= self.frozen_today <= last:
            message = _("Choose a day between %(first)s and %(last)s: from the first contract to the real day.")
            raise ValidationError(
                {"frozen_today": message % {"first": days.worded(first, last), "last": days.worded(last, last)}}
            )


class ClosingDay(models.Model):
    """A day on which the organisation does not work, beside weekends and public holidays."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("occasion"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("closing day")
        verbose_name_plural = _("closing days")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class ExchangeRate(Stamped):
    """Reporting-currency units for one unit of ``currency`` in a fiscal year; written by ``accounts.rates`` alone.

    ``known_on`` is the day it was entered (None: it was always known). Of several rates the newest known one is in use.
    """

    currency = models.CharField(_("currency"), max_length=3)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    known_on = models.DateField(_("known since"), null=True, blank=True)

    class Meta:
        verbose_name = _("exchange rate")
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "fiscal_year", "known_on"], nulls_distinct=False, name="exchange_rate_once_a_day"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.fiscal_year}"

    @property
    def plain(self) -> str:
        """The rate without trailing zeros."""
        return f"{self.rate.normalize():f}"
