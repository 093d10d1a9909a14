"""The form of an attribute's definition. Admins only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Attribute

LONGEST_CHOICE = 80
MOST_CHOICES = 100


class AttributeForm(forms.ModelForm):
    """What people call an attribute, and what its values are. The key can be chosen only once."""

    choices = forms.CharField(
        label=_("Choices"), required=False, max_length=LONGEST_CHOICE * MOST_CHOICES, strip=True,
        help_text=_("Of a choice: one a line, in the order in which they are offered."),
        widget=forms.Textarea({"rows": 5}),
    )  # fmt: skip

    class Meta:
        model = Attribute
        fields = ("label", "key", "kind", "choices", "is_shown", "is_active")
        help_texts = {
            "key": _("How files and programs name it, exactly so; empty: as the label. It stays."),
            "is_active": _("One that is not in use keeps its values; no page, filter or column offers it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)
        if self.instance.pk:
            del self.fields["key"]
        else:
            self.fields["key"].required = False

    def clean_choices(self) -> list[str]:
        choices = list(
            dict.fromkeys(line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip())
        )
        if len({choice.casefold() for choice in choices}) < len(choices):
            raise ValidationError(_("Two choices differ only in capital letters."))
        if any(len(choice) > LONGEST_CHOICE for choice in choices):
            raise ValidationError(_("A choice has at most %(most)d characters.") % {"most": LONGEST_CHOICE})
        if len(choices) > MOST_CHOICES:
            raise ValidationError(_("At most %(most)d choices.") % {"most": MOST_CHOICES})
        return choices

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "key" in self.fields and not data.get("key"):
            data["key"] = data.get("label", "")
        if data.get("kind") == Attribute.Kind.CHOICE:
            if "choices" in data and not data["choices"]:
                self.add_error("choices", _("A choice needs something to choose from."))
        else:
            data["choices"] = []
        return data

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]
