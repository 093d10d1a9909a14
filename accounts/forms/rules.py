"""Parts of a form about a rule: its conditions on customers. For the forms of every app.

Conditions are drawn as groups in groups. Every node has a path ("" the outermost group, "1.0" the first member of
its second) and posts ``<prefix>-1-0-field``, ``-test``, ``-value``, or ``-how`` for a group. Buttons named
``<prefix>-add``, ``-group`` and ``-remove`` carry the path they act on; they redraw and save nothing, with a script
or without.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from accounts import conditions
from accounts.conditions import checking
from accounts.conditions.fields import PRESENCE, TESTS, StateOf, find
from accounts.conditions.trees import Group, How, Leaf, Node, Stored
from accounts.conditions.words import HOW, phrases
from accounts.forms.rule_texts import Typed, part_at, tree_of, typed_in, typed_of
from accounts.forms.rule_values import Offer, condition_of, value_field
from config.web.sheets import NOTHING, Sheet, Texts, texts_of

ACTS: Final = ("add", "group", "remove", "redraw")


class ConditionForm(forms.Form):
    """One condition; which tests and values it offers follows from its field. An empty field drops it."""

    field = forms.ChoiceField(label=_("Field"), required=False)

    def __init__(self, typed: Typed, *, prefix: str, offer: Offer, bound: bool, redraw: Mapping[str, str]) -> None:
        initial = {name: texts[0] if texts else "" for name, texts in typed.parts.items()}
        key, test = initial.get("field", ""), initial.get("test", "")
        self.about, self.row = find(key), offer.row
        if self.about and not test:
            test = self.about.tests[0]
        names = {f"{prefix}-{name}": texts for name, texts in (typed.parts | {"test": [test]}).items()}
        super().__init__(MultiValueDict(names) if bound else None, prefix=prefix, initial=initial)
        self.fields["field"].choices = offer.fields(key)  # type: ignore[attr-defined]
        self.fields["field"].widget.attrs |= redraw
        if self.about is None:
            return
        tests = [(name, TESTS[name]) for name in self.about.tests]
        self.fields["test"] = forms.ChoiceField(label=_("Test"), required=False, choices=tests)
        self.fields["test"].widget.attrs |= redraw
        test = test if test in self.about.tests else self.about.tests[0]
        if self.about.state:
            self._take_values(self.about.state, typed)
        elif test not in PRESENCE:
            self.fields["value"] = value = value_field(self.about, test, offer, typed.parts.get("value", []))
            if isinstance(value, forms.MultipleChoiceField):
                self.initial["value"] = typed.parts.get("value", [])

    @property
    def value_fields(self) -> list[forms.BoundField]:
        """The value, or the values of a state."""
        return [self[name] for name in self.fields if name.startswith("value")]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("field") and not self.errors:
            data["condition"] = condition_of(data["field"], data.get("test", ""), self._value(data))
            problem = checking.problem_of(data["condition"], self.row)
            if problem:
                self.add_error("value" if "value" in self.fields else "field", problem)
        return data

    def _take_values(self, state: StateOf, typed: Typed) -> None:
        for name, value in state.fields.items():
            self.fields[f"value-{name}"] = field = copy.deepcopy(value)
            if isinstance(field, forms.ChoiceField):
                choices: Any = field.choices
                field.choices = list(choices)  # evaluated here, not while a template is drawn
            texts = typed.parts.get(f"value-{name}")
            if texts is not None:
                many = isinstance(value, forms.MultipleChoiceField)
                self.initial[f"value-{name}"] = texts if many else "\n".join(texts)

    def _value(self, data: Mapping[str, Any]) -> Any:
        if self.about is None or not self.about.state:
            return data.get("value")
        values = {name: data.get(f"value-{name}") for name in self.about.state.fields}
        return {name: value for name, value in values.items() if value not in (None, "", [])}


class HowForm(forms.Form):
    """How the conditions of a group are taken together."""

    how = forms.ChoiceField(label=_("How these are taken together"), choices=list(HOW.items()))


@dataclass
class Part:
    """A node as it is drawn: a condition's form, or a group's form with its parts."""

    path: str
    number: str
    form: forms.Form
    parts: list[Part] | None = None
    may_nest: bool = False
    fresh: bool = False


class ConditionsForm:
    """The conditions of one rule in groups; part of a form that has other fields as well.

    After one of the editor's buttons (``acted``) it is drawn again as typed, without checks. ``changed`` names the
    select whose change caused the drawing: a condition with another field starts anew.
    """

    def __init__(
        self, data: QueryDict | None, *, prefix: str, stored: Stored | None = None, checked: bool = True, changed: str = "",
        offer: Offer | None = None, redraw: str = "",
    ) -> None:  # fmt: skip
        self.prefix = prefix
        self.errors: list[str] = []
        self.acted = data is not None and any(f"{prefix}-{act}" in data for act in ACTS)
        self.is_bound = data is not None and checked and not self.acted
        self._root = typed_of(tree_of(stored or [])) if data is None else typed_in(data, prefix)
        self._fresh: Typed | None = None
        if data is not None:
            self._start_anew(changed)
            self._act(data)
        if not self._root.members:
            self._root.members = [Typed()]
            self._fresh = self._fresh or (self._root.members[0] if offer else None)
        self._offer = offer or Offer()
        self.redraw = redraw or reverse("accounts:conditions", args=[prefix])
        self._redraw = {
            "hx-post": self.redraw,
            "hx-target": f"#{prefix}-conditions",
            "hx-swap": "outerHTML",
        }
        self.root = self._drawn(self._root, ())

    def is_valid(self) -> bool:
        """Whether every condition is valid; each problem is at its field, those of the whole in ``errors``."""
        # Validate every form, without a short circuit, so that each shows its own problems.
        valid = not [part for part in self._all(self.root) if not part.form.is_valid()]
        if valid:
            self.errors = [
                checking.at(path, problem) for path, problem in conditions.problems(self.stored(), self._offer.row)
            ]
        return self.is_bound and valid and not self.errors

    def stored(self) -> Stored:
        """The conditions as they are stored, those without a field left out; only after each form was cleaned."""
        return conditions.write(self._group(self.root))

    def every(self) -> Iterator[Part]:
        """The group and all that is in it, as they are drawn."""
        return self._all(self.root)

    def _group(self, part: Part) -> Group:
        members: list[Node] = []
        for child in part.parts or []:
            if child.parts is not None:
                inner = self._group(child)
                members += [inner] if inner.members else []
            elif condition := child.form.cleaned_data.get("condition"):
                members.append(Leaf(condition["field"], condition["test"], condition["value"]))
        return Group(How(part.form.cleaned_data["how"]) if members else How.ALL, tuple(members))

    def _all(self, part: Part) -> Iterator[Part]:
        yield part
        for child in part.parts or []:
            yield from self._all(child)

    def _drawn(self, typed: Typed, path: tuple[int, ...]) -> Part:
        dotted, number = ".".join(map(str, path)), ".".join(str(n + 1) for n in path)
        prefix = "-".join([self.prefix, *map(str, path)])
        if typed.members is None:
            form: forms.Form = ConditionForm(
                typed, prefix=prefix, offer=self._offer, bound=self.is_bound, redraw=self._redraw
            )
            if typed is self._fresh:
                form.fields["field"].widget.attrs["autofocus"] = True
            return Part(dotted, number, form, fresh=typed is self._fresh)
        data = {f"{prefix}-how": typed.how}
        form = HowForm(data if self.is_bound else None, prefix=prefix, initial={"how": typed.how})
        parts = [self._drawn(member, (*path, n)) for n, member in enumerate(typed.members)]
        return Part(dotted, number, form, parts, may_nest=len(path) < checking.DEEPEST - 1)

    def _act(self, data: QueryDict) -> None:
        for act in ACTS:
            path = data.get(f"{self.prefix}-{act}")
            if path is None or not re.fullmatch(r"(\d{1,3}(\.\d{1,3})*)?", path):
                continue
            steps = [int(step) for step in path.split(".") if step]
            node = part_at(self._root, steps[:-1] if act == "remove" else steps)
            if node is None or node.members is None:
                continue
            if act == "remove" and steps and steps[-1] < len(node.members):
                del node.members[steps[-1]]
            elif act in {"add", "group"}:
                self._fresh = Typed()
                node.members.append(self._fresh if act == "add" else Typed(How.ANY, [self._fresh]))

    def _start_anew(self, changed: str) -> None:
        match = re.fullmatch(rf"{re.escape(self.prefix)}((?:-\d{{1,3}})+)-field", changed)
        node = part_at(self._root, [int(step) for step in match[1].split("-")[1:]]) if match else None
        if node is not None and node.members is None:
            node.parts = {"field": node.parts.get("field", [])}


class ConditionsSheet(Sheet):
    """The stored conditions of a form with ``prefix``, as one field: conditions of two people cannot be merged."""

    def __init__(self, stored: Stored | None, prefix: str, label: Any, day: dt.date) -> None:
        self.prefix, self._label, self.day = prefix, label, day
        form = ConditionsForm(None, prefix=prefix, stored=stored)
        self.stands = {name: texts for part in form.every() for name, texts in texts_of(part.form).items()}

    def key_of(self, name: str) -> str | None:
        return self.prefix if name.startswith(f"{self.prefix}-") else None

    def label(self, key: str) -> str:  # noqa: ARG002 (there is one)
        return str(self._label)

    def words(self, key: str, texts: Texts) -> str:  # noqa: ARG002 (there is one)
        stored = self._stored(texts)
        return NOTHING if stored is None else "\n".join(phrases(stored, self.day)) or NOTHING

    def alike(self, key: str, one: Texts, other: Texts) -> bool:  # noqa: ARG002 (there is one)
        first, second = self._stored(one), self._stored(other)
        return first is not None and first == second

    def _stored(self, texts: Texts) -> Stored | None:
        """The conditions as they would be stored; None where they are invalid."""
        data = QueryDict(mutable=True)
        for name, values in texts.items():
            data.setlist(name, values)
        form = ConditionsForm(data, prefix=self.prefix)
        return form.stored() if form.is_valid() else None
