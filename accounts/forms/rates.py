"""The form of an exchange rate, for the page and the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import company
from accounts.forms.settings import currency_of
from accounts.models import Contract, ExchangeRate
from accounts.rates import FIRST_YEAR, LAST_YEAR, MOST, Rate
from config.fields import FigureField, WholeField


class RateForm(forms.Form):
    """One currency in one fiscal year."""

    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    fiscal_year = WholeField(
        label=_("Fiscal year"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        help_text=_("The calendar year in which it starts."),
    )
    rate = FigureField(
        label=_("Rate"),
        min_value=Decimal("0.00000001"),
        max_value=MOST,
        decimal_places=8,
        max_digits=18,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reporting = company.currency()
        self.fields["rate"].help_text = _("What one unit is worth in %(currency)s.") % {"currency": self.reporting}

    def clean_currency(self) -> str:
        currency = currency_of(self.cleaned_data["currency"], of_the_past=True, stands=is_stored)
        if currency == self.reporting:
            raise ValidationError(_("This is the reporting currency: its rate is always 1."))
        return currency

    def entered(self) -> Rate:
        """The rate that the cleaned form enters."""
        return Rate(**self.cleaned_data)


def is_stored(currency: str) -> bool:
    """Whether a contract or a rate uses the currency already: a currency in use may have a rate, whatever it is."""
    rows = (model._default_manager.filter(currency=currency) for model in (Contract, ExchangeRate))
    return any(queryset.exists() for queryset in rows)
