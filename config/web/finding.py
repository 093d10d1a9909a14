"""The row that an address names, if the person may see it, and if they may change it."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.db.models.manager import BaseManager
from django.shortcuts import get_object_or_404

from accounts.request import SignedIn

Row = TypeVar("Row", bound=Model)
Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class Guarded(Protocol[Row_co]):
    """A queryset or manager that can restrict its rows to those a user may see or change."""

    def visible_to(self, user: Any, /) -> QuerySet[Row_co]: ...

    def changeable_by(self, user: Any, /) -> QuerySet[Row_co]: ...


def share(request: SignedIn) -> None:
    """Share rows within this request, so that each is read once."""
    request.shared_rows = {}  # type: ignore[attr-defined]


def visible(request: SignedIn, rows: Guarded[Row], pk: int) -> Row:
    """The row; 404 when it cannot be seen."""
    shared = getattr(request, "shared_rows", None)
    if shared is None or not isinstance(rows, BaseManager):
        return get_object_or_404(rows.visible_to(request.user), pk=pk)
    if (rows.model, pk) not in shared:
        shared[rows.model, pk] = get_object_or_404(rows.visible_to(request.user), pk=pk)
    return shared[rows.model, pk]


def changeable(request: SignedIn, rows: Guarded[Row], pk: int) -> Row:
    """The row; 404 when it cannot be seen, 403 when it can be seen only."""
    row = visible(request, rows, pk)
    if not may_change(request, row):
        raise PermissionDenied
    return row


def may_change(request: SignedIn, row: Model) -> bool:
    """Whether the person may change ``row``."""
    shared = getattr(request, "shared_rows", {})
    key = (type(row), row.pk, "change")
    if key not in shared:
        rows: Guarded[Model] = type(row)._default_manager  # type: ignore[assignment]
        shared[key] = rows.changeable_by(request.user).filter(pk=row.pk).exists()
    return shared[key]
