"""One cell of a list, edited where it stands: its form, saving it, taking that back."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.bulk import Who, plain
from accounts.lists import CellEdit, Column, ListKind
from accounts.lists.asked import Asked
from accounts.lists.editing import inside_of, named, read_undo, sheet, undo_url
from accounts.lists.page import sight_of
from accounts.request import SignedIn
from accounts.sets import GONE
from accounts.views.lists import kind_of
from config import clock
from config.ui.context import frame_of
from config.web.acting import acted, refused
from config.web.asking import show
from config.web.coming import HOME, came_from
from config.web.editing import Edit
from config.web.finding import changeable
from config.web.refusing import blame
from config.web.toast import toast


@require_http_methods(["GET", "POST"])
def cell(request: SignedIn, key: str, column: str, pk: int) -> HttpResponse:
    """The cell as an input, and saving it. What is refused is said at the cell."""
    kind, edited = kind_of(key), _column(key, column)
    row, how = _row(request, kind, pk), _edit(edited)
    who = Who(request.user, frame_of(request).today, clock.now())
    if not how.may(row, who.user):
        raise PermissionDenied
    edit = Edit(request, row, lambda: sheet(how, row, who.user, who.day))
    title = f"{edited.label}: {named(row)}"
    if edit.asks:
        return edit.answer(title, back=_list_of(kind))
    if edit.leaves:
        return acted(request, _("Left as it was saved."), changed=how.act.changed, back=_list_of(kind))
    form = edit.draw(how.form(row, edit.data, who.user, who.day))
    if request.method != "POST" or not form.is_valid():
        return _asked(request, form, title, _list_of(kind))
    values = plain(form.cleaned_data)
    try:
        with transaction.atomic():
            did = how.act.run([pk], values, who)
            for problem in did.refused.values():
                raise problem
    except ValidationError as problem:
        blame(form, problem)
        return _asked(request, form, title, _list_of(kind))
    words, undo = "", None
    if before := did.before.get(pk):
        words = edit.said(_("%(act)s: %(rows)s.") % {"act": how.act.said(values), "rows": named(row)})
        undo = undo_url(key, column, pk, before, values) if how.act.back else None
    return _saved(request, kind, edited, pk, words, undo)


@require_POST
def back(request: SignedIn, key: str, column: str, pk: int) -> HttpResponse:
    """Give a cell back what it said before, while it stands as the edit left it."""
    kind, how = kind_of(key), _edit(_column(key, column))
    row = _row(request, kind, pk)
    if not how.may(row, request.user) or how.act.back is None:
        raise PermissionDenied
    try:
        before, values = read_undo(request.path, request.GET.get("was", ""))
    except signing.BadSignature as error:
        raise BadRequest(_("The address does not say what it would take back.")) from error
    who = Who(request.user, frame_of(request).today, clock.now())
    words = {"act": how.act.said(values), "rows": named(row)}
    try:
        with transaction.atomic():
            for problem in how.act.back({pk: before}, values, who).values():
                raise problem
    except ValidationError as problem:
        return refused(request, problem, changed=how.act.changed)
    return acted(request, _("Taken back (%(act)s): %(rows)s.") % words, changed=how.act.changed)


def _column(key: str, column: str) -> Column:
    found = kind_of(key).column(column)
    if found is None:
        raise Http404
    return found


def _edit(column: Column) -> CellEdit:
    if column.edit is None:
        raise Http404
    return column.edit


def _row(request: SignedIn, kind: ListKind, pk: int) -> Any:
    rows: Any = kind.model._default_manager
    return changeable(request, rows.select_related(kind.customer) if kind.customer else rows, pk)


def _list_of(kind: ListKind) -> str:
    return reverse(kind.page)


def _asked(request: SignedIn, form: BaseForm, title: str, list_url: str) -> HttpResponse:
    context = {"form": form, "title": title, "url": request.path, "back": list_url}
    name = "lists/_cell.html" if request.htmx else "lists/cell.html"
    return show(request, name, context, wrong=bool(form.errors))


def _saved(request: SignedIn, kind: ListKind, column: Column, pk: int, words: str, undo: str | None) -> HttpResponse:
    """The cell as it stands now, with a toast; the list is drawn anew after the events of the act."""
    events = _edit(column).act.changed
    if not request.htmx or request.headers.get("HX-Target") == "ask":  # chosen in the dialog, not typed in the cell
        came = came_from(request)
        return acted(request, words, undo, changed=events, back=_list_of(kind) if came == HOME else came)
    asked = Asked(kind, request.user, frame_of(request).today, chosen_columns=(column.key,))
    sight = sight_of(request, asked)
    row = kind.shape(kind.visible(request.user).filter(pk=pk), _values(asked), ()).first()
    answer = HttpResponse(inside_of(kind.key, column, row, sight) if row is not None else GONE)
    if words:
        answer = toast(request, answer, words, undo)
        for event in events:
            trigger_client_event(answer, event)
    return answer


def _values(asked: Asked) -> dict[str, Any]:
    return {name: value for column in asked.columns for name, value in column.values(asked.user, asked.day).items()}
