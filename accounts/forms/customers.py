"""Forms for one customer, its contacts and its touches."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import access, chains, customers, tagging
from accounts.attributes import definitions
from accounts.countries import code_of
from accounts.forms.attribute_values import fields_of, read
from accounts.imports.attributes import field_of
from accounts.models import (
    Contact,
    ContactRole,
    Customer,
    Segment,
    Touchpoint,
    User,
)
from accounts.models.contacts import whole_name
from config.fields import MinutesField, WholeField, of_column
from config.shipping import translated
from config.web.sheets import FormSheet


class CustomerForm(forms.ModelForm):
    """The facts of a customer that a person enters; everything else is derived from contracts and data."""

    tags = forms.CharField(
        label=_("Tags"), required=False, help_text=_("Separated by commas."), max_length=tagging.MOST_LETTERS
    )

    class Meta:
        model = Customer
        formfield_callback = of_column
        fields = (
            "name",
            "reading",
            "domain",
            "industry",
            "use_case",
            "employees",
            "country",
            "owner",
            "parent",
            "pinned_segment",
            "pin_reason",
        )
        help_texts = {"country": _("Two letters, ISO 3166: JP, US, DE.")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        # Those of a known customer have a form of their own.
        attributes = [] if self.instance.pk else definitions.in_use()
        self.attributes = {field_of(attribute): attribute for attribute in attributes}
        self.fields |= fields_of(attributes)
        self.fields["owner"].queryset = owners_to_choose(user)  # type: ignore[attr-defined]
        self.fields["parent"] = WholeField(label=_("Parent customer (number)"), required=False, min_value=1)
        self.fields["pinned_segment"].queryset = Segment.objects.order_by("position")  # type: ignore[attr-defined]
        self.fields["pinned_segment"].label_from_instance = lambda segment: translated(segment.name)  # type: ignore[attr-defined]
        self.initial["tags"] = ", ".join(self.instance.tags)
        visible_parent = Customer.objects.visible_to(user).filter(pk=self.instance.parent_id)
        self.initial["parent"] = (
            visible_parent.values_list("pk", flat=True).first() if self.instance.parent_id else None
        )
        if user.role == "csm":
            self.fields["owner"].required = True  # without one the CSM would not see it
            if not self.instance.pk:
                self.fields["owner"].initial = user.pk

    def sheet(self) -> FormSheet:
        """The form for comparing edits: the pin and its reason are one decision, tags of two people are merged."""
        pin = (_("Pinned segment"), ["pinned_segment", "pin_reason"])
        return FormSheet(self, {"pin": pin}, sets=["tags"])

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"]
        if country and not code_of(country):
            raise ValidationError(_("A country is two letters, as in JP."))
        return code_of(country)

    def clean_tags(self) -> list[str]:
        return tagging.read(self.cleaned_data["tags"])

    def clean_parent(self) -> Customer | None:
        pk = self.cleaned_data["parent"]
        if pk == self.initial["parent"]:
            return self.instance.parent
        if pk is None:
            return None
        parent = Customer.objects.visible_to(self.user).filter(pk=pk).first()
        if parent is None:
            raise ValidationError(_("There is no customer with this number."))
        if self.instance in chains.upward(parent, "parent"):
            raise ValidationError(customers.ABOVE_ITSELF)
        return parent

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("pinned_segment") and not data.get("pin_reason"):
            self.add_error("pin_reason", _("Pinning a segment needs a reason."))
        self.instance.tags = data.get("tags", [])
        read(self, self.attributes, data)
        return data

    def facts(self) -> dict[str, Any]:
        """What a new customer begins with, its attributes by their keys."""
        own = {each.key: text for name, each in self.attributes.items() if (text := self.cleaned_data.get(name))}
        facts = {name: value for name, value in self.cleaned_data.items() if name not in self.attributes}
        return facts | {"tags": self.instance.tags, "attributes": own}


class ContactForm(forms.ModelForm):
    """One person of the customer's."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=ContactRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Contact
        formfield_callback = of_column
        fields = (
            "family_name", "given_name", "honorific", "name", "reading", "email", "department", "title", "roles", "state",
            "state_on",
        )  # fmt: skip
        help_texts = {
            "name": _("Empty: made of family and given name."),
            "title": _("Where posts are known, the present ones are shown instead."),
            "state": _("Moved: to another post inside the customer, and still there. Left: no longer there."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean(self) -> dict[str, Any]:
        """A name where only its parts were typed."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["name"] = data.get("name") or whole_name(data.get("family_name", ""), data.get("given_name", ""))
        if not data["name"]:
            self.add_error("name", _("Give the name, or the family name."))
        return data

    def sheet(self) -> FormSheet:
        """The form for comparing edits: a state and its day are one decision, roles of two people are merged."""
        return FormSheet(self, {"state": (_("State"), ["state", "state_on"])}, sets=["roles"])


class TouchForm(forms.ModelForm):
    """One touch: what was said, to whom, what is next."""

    contacts = forms.ModelMultipleChoiceField(
        Contact.objects.none(),
        label=_("Who"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Touchpoint
        formfield_callback = of_column
        fields = (
            "kind",
            "happened_on",
            "proactive",
            "note",
            "contacts",
            "minutes",
            "sentiment",
            "next_step",
            "next_step_on",
        )
        widgets = {
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    minutes = MinutesField(required=False)
    sentiment = forms.TypedChoiceField(
        label=_("Sentiment"),
        choices=[("", _("Not asked")), *((n, str(n)) for n in range(1, 6))],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, customer: Customer, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day
        self.fields["contacts"].queryset = customer.contacts.exclude(state="left").order_by("name")  # type: ignore[attr-defined]
        self.fields["happened_on"].initial = day
        self.fields["kind"].initial = "call"

    def clean_happened_on(self) -> dt.date:
        happened_on: dt.date = self.cleaned_data["happened_on"]
        if happened_on > self.day:
            raise ValidationError(_("A touch is logged once it has happened."))
        return happened_on


def owners_to_choose(user: User) -> Any:
    """The people to whom ``user`` may give a customer: CSMs and managers to their own circle, admins to anybody."""
    people = User.objects.may_own()
    if user.role != "admin":
        people = people.filter(pk__in=access.owners_for(user))
    return people.order_by("name")
