"""Entries as text: who, by which door, and each field before and after."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as _

from accounts.conditions.words import phrases
from accounts.models import Customer, User
from config.history.actors import DEMO, OF_PEOPLE
from config.history.kept import REGISTER, Kept
from config.history.models import Entry, Operation
from config.history.views import pages
from config.history.views.values import (
    differing,
    door_words,
    filled,
    inside,
    is_unsaid,
    kind_named,
    label,
    name_field,
    of_catalogue,
    pointed,
    step_named,
    step_said,
    step_value,
    task_of,
    what,
)
from config.shipping import translated
from config.ui import figures
from health.models import CaseRule
from health.states import STATES
from playbooks.models import PlaybookStep
from playbooks.steps import Step

SHARES: Final = {"csm_likelihood", "final_likelihood", "precision_floor"}
CONDITIONS: Final = {("segment", "rule"), ("caserule", "audience"), ("playbookversion", "audience")}
VALUES: Final = ("caserule", "values")
STEP: Final = ("playbookstep", "values")


@dataclass(frozen=True)
class Field:
    """One changed field: its label, and its text before and after ("–" for none)."""

    label: str
    before: str
    after: str
    hidden: bool = False


@dataclass(frozen=True)
class Line:
    """One changed row: its kind, name, page and fields, and its customer where the reader names customers."""

    entry: Entry
    what: str
    name: str
    url: str
    fields: list[Field]
    customer: str = ""

    @property
    def deleted(self) -> bool:
        return self.entry.operation == Operation.DELETED

    @property
    def added(self) -> bool:
        return self.entry.operation == Operation.ADDED


@dataclass(frozen=True)
class Act:
    """One transaction: when, who, by which door ("" for a page), and the rows it changed."""

    at: str
    who: str
    door: str
    lines: list[Line]


@dataclass
class Reader:
    """Texts for one reader: language of the request, their zone, and only names that they may see.

    ``customers``: rows of a customer name it. ``whole``: long values are complete, as in a file; a page shows the
    stretch that differs. ``register`` says how the fields of a kind are worded. ``absent``: by number, the names of customers who
    are not there (yet, any more) and whom the reader may see.
    """

    user: User
    today: dt.date
    zone: dt.tzinfo
    customers: bool = False
    whole: bool = False
    names: dict[type[models.Model], dict[int, Any]] = field(default_factory=dict)
    detectors: dict[int, str] = field(default_factory=dict)
    steps: dict[int, Step] = field(default_factory=dict)
    register: Mapping[str, Kept] = field(default_factory=lambda: REGISTER)
    absent: Mapping[int, str] = field(default_factory=dict)

    def acts(self, entries: Sequence[Entry]) -> list[Act]:
        """The entries, grouped by transaction. One statement per kind of object named, however many entries."""
        self._learn(entries)
        grouped = groupby(entries, key=lambda entry: (entry.act, entry.actor_id, entry.door))
        return [self._act(list(group)) for _key, group in grouped]

    def _act(self, entries: list[Entry]) -> Act:
        first = entries[0]
        return Act(
            self.instant(first.at), self.who(first.actor_id, first.door), door_words(first.door),
            [self.line(entry) for entry in entries],
        )  # fmt: skip

    def lines(self, entries: Sequence[Entry]) -> list[Line]:
        """The entries one by one. Statements as of ``acts``."""
        self._learn(entries)
        return [self.line(entry) for entry in entries]

    def line(self, entry: Entry) -> Line:
        kept = self.register.get(entry.kind)
        if kept is None:  # of which only the end is kept, or of a kind that this version does not know
            return Line(entry, kind_named(entry.kind), entry.before.get("external_id") or f"#{entry.object_id}", "", [])
        customer = (
            self.names.get(Customer, {}).get(entry.customer_id or 0, "")
            if self.customers and kept.model is not Customer
            else ""
        )
        fields = self._fields(kept, entry)
        return Line(entry, what(kept), self._called(kept, entry), pages.address(entry), fields, customer)

    def who(self, person: int | None, door: str) -> str:
        """The person's name, the demo, or somebody not signed in; "Tsunagu" for its own work, "Unknown" without a
        door.
        """
        if person:
            return str(self.names.get(User, {}).get(person) or f"#{person}")
        if door == DEMO:
            return _("The demo")
        if door in OF_PEOPLE:
            return _("Somebody not signed in")
        return "Tsunagu" if door else _("Unknown, outside Tsunagu")

    def people(self, ids: Iterable[int | None]) -> None:
        """Look up the names of people. One statement."""
        self.names[User] = dict(User.objects.filter(pk__in={pk for pk in ids if pk}).values_list("pk", "name"))

    def instant(self, at: dt.datetime) -> str:
        return figures.instant(at.astimezone(self.zone), self.today)

    def _fields(self, kept: Kept, entry: Entry) -> list[Field]:
        names = [name for name in (*kept.fields, *kept.earlier) if name in entry.before or name in entry.after]
        return [
            Field(label(kept, name), *self._both(kept, name, entry), name in kept.hidden)
            for name in names
            if entry.operation == Operation.CHANGED
            or not all(is_unsaid(values.get(name)) for values in (entry.before, entry.after))
        ]

    def _both(self, kept: Kept, name: str, entry: Entry) -> tuple[str, str]:
        if (kept.kind, name) == STEP:
            old, new = self._step(entry, entry.before), self._step(entry, entry.after)
            return step_said(old, new), step_said(new, old)
        before, after = (
            self._looked_for(entry, values) if (kept.kind, name) == VALUES else self.value(kept, name, values.get(name))
            for values in (entry.before, entry.after)
        )
        return (before, after) if self.whole else differing(before, after)

    def value(self, kept: Kept, name: str, raw: Any) -> str:
        """A field's value as text."""
        if is_unsaid(raw):
            return figures.NONE
        if name in kept.earlier:
            return step_value(name, raw)
        source = kept.column_field(name)
        if (kept.kind, name) in CONDITIONS:
            return "; ".join(phrases(raw, self.today)) or figures.NONE
        if isinstance(source, models.ForeignKey):
            return self._named(source, raw)
        if (wording := of_catalogue(kept, name, raw)) is not None:
            return wording
        return self._plain(source, raw, shipped=name in kept.shipped.split())

    def _looked_for(self, entry: Entry, content: dict[str, Any]) -> str:
        """The values of a rule's state, each with the label of its form."""
        values = content.get("values")
        if is_unsaid(values) or not isinstance(values, dict):
            return figures.NONE if is_unsaid(values) else inside(values)
        state = STATES.get(content.get("detector") or self.detectors.get(entry.object_id, ""))
        fields = state.fields if state else {}
        ordered = [*(key for key in fields if key in values), *(key for key in values if key not in fields)]
        return "; ".join(filled(fields.get(key), key, values[key]) for key in ordered)

    def _step(self, entry: Entry, said: dict[str, Any]) -> Step:
        """What an entry says of a step of a playbook, before or after it."""
        if earlier := {name: said[name] for name in REGISTER[STEP[0]].earlier if name in said}:
            return task_of(earlier)
        known = self.steps.get(entry.object_id)
        kinds = (entry.before.get("kind"), entry.after.get("kind"), known.kind if known else "")
        return Step(said.get("kind") or next(filter(None, kinds), ""), said.get(STEP[1]) or {})

    def _plain(self, source: models.Field[Any, Any], raw: Any, *, shipped: bool) -> str:
        if isinstance(source, ArrayField):
            return figures.listed(self._plain(source.base_field, item, shipped=False) for item in raw)
        if source.flatchoices:
            return str(dict(source.flatchoices).get(raw, raw))
        if isinstance(source, models.DateTimeField):
            return self.instant(dt.datetime.fromisoformat(raw))
        if isinstance(source, models.DateField):
            return figures.day(raw if isinstance(raw, dt.date) else dt.date.fromisoformat(raw), self.today)
        if isinstance(source, models.DecimalField):
            return figures.percent(raw) if source.name in SHARES else figures.exact(raw)
        return translated(raw) if shipped and isinstance(raw, str) else inside(raw)

    def _named(self, source: models.ForeignKey[Any, Any], pk: int) -> str:
        model = source.related_model
        names = self.names.get(model, {})
        if pk not in names:
            return self.absent.get(pk) or _("not visible to you") if model is Customer else f"#{pk}"
        kept = REGISTER.get(str(model._meta.model_name))
        return self.value(kept, kept.named, names[pk]) if kept else str(names[pk])

    def _called(self, kept: Kept, entry: Entry) -> str:
        """The name of the row in the entry, else its present name, else its id."""
        if kept.kind == STEP[0]:
            known = self.steps.get(entry.object_id) or self._step(entry, entry.before)
            return step_named(known) or f"#{entry.object_id}"
        name = entry.after.get(kept.named, entry.before.get(kept.named))
        if name is None:
            name = self.names.get(kept.model, {}).get(entry.object_id)
        return f"#{entry.object_id}" if name in (None, "") else self.value(kept, kept.named, name)

    def _learn(self, entries: Sequence[Entry]) -> None:
        """Look up the names of people, of the rows themselves and of the rows their fields refer to."""
        ids_by_model: dict[type[models.Model], set[int]] = defaultdict(set)
        self._learn_values(entries)
        for entry in entries:
            if entry.actor_id:
                ids_by_model[User].add(entry.actor_id)
            kept = self.register.get(entry.kind)
            if kept is None:
                continue
            if kept.kind != STEP[0] and kept.named not in entry.before and kept.named not in entry.after:
                ids_by_model[kept.model].add(entry.object_id)
            if self.customers and entry.customer_id and kept.model is not Customer:
                ids_by_model[Customer].add(entry.customer_id)
            for name, pk in pointed(kept, entry):
                ids_by_model[kept.column_field(name).related_model].add(pk)  # type: ignore[index]  # a foreign key's
        for model, ids in ids_by_model.items():
            self.names[model] = dict(self._rows(model).filter(pk__in=ids).values_list("pk", name_field(model)))

    def _learn_values(self, entries: Sequence[Entry]) -> None:
        """Look up what says how values are read: the states of rules, the kinds of steps."""
        rules = {row.object_id for row in entries if row.kind == VALUES[0] and VALUES[1] in {*row.before, *row.after}}
        steps = {row.object_id for row in entries if row.kind == STEP[0]}
        if rules:
            self.detectors = dict(CaseRule.objects.filter(pk__in=rules).values_list("pk", "detector"))
        if steps:
            self.steps = {row.pk: row.step for row in PlaybookStep.objects.filter(pk__in=steps)}

    def _rows(self, model: type[models.Model]) -> models.QuerySet[Any]:
        return Customer.objects.visible_to(self.user) if model is Customer else model._base_manager.all()
