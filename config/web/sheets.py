"""What an untouched form sends of what is stored, and what its names mean: one of the three versions of an edit."""

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
    """What an untouched form sends of what is stored, by name (``stands``), and what its names mean.

    ``key_of`` says to which field a name belongs, None for what is no field, such as a button; names of one key are chosen
    together. ``sets`` are keys whose texts are a set in which each side's additions and removals can stand.
    """

    stands: Texts
    sets: Collection[str] = ()

    @abstractmethod
    def key_of(self, name: str) -> str | None: ...

    @abstractmethod
    def label(self, key: str) -> str: ...

    def columns(self, key: str) -> Collection[str]:  # noqa: ARG002 (for those that know)
        """The fields of the row in which a key stands; none where that cannot be told."""
        return ()

    @abstractmethod
    def words(self, key: str, texts: Texts) -> str:
        """What ``texts``, a post's part of one key, say to a reader; lines are kept."""

    def alike(self, key: str, one: Texts, other: Texts) -> bool:  # noqa: ARG002 (for those that read texts)
        """Whether two texts of a key say the same."""
        return tidied(one) == tidied(other)

    def joined(self, key: str, shown: Texts, mine: Texts, theirs: Texts) -> Texts:  # noqa: ARG002 (for those with sets)
        """Both sides' changes of a key of ``sets``. Raises LookupError for any other key: of it one side is chosen."""
        raise LookupError(key)


class FormSheet(Sheet):
    """The sheet of one Django form, drawn of what is stored: every field by itself, but those ``bound`` together.

    ``bound`` names (label, fields) by key. Fields of ``sets`` hold several values, ticked or separated by commas. ``only``
    names the fields where not all of the form are sent.
    """

    def __init__(
        self, form: forms.BaseForm, bound: Bound | None = None, sets: Collection[str] = (), only: Collection[str] = ()
    ) -> None:
        self.form, self.bound, self.sets = form, dict(bound or {}), sets
        of = {name: key for key, (_label, names) in self.bound.items() for name in names}
        self._keys = {form.add_prefix(name): of.get(name, name) for name in only or form.fields}
        self.stands = {name: texts for name, texts in texts_of(form).items() if name in self._keys}

    def key_of(self, name: str) -> str | None:
        return self._keys.get(name)

    def label(self, key: str) -> str:
        return str(self.bound[key][0] if key in self.bound else self.form[key].label)

    def columns(self, key: str) -> Collection[str]:
        if not isinstance(self.form, forms.BaseModelForm):
            return ()
        names = self.bound[key][1] if key in self.bound else [key]
        return {one.name for one in self.form.instance._meta.concrete_fields} & {*names}

    def words(self, key: str, texts: Texts) -> str:
        if key not in self.bound:
            return field_words(self.form.fields[key], texts.get(self.form.add_prefix(key), []))
        lines = []
        for name in self.bound[key][1]:
            if name in self.form.fields and any(texts.get(self.form.add_prefix(name), [])):
                said = field_words(self.form.fields[name], texts[self.form.add_prefix(name)])
                lines.append(f"{self.form[name].label}: {said}")
        return "\n".join(lines) or NOTHING

    def alike(self, key: str, one: Texts, other: Texts) -> bool:
        names = self.bound[key][1] if key in self.bound else [key]
        return all(self._same(name, one, other) for name in names if name in self.form.fields)

    def joined(self, key: str, shown: Texts, mine: Texts, theirs: Texts) -> Texts:
        name = self.form.add_prefix(key)
        many = _many(self.form.fields[key])
        was, ours, others = (_members(texts.get(name, []), many=many) for texts in (shown, mine, theirs))
        kept = [one for one in others if one in ours or one not in was]
        both = [*kept, *(one for one in ours if one not in was and one not in kept)]
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
    """What a browser sends of a form drawn from its initial values that nobody has touched."""
    return {
        form.add_prefix(name): _texts(one, form.get_initial_for_field(one, name)) for name, one in form.fields.items()
    }


def field_words(one: forms.Field, texts: list[str]) -> str:
    """A posted value as its page would show it."""
    if isinstance(one.widget, forms.CheckboxInput):
        return _("Yes") if texts else _("No")
    said = [text for text in texts if text]
    if isinstance(one, DayField):
        said = [_day(one, text) for text in said]
    if isinstance(one.widget, forms.widgets.ChoiceWidget):
        choices = dict(_flat(one.widget.choices))
        said = [str(choices.get(text, text)) for text in said]
    return ", ".join(said) or NOTHING


def _day(one: DayField, text: str) -> str:
    try:
        return figures.day(one.to_python(text), today())
    except ValidationError:
        return text


def tidied(texts: Texts) -> dict[str, list[str]]:
    """Texts as they are compared: what is empty is not said, line ends and spaces around do not count."""
    plain = {name: [text.replace("\r\n", "\n").strip() for text in values] for name, values in texts.items()}
    return {name: kept for name, values in plain.items() if (kept := [text for text in values if text])}


def _texts(one: forms.Field, value: Any) -> list[str]:
    value = one.prepare_value(value)
    if isinstance(one.widget, forms.CheckboxInput):
        return ["on"] if one.widget.check_test(value) else []
    if _many(one):
        return [str(each) for each in value or []]
    text = one.widget.format_value(value)
    if isinstance(text, list):
        text = text[0] if text else ""
    return ["" if text is None else str(text)]


def _many(one: forms.Field) -> bool:
    return bool(getattr(one.widget, "allow_multiple_selected", False))


def _members(texts: list[str], *, many: bool) -> list[str]:
    parts = texts if many else [part for text in texts for part in text.split(",")]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label
