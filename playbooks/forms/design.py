"""A playbook's draft as an admin writes it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import TOTAL_FORM_COUNT
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms.rules import ConditionsForm
from config.fields import WholeField
from config.text import row_number
from config.web.sheets import NOTHING, FormSheet, Sheet, Texts, field_words, texts_of
from health.states import STATES
from health.states.values import given
from playbooks import parameters
from playbooks.models import Playbook, TriggerKind
from playbooks.steps import KINDS, Step
from playbooks.versions import LONGEST_QUIET, Design

LAST: Final = 99
MOST_STEPS: Final = 60
NOT_WHOLE: Final = _("The form did not arrive whole.")
# A row of the formset, and no name that nobody drew.
FIELD: Final = re.compile(r"s-(\d{1,4})-([a-z_]+)", re.ASCII)


class PlaybookForm(forms.ModelForm):
    """Name and purpose."""

    class Meta:
        model = Playbook
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}


def triggers() -> list[tuple[Any, Any]]:
    """What a playbook may start on: events, then states (as ``state:`` and their key)."""
    events = [(kind, label) for kind, label in TriggerKind.choices if kind != TriggerKind.STATE]
    return [
        (_("Something happens"), events),
        (_("A customer comes into a state"), [(f"{STATE}{key}", state.name) for key, state in STATES.items()]),
    ]


STATE: Final = f"{TriggerKind.STATE.value}:"


class DesignForm(forms.Form):
    """When a playbook starts; the fields follow the event or the state."""

    trigger_kind = forms.ChoiceField(label=_("Starts when"), choices=triggers)
    reentry_days = WholeField(
        label=_("Enter again after (days)"),
        min_value=0,
        max_value=LONGEST_QUIET,
        help_text=_("0: as soon as the last run has ended. Each renewal is an occasion of its own."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, _mark, self.state = kind.partition(":")
        self.values = parameters.fields_of(self.kind, self.state)
        self.fields |= deepcopy(dict(self.values))
        self.order_fields(["trigger_kind", *self.values])

    def trigger(self) -> dict[str, Any]:
        """What was asked of the trigger, ready for ``parameters.check``."""
        values = given({name: self.cleaned_data.get(name) for name in self.values})
        return {"state": self.state, "values": values} if self.kind == TriggerKind.STATE else values


class StepForm(forms.Form):
    """One step; the fields follow its kind. One that is not named drops it, ``position`` says where it stands."""

    position = WholeField(label=_("No."), required=False, min_value=1, max_value=LAST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = kinds_field()
        kind = (
            self.data.get(self.add_prefix("kind"))
            if self.is_bound
            else self.get_initial_for_field(self.fields["kind"], "kind")
        )
        self.kind = KINDS.get(kind or "", FIRST)
        self.fields |= deepcopy(dict(self.kind.fields))
        self.fields[self.kind.named].required = False

    @property
    def texts(self) -> list[forms.BoundField]:
        """The fields that fill a line each."""
        return [self[name] for name, field in self.kind.fields.items() if isinstance(field, forms.CharField)]

    @property
    def others(self) -> list[forms.BoundField]:
        texts = {drawn.name for drawn in self.texts}
        return [self["position"], *(self[name] for name in self.kind.fields if name not in texts)]

    def step(self) -> Step | None:
        """The step that was typed; None where it is dropped."""
        values = given({name: self.cleaned_data.get(name) for name in self.kind.fields})
        return Step(self.kind.key, values) if self.kind.named in values else None


class BaseStepFormSet(forms.BaseFormSet):
    """The steps of a draft, of which no more are read and drawn than a draft may have."""

    default_error_messages = {
        "missing_management_form": NOT_WHOLE,
        "too_many_forms": _("A playbook has at most %(num)s steps."),
    }

    def clean(self) -> None:
        if int(self.management_form.cleaned_data[TOTAL_FORM_COUNT] or 0) < 0:
            raise ValidationError(NOT_WHOLE)


def kinds_field() -> forms.ChoiceField:
    """Which kind; where there is one only, nothing is asked."""
    choices = [(kind.key, kind.name) for kind in KINDS.values()]
    widget = forms.Select if len(choices) > 1 else forms.HiddenInput
    return forms.ChoiceField(label=_("Kind of step"), required=False, choices=choices, initial=FIRST.key, widget=widget)


FIRST: Final = next(iter(KINDS.values()))
StepFormSet = forms.formset_factory(StepForm, BaseStepFormSet, extra=1, max_num=MOST_STEPS, absolute_max=MOST_STEPS)


def design_from(form: DesignForm, conditions: ConditionsForm, steps: Any) -> Design:
    """What the three valid parts of the page say together."""
    kept = [
        (row.cleaned_data.get("position") or LAST, step) for row in steps if row.cleaned_data and (step := row.step())
    ]
    kept.sort(key=lambda placed: placed[0])
    return Design(
        form.kind,
        form.trigger(),
        conditions.stored(),
        form.cleaned_data["reentry_days"],
        [step for _place, step in kept],
    )


def chosen(design: Design) -> str:
    """The design's trigger as the form names it."""
    if design.trigger_kind != TriggerKind.STATE:
        return design.trigger_kind
    return f"{STATE}{design.trigger.get('state', '')}" if isinstance(design.trigger, Mapping) else ""


def initial_of(design: Design) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the trigger and the steps of the page start from."""
    head = {"trigger_kind": chosen(design), "reentry_days": design.reentry_days}
    stored = design.trigger if isinstance(design.trigger, Mapping) else {}  # an unreadable one is written anew
    values = stored.get("values") if design.trigger_kind == TriggerKind.STATE else stored
    head |= values if isinstance(values, Mapping) else {}
    return head, [{"position": n, "kind": step.kind, **step.values} for n, step in enumerate(design.steps, 1)]


class TriggerSheet(FormSheet):
    """When a playbook starts, as one field: whichever event is chosen, its values go with it."""

    def __init__(self, form: DesignForm) -> None:
        super().__init__(form, {"trigger": (_("Starts when"), ["trigger_kind", *form.values])})
        of_events = {name for fields in parameters.EVENTS.values() for name in fields}
        self._kind = f"{form.kind}:{form.state}" if form.state else form.kind
        self._values = of_events | {name for state in STATES.values() for name in state.fields}

    def key_of(self, name: str) -> str | None:
        return super().key_of(name) or ("trigger" if name in self._values else None)

    def words(self, key: str, texts: Texts) -> str:
        kind = next(iter(texts.get("trigger_kind", [])), "")
        if key != "trigger" or kind in {"", self._kind}:
            return super().words(key, texts)
        return super(TriggerSheet, TriggerSheet(DesignForm(kind=kind))).words(key, texts)


class StepsSheet(Sheet):
    """The steps of a draft, in their order, as one field."""

    def __init__(self, steps: list[dict[str, Any]]) -> None:
        drawn = StepFormSet(initial=steps, prefix="s")
        every = [drawn.management_form, *drawn.forms]
        self.stands = {name: texts for form in every for name, texts in texts_of(form).items()}

    def key_of(self, name: str) -> str | None:
        return "steps" if name.startswith("s-") else None

    def label(self, key: str) -> str:  # noqa: ARG002 (there is one)
        return gettext("Steps")

    def words(self, key: str, texts: Texts) -> str:  # noqa: ARG002 (there is one)
        rows: dict[int, dict[str, str]] = defaultdict(dict)
        for name, typed in texts.items():
            if (match := FIELD.fullmatch(name)) and typed and typed[-1]:
                rows[int(match[1])][match[2]] = typed[-1]
        lines = [
            (row_number(row.get("position", "")) or LAST, n, line) for n, row in rows.items() if (line := _line(row))
        ]
        return "\n".join(f"{place}. {line}" for place, _n, line in sorted(lines)) or NOTHING


def _line(row: Mapping[str, str]) -> str:
    """What a row of the form says: its name, and what is chosen and counted; "" for one that is dropped."""
    kind = KINDS.get(row.get("kind", ""), FIRST)
    chosen = [name for name, field in kind.fields.items() if not isinstance(field, forms.CharField) and name in row]
    words = [field_words(kind.fields[name], [row[name]]) for name in chosen if name != kind.named]
    return " · ".join([row[kind.named], *words]) if kind.named in row else ""
