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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import conditions
from accounts.conditions import checking
from accounts.conditions.fields import DAYS, FIGURES, PRESENCE, SPANS, TESTS, Field, Kind, StateOf, find, offered
from accounts.conditions.trees import Group, How, Leaf, Node, Stored
from accounts.conditions.words import HOW, phrases
from accounts.lists.persons import WORDS
from accounts.models import User
from config.fields import DayInput, FigureInput, WholeInput
from config.text import narrow, row_number
from config.web.sheets import NOTHING, Sheet, Texts, texts_of

EMPTY: Final = [("", _("–"))]
MOST_NODES: Final = 120
FEW: Final = 8
SEPARATORS: Final = re.compile(r"[,、，\n]")
ACTS: Final = ("add", "group", "remove", "redraw")


@dataclass
class Typed:
    """A node as somebody typed it: a group with members, or a leaf with the texts of its parts."""

    how: str = How.ALL
    members: list[Typed] | None = None
    parts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether it asks nothing: a leaf without a field, a group of such."""
        if self.members is None:
            return not any(self.parts.get("field", []))
        return all(member.is_blank for member in self.members)


class Offer:
    """What may be chosen, asked once for one drawing of a form however many conditions it has.

    ``row`` is the list whose rows are asked as well; ``reader`` whoever filters one: people are those whose customers it sees,
    and "me" and "team" may be meant.
    """

    def __init__(self, row: str = "", reader: User | None = None) -> None:
        self.row, self.reader = row, reader
        self._groups: list[tuple[Any, Any]] | None = None
        self._options: dict[str, list[tuple[str, Any]]] = {}
        self._names: dict[str, Mapping[int, str]] = {}

    def fields(self, chosen: str) -> list[tuple[Any, Any]]:
        """The fields by group; ``chosen`` among them even where it is no longer offered."""
        if self._groups is None:
            self._groups = [(group, [(one.key, one.label) for one in of]) for group, of in offered(self.row)]
        known = {key for _group, of in self._groups for key, _label in of}
        stray = [] if not chosen or chosen in known else [(chosen, getattr(find(chosen), "label", chosen))]
        return [*EMPTY, *stray, *self._groups]

    def options(self, of: Field) -> list[tuple[str, Any]]:
        """The values of a field."""
        if of.key not in self._options:
            self._options[of.key] = self._people() if self.reader and of.of_people else of.options
        return self._options[of.key]

    def called(self, of: Field, value: str) -> str:
        """What a value is called that is no longer offered: the name of a row, else the value itself."""
        if of.rows is None:
            return value
        if of.key not in self._names:
            self._names[of.key] = {} if self.reader and of.of_people else of.rows.names()
        return self._names[of.key].get(_key(value), value)

    def _people(self) -> list[tuple[str, Any]]:
        people = User.objects.visible_to(self.reader).filter(is_active=True).order_by("name")
        return [*WORDS.items(), *((str(pk), name) for pk, name in people.values_list("pk", "name"))]


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
            self.fields["value"] = value = _value_field(self.about, test, offer, typed.parts.get("value", []))
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
            self.fields[f"value-{name}"] = copy.deepcopy(value)
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
    """The conditions of one rule in groups; of a form that has other fields as well.

    Where an editor's button was pressed (``acted``) it is drawn again as typed, and nothing is checked. ``changed``
    names the select whose change asked for the drawing: a condition with another field starts anew.
    """

    def __init__(
        self, data: QueryDict | None, *, prefix: str, stored: Stored | None = None, checked: bool = True, changed: str = "",
        offer: Offer | None = None, redraw: str = "",
    ) -> None:  # fmt: skip
        self.prefix = prefix
        self.errors: list[str] = []
        self.acted = data is not None and any(f"{prefix}-{act}" in data for act in ACTS)
        self.is_bound = data is not None and checked and not self.acted
        self._root = _typed(_tree(stored or [])) if data is None else _read(data, prefix)
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
        """Whether every condition can be asked; each problem stands at its field, those of the whole in ``errors``."""
        # Every form is asked, so that each shows what is wrong with it.
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
        for one in part.parts or []:
            if one.parts is not None:
                inner = self._group(one)
                members += [inner] if inner.members else []
            elif condition := one.form.cleaned_data.get("condition"):
                members.append(Leaf(condition["field"], condition["test"], condition["value"]))
        return Group(How(part.form.cleaned_data["how"]) if members else How.ALL, tuple(members))

    def _all(self, part: Part) -> Iterator[Part]:
        yield part
        for one in part.parts or []:
            yield from self._all(one)

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
            node = _at(self._root, steps[:-1] if act == "remove" else steps)
            if node is None or node.members is None:
                continue
            if act == "remove" and steps and steps[-1] < len(node.members):
                del node.members[steps[-1]]
            elif act in {"add", "group"}:
                self._fresh = Typed()
                node.members.append(self._fresh if act == "add" else Typed(How.ANY, [self._fresh]))

    def _start_anew(self, changed: str) -> None:
        match = re.fullmatch(rf"{re.escape(self.prefix)}((?:-\d{{1,3}})+)-field", changed)
        node = _at(self._root, [int(step) for step in match[1].split("-")[1:]]) if match else None
        if node is not None and node.members is None:
            node.parts = {"field": node.parts.get("field", [])}


class ConditionsSheet(Sheet):
    """The stored conditions of a form with ``prefix``, as one field: two people's conditions make no rule together."""

    def __init__(self, stored: Stored | None, prefix: str, label: Any, day: dt.date) -> None:
        self.prefix, self._label, self.day = prefix, label, day
        drawn = ConditionsForm(None, prefix=prefix, stored=stored)
        self.stands = {name: texts for part in drawn.every() for name, texts in texts_of(part.form).items()}

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
        """The conditions as they would be stored; None where they cannot be asked."""
        data = QueryDict(mutable=True)
        for name, values in texts.items():
            data.setlist(name, values)
        form = ConditionsForm(data, prefix=self.prefix)
        return form.stored() if form.is_valid() else None


def condition_of(key: str, test: str, value: Any) -> dict[str, Any]:
    """A condition from what a person typed; not checked yet. A row that was chosen is meant by its id."""
    about = find(key)
    if about and about.rows:
        value = [_key(one) for one in value] if isinstance(value, list) else _key(value)
    if isinstance(value, dict):
        return {"field": key, "test": test, "value": value}
    if test in PRESENCE:
        return {"field": key, "test": test, "value": None}
    if test in FIGURES or test in SPANS:
        value = _figure(str(value or ""))
    elif test == "is_in" and not isinstance(value, list):
        value = [word.strip() for word in SEPARATORS.split(str(value or "")) if word.strip()]
    elif isinstance(value, str):
        value = value.strip()
    return {"field": key, "test": test, "value": value}


def _key(chosen: Any) -> Any:
    text = str(chosen or "").strip()
    key = row_number(text)
    return text if key is None else key


def _figure(typed: str) -> Any:
    """The number that was typed as the reader's language writes it, full-width digits as well; else the text."""
    text = narrow(typed)
    thousand, decimal = re.escape(get_format("THOUSAND_SEPARATOR")), re.escape(get_format("DECIMAL_SEPARATOR"))
    if not re.fullmatch(rf"[+-]?(\d+|\d{{1,3}}({thousand}\d{{3}})+)({decimal}\d+)?", text, re.ASCII):
        return typed
    plain = re.sub(thousand, "", text)
    plain = re.sub(decimal, ".", plain)
    figure = checking.number(plain)
    if figure is None:
        return typed
    return int(figure) if figure == figure.to_integral_value() else float(figure)


def _value_field(about: Field, test: str, offer: Offer, chosen: list[str]) -> forms.Field:  # noqa: PLR0911 (one a kind of value)
    label = pgettext_lazy("figure", "Value")
    if test in DAYS:
        return forms.CharField(label=_("Day"), required=False, widget=DayInput())
    if test in SPANS:
        span = WholeInput({"class": "num"})
        return forms.CharField(label=pgettext_lazy("how many", "Days"), required=False, max_length=20, widget=span)
    if test in FIGURES:
        figure = FigureInput({"class": "num"})
        return forms.CharField(label=label, required=False, max_length=40, widget=figure)
    options = offer.options(about) if about.choices or about.kind == Kind.FLAG else []
    if callable(about.choices):
        # A value that is no longer offered is not lost by opening the form.
        stray = [one for one in chosen if one and one not in dict(options)]
        options = [*options, *((one, offer.called(about, one)) for one in stray)]
    if options and test == "is_in":
        many = forms.CheckboxSelectMultiple() if len(options) <= FEW else forms.SelectMultiple()
        return _Choices(label=label, required=False, choices=options, widget=many)
    if options:
        return _Choice(label=label, required=False, choices=[*EMPTY, *options])
    if test == "is_in":
        help_text = _("Separated by commas.")
        return forms.CharField(label=label, required=False, max_length=4000, help_text=help_text)
    return forms.CharField(label=label, required=False, max_length=checking.LONGEST_VALUE)


class _Choice(forms.ChoiceField):
    """Leaves it to ``conditions.check`` which values there are."""

    def valid_value(self, _value: Any) -> bool:
        return True


class _Choices(forms.MultipleChoiceField):
    def valid_value(self, _value: Any) -> bool:
        return True


def _tree(stored: Stored) -> Group:
    """The tree to draw; of what is no tree at all one condition that nobody can save, so that it is seen and mended."""
    try:
        return conditions.read(stored)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Group(How.ALL, (Leaf(checking.printable(stored), "is", ""),))


def _typed(node: Node) -> Typed:
    """A stored node as somebody would type it."""
    if isinstance(node, Group):
        return Typed(node.how, [_typed(member) for member in node.members])
    if isinstance(node.value, dict):
        values = {f"value-{name}": _texts(value) for name, value in node.value.items()}
        return Typed(parts={"field": [node.key], "test": [node.test]} | values)
    if isinstance(node.value, list):
        listed = bool(getattr(find(node.key), "choices", ()))
        texts = [str(one) for one in node.value] if listed else [", ".join(map(str, node.value))]
    else:
        texts = [] if node.value is None else [str(node.value)]
    return Typed(parts={"field": [node.key], "test": [node.test], "value": texts})


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _read(data: QueryDict, prefix: str) -> Typed:
    """What was posted, however little of it fits together."""
    name = re.compile(rf"{re.escape(prefix)}((?:-\d{{1,3}}){{0,8}})-(how|field|test|value(?:-[a-z_]{{1,40}})?)")
    nodes: dict[tuple[int, ...], dict[str, list[str]]] = {}
    for key in data:
        if match := name.fullmatch(key):
            nodes.setdefault(tuple(int(step) for step in match[1].split("-")[1:]), {})[match[2]] = data.getlist(key)
    root = Typed(_how(nodes.pop((), {})), [])
    placed: dict[tuple[int, ...], Typed] = {(): root}
    for path in sorted(nodes)[:MOST_NODES]:
        above = placed.get(path[:-1])
        if above is None or above.members is None:
            continue
        group = "how" in nodes[path]
        placed[path] = Typed(_how(nodes[path]), []) if group else Typed(parts=nodes[path])
        above.members.append(placed[path])
    return root


def _how(parts: Mapping[str, Iterable[str]]) -> str:
    asked = next(iter(parts.get("how", [])), How.ALL)
    return asked if asked in list(How) else How.ALL


def _at(root: Typed, steps: list[int]) -> Typed | None:
    node = root
    for step in steps:
        if node.members is None or step >= len(node.members):
            return None
        node = node.members[step]
    return node
