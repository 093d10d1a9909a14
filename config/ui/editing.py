"""Edits that two people make at once: what each of them saw travels along, and nobody loses what the other did.

A form carries, signed, what each of its fields showed when it was drawn. When it comes back, three versions are laid side by
side under the lock of its row: what was shown, what was sent, and what stands by now. A field that the person left alone
keeps what stands; a field that only the person changed is written; a field that both changed to different things is put to
the person, with both versions (409). All of it happens on what forms send, so that fields, conditions, rows of steps and
cells go the same way; fields bound by one rule are one field (``key_of``). The merged whole then goes through the form as
if it had been typed.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import BadRequest, ObjectDoesNotExist, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from config import clock
from config.fields import DayField
from config.history import kept, reading
from config.ui import figures
from config.ui.context import today

SHOWN: Final = "shown"
CHOICE: Final = "choice-"
# What a form sends beside its fields and is drawn anew each time.
FRESH: Final = frozenset({SHOWN, "csrfmiddlewaretoken", "form_key"})
CONFLICT: Final = 409
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


@dataclass(frozen=True)
class Row:
    """One field of the page that asks: what was shown, what each side says, and who changed it (mine, theirs, both, joined)."""

    key: str
    label: str
    was: str
    mine: str
    theirs: str
    by: str

    @property
    def choice(self) -> str:
        return f"{CHOICE}{self.key}"


@dataclass(frozen=True)
class Other:
    """Who changed last what has to be chosen, and when; as far as that is known."""

    name: str = ""
    at: dt.datetime | None = None
    key: int | None = None


@dataclass
class Merge:
    """The three versions laid over each other: the post with each field as it is to be written, and a row a changed field."""

    data: QueryDict
    rows: list[Row] = field(default_factory=list)
    chosen: bool = False

    def by(self, *who: str) -> list[Row]:
        return [row for row in self.rows if row.by in who]


class Edit:
    """One edit of ``row``, a stored one that is locked and read anew when a form comes back; None: something new.

    ``sheet`` draws the untouched form of what the row says by then. ``data`` is what the form is to be filled with: None on
    a GET, the merged whole on a POST. Nothing is merged where the post only redraws the page (``redraws``). A page draws
    ``carried`` into its form. Where the save takes more locks than that of the row, ``first`` takes them before it: of two
    saves the second waits, and neither for the other. Raises BadRequest for a signature that is not ours.
    """

    def __init__(
        self,
        request: HttpRequest,
        row: Model | None,
        sheet: Callable[[], Sheet],
        *,
        redraws: bool = False,
        path: str = "",
        first: Callable[[], object] | None = None,
    ) -> None:
        self.request, self.row, self.path = request, row, path or request.path
        self.merge: Merge | None = None
        self.data: QueryDict | None = None
        self.opened: dt.datetime | None = None
        posting = request.method == "POST"
        if posting and row is not None and not redraws:
            if first:
                first()
            hold(row)
        if row is None:
            self.carried, self.data = SafeString(""), request.POST if posting else None
            return
        if posting and redraws:
            self.carried, self.data = _hidden(request.POST.get(SHOWN, "")), request.POST
            return
        self.sheet = sheet()
        self.carried = carried(self.sheet, self.path)
        if posting:
            self.merge = merged(self.sheet, request.POST, self._shown())
            self.data = self.merge.data

    @property
    def asks(self) -> bool:
        """Whether both have changed the same field to different things: the person has to choose first."""
        return self.merge is not None and bool(self.merge.by("both"))

    @property
    def kept(self) -> list[Row]:
        """The fields in which somebody else's change meanwhile goes into what is saved."""
        return self.merge.by("theirs", "joined") if self.merge else []

    @property
    def leaves(self) -> bool:
        """Whether the person has chosen to leave everything as it stands: there is nothing to write."""
        return self.merge is not None and self.merge.chosen and not self.merge.by("mine", "joined", "both")

    def draw(self, form: Any) -> Any:
        """``form``, which carries what it shows when it is drawn."""
        form.carried = self.carried
        return form

    def said(self, words: str) -> str:
        """``words`` after a save, with the fields in which somebody else's change was kept."""
        if not self.kept:
            return words
        fields = ", ".join(row.label for row in self.kept)
        return " ".join([words, _("Kept what somebody else changed meanwhile: %(fields)s.") % {"fields": fields}])

    def answer(self, title: str, *, back: str = "") -> HttpResponse:
        """409: both versions side by side, with what was typed kept; to htmx in the dialog. The customer whose record it is
        stands before a ``title`` that does not name it.
        """
        if self.merge is None:
            raise ValueError
        htmx = getattr(self.request, "htmx", False)
        context = {
            "title": title,
            "whose": "" if (whose := _whose(self.row)) in title else whose,
            "url": self.request.get_full_path(),
            "back": back or self.request.path,
            "choose": self.merge.by("both"),
            "alone": self.merge.by("mine", "theirs", "joined"),
            "alike": len({key for name in self.sheet.stands if (key := self.sheet.key_of(name))})
            - len(self.merge.rows),
            "typed": [(name, text) for name, texts in self.merge.data.lists() for text in texts if _is_typed(name)],
            "carried": self.carried,
            "opened": self.opened,
            "other": self._other(),
            "history": _history_of(self.row),
        }
        name = "components/_conflict.html" if htmx else "components/conflict.html"
        response = render(self.request, name, context, status=CONFLICT)
        return reswap(retarget(response, "#ask"), "innerHTML") if htmx else response

    def _other(self) -> Other:
        """Who changed what has to be chosen, and when, as far as history says so."""
        if self.row is None or self.opened is None or self.merge is None:
            return Other()
        fields = [self.sheet.columns(row.key) for row in self.merge.by("both")]
        known = {name for each in fields for name in each} if all(fields) else set()
        return other_since(self.row, self.opened, known)

    def _shown(self) -> Texts:
        """What the person had before them; what is stored where the post does not say."""
        told = self.request.POST.get(SHOWN, "")
        if not told:
            return self.sheet.stands
        try:
            found = signing.loads(told, salt=_salt(self.path))
        except signing.BadSignature as error:
            raise BadRequest(_("The form says what it showed in words that are not ours.")) from error
        self.opened = dt.datetime.fromisoformat(found["at"])
        texts: Texts = found["texts"]
        return texts


def hold(row: Model) -> None:
    """Lock ``row`` until the transaction ends and read it anew: what is compared with it stays so."""
    try:
        row.refresh_from_db(from_queryset=type(row)._base_manager.select_for_update(of=("self",), no_key=True))
    except ObjectDoesNotExist as error:
        raise Http404 from error


def save_changed(form: forms.ModelForm) -> list[str]:
    """Save the columns that a valid form changed, and no others; returns the names of its fields that did."""
    columns = {one.name for one in form.instance._meta.concrete_fields}
    if names := [name for name in form.changed_data if name in columns]:
        form.instance.save(update_fields=names)
    return form.changed_data


def other_since(row: Model, opened: dt.datetime, fields: Collection[str]) -> Other:
    """Who last changed one of ``fields`` of ``row`` since the page was ``opened``, as far as history says so."""
    try:
        change = reading.last_change(row, opened, fields)
    except KeyError:
        change = None
    if change is None or change.person is None:
        return Other(at=change.at if change else None)
    person = get_user_model().objects.filter(pk=change.person).first()
    return Other(str(getattr(person, "name", "")), change.at, change.person)


def _whose(row: Model | None) -> str:
    """The name of the customer of whose record ``row`` is a part; "" where it is none."""
    for above in ("renewal", "objective"):
        row = getattr(row, above, None) or row
    return str(getattr(getattr(row, "customer", None), "name", ""))


def _history_of(row: Model | None) -> str:
    """Where the history of ``row`` stands; "" where none is kept."""
    if row is None:
        return ""
    try:
        return reverse("history:of", args=[kept.of(row).kind, row.pk])
    except KeyError:
        return ""


def carried(sheet: Sheet, path: str, keep: str = "") -> SafeString:
    """The hidden input that says what the form to be sent to ``path`` shows.

    ``keep``, its id, keeps it while the part around it refreshes, as what is being typed is kept.
    """
    texts = {"texts": tidied(sheet.stands), "at": clock.now().isoformat()}
    return _hidden(signing.dumps(texts, salt=_salt(path), compress=True), keep)


def merged(sheet: Sheet, sent: QueryDict, shown: Texts) -> Merge:
    """What was ``sent`` and what stands, laid over each other by what was ``shown``.

    Where the person has chosen (``choice-`` and the key), "theirs" means: as it was shown then.
    """
    mine = {name: sent.getlist(name) for name in sent if _is_typed(name)}
    found = Merge(QueryDict(mutable=True), chosen=any(name.startswith(CHOICE) for name in sent))
    for name, texts in mine.items():
        if sheet.key_of(name) is None:
            found.data.setlist(name, texts)
    for key in dict.fromkeys(key for name in [*sheet.stands, *shown, *mine] if (key := sheet.key_of(name)) is not None):
        was, sides, theirs = (_part(sheet, key, texts) for texts in (shown, mine, sheet.stands))
        if sent.get(f"{CHOICE}{key}") == "theirs":
            sides = was
        by = _who(sheet, key, was, sides, theirs)
        taken: Texts = theirs if by in {"theirs", "same"} else sides
        if by == "joined":
            taken = sheet.joined(key, was, sides, theirs)
        for name, values in taken.items():
            found.data.setlist(name, values)
        if by != "same":
            said = [sheet.words(key, version) for version in (was, sides, theirs)]
            found.rows.append(Row(key, sheet.label(key), said[0], said[1], said[2], by))
    return found


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


def _who(sheet: Sheet, key: str, was: Texts, mine: Texts, theirs: Texts) -> str:
    before, sent, stands = tidied(was), tidied(mine), tidied(theirs)
    if sent == before:
        return "same" if stands == before else "theirs"
    if stands == before:
        return "mine"
    if sheet.alike(key, mine, theirs):
        return "same"
    return "joined" if key in sheet.sets else "both"


def _part(sheet: Sheet, key: str, texts: Texts) -> dict[str, list[str]]:
    return {name: values for name, values in texts.items() if sheet.key_of(name) == key}


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


def _is_typed(name: str) -> bool:
    return name not in FRESH and not name.startswith(CHOICE)


def _salt(path: str) -> str:
    return f"config.ui.editing:{path}"


def _hidden(text: str, keep: str = "") -> SafeString:
    kept = format_html(' id="{}" hx-preserve', keep) if keep else ""
    return format_html('<input type="hidden" name="{}" value="{}"{}>', SHOWN, text, kept)
