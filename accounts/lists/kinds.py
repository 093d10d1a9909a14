"""Kinds of lists: what each lists, who may see and change its rows, and what can be asked of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import QueryDict

from accounts.conditions import Holds, OnRow, Stored
from accounts.conditions.fields import Field, Kind, named
from accounts.keyset import Order, Stretch
from accounts.lists.older import Leaf, Old
from accounts.models import User

if TYPE_CHECKING:
    from accounts.bulk import Act

Rows = QuerySet[Any]


class Unreadable(ValidationError):  # noqa: N818 (an answer to an address, not an error of ours)
    """Part of an address cannot be read, so the rows it asks for are unknown."""


@dataclass(frozen=True)
class Sight:
    """Who looks at rows, when, and what drawing them needs: whether they may be changed, a form's token, the way back."""

    user: User
    day: dt.date
    language: str = ""
    currency: str = ""
    may_change: bool = False
    selects: bool = False
    token: str = ""
    here: str = ""


def no_column(_key: str) -> Column | None:
    return None


def no_order(_key: str) -> Order | None:
    return None


Values = Callable[[User, dt.date], Mapping[str, Any]]


def no_values(_user: User, _day: dt.date) -> Mapping[str, Any]:
    return {}


def always(*_asked: Any) -> bool:
    return True


@dataclass(frozen=True)
class CellEdit:
    """How the cells of a column are edited.

    ``act`` writes what was typed, one of those on many rows (``accounts.bulk``) or one alike. ``form`` makes the form that stands in the cell:
    ``form(row, data, user, day)``, drawn of the row. ``is_open`` says in which state of a row its cell is offered, ``may`` who
    edits it beyond those who may change the row. ``bound`` are fields that are chosen together, ``sets`` those of several values
    (``config.web.sheets.FormSheet``).
    """

    act: Act
    form: Callable[[Any, Any, User, dt.date], BaseForm]
    is_open: Callable[[Any], bool] = always
    may: Callable[[Any, User], bool] = always
    bound: Mapping[str, tuple[Any, Collection[str]]] = field(default_factory=dict)
    sets: Collection[str] = ()


@dataclass(frozen=True)
class Column:
    """One column of a list.

    ``draw`` makes the inside of a row's cell, ``text`` what an export says; without ``text`` it is not exported.
    ``order`` is the key of the order by it, ``down`` says that the first press on the head shows the greatest first.
    ``values`` names what it needs of a row beside its own columns: expressions on a queryset of the list. ``edit`` says how its
    cells are edited where they stand; where only part of one is, ``around`` draws the rest around that.
    """

    key: str
    label: Any
    draw: Callable[[Any, Sight], str]
    text: Callable[[Any, Sight], Any] | None = None
    order: str = ""
    down: bool = False
    css: str = "desk"
    values: Values = no_values
    quiet: bool = False
    edit: CellEdit | None = None
    around: Callable[[Any, Sight, str], str] | None = None


@dataclass(frozen=True)
class Grouping:
    """Rows of a list taken together by the value of a field of conditions; of a day by its month."""

    key: str

    @property
    def field(self) -> Field:
        return named(self.key)

    @property
    def by_month(self) -> bool:
        return self.field.kind == Kind.DATE


@dataclass(frozen=True)
class Tab:
    """A state whose rows the list can show alone. ``leaf`` is its condition; ``rows`` filters by the same condition
    in a form that uses indexes. ``order`` is the default order of these rows.
    """

    key: str
    label: Any
    leaf: Leaf
    rows: Callable[[Rows, dt.date], Rows]
    order: str


@dataclass(frozen=True)
class ListKind:
    """A list of one model's rows.

    ``label`` names the list, ``counted`` says how many rows ("3 cases"). ``page`` is the name of its address.
    ``every`` are the rows it shows to somebody who filters nothing: those of ``visible`` that are their business.
    ``customer`` is the path from a row to its customer, empty where rows are customers. ``amount`` and ``due`` are the
    columns of the model that a folded row shows. ``old`` reads the names of older addresses, ``old_names``.
    ``usual`` holds by itself, unless a filter asks about one of the fields ``unless``; with ``tabs`` the first of them does.
    ``counted_only`` holds likewise, unless one names its value or asks about the fields ``uncounted``.
    ``order`` is the order where none is asked. ``usually`` are the keys of the columns shown where nobody chose any; the first
    of ``columns`` is always shown, ``more`` makes others, ``more_orders`` those by which their values are ordered. ``groupings`` are the fields by which rows are grouped, ``money`` the column under
    which a group's sum of ``amount`` stands. ``shape`` adds values to rows, the given columns of the model's among them, and fetches what drawing needs.
    ``events`` are those after which the list is drawn anew. ``empty`` says what fills the list, in a title and a sentence.
    """

    key: str
    model: type[Model]
    label: Any
    counted: Callable[[int], str]
    page: str
    visible: Callable[[User], Rows]
    changeable: Callable[[User], Rows]
    every: Callable[[User], Rows]
    old: Callable[[User, QueryDict, dt.date], Old]
    old_names: frozenset[str]
    columns: tuple[Column, ...]
    usually: tuple[str, ...]
    shape: Callable[[Rows, Mapping[str, Any], tuple[str, ...]], Rows]
    orders: Mapping[str, Order]
    order: str
    usual: Leaf = field(default_factory=dict)
    unless: frozenset[str] = frozenset()
    counted_only: Leaf = field(default_factory=dict)
    uncounted: frozenset[str] = frozenset()
    tabs: tuple[Tab, ...] = ()
    customer: str = "customer"
    amount: str = ""
    due: str = ""
    groupings: tuple[str, ...] = ()
    more: Callable[[str], Column | None] = no_column
    more_orders: Callable[[str], Order | None] = no_order
    money: str = ""
    events: tuple[str, ...] = ()
    icon: str = ""
    empty: tuple[Any, Any] = ("", "")
    then: Callable[[Any, str, str], Stretch] | None = None

    def column(self, key: str) -> Column | None:
        """The column of this key: one of the list's own, or that of a field of conditions."""
        return next((column for column in self.columns if column.key == key), None) or self.more(key)

    def order_of(self, key: str) -> Order | None:
        """The order of this key: one of the list's own, or that of a further column; None where there is none."""
        return self.orders.get(key) or self.more_orders(key)

    def grouping(self, key: str) -> Grouping | None:
        return Grouping(key) if key in self.groupings else None

    @property
    def customer_id(self) -> str:
        """The name under which a row's customer id is read: ``rows.values(kind.customer_id)``."""
        return f"{self.customer}_id" if self.customer else "pk"

    def holding(self, rows: Rows, stored: Stored, day: dt.date) -> Rows:
        """The ``rows`` that match the condition on ``day``."""
        condition = OnRow(stored, day, self.customer) if self.customer else Holds(stored, day)
        return rows.filter(condition)

    def rows(self, user: User, address: QueryDict, day: dt.date) -> Rows:
        """The rows that the address asks for. Raises Unreadable where part of it cannot be read, so that no act reaches
        more rows than meant.
        """
        from accounts.lists.asked import read

        listing = read(self, user, address, day)
        if listing.problems:
            raise Unreadable(list(listing.problems))
        return listing.rows()


_kinds: Final[dict[str, ListKind]] = {}


def register(kind: ListKind) -> None:
    """Register a kind of list; for ``AppConfig.ready``."""
    _kinds[kind.key] = kind


def find(key: str) -> ListKind | None:
    return _kinds.get(key)


def every() -> list[ListKind]:
    return list(_kinds.values())
