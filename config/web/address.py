"""What an address asks of a page: each part is one of those that the page knows, or the request is answered with a 400."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeVar

from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from config.text import row_number

Row = TypeVar("Row", bound=Model)
LONGEST: Final = 100


def unreadable() -> BadRequest:
    """The 400 for a part of an address that nothing here means."""
    return BadRequest(_("A filter in the address cannot be read."))


def choice(request: HttpRequest, name: str, known: Collection[str], default: str = "") -> str:
    """One of ``known``; ``default`` where the address says nothing."""
    value = request.GET.get(name) or default
    if value not in known and value != default:
        raise unreadable()
    return value


def text(request: HttpRequest, name: str = "q", longest: int = LONGEST) -> str:
    """What is searched for, without the blanks around it and cut to ``longest``."""
    return request.GET.get(name, "").strip()[:longest]


def number(request: HttpRequest, name: str) -> int | None:
    """The number of a row; None where the address says nothing."""
    value = request.GET.get(name, "")
    if not value:
        return None
    found = row_number(value)
    if found is None:
        raise unreadable()
    return found


def row(request: HttpRequest, name: str, rows: QuerySet[Row]) -> Row | None:
    """The one of ``rows`` that the address names; None where it says nothing, 404 where it is none of them."""
    key = number(request, name)
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    return found
