"""Concurrent edits of one row: no save loses what somebody else saved meanwhile.

A form carries, signed, the values its fields showed when it was drawn. When it comes back, three versions are merged
under the lock of its row: the shown, the sent and the stored one. A field that the person did not change keeps the
stored value; a field that only the person changed is written; for a field that both changed differently the person
chooses between both versions (409). The merge works on posted values, so that fields, conditions, rows of steps and
cells are treated alike; fields bound by one rule are one field (``key_of``). The form then validates the merged post as
if it had been typed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db.models import ForeignKey, Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from config import clock
from config.history import kept, reading
from config.web.merging import SHOWN, Merge, Row, is_typed, merged
from config.web.sheets import Sheet, Texts, tidied

CONFLICT: Final = 409


@dataclass(frozen=True)
class Other:
    """The person who last changed the conflicting fields, and when, as far as known."""

    name: str = ""
    at: dt.datetime | None = None
    key: int | None = None


class Edit:
    """One edit of ``row``, which a POST locks and reads anew; None: a new row.

    ``sheet`` builds the sheet of the row as stored. ``data`` fills the form: None on a GET, the merged post on a POST.
    A post that only redraws the page (``redraws``) is not merged. The page's form includes ``carried``. Where the save
    needs more locks than the row's, ``first`` takes them before it, to avoid deadlocks. Raises BadRequest for an
    invalid signature.
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
        """Whether both have changed the same field differently, so that the person must choose."""
        return self.merge is not None and bool(self.merge.by("both"))

    @property
    def kept(self) -> list[Row]:
        """The fields in which the save keeps somebody else's change."""
        return self.merge.by("theirs", "joined") if self.merge else []

    @property
    def leaves(self) -> bool:
        """Whether the person has chosen every stored value, so that there is nothing to write."""
        return self.merge is not None and self.merge.chosen and not self.merge.by("mine", "joined", "both")

    def draw(self, form: Any) -> Any:
        """``form`` with the hidden input of what it shows."""
        form.carried = self.carried
        return form

    def said(self, message: str) -> str:
        """``message`` after a save, with the fields in which somebody else's change was kept."""
        if not self.kept:
            return message
        fields = ", ".join(row.label for row in self.kept)
        return " ".join([message, _("Kept what somebody else changed meanwhile: %(fields)s.") % {"fields": fields}])

    def answer(self, title: str, *, back: str = "") -> HttpResponse:
        """The conflict page (409) with both versions side by side and the typed values; for htmx in the dialog. The
        customer's name precedes a ``title`` that does not contain it.
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
            "typed": [(name, text) for name, texts in self.merge.data.lists() for text in texts if is_typed(name)],
            "carried": self.carried,
            "opened": self.opened,
            "other": self._other(),
            "history": _history_of(self.row),
        }
        name = "components/_conflict.html" if htmx else "components/conflict.html"
        response = render(self.request, name, context, status=CONFLICT)
        return reswap(retarget(response, "#ask"), "innerHTML") if htmx else response

    def _other(self) -> Other:
        """Who changed the conflicting fields, and when, as far as history records it."""
        if self.row is None or self.opened is None or self.merge is None:
            return Other()
        fields = [self.sheet.columns(row.key) for row in self.merge.by("both")]
        fields_changed = {name for columns in fields for name in columns} if all(fields) else set()
        return other_since(self.row, self.opened, fields_changed)

    def _shown(self) -> Texts:
        """The values the person was shown; the stored ones where the post carries none."""
        token = self.request.POST.get(SHOWN, "")
        if not token:
            return self.sheet.stands
        try:
            payload = signing.loads(token, salt=_salt(self.path))
        except signing.BadSignature as error:
            raise BadRequest(_("The form says what it showed in words that are not ours.")) from error
        self.opened = dt.datetime.fromisoformat(payload["at"])
        texts: Texts = payload["texts"]
        return texts


def hold(row: Model) -> None:
    """Lock ``row`` until the transaction ends and read it anew.

    Keeps its cached related rows where they are still the same.
    """
    related = [(field, field.get_cached_value(row)) for field in _pointing(row) if field.is_cached(row)]
    try:
        row.refresh_from_db(from_queryset=type(row)._base_manager.select_for_update(of=("self",), no_key=True))
    except ObjectDoesNotExist as error:
        raise Http404 from error
    for field, target in related:
        if getattr(row, field.attname) == (target.pk if target else None):
            field.set_cached_value(row, target)


def _pointing(row: Model) -> list[ForeignKey[Any, Any]]:
    return [field for field in row._meta.concrete_fields if isinstance(field, ForeignKey)]


def save_changed(form: forms.ModelForm) -> list[str]:
    """Save only the columns that a valid form changed; returns the names of the changed fields."""
    columns = {field.name for field in form.instance._meta.concrete_fields}
    if names := [name for name in form.changed_data if name in columns]:
        form.instance.save(update_fields=names)
    return form.changed_data


def other_since(row: Model, opened: dt.datetime, fields: Collection[str]) -> Other:
    """Who last changed one of ``fields`` of ``row`` since the page was ``opened``, as far as history records it."""
    try:
        change = reading.last_change(row, opened, fields)
    except KeyError:
        change = None
    if change is None or change.person is None:
        return Other(at=change.at if change else None)
    person = get_user_model().objects.filter(pk=change.person).first()
    return Other(str(getattr(person, "name", "")), change.at, change.person)


def _whose(row: Model | None) -> str:
    """The name of the customer to whom ``row`` belongs; "" without one."""
    for above in ("renewal", "objective"):
        row = getattr(row, above, None) or row
    return str(getattr(getattr(row, "customer", None), "name", ""))


def _history_of(row: Model | None) -> str:
    """The address of the history of ``row``; "" where none is recorded."""
    if row is None:
        return ""
    try:
        return reverse("history:of", args=[kept.of(row).kind, row.pk])
    except KeyError:
        return ""


def carried(sheet: Sheet, path: str, keep: str = "") -> SafeString:
    """The hidden input with the values shown by the form that posts to ``path``.

    ``keep`` is an id with which the input survives a refresh of the part around it, as the typed text does.
    """
    texts = {"texts": tidied(sheet.stands), "at": clock.now().isoformat()}
    return _hidden(signing.dumps(texts, salt=_salt(path), compress=True), keep)


def _salt(path: str) -> str:
    # Not this module's path: a form opened before an upgrade must stay readable after it.
    return f"config.ui.editing:{path}"


def _hidden(text: str, keep: str = "") -> SafeString:
    attributes = format_html(' id="{}" hx-preserve', keep) if keep else ""
    return format_html('<input type="hidden" name="{}" value="{}"{}>', SHOWN, text, attributes)
