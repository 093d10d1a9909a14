"""Values of the history as text: fields, kinds, doors, and differing stretches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

from django import forms
from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.history.kept import REGISTER, Kept
from config.history.models import Entry
from config.setaside.views import words_of
from config.ui import figures
from config.web.sheets import field_words
from health.states import STATES
from health.words.states import asks, measure_named
from playbooks.steps import KINDS, Step
from playbooks.steps.task import TASK

LONGEST: Final = 300  # characters of a value on a page
LEAD: Final = 40  # characters before the first that differs
MANY: Final = 10_000
DEPARTED: Final[dict[str, str | Promise]] = {
    "portfolio": gettext_lazy("Customers, as CSV"),
    "customers": gettext_lazy("Customers, as CSV"),
    "cases": gettext_lazy("Cases, as CSV"),
    "tasks": gettext_lazy("Tasks, as CSV"),
    "renewals": gettext_lazy("Renewals, as CSV"),
    "team": gettext_lazy("Team load, as CSV"),
    "history": gettext_lazy("History, as CSV"),
    "rejects": gettext_lazy("Refused rows of an import, as CSV"),
    "cells": gettext_lazy("Cells that an import left out, as CSV"),
    "people": gettext_lazy("People who use it, as CSV"),
    "withdrawn": gettext_lazy("Rows that were taken out, as CSV"),
    "record": gettext_lazy("The record, as ZIP"),
}


def is_unsaid(raw: Any) -> bool:
    """Whether a value is empty; False and 0 are not."""
    return raw in (None, "", [], {})


def differing(before: str, after: str) -> tuple[str, str]:
    """Both texts; where one is long, the stretches around the first differing character."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    alike = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    start = max(0, alike - LEAD)
    return _stretch(before, start), _stretch(after, start)


def _stretch(text: str, start: int) -> str:
    end = start + LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def pointed(kept: Kept, entry: Entry) -> Iterator[tuple[str, int]]:
    """The foreign keys in an entry, with the field of each."""
    for name in kept.fields:
        if isinstance(kept.column_field(name), models.ForeignKey):
            for pk in (entry.before.get(name), entry.after.get(name)):
                if pk:
                    yield name, pk


def name_field(model: type[models.Model]) -> str:
    """The field with the name of a row of ``model``; its id where it has none."""
    kept = REGISTER.get(str(model._meta.model_name))
    if kept:
        return kept.column_field(kept.named).attname
    return "name" if any(field.name == "name" for field in model._meta.fields) else "pk"


def what(kept: Kept) -> str:
    """The label of a row of this kind."""
    return str(capfirst(kept.label or kept.model._meta.verbose_name))


def kind_named(kind: str) -> str:
    """What people call rows of a kind that is not in the register."""
    model = next((known for known in apps.get_models() if known._meta.model_name == kind), None)
    return str(capfirst(model._meta.verbose_name)) if model else kind


def label(kept: Kept, name: str) -> str:
    verbose_name = kept.words.get(name) or kept.earlier.get(name) or kept.column_field(name).verbose_name
    return str(capfirst(verbose_name))


def door_words(door: str) -> str:
    """The door of a change as text; "" for a page."""
    way, _colon, name = door.partition(":")
    patterns = {
        "api": _("by the API"),
        "link": _("by a one-time link"),
        "step": _("by an automatic run: %(name)s") % {"name": words_of(name)},
        "work": _("by work in the background: %(name)s") % {"name": name},
        "undo": _("by the undo of import %(name)s") % {"name": name},
        "import": _("by import %(name)s") % {"name": name},
        "merge": _("by a merge"),
        "command": _("by the command %(name)s") % {"name": name},
    }
    return str(patterns.get(way, ""))


def of_catalogue(kept: Kept, name: str, raw: Any) -> str | None:
    """The name of a measure or state; None for any other field."""
    if (kept.kind, name) == ("scorecardmeasure", "measure"):
        measure = measure_named(raw)
        return str(measure.name) if measure else str(raw)
    if (kept.kind, name) == ("caserule", "detector"):
        return asks(raw, {}) if raw in STATES else str(raw)
    return None


def filled(source: forms.Field | None, key: str, value: Any) -> str:
    """One value of a state with the label and wording of its form; by its key where the state no longer has it."""
    if source is None:
        return f"{key}: {inside(value)}"
    if isinstance(source.widget, forms.widgets.ChoiceWidget):
        texts = [str(item) for item in (value if isinstance(value, list) else [value])]
        return f"{source.label}: {field_words(source, texts)}"
    return f"{source.label}: {inside(value)}"


def step_named(step: Step) -> str:
    """What people know a step of a playbook by."""
    kind = KINDS.get(step.kind)
    return kind.shown(kind.named, step.values) if kind else ""


def step_said(step: Step, other: Step) -> str:
    """The values of a step in which the other differs, each by the name that the form of its kind gives it."""
    kind = KINDS.get(step.kind)
    fields = kind.fields if kind else {}
    names = sorted(step.values, key=lambda name: [*fields].index(name) if name in fields else len(fields))
    differ = [name for name in names if step.kind != other.kind or step.values[name] != other.values.get(name)]
    texts = {
        name: kind.shown(name, step.values) if kind and name in kind.shipped else step.values[name] for name in differ
    }
    return "; ".join(filled(fields.get(name), name, texts[name]) for name in differ) or figures.NONE


def task_of(values: dict[str, Any]) -> Step:
    """A step as it was when every step gave a task and had columns for it."""
    return Step(TASK.key, values)


def step_value(name: str, raw: Any) -> str:
    """One value of such a step."""
    return TASK.shown(name, {name: raw}) if name in TASK.shipped else field_words(TASK.fields[name], [str(raw)])


def inside(value: Any) -> str:
    """A JSON value as text: yes or no, a figure, a list of values, or each name with its value."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return figures.listed(inside(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {inside(item)}" for key, item in value.items())
    if isinstance(value, int):
        return figures.number(value) if abs(value) >= MANY else figures.minus(value)
    return figures.NONE if value is None else str(value)
