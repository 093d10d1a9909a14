"""Forms of a team: handing customers over, standing in for somebody."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import covering, lists, splitting
from accounts.forms.customers import owners_to_choose
from accounts.models import Customer, User
from config.fields import DayField

SHOWN: Final = 200
STAYS: Final = "stays"


class HandOverForm(forms.Form):
    """Whose customers, or which, go to whom; the plan can be changed customer by customer.

    ``filters`` is the query of a portfolio: its list is what is handed over. ``seen`` names the customers that the preview
    showed, so that nobody hands over others.
    """

    owner = forms.ModelChoiceField(User.objects.none(), label=_("Customers of"), required=False)
    filters = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2000)
    heirs = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("New owners"), widget=forms.CheckboxSelectMultiple
    )
    split = forms.ChoiceField(label=_("Split"), choices=list(splitting.SPLITS.items()), initial="load")
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, user: User, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.day = user, day
        self.givers: dict[int, int | None] = {}  # customer → owner
        givers = User.objects.filter(customers__merged_into__isnull=True, customers__in=self._changeable()).distinct()
        self.fields["owner"].queryset = givers.order_by("name")  # type: ignore[attr-defined]
        heirs = owners_to_choose(user)
        giver = self.initial.get("owner") or ""
        # Bound, the form says why nobody hands over to themselves.
        if not self.is_bound and str(giver).isdecimal():
            heirs = heirs.exclude(pk=giver)
        self.fields["heirs"].queryset = heirs  # type: ignore[attr-defined]
        self.fields["owner"].required = not (self.data.get("filters") or self.initial.get("filters"))
        self.fields["owner"].error_messages["required"] = _("Choose whose customers go.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("owner") and not data.get("filters"):
            return data
        heirs = [heir.pk for heir in data.get("heirs") or []]
        if data.get("owner") and data["owner"].pk in heirs:
            self.add_error("heirs", _now("Choose somebody else than the owner."))
        self.customers = self._customers(data)
        if not self.customers:
            self.add_error(None, _now("There is no customer to hand over."))
        return data

    @property
    def digest(self) -> str:
        """A digest of the preview's customers and their owners."""
        return hashlib.blake2b(repr(sorted(self.givers.items())).encode(), digest_size=16).hexdigest()

    @property
    def mark(self) -> uuid.UUID:
        """The id of this form from its preview to its press, whatever the plan."""
        return self.cleaned_data.get("key") or uuid.uuid4()

    def press(self, plan: dict[int, int | None]) -> uuid.UUID:
        """The key of a press of this form for ``plan``: a second one for the same plan changes nothing."""
        return uuid.uuid5(self.mark, repr(sorted(plan.items())))

    def plan(self) -> dict[int, int | None]:
        """Customer → heir: the chosen split, then the choices for single customers; customers that stay are left out.

        Raises ValidationError where a customer is given to somebody who is no heir.
        """
        heirs = [heir.pk for heir in self.cleaned_data["heirs"]]
        split = self.cleaned_data["split"]
        plan = splitting.propose(self.customers, heirs, "load" if split == "hand" else split, self.day)
        for pk in list(plan):
            choice = self.data.get(f"to-{pk}", "")
            if choice == STAYS:
                del plan[pk]
            elif choice:
                if choice not in {str(heir) for heir in heirs}:
                    raise ValidationError(_now("A customer is given to somebody who is not among the new owners."))
                plan[pk] = int(choice)
        return plan

    def _changeable(self) -> Any:
        return Customer.objects.changeable_by(self.user)

    def _asked(self, query: str) -> lists.Asked:
        """The list of customers that the address asks for; the handover concerns the customers of that list."""
        kind = lists.find("customers")
        if kind is None:
            raise LookupError
        return lists.read(kind, self.user, QueryDict(query), self.day)

    def _customers(self, data: dict[str, Any]) -> list[Any]:
        rows = self._changeable()
        if data.get("owner"):
            rows = rows.filter(owner=data["owner"])
        if data.get("filters"):
            listing = self._asked(data["filters"])
            if listing.problems:
                self.add_error(None, " ".join(listing.problems))
                return []
            if listing.as_of:
                self.add_error(
                    None, _now("Hand over from the list of today: the list of a past day shows owners of then.")
                )
                return []
            rows = rows.filter(pk__in=listing.rows().order_by().values("pk"))
        customers = list(rows.order_by(F("arr").desc(nulls_last=True), "pk").values_list("pk", "arr", "owner_id"))
        self.givers = {pk: owner for pk, _arr, owner in customers}
        return [(pk, arr) for pk, arr, _owner in customers]


class CoverForm(forms.Form):
    """The absent person, the days of the absence, and the person who covers."""

    owner = forms.ModelChoiceField(User.objects.none(), label=_("Away"))
    by = forms.ModelChoiceField(User.objects.none(), label=_("Covered by"), required=False, empty_label=_("Nobody yet"))
    starts_on = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = covering.coverable_by(user)  # type: ignore[attr-defined]
        self.fields["owner"].initial = user.pk
        self.fields["by"].queryset = covering.colleagues()  # type: ignore[attr-defined]

    def clean_last_day(self) -> dt.date:
        """The day as people say it: the last one of the absence."""
        last: dt.date = self.cleaned_data["last_day"]
        if last.year >= dt.MAXYEAR:
            raise ValidationError(_now("Choose a day within a year."))
        return last
