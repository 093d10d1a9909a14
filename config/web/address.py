"""Parsing the parameters of an address; an unknown value is a 400."""

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
    """The 400 for an unreadable part of an address."""
    return BadRequest(_("A filter in the address cannot be read."))


def choice(request: HttpRequest, name: str, choices: Collection[str], default: str = "") -> str:
    """One of ``choices``; ``default`` where the address says nothing."""
    value = request.GET.get(name) or default
    if value not in choices and value != default:
        raise unreadable()
    return value


def text(request: HttpRequest, name: str = "q", longest: int = LONGEST) -> str:
    """The search text, stripped and cut to ``longest`` characters."""
    return request.GET.get(name, "").strip()[:longest]


def number(request: HttpRequest, name: str) -> int | None:
    """The id of a row; None where the address has none."""
    value = request.GET.get(name, "")
    if not value:
        return None
    pk = row_number(value)
    if pk is None:
        raise unreadable()
    return pk


def row(request: HttpRequest, name: str, rows: QuerySet[Row]) -> Row | None:
    """The one of ``rows`` that the address names; None where it names none, 404 where it is not among them."""
    key = number(request, name)
    if key is None:
        return None
    match = rows.filter(pk=key).first()
    if match is None:
        raise Http404
    return match
