"""The forms of a scorecard's measures: figures are shown and read in their unit.

A share is typed as per cent: 70 is stored as 0.7. ``health.publishing.checking`` validates ranges and what must
differ; its messages are shown at the fields of their paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.fields import FigureField, FigureInput, WholeField, WholeInput
from config.shipping import translated
from config.web.sheets import NOTHING, Sheet, Texts, texts_of
from health.measures import Measure, Unit
from health.scorecards import Content, Group, Line

PER_CENT: Final = Decimal(100)
WEIGHT: Final = re.compile("([gm])-(.+)-weight")
GROUP_NAME: Final = re.compile("(g)-(.+)-name")
FIGURES: Final = re.compile("(m)-(.+)-(?:window|zero_at|full_at|shelf_life)")


def typed(value: Decimal | float, unit: Unit | None) -> str:
    """A threshold as its input shows it: plain digits, a share as per cent."""
    figure = Decimal(str(value)) * (PER_CENT if unit == Unit.SHARE else 1)
    plain = f"{figure.normalize():f}"
    return "0" if plain == "-0" else plain


def read(value: Decimal, unit: Unit | None) -> Decimal:
    """A typed threshold as it is stored: the inverse of ``typed``."""
    return value / PER_CENT if unit == Unit.SHARE else value


def figure(label: Any, **attrs: str) -> FigureField:
    return FigureField(label=label, widget=FigureInput(attrs))


def whole(label: Any, **attrs: str) -> WholeField:
    return WholeField(label=label, widget=WholeInput(attrs))


class SlopeForm(forms.Form):
    """Two thresholds in the measure's unit."""

    zero_at = figure(_("0 points at"))
    full_at = figure(_("100 points at"))

    def __init__(self, *args: Any, unit: Unit | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit

    def slope(self) -> tuple[Decimal, Decimal]:
        return read(self.cleaned_data["zero_at"], self.unit), read(self.cleaned_data["full_at"], self.unit)


class LineForm(SlopeForm):
    """How one measure counts."""

    window = whole(_("Window (days)"))
    shelf_life = whole(_("Shelf life (days)"))
    weight = figure(_("Weight"))

    field_order = ("window", "zero_at", "full_at", "shelf_life", "weight")

    def __init__(self, measure: str, kind: Measure | None, data: QueryDict | None, line: Line | None = None) -> None:
        self.measure, self.kind, self.stored = measure, kind, line
        unit = kind.unit if kind else None
        initial = initial_of(line, unit) if line else {}
        super().__init__(data, unit=unit, initial=initial, prefix=f"m-{measure}")
        for field in self.fields.values():
            label = gettext("%(field)s of %(measure)s") % {"field": field.label, "measure": self.name}
            field.widget.attrs["aria-label"] = label

    @property
    def name(self) -> str:
        return str(self.kind.name) if self.kind else self.measure

    def line(self) -> Line:
        """The typed line; its thresholds by tenure stay as stored."""
        cleaned, (zero_at, full_at) = self.cleaned_data, self.slope()
        by_tenure = self.stored.by_tenure if self.stored else ()
        return Line(
            self.measure, cleaned["weight"], cleaned["window"], zero_at, full_at, cleaned["shelf_life"], by_tenure
        )


def initial_of(line: Line, unit: Unit | None) -> dict[str, Any]:
    return {
        "window": line.window,
        "shelf_life": line.shelf_life,
        "weight": typed(line.weight, None),
        "zero_at": typed(line.zero_at, unit),
        "full_at": typed(line.full_at, unit),
    }


def kept_name(name: str, stored: str) -> str:
    """The name to store: a shipped name stays in English while its translation is left as it was shown."""
    return stored if stored and name == translated(stored) else name


class GroupForm(forms.Form):
    """A group's name and weight."""

    name = forms.CharField(label=_("Group"), required=False, max_length=200)
    weight = figure(_("Weight of the group"))

    def __init__(self, key: str, data: QueryDict | None, group: Group | None = None) -> None:
        self.key, self.stored, self.lines = key, group, list[LineForm]()
        self.shown = translated(group.name) or key if group else key
        initial = {"name": self.shown, "weight": typed(group.weight, None)} if group else {}
        super().__init__(data, initial=initial, prefix=f"g-{key}")
        values = {"group": self.shown}
        self.fields["name"].widget.attrs["aria-label"] = gettext("Name of the group %(group)s") % values
        self.fields["weight"].widget.attrs["aria-label"] = gettext("Weight of the group %(group)s") % values

    def group(self) -> Group:
        cleaned = self.cleaned_data
        name = kept_name(cleaned["name"], self.stored.name if self.stored else "")
        return Group(name, cleaned["weight"], tuple(form.line() for form in self.lines), self.key)


class MeasuresForm:
    """Every group and line of a draft on one page; the ``row`` inputs list them in order.

    Built from the posted data if there is any, so that no input is lost when the draft has changed.
    """

    def __init__(self, content: Content, catalogue: Mapping[str, Measure], data: QueryDict | None = None) -> None:
        self.groups = list[GroupForm]()
        self.errors = list[str]()
        self._stored = {line.measure: line for line in content.lines}
        self._named = {group.key: group for group in content.groups}
        for row in self._rows(content) if data is None else data.getlist("row"):
            kind, _sep, key = row.partition(":")
            if kind == "g":
                self.groups.append(GroupForm(key, data, group=self._named.get(key)))
            elif self.groups:
                form = LineForm(key, catalogue.get(key), data, line=self._stored.get(key))
                self.groups[-1].lines.append(form)

    @staticmethod
    def _rows(content: Content) -> list[str]:
        return [
            row
            for group in content.groups
            for row in (f"g:{group.key}", *(f"m:{line.measure}" for line in group.measures))
        ]

    def is_valid(self) -> bool:
        """Whether every figure can be read. Stops at the first invalid form; the others are validated when drawn."""
        return all(form.is_valid() for group in self.groups for form in (group, *group.lines))

    def said(self) -> tuple[Group, ...]:
        return tuple(form.group() for form in self.groups)

    def blame(self, problem: ValidationError) -> None:
        """Put the domain's messages at the fields of their paths, and the others above the page."""
        for path, messages in by_path(problem).items():
            parts = path.split(".")
            form = self._form_at(parts)
            field = parts[-1]
            if form is None:
                self.errors += messages
            elif field in form.fields:
                form.add_error(field, messages)
            else:
                self.errors += [f"{_label(form)}: {message}" for message in messages]

    def _form_at(self, parts: Sequence[str]) -> GroupForm | LineForm | None:
        match parts:
            case ["groups", group, "measures", number, *_rest]:
                return self.groups[int(group)].lines[int(number)]
            case ["groups", group, _field]:
                return self.groups[int(group)]
        return None


def _label(form: GroupForm | LineForm) -> str:
    return form.name if isinstance(form, LineForm) else form.shown


def by_path(problem: ValidationError) -> dict[str, list[str]]:
    """The messages by path; those without a field are under ""."""
    return problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}


class MeasuresSheet(Sheet):
    """The stored values of the page of a draft's measures: the figures of a line are one field, and so is each weight.

    When the rows ``sent`` differ from the stored ones, the rows with all their weights are one field.
    """

    def __init__(self, content: Content, catalogue: Mapping[str, Measure], sent: Sequence[str] | None = None) -> None:
        self.catalogue = catalogue
        self._groups = {group.key: translated(group.name) or group.key for group in content.groups}
        stored_form = MeasuresForm(content, catalogue)
        rows = [(group, *group.lines) for group in stored_form.groups]
        self.stands = {
            name: texts for row_forms in rows for form in row_forms for name, texts in texts_of(form).items()
        }
        if rows:
            self.stands["row"] = MeasuresForm._rows(content)
        self.apart = sent is None or [*sent] == self.stands.get("row", [])

    def key_of(self, name: str) -> str | None:
        if weight := WEIGHT.fullmatch(name):
            return f"{weight[1]}w:{weight[2]}" if self.apart else "weights"
        if name == "row":
            return "weights"
        match = GROUP_NAME.fullmatch(name) or FIGURES.fullmatch(name)
        return f"{match[1]}:{match[2]}" if match else None

    def label(self, key: str) -> str:
        kind, _sep, target = key.partition(":")
        if kind == "weights":
            return gettext("Measures and weights")
        if kind == "m":
            return self._name(target)
        if kind == "mw":
            return gettext("%(field)s of %(measure)s") % {"field": gettext("Weight"), "measure": self._name(target)}
        pattern = gettext("Name of the group %(group)s") if kind == "g" else gettext("Weight of the group %(group)s")
        return pattern % {"group": self._group(target)}

    def words(self, key: str, texts: Texts) -> str:
        kind, _sep, target = key.partition(":")
        text_by_name = {name: values[-1] for name, values in texts.items() if values}
        if kind == "weights":
            rows = [row.partition(":") for row in texts.get("row", [])]
            names = [self._name(row) if mark == "m" else self._group(row) for mark, _sep, row in rows]
            weights = [text_by_name.get(f"{mark}-{row}-weight", "") for mark, _sep, row in rows]
            lines = list(zip(names, weights, strict=True))
            return "\n".join(f"{name}: {weight or NOTHING}" for name, weight in lines) or NOTHING
        if kind in {"g", "gw", "mw"}:
            return next(iter(text_by_name.values()), NOTHING)
        fields = {name: str(LineForm.base_fields[name].label) for name in LineForm.field_order if name != "weight"}
        lines = [(label, text_by_name.get(f"m-{target}-{name}", "")) for name, label in fields.items()]
        return "\n".join(f"{label}: {text}" for label, text in lines if text) or gettext("Taken out")

    def _group(self, key: str) -> str:
        return self._groups.get(key, key)

    def _name(self, key: str) -> str:
        return str(self.catalogue[key].name) if key in self.catalogue else key
