"""The form of the ways by which customers are found."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.identity.ways import WORDS
from accounts.models import Organisation

ORDER: Final = {"first": _("First"), "second": _("Then"), "third": _("Then"), "fourth": _("At last")}


class WaysForm(forms.Form):
    """The ways in their order, tried after a key of the file's own source; and whether new keys join by them."""

    keys_join = forms.BooleanField(
        label=_("A new key joins the customer that is found so"),
        required=False,
        help_text=_("Else it makes another customer. Two keys of one source never join by themselves."),
    )

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        stand = dict(zip(ORDER, organisation.found_by, strict=False))
        super().__init__(data, initial={**stand, "keys_join": organisation.keys_join})
        for name, label in ORDER.items():
            choices = [("", _("no further way")), *WORDS.items()]
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)
        self.order_fields([*ORDER, "keys_join"])

    def clean(self) -> dict[str, Any]:
        """``found_by``: the ways given, without gaps; none twice."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        found_by = [way for name in ORDER if (way := data.get(name))]
        if len(set(found_by)) < len(found_by):
            raise ValidationError(_("A way stands here twice."))
        return data | {"found_by": found_by}
