"""Sheets: the stored version of an edit, as the texts an untouched form sends, and the fields they belong to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from config.fields import DayField
from config.ui import figures
from config.ui.context import today

NOTHING: Final = "–"
Texts = Mapping[str, list[str]]
Bound = Mapping[str, tuple[Any, Collection[str]]]


class Sheet(ABC):
    """The texts an untouched form sends of the stored row, by input name (``stands``), and the fields they belong to.

    ``key_of`` gives the field of an input name, None for an input without a field, such as a button; names of one key
    are chosen together. ``sets`` are keys whose texts are a set, in which both sides' additions and removals merge.
    """

    stands: Texts
    sets: Collection[str] = ()

    @abstractmethod
    def key_of(self, name: str) -> str | None: ...

    @abstractmethod
    def label(self, key: str) -> str: ...

    def columns(self, key: str) -> Collection[str]:  # noqa: ARG002 (for those that know)
        """The model fields in which a key is stored; none where unknown."""
        return ()

    @abstractmethod
    def words(self, key: str, texts: Texts) -> str:
        """``texts``, a post's part of one key, as a reader sees them, line by line."""

    def alike(self, key: str, one: Texts, other: Texts) -> bool:  # noqa: ARG002 (for those that read texts)
        """Whether two texts of a key mean the same value."""
        return tidied(one) == tidied(other)

    def joined(self, key: str, shown: Texts, mine: Texts, theirs: Texts) -> Texts:  # noqa: ARG002 (for those with sets)
        """Merge both sides' changes of a key of ``sets``. Raises LookupError for other keys, of which one side wins."""
        raise LookupError(key)


class FormSheet(Sheet):
    """The sheet of one Django form built from the stored row; every field is its own key, except ``bound`` ones.

    ``bound`` gives (label, fields) by key. Fields of ``sets`` have several values, ticked or separated by commas.
    ``only`` names the fields where the page does not send all of the form.
    """

    def __init__(
        self, form: forms.BaseForm, bound: Bound | None = None, sets: Collection[str] = (), only: Collection[str] = ()
    ) -> None:
        self.form, self.bound, self.sets = form, dict(bound or {}), sets
        keys = {name: key for key, (_label, names) in self.bound.items() for name in names}
        self._keys = {form.add_prefix(name): keys.get(name, name) for name in only or form.fields}
        self.stands = {name: texts for name, texts in texts_of(form).items() if name in self._keys}

    def key_of(self, name: str) -> str | None:
        return self._keys.get(name)

    def label(self, key: str) -> str:
        return str(self.bound[key][0] if key in self.bound else self.form[key].label)

    def columns(self, key: str) -> Collection[str]:
        if not isinstance(self.form, forms.BaseModelForm):
            return ()
        names = self.bound[key][1] if key in self.bound else [key]
        return {column.name for column in self.form.instance._meta.concrete_fields} & {*names}

    def words(self, key: str, texts: Texts) -> str:
        if key not in self.bound:
            return field_words(self.form.fields[key], texts.get(self.form.add_prefix(key), []))
        lines = []
        for name in self.bound[key][1]:
            if name in self.form.fields and any(texts.get(self.form.add_prefix(name), [])):
                wording = field_words(self.form.fields[name], texts[self.form.add_prefix(name)])
                lines.append(f"{self.form[name].label}: {wording}")
        return "\n".join(lines) or NOTHING

    def alike(self, key: str, one: Texts, other: Texts) -> bool:
        names = self.bound[key][1] if key in self.bound else [key]
        return all(self._same(name, one, other) for name in names if name in self.form.fields)

    def joined(self, key: str, shown: Texts, mine: Texts, theirs: Texts) -> Texts:
        name = self.form.add_prefix(key)
        many = _many(self.form.fields[key])
        was, ours, others = (_members(texts.get(name, []), many=many) for texts in (shown, mine, theirs))
        remaining = [member for member in others if member in ours or member not in was]
        both = [*remaining, *(member for member in ours if member not in was and member not in remaining)]
        return {name: both if many else [", ".join(both)]}

    def _same(self, name: str, one: Texts, other: Texts) -> bool:
        field_, key = self.form.fields[name], self.form.add_prefix(name)
        first, second = one.get(key, []), other.get(key, [])
        if tidied({key: first}) == tidied({key: second}):
            return True
        if _many(field_) or not first or not second:
            return False
        try:
            return bool(field_.to_python(first[-1]) == field_.to_python(second[-1]))
        except ValidationError:
            return False


class Sheets(Sheet):
    """Several forms of one page as one."""

    def __init__(self, *parts: Sheet) -> None:
        self.parts = parts
        self.stands = {name: texts for part in parts for name, texts in part.stands.items()}
        self.sets = {f"{n}:{key}" for n, part in enumerate(parts) for key in part.sets}

    def key_of(self, name: str) -> str | None:
        for n, part in enumerate(self.parts):
            if (key := part.key_of(name)) is not None:
                return f"{n}:{key}"
        return None

    def label(self, key: str) -> str:
        part, own = self._at(key)
        return part.label(own)

    def columns(self, key: str) -> Collection[str]:
        part, own = self._at(key)
        return part.columns(own)

    def words(self, key: str, texts: Texts) -> str:
        part, own = self._at(key)
        return part.words(own, texts)

    def alike(self, key: str, one: Texts, other: Texts) -> bool:
        part, own = self._at(key)
        return part.alike(own, one, other)

    def joined(self, key: str, shown: Texts, mine: Texts, theirs: Texts) -> Texts:
        part, own = self._at(key)
        return part.joined(own, shown, mine, theirs)

    def _at(self, key: str) -> tuple[Sheet, str]:
        number, _sep, own = key.partition(":")
        return self.parts[int(number)], own


def texts_of(form: forms.BaseForm) -> dict[str, list[str]]:
    """What a browser sends of an untouched form with its initial values."""
    return {
        form.add_prefix(name): _texts(field, form.get_initial_for_field(field, name))
        for name, field in form.fields.items()
    }


def field_words(field: forms.Field, texts: list[str]) -> str:
    """A posted value as its page would show it."""
    if isinstance(field.widget, forms.CheckboxInput):
        return _("Yes") if texts else _("No")
    wordings = [text for text in texts if text]
    if isinstance(field, DayField):
        wordings = [_day(field, text) for text in wordings]
    if isinstance(field.widget, forms.widgets.ChoiceWidget):
        choices = dict(_flat(field.widget.choices))
        wordings = [str(choices.get(text, text)) for text in wordings]
    return ", ".join(wordings) or NOTHING


def _day(field: DayField, text: str) -> str:
    try:
        return figures.day(field.to_python(text), today())
    except ValidationError:
        return text


def tidied(texts: Texts) -> dict[str, list[str]]:
    """Texts normalised for comparison: without empty ones, line ends unified, surrounding spaces stripped."""
    plain = {name: [text.replace("\r\n", "\n").strip() for text in values] for name, values in texts.items()}
    return {name: filled for name, values in plain.items() if (filled := [text for text in values if text])}


def _texts(field: forms.Field, value: Any) -> list[str]:
    value = field.prepare_value(value)
    if isinstance(field.widget, forms.CheckboxInput):
        return ["on"] if field.widget.check_test(value) else []
    if _many(field):
        return [str(member) for member in value or []]
    text = field.widget.format_value(value)
    if isinstance(text, list):
        text = text[0] if text else ""
    return ["" if text is None else str(text)]


def _many(field: forms.Field) -> bool:
    return bool(getattr(field.widget, "allow_multiple_selected", False))


def _members(texts: list[str], *, many: bool) -> list[str]:
    parts = texts if many else [part for text in texts for part in text.split(",")]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label
