"""The forms of renewals; they validate, the domain writes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.money import MoneyField
from accounts.models import Alternative, ChurnReason, Contract, ContractLine, Segment, User
from config.fields import DayField, FigureField, WholeField
from config.shipping import translated
from config.text import narrow
from config.web.sheets import FormSheet
from renewals.closing import NewLine
from renewals.loss import Loss
from renewals.models import ForecastCategory, PrepPart, Qbr, Renewal

WITHIN = [("30", _("30 days")), ("60", _("60 days")), ("90", _("90 days")), ("130", _("130 days"))]


class FiltersForm(forms.Form):
    """Filters of the board, from the address."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False, label=_("Owner"), empty_label=_("All owners"))
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("position"), required=False, label=_("Segment"), empty_label=_("All segments")
    )
    within = forms.ChoiceField(choices=[("", _("Any day")), *WITHIN], required=False, label=_("Ends within"))

    def __init__(self, *args: Any, customers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = User.objects.filter(pk__in=customers.order_by().values("owner")).order_by("name", "pk")
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        self.fields["segment"].label_from_instance = lambda segment: translated(segment.name)  # type: ignore[attr-defined]


class PercentField(FigureField):
    """0 to 100 on the screen, a fraction 0–1 inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, max_digits=4, decimal_places=1, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        text = narrow(value).removesuffix("%").strip() if isinstance(value, str) else value
        percent: Decimal | None = super().clean(text)
        return None if percent is None else percent / 100

    def prepare_value(self, value: Any) -> Any:
        return f"{float(value * 100):g}" if isinstance(value, Decimal) else value


class CallForm(forms.Form):
    likelihood = PercentField(required=False, label=_("Likelihood to renew (%)"))
    category = forms.ChoiceField(
        choices=[("", _("By likelihood")), *ForecastCategory.choices], required=False, label=_("Category")
    )
    note = forms.CharField(max_length=300, required=False, label=_("Note"))

    @staticmethod
    def said(renewal: Renewal) -> dict[str, Any]:
        """The present call, as initial values."""
        return {"likelihood": renewal.csm_likelihood, "category": renewal.category, "note": renewal.csm_note}


class DecideForm(forms.Form):
    likelihood = PercentField(required=False, label=_("Final likelihood (%)"))
    category = forms.ChoiceField(
        choices=[("", _("By likelihood")), *ForecastCategory.choices], required=False, label=_("Category")
    )
    reason = forms.CharField(max_length=300, label=_("Reason"))

    # A decision is made as a whole, with its reason.
    BOUND: ClassVar = {"decision": (_("Decision"), ["likelihood", "category", "reason"])}

    @staticmethod
    def said(renewal: Renewal) -> dict[str, Any]:
        """The present decision, as initial values; the CSM's or the model's likelihood is never proposed."""
        return {
            "likelihood": renewal.final_likelihood,
            "category": renewal.final_category,
            "reason": renewal.final_reason,
        }


class LeavingForm(forms.Form):
    """The day of one of the acts of a leaving contract: notice, its withdrawal, its confirmed end."""

    on = DayField(label=_("Day"))

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = label


class PartForm(forms.Form):
    """The note of one part of a renewal's prep, and the act that saves it."""

    note = forms.CharField(required=False, max_length=10_000, label=_("Note"), widget=forms.Textarea({"rows": 3}))
    act = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def sheet(cls, row: PrepPart) -> FormSheet:
        """The stored note; the draft that the page proposes does not count as an edit."""
        return FormSheet(cls(initial={"note": row.note}), only=["note"])


class LossForm(forms.Form):
    """The customer's reason and our own, both required (field guide 1.6)."""

    stated_reason = forms.ChoiceField(
        choices=[("", _("Choose")), *ChurnReason.choices], label=_("Reason the customer states")
    )
    root_cause = forms.ChoiceField(
        choices=[("", _("Choose")), *ChurnReason.choices], label=_("Root cause as we see it")
    )
    controllable = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        label=_("Could we have prevented it?"),
    )
    alternative = forms.ChoiceField(choices=[("", _("Choose")), *Alternative.choices], label=_("What they do instead"))
    note = forms.CharField(required=False, max_length=10_000, label=_("Note"), widget=forms.Textarea({"rows": 3}))

    def loss(self) -> Loss:
        return Loss(**self.cleaned_data)


class RenewForm(forms.Form):
    """The renewed contract: an existing one, or a new one with its lines.

    It has one amount per running line of the old contract (empty or 0 drops the line), and fields for one new line.
    """

    successor = forms.ModelChoiceField(
        Contract.objects.none(),
        required=False,
        label=_("Renewed by a contract that exists"),
        empty_label=_("None: write a new one"),
    )
    starts_on = DayField(label=_("New term starts on"), required=False)
    term_months = WholeField(label=_("Term (months)"), min_value=1, max_value=120, required=False)

    def __init__(self, *args: Any, renewal: Renewal, **kwargs: Any) -> None:
        contract = renewal.contract
        initial = {"starts_on": renewal.due_on, "term_months": contract.term_months}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        others = Contract.objects.filter(customer=renewal.customer_id, starts_on__gt=contract.starts_on, is_trial=False)
        self.fields["successor"].queryset = others.exclude(pk=contract.pk)  # type: ignore[attr-defined]
        self.lines = [
            line
            for line in contract.lines.order_by("pk")
            if line.starts_on < renewal.due_on and (line.ends_on is None or line.ends_on >= renewal.due_on)
        ]
        self.currency = contract.currency
        for line in self.lines:
            self._add_amount(line)
        self.fields["new_product"] = forms.CharField(required=False, max_length=120, label=_("Another product"))
        self.fields["new_amount"] = self._amount(label=_("Its annual amount"))

    def _add_amount(self, line: ContractLine) -> None:
        label = _("%(product)s, a year") % {"product": line.product}
        self.fields[f"amount_{line.pk}"] = self._amount(label=label, initial=line.annual_amount)

    def _amount(self, **options: Any) -> MoneyField:
        return MoneyField(
            required=False, min_value=0, max_digits=14, decimal_places=2, currency=lambda: self.currency, **options
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("new_amount") and not cleaned.get("new_product"):
            self.add_error("new_product", _("Name the product."))
        if cleaned.get("successor") or self.errors:
            return cleaned
        for field in ("starts_on", "term_months"):
            if not cleaned.get(field):
                self.add_error(field, _("A new contract needs this."))
        if not self.new_lines():
            self.add_error(None, _("A renewed contract needs a line with an amount. Record a loss as churned."))
        return cleaned

    def new_lines(self) -> list[NewLine]:
        cleaned = self.cleaned_data
        renewed = [
            NewLine(line.product, line.quantity, amount, line.discount_percent)
            for line in self.lines
            if (amount := cleaned.get(f"amount_{line.pk}"))
        ]
        product, amount = cleaned.get("new_product"), cleaned.get("new_amount")
        return [*renewed, NewLine(product, 1, amount)] if product and amount else renewed


class QbrForm(forms.Form):
    goals = forms.CharField(
        required=False,
        max_length=4000,
        label=_("Goals for the next quarter"),
        help_text=_("One a line; at least one."),
        widget=forms.Textarea({"rows": 4}),
    )
    note = forms.CharField(
        required=False, max_length=10_000, label=_("What was said"), widget=forms.Textarea({"rows": 4})
    )

    @staticmethod
    def written(qbr: Qbr) -> dict[str, str]:
        return {"goals": "\n".join(qbr.goals), "note": qbr.note}
