"""A scorecard's measures as they are edited: their figures in the words of their unit, typed and read back.

A share is typed as per cent: 70 is stored as 0.7. Ranges and what must differ are the domain's to say
(``health.publishing.checking``); what it names by path is put at the field it means.
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
from config.web.sheets import NOTHING, Sheet, Texts, texts_of
from health.measures import Measure, Unit
from health.scorecards import Content, Group, Line

PER_CENT: Final = Decimal(100)
WEIGHT: Final = re.compile("([gm])-(.+)-weight")
GROUP_NAME: Final = re.compile("(g)-(.+)-name")
FIGURES: Final = re.compile("(m)-(.+)-(?:window|zero_at|full_at|shelf_life)")


def typed(value: Decimal | float, unit: Unit | None) -> str:
    """A threshold as it stands in its input: plain digits, a share as per cent."""
    figure = Decimal(str(value)) * (PER_CENT if unit == Unit.SHARE else 1)
    plain = f"{figure.normalize():f}"
    return "0" if plain == "-0" else plain


def read(value: Decimal, unit: Unit | None) -> Decimal:
    """The other way round."""
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
        first = initial_of(line, unit) if line else {}
        super().__init__(data, unit=unit, initial=first, prefix=f"m-{measure}")
        for field in self.fields.values():
            said = gettext("%(field)s of %(measure)s") % {"field": field.label, "measure": self.name}
            field.widget.attrs["aria-label"] = said

    @property
    def name(self) -> str:
        return str(self.kind.name) if self.kind else self.measure

    def line(self) -> Line:
        """What was typed; other thresholds by tenure stay as they are stored."""
        said, (zero_at, full_at) = self.cleaned_data, self.slope()
        by_tenure = self.stored.by_tenure if self.stored else ()
        return Line(self.measure, said["weight"], said["window"], zero_at, full_at, said["shelf_life"], by_tenure)


def initial_of(line: Line, unit: Unit | None) -> dict[str, Any]:
    return {
        "window": line.window,
        "shelf_life": line.shelf_life,
        "weight": typed(line.weight, None),
        "zero_at": typed(line.zero_at, unit),
        "full_at": typed(line.full_at, unit),
    }


def kept_name(said: str, stored: str) -> str:
    """What is stored of a name: a shipped one stays in English while its translation is left as it was shown."""
    return stored if stored and said == gettext(stored) else said


class GroupForm(forms.Form):
    """A group's name and weight."""

    name = forms.CharField(label=_("Group"), required=False, max_length=200)
    weight = figure(_("Weight of the group"))

    def __init__(self, key: str, data: QueryDict | None, group: Group | None = None) -> None:
        self.key, self.stored, self.lines = key, group, list[LineForm]()
        self.shown = gettext(group.name) if group and group.name else key
        first = {"name": self.shown, "weight": typed(group.weight, None)} if group else {}
        super().__init__(data, initial=first, prefix=f"g-{key}")
        words = {"group": self.shown}
        self.fields["name"].widget.attrs["aria-label"] = gettext("Name of the group %(group)s") % words
        self.fields["weight"].widget.attrs["aria-label"] = gettext("Weight of the group %(group)s") % words

    def group(self) -> Group:
        said = self.cleaned_data
        name = kept_name(said["name"], self.stored.name if self.stored else "")
        return Group(name, said["weight"], tuple(form.line() for form in self.lines), self.key)


class MeasuresForm:
    """Every group and line of a draft on one page; ``row`` inputs say which there are, and in what order.

    Built from what was posted where something was, so that nothing typed is lost when the draft has changed.
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
        """Whether every figure can be read; what a form was not asked here it says when it is drawn."""
        return all(form.is_valid() for group in self.groups for form in (group, *group.lines))

    def said(self) -> tuple[Group, ...]:
        return tuple(form.group() for form in self.groups)

    def blame(self, problem: ValidationError) -> None:
        """Put the domain's messages at the fields that its paths mean, and the rest above the page."""
        for path, messages in by_path(problem).items():
            parts = path.split(".")
            form = self._form_at(parts)
            field = parts[-1]
            if form is None:
                self.errors += messages
            elif field in form.fields:
                form.add_error(field, messages)
            else:
                self.errors += [f"{_label(form)}: {words}" for words in messages]

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
    """The messages by path; what names no field stands under ""."""
    return problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}


class MeasuresSheet(Sheet):
    """What the page of a draft's measures shows: the figures of a line are one field, and so is each weight.

    Where the rows ``sent`` are others than those that stand, the rows with all their weights are one field.
    """

    def __init__(self, content: Content, catalogue: Mapping[str, Measure], sent: Sequence[str] | None = None) -> None:
        self.catalogue = catalogue
        self._groups = {group.key: gettext(group.name) if group.name else group.key for group in content.groups}
        drawn = MeasuresForm(content, catalogue)
        rows = [(group, *group.lines) for group in drawn.groups]
        self.stands = {name: texts for forms_ in rows for one in forms_ for name, texts in texts_of(one).items()}
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
        kind, _sep, own = key.partition(":")
        if kind == "weights":
            return gettext("Measures and weights")
        if kind == "m":
            return self._name(own)
        if kind == "mw":
            return gettext("%(field)s of %(measure)s") % {"field": gettext("Weight"), "measure": self._name(own)}
        words = gettext("Name of the group %(group)s") if kind == "g" else gettext("Weight of the group %(group)s")
        return words % {"group": self._group(own)}

    def words(self, key: str, texts: Texts) -> str:
        kind, _sep, own = key.partition(":")
        said = {name: values[-1] for name, values in texts.items() if values}
        if kind == "weights":
            rows = [row.partition(":") for row in texts.get("row", [])]
            names = [self._name(row) if mark == "m" else self._group(row) for mark, _sep, row in rows]
            weights = [said.get(f"{mark}-{row}-weight", "") for mark, _sep, row in rows]
            lines = list(zip(names, weights, strict=True))
            return "\n".join(f"{name}: {weight or NOTHING}" for name, weight in lines) or NOTHING
        if kind in {"g", "gw", "mw"}:
            return next(iter(said.values()), NOTHING)
        fields = {name: str(LineForm.base_fields[name].label) for name in LineForm.field_order if name != "weight"}
        lines = [(label, said.get(f"m-{own}-{name}", "")) for name, label in fields.items()]
        return "\n".join(f"{label}: {text}" for label, text in lines if text) or gettext("Taken out")

    def _group(self, key: str) -> str:
        return self._groups.get(key, key)

    def _name(self, key: str) -> str:
        return str(self.catalogue[key].name) if key in self.catalogue else key
