"""Cells that are edited where they stand: a column says how, by an act on a set of one row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.forms import BaseForm
from django.urls import reverse

from accounts.lists import cells
from accounts.lists.kinds import CellEdit, Column, Sight
from accounts.models import User
from config.web.sheets import FormSheet

if TYPE_CHECKING:
    from accounts.bulk import Before, Values


def drawn(form: BaseForm, **initial: Any) -> BaseForm:
    """``form`` with what stands in the row."""
    form.initial = {**form.initial, **initial}
    return form


def sheet(edit: CellEdit, row: Any, user: User, day: dt.date) -> FormSheet:
    """What the cell's form shows of the row."""
    return FormSheet(edit.form(row, None, user, day), edit.bound, edit.sets)


def cell(kind: str, column: Column, row: Any, sight: Sight, shown: str = "") -> str:
    """What the column shows of a row, or ``shown`` in its place: to whom may edit it as a cell that becomes an input."""
    inside = inside_of(kind, column, row, sight, shown)
    return cells.typed(inside) if _offered(column.edit, row, sight) else inside


def inside_of(kind: str, column: Column, row: Any, sight: Sight, shown: str = "") -> str:
    """The same without the cell around it, as it is drawn anew after a save."""
    shown = shown or column.draw(row, sight)
    if not _offered(column.edit, row, sight):
        return shown
    return cells.opens(url_of(kind, column.key, row.pk), shown, f"{column.label}: {named(row)}")


def _offered(edit: CellEdit | None, row: Any, sight: Sight) -> bool:
    return edit is not None and sight.selects and edit.is_open(row) and edit.may(row, sight.user)


def url_of(kind: str, column: str, pk: int) -> str:
    # As reverse() gives it, at a fiftieth of its cost: a page has hundreds.
    return f"/lists/{kind}/cells/{column}/{pk}/"


def named(row: Any) -> str:
    """The row as people know it: its own title, if it has one, and its customer."""
    customer = getattr(row, "customer", None)
    return " · ".join(filter(None, [getattr(row, "shown_title", ""), customer.name if customer else row.name]))


def undo_url(kind: str, column: str, pk: int, before: Before, values: Values) -> str:
    """The address that gives a cell back what it said ``before``."""
    path = reverse("accounts:list_cell_back", args=[kind, column, pk])
    return f"{path}?was={signing.dumps([before, dict(values)], salt=path, compress=True)}"


def read_undo(path: str, was: str) -> tuple[Before, Values]:
    """What such an address carries. Raises BadSignature."""
    before, values = signing.loads(was, salt=path)
    return before, values
