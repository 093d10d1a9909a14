"""The form that makes a key by which a product sends its events."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import tokens
from accounts.imports import naming
from accounts.models import Role, User
from config.fields import WholeField


class KeyForm(forms.Form):
    """The name of the source; that of a known program makes it another key. ``program`` is that one, or None."""

    name = forms.CharField(
        label=_("Source"),
        max_length=naming.LONGEST,
        validators=[partial(naming.check, of_file=True)],
        help_text=_("The name of the product, by which customers have their keys. A known one gets another key."),
    )
    days = WholeField(
        label=_("Valid for (days)"), initial=tokens.LONGEST_DAYS, min_value=1, max_value=tokens.LONGEST_DAYS,
        help_text=_("At most a year. It can be revoked at any time."),
    )  # fmt: skip

    program: User | None = None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        programs = User.objects.filter(is_service=True, name=data.get("name", ""))
        self.program = programs.order_by("pk").first()
        if self.program and self.program.role != Role.ADMIN:
            reason = _("“%(name)s” is a program that is a viewer: choose another name.")
            self.add_error("name", reason % {"name": self.program.name})
        return data
