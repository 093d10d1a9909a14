"""Forms that invite, change and deactivate a person, and the form of one's own profile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import people, splitting
from accounts.models import DigestScope, Role, User
from config import clock
from config.fields import FigureField, WholeField


class UserForm(forms.ModelForm):
    """Invites a person, or changes their role and details."""

    weekly_hours = FigureField(
        label=_("Hours a week by contract"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=4,
        decimal_places=1,
    )
    customer_share = WholeField(
        label=_("Of it for customers (percent)"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("What meetings inside, training and other duties leave."),
    )

    # Who may manage whom depends on both people's roles: role and manager are one decision.
    BOUND: ClassVar = {"role": (_("Role"), ["role", "manager"])}

    class Meta:
        model = User
        fields = ("name", "email", "role", "manager", "language", "weekly_hours", "customer_share")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managers = User.objects.people().filter(is_active=True, role__in=people.MANAGING)
        self.fields["manager"].queryset = managers.order_by("name")  # type: ignore[attr-defined]
        if self.instance.pk:
            candidates = User.objects.may_own().exclude(pk=self.instance.pk)
            self.fields["heir"] = forms.ModelChoiceField(
                candidates.order_by("name"),
                label=_("Takes over the customers"),
                required=False,
                help_text=_("Of somebody who becomes a viewer; open tasks and cases go along."),
            )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Somebody has this email already."))
        return email

    def clean_weekly_hours(self) -> Decimal:
        """The stored hours where the field is empty."""
        hours: Decimal | None = self.cleaned_data["weekly_hours"]
        return Decimal(self.instance.weekly_hours) if hours is None else hours

    def clean_customer_share(self) -> int:
        """The stored share where the field is empty."""
        share: int | None = self.cleaned_data["customer_share"]
        return self.instance.customer_share if share is None else share

    def clean_manager(self) -> User | None:
        manager: User | None = self.cleaned_data["manager"]
        if self.instance.pk and people.leads_back(self.instance, manager):
            raise ValidationError(_("Nobody can report to themselves, at any step."))
        return manager


class DeactivateForm(forms.Form):
    """The people who take over from a leaver."""

    heirs = forms.ModelMultipleChoiceField(User.objects.none(), label=_("Take over the customers"), required=False)
    split = forms.ChoiceField(
        label=_("Split"), choices=[(key, splitting.SPLITS[key]) for key in ("load", "count", "arr")], required=False
    )
    manager = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Takes over the reports"),
        required=False,
        help_text=_("Empty: the own manager of who leaves, else the first of the new owners."),
    )

    def __init__(self, *args: Any, leaver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.people().filter(is_active=True).exclude(pk=leaver.pk).order_by("name")
        self.fields["heirs"].queryset = User.objects.may_own().exclude(pk=leaver.pk).order_by("name")  # type: ignore[attr-defined]
        self.fields["manager"].queryset = others.filter(role__in=people.MANAGING)  # type: ignore[attr-defined]


# Nobody is offered more than they may see.
SCOPES_OF: Final = {
    role: [(scope.value, scope.label) for scope in scopes]
    for role, scopes in {
        Role.CSM: [DigestScope.OWN],
        Role.MANAGER: [DigestScope.OWN, DigestScope.TEAM],
        Role.ADMIN: [DigestScope.OWN, DigestScope.TEAM, DigestScope.ALL],
        Role.VIEWER: [DigestScope.TEAM, DigestScope.ALL],
    }.items()
}
SUITS: Final = {
    Role.CSM: _("Suits a CSM: the customers one owns or covers."),
    Role.MANAGER: _("Suits a manager: the team’s customers."),
    Role.ADMIN: _("Suits an admin: all customers."),
    Role.VIEWER: _("Suits a viewer: no digest."),
}


class MyselfForm(forms.ModelForm):
    """What everybody sets for themselves."""

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "digest_scope", "digest_mail")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = [("", _("As suits my role")), *SCOPES_OF[self.instance.role]]
        self.fields["digest_scope"] = forms.ChoiceField(
            label=_("Daily digest about"), choices=scopes, required=False, help_text=SUITS[self.instance.role]
        )
        zones = [("", _("As the organisation")), *((zone, zone) for zone in sorted(clock.time_zones()))]
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=zones, required=False)
