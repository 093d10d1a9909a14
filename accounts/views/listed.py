"""Customers as a kind of list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import asof, book
from accounts.forms import cells as editable
from accounts.forms.portfolio import FiltersForm, filters_form
from accounts.keyset import Order, Stretch
from accounts.lists import Asked, Column, ListKind, Old, Sight, cells, generic
from accounts.lists.older import leaf
from accounts.models import Customer, User
from config.ui import figures
from health.scoring.columns import DELTA_DAYS, score_on, trend_to
from health.scoring.overriding import value_on

OLD: Final = frozenset(FiltersForm.base_fields) - {"sort"}
ANY_STATUS: Final = {"field": "status", "test": "known", "value": None}


def _name(row: Any, sight: Sight) -> str:
    parent = f' <span class="faint small desk">{escape(row.parent_name)}</span>' if row.parent_name else ""
    until = row.leaves_on or row.next_renewal_on
    folded = cells.fold(
        cells.money(row.arr, row.currency, sight.language),
        cells.renews(row.next_renewal_on, row.leaves_on, sight.day, sight.language),
        cells.left((until - sight.day).days, sight.language) if until else "",
    )
    return f"{cells.customer(row.pk, row.name)}{parent}{folded}"


def _health(row: Any, sight: Sight) -> str:
    is_known = row.score is not None and row.score_before is not None
    change = cells.whole(row.score - row.score_before) if is_known else None
    score_pill = cells.pill(cells.whole(row.score), row.band, sight.language)
    marked = cells.override(row.override, sight.language)
    return f'<span class="row">{score_pill}{marked}{cells.delta(change, sight.language)}</span>'


def _renews(row: Any, sight: Sight) -> str:
    until = row.leaves_on or row.next_renewal_on
    renewal = cells.renews(row.next_renewal_on, row.leaves_on, sight.day, sight.language)
    days_left = cells.left((until - sight.day).days if until else None, sight.language)
    return f'<span class="row ends">{renewal}<span class="num small">{days_left}</span></span>'


def _owner(row: Any, sight: Sight) -> str:
    return cells.owner(row.owner_name or "", row.owner_id, sight.language)


def _touch(row: Any, sight: Sight) -> str:
    return cells.quiet((sight.day - row.last_touch_on).days if row.last_touch_on else None, sight.language)


def _money(row: Any, sight: Sight) -> str:
    return cells.money(row.arr, row.currency, sight.language)


def _own(*names: str, **more: Any) -> Any:
    """Columns of the customer as they are, and others by an expression."""
    return lambda _user, _day: {name: F(name) for name in names} | more


def _always(user: User, _day: dt.date) -> Mapping[str, Any]:
    """What the first column shows, also folded on a phone."""
    columns = {name: F(name) for name in ("name", "arr", "next_renewal_on", "leaves_on")}
    return columns | {"parent_name": book.parent_name(user), "currency": book.currency_of_all()}


def _scores(_user: User, day: dt.date) -> Mapping[str, Any]:
    before = score_on(day - dt.timedelta(days=DELTA_DAYS))
    return {"score": F("score"), "band": F("band"), "score_before": before, "override": value_on(day)}


COLUMNS: Final = (
    Column("name", _("Customer"), _name, lambda row, _s: row.name, "name", css="grow", values=_always),
    Column("health", _("Health"), _health, lambda row, _s: row.score, "health", css="", values=_scores),
    Column("trend", _("13 weeks"), lambda row, _s: cells.spark(row.score_trend, row.band), css="desk wide",
           values=lambda _user, day: {"score_trend": trend_to(day), "band": F("band")}),
    Column("arr", _("ARR"), _money, lambda row, _s: row.arr, "arr", down=True, css="num desk"),
    Column("renews", _("Renews"), _renews, lambda row, _s: row.next_renewal_on, "renews"),
    Column("segment", _("Segment, touch"),
           lambda row, sight: cells.served(row.segment_name or "", row.touch_model, sight.language),
           lambda row, _s: cells.served_text(row.segment_name or "", row.touch_model), "segment", css="muted desk mid", values=_own("touch_model", "pinned_segment_id", segment_name=F("segment__name")), edit=editable.SEGMENT),
    Column("owner", _("Owner"), _owner,
           lambda row, _s: row.owner_name, "owner", values=_own("owner_id", owner_name=F("owner__name")), edit=editable.OWNER),
    Column("touch", _("Last touch"), _touch, lambda row, _s: row.last_touch_on, "touch", css="muted desk low",
           values=_own("last_touch_on")),
    Column("tasks", _("Tasks"), lambda row, _s: str(row.open_tasks or figures.NONE), lambda row, _s: row.open_tasks,
           css="num desk low", values=_own(open_tasks=book.open_tasks())),
    Column("tags", _("Tags"), lambda row, _s: cells.cut(figures.listed(row.tags)) if row.tags else figures.NONE,
           lambda row, _s: figures.listed(row.tags), css="desk named", values=_own("tags"), edit=editable.TAGS),
)  # fmt: skip
ORDERS: Final = {
    **book.ORDERS,
    "owner": Order("owner_name", str),
    "-owner": Order("owner_name", str, descending=True),
    "segment": Order("segment_name", str),
    "-segment": Order("segment_name", str, descending=True),
}
GROUPINGS: Final = ("owner", "segment", "touch_model", "band", "status", "stage", "motion", "next_renewal")
WALKED: Final = {"owner_name": F("owner__name"), "segment_name": F("segment__name")}


def counted(n: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", n) % {"n": figures.number(n)}


def shape(rows: QuerySet[Any], values: Mapping[str, Any], walked: tuple[str, ...]) -> QuerySet[Any]:
    """Named tuples: no model is built for rows only looked at. Subqueries, never joins of many; still one statement."""
    expressions = {name: WALKED.get(name, F(name)) for name in walked} | dict(values)
    model_columns = {name for name, value in expressions.items() if isinstance(value, F) and value == F(name)}
    new_columns = {name: value for name, value in expressions.items() if name not in model_columns}
    return rows.annotate(**new_columns).values_list("pk", *expressions, named=True)


def then(listing: Asked, after: str, before: str) -> Stretch:
    """The page as of a past day."""
    day = listing.as_of or listing.day
    customers = asof.matching(listing.user, listing.condition, day)
    order = listing.order if listing.order in asof.ORDERS else "name"
    return asof.page(customers, order, user=listing.user, day=day, after=after, before=before)


def old(_user: User, address: QueryDict, day: dt.date) -> Old:
    form = filters_form(address, day, OLD)
    form.is_valid()
    filters, status = form.filters(), form.cleaned_data.get("status", "")
    leaves = book.tree(replace(filters, status=filters.status if status not in {"", "any"} else ()))
    if status == "any":
        leaves = [*leaves, ANY_STATUS]
    return Old(leaves, as_of=form.past_day(), problems=_problems(form))  # type: ignore[arg-type]


def _problems(form: Any) -> list[str]:
    return [f"{form[name].label}: {message}" for name, messages in form.errors.items() for message in messages]


CUSTOMERS: Final = ListKind(
    "customers", Customer, _("Customers"), counted, "accounts:portfolio",
    visible=Customer.objects.visible_to, changeable=Customer.objects.changeable_by, every=Customer.objects.visible_to,
    old=old, old_names=OLD, columns=COLUMNS, usually=tuple(column.key for column in COLUMNS if column.key != "tags"), shape=shape,
    orders=ORDERS, order="health",
    usual=leaf("status", "is_in", [str(status) for status in book.Filters.status]),
    unless=frozenset({"status"}), customer="", amount="arr", due="next_renewal_on", icon="customers",
    then=then, groupings=GROUPINGS, more=generic.columns("", "customers"), more_orders=generic.order, money="arr",
    events=("accounts:changed", "playbooks:changed"),
)  # fmt: skip
