"""Kinds of lists: what each lists, who may see and change its rows, and which columns and orders it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import QueryDict

from accounts.keyset import Order
from accounts.models import User


class Unreadable(ValidationError):  # noqa: N818 (an answer to an address, not an error of ours)
    """Part of an address cannot be read, so that nobody knows which rows it asks for."""


@dataclass(frozen=True)
class Column:
    """One column of a list: its key, its words and, where the list can be ordered by it, the key of that order."""

    key: str
    label: Any
    order: str = ""


@dataclass(frozen=True)
class Reading:
    """The rows an address asks for, over what of it could be read; ``problems`` says what could not."""

    rows: QuerySet[Any]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListKind:
    """A list of one model's rows.

    ``label`` names the list, ``counted`` says how many rows ("3 cases"). ``page`` is the name of its address.
    ``customer`` is the path from a row to its customer, empty where rows are customers. ``amount`` and ``due`` are the
    columns of the model that a folded row shows. ``read`` gives the rows of an address.
    """

    key: str
    model: type[Model]
    label: Any
    counted: Callable[[int], str]
    page: str
    visible: Callable[[User], QuerySet[Any]]
    changeable: Callable[[User], QuerySet[Any]]
    read: Callable[[User, QueryDict, dt.date], Reading]
    columns: tuple[Column, ...]
    orders: Mapping[str, Order] = field(default_factory=dict)
    customer: str = "customer"
    amount: str = ""
    due: str = ""

    @property
    def customer_id(self) -> str:
        """The name under which a row's customer id is read: ``rows.values(kind.customer_id)``."""
        return f"{self.customer}_id" if self.customer else "pk"

    def rows(self, user: User, address: QueryDict, day: dt.date) -> QuerySet[Any]:
        """The rows the address asks for. Raises Unreadable where part of it cannot be read: no act reaches further than it was
        meant to.
        """
        reading = self.read(user, address, day)
        if reading.problems:
            raise Unreadable(list(reading.problems))
        return reading.rows


_kinds: Final[dict[str, ListKind]] = {}


def register(kind: ListKind) -> None:
    """Let the product list these; for ``AppConfig.ready``."""
    _kinds[kind.key] = kind


def find(key: str) -> ListKind | None:
    return _kinds.get(key)


def every() -> list[ListKind]:
    return list(_kinds.values())
