"""The form by which an installation gets its company and its first admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.settings import currency_of
from accounts.models import User
from config import clock


class SetUpForm(forms.Form):
    """Company, clock, money, and who signs in first."""

    name = forms.CharField(label=_("Company"), max_length=200)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.CharField(
        label=_("Reporting currency"),
        max_length=3,
        help_text=_("Three letters, as in USD; every figure is shown in it."),
    )
    person = forms.CharField(label=_("Your name"), max_length=150)
    email = forms.EmailField(label=_("Your email"), max_length=254)
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(zone, zone) for zone in sorted(clock.time_zones())]  # type: ignore[attr-defined]
        if not self.is_bound and "time_zone" not in self.initial:
            self.initial["time_zone"] = "UTC"
            self.fields["time_zone"].widget.attrs["data-own-zone"] = ""  # the browser says where it stands: zone.js

    def clean_currency(self) -> str:
        return currency_of(self.cleaned_data["currency"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        password = data.get("password1")
        if password and data.get("password2") and password != data["password2"]:
            self.add_error("password2", _("The two are not the same."))
        elif password:
            try:
                validate_password(password, User(email=data.get("email", ""), name=data.get("person", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return data
