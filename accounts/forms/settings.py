"""Forms of the configuration: organisation, segments, users. Admins only."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import access, calendar
from accounts.currencies import KNOWN, code_of, in_force, is_spelt
from accounts.models import Assigning, ClosingDay, ExchangeRate, Organisation, Role, Segment, User
from accounts.models.organisation import PEOPLE_MONTHS
from config import clock
from config.fields import of_column

Number = TypeVar("Number", int | None, Decimal | None)


class OrganisationForm(forms.ModelForm):
    """The company, its clock, money and calendar."""

    url = forms.URLField(
        label=_("Address of this installation"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("Links in mails begin with it, as in https://tsunagu.example.com; empty: mails have no links."),
    )

    importers = forms.MultipleChoiceField(
        label=_("Who may import beside admins"),
        choices=[(role, Role(role).label) for role in access.MAY_IMPORT],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only rows of customers whom they may change anyway; nobody but admins imports users or rates."),
    )

    rates_follow = forms.BooleanField(
        label=_("Change the currency all the same; I enter the rates anew."), required=False
    )

    class Meta:
        model = Organisation
        formfield_callback = of_column
        fields = (
            "name",
            "time_zone",
            "currency",
            "fiscal_year_start_month",
            "holiday_country",
            "bank_holidays",
            "onboarding_days",
            "alerts_per_day",
            "counts_unsettled",
            "people_months",
            "importers",
            "url",
            "frozen_today",
        )
        help_texts = {
            "frozen_today": _("For a data set that ends in the past; empty: the real day."),
            "holiday_country": _("Two letters; its weekends and public holidays are no working days."),
            "bank_holidays": _("Where a country has them beside the public ones, as Japan around New Year."),
            "alerts_per_day": _("New cases beyond this come with the day’s digest, the most severe alert first."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone) for zone in sorted(clock.time_zones())]
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=zones)
        self.fields["alerts_per_day"].required = self.fields["people_months"].required = False
        if not self._leaves_rates_behind():
            del self.fields["rates_follow"]

    def _leaves_rates_behind(self) -> bool:
        """Whether the form changes the currency while exchange rates into the present one exist."""
        currency = str(self.data.get("currency", "")).strip().upper() if self.is_bound else ""
        return currency not in {"", self.instance.currency} and ExchangeRate.objects.exists()

    def clean_rates_follow(self) -> bool:
        if not self.cleaned_data["rates_follow"]:
            raise ValidationError(
                _("Every exchange rate was entered for %(currency)s.") % {"currency": self.instance.currency}
            )
        return True

    def clean_alerts_per_day(self) -> int:
        """The stored number where the field is empty."""
        alerts: int | None = self.cleaned_data["alerts_per_day"]
        return self.instance.alerts_per_day if alerts is None else alerts

    def clean_people_months(self) -> int:
        """The stored number where the field is empty."""
        months: int | None = self.cleaned_data["people_months"]
        least, most = PEOPLE_MONTHS
        if months is not None and not least <= months <= most:
            raise ValidationError(_("Choose between %(least)s and %(most)s months.") % {"least": least, "most": most})
        return self.instance.people_months if months is None else months

    def clean_currency(self) -> str:
        return currency_of(self.cleaned_data["currency"], stands=self.instance.currency.__eq__)

    def clean_holiday_country(self) -> str:
        country: str = self.cleaned_data["holiday_country"].upper()
        if country and country not in calendar.known_countries():
            raise ValidationError(_("No calendar is known for this country."))
        return country

    def clean_fiscal_year_start_month(self) -> int:
        month: int = self.cleaned_data["fiscal_year_start_month"]
        if not 1 <= month <= 12:  # noqa: PLR2004 (months)
            raise ValidationError(_("A month is 1 to 12."))
        return month


class ClosingDayForm(forms.ModelForm):
    """One day on which the organisation does not work."""

    class Meta:
        model = ClosingDay
        formfield_callback = of_column
        fields = ("day", "name")


class SegmentForm(forms.ModelForm):
    """A segment's service rules; its conditions have forms of their own (``ConditionForm``)."""

    class Meta:
        model = Segment
        formfield_callback = of_column
        fields = (
            "name",
            "touch_model",
            "touch_every_days",
            "qbr_every_days",
            "ebr_every_days",
            "renewal_lead_days",
            "customers_per_csm",
            "arr_per_csm",
            "renewals_per_csm",
            "assigning",
            "pool",
            "is_active",
        )

    pool = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("From among"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever is away gets none. New is every customer that never had an owner."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        candidates = User.objects.may_own().order_by("name", "pk")
        self.fields["pool"].queryset = candidates  # type: ignore[attr-defined]
        self.fields["assigning"].required = False

    def clean_assigning(self) -> str:
        """The stored way of assigning where the field is empty."""
        return self.cleaned_data["assigning"] or str(self.instance.assigning)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("assigning") not in {None, Assigning.HAND} and not data.get("pool"):
            self.add_error("pool", _("Say who gets them."))
        return data

    def clean_renewal_lead_days(self) -> int:
        days: int = self.cleaned_data["renewal_lead_days"]
        if not 60 <= days <= 90:  # noqa: PLR2004 (the rule of renewal prep)
            raise ValidationError(_("Renewal prep starts 60 to 90 days before the end."))
        return days

    def clean_touch_every_days(self) -> int:
        return _at_least_one(self.cleaned_data["touch_every_days"])

    def clean_customers_per_csm(self) -> int:
        return _at_least_one(self.cleaned_data["customers_per_csm"])

    def clean_arr_per_csm(self) -> Decimal | None:
        return _some_or_none(self.cleaned_data["arr_per_csm"])

    def clean_renewals_per_csm(self) -> int | None:
        return _some_or_none(self.cleaned_data["renewals_per_csm"])

    def clean_qbr_every_days(self) -> int | None:
        return _some_or_none(self.cleaned_data["qbr_every_days"])

    def clean_ebr_every_days(self) -> int | None:
        return _some_or_none(self.cleaned_data["ebr_every_days"])


def currency_of(text: str, *, of_the_past: bool = False, stands: Callable[[str], bool] = lambda _code: False) -> str:
    """The code, in capitals, of a currency in force today, with ``of_the_past`` of one since 1990, or of one that
    ``stands`` accepts.

    Raises ValidationError for any other text.
    """
    code = text.strip().upper()
    if code_of(code, KNOWN if of_the_past else in_force(clock.today())) or stands(code):
        return code
    if not is_spelt(code):
        raise ValidationError(_("A currency is three letters, as in USD."))
    if of_the_past:
        raise ValidationError(_("%(code)s is no currency (ISO 4217)."), params={"code": code})
    raise ValidationError(_("%(code)s is no currency that is in force (ISO 4217)."), params={"code": code})


def _at_least_one(number: int) -> int:
    if number < 1:
        raise ValidationError(_("At least 1."))
    return number


def _some_or_none(number: Number) -> Number:
    if number is not None and number < 1:
        raise ValidationError(_("At least 1; for none leave it empty."))
    return number
