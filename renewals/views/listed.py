"""Renewals as a kind of list, and the filter fields of a renewal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.conditions.fields import Expression, Field, Kind, register
from accounts.keyset import Order, read_date, read_number
from accounts.lists import Column, ListKind, Old, Sight, cells, generic, kinds
from accounts.lists.older import leaf
from accounts.models import User
from config.text import row_number
from config.ui import figures, tags
from renewals.models import (
    ForecastCategory,
    Leaving,
    Renewal,
    RenewalOutcome,
    RenewalQuerySet,
    RenewalStage,
    VoidReason,
)
from renewals.views import cells as editable

RENEWAL: Final = _("Renewal")
ORDERS: Final = {
    "customer": Order("customer_name", str),
    "-customer": Order("customer_name", str, descending=True),
    "owner": Order("owner_name", str),
    "-owner": Order("owner_name", str, descending=True),
    "due": Order("due_on", read_date),
    "-due": Order("due_on", read_date, descending=True),
    "arr": Order("arr", read_number),
    "-arr": Order("arr", read_number, descending=True),
    "notice": Order("notice_on", read_date),
    "-notice": Order("notice_on", read_date, descending=True),
}
LONGEST_DAYS: Final = 5


def _column(name: str) -> Expression:
    return lambda asked: f"{asked.c}.{name}"


def _field(name: str, label: object, kind: Kind, column: str, **more: object) -> Field:
    return Field(f"renewals:{name}", label, kind, _column(column), group=RENEWAL, row="renewals", **more)  # type: ignore[arg-type]


FIELDS: Final = (
    _field("stage", pgettext_lazy("of a renewal", "Stage"), Kind.CHOICE, "stage", choices=RenewalStage.choices),
    _field("due", _("Ends"), Kind.DATE, "due_on"),
    _field("notice", _("Notice by"), Kind.DATE, "notice_on"),
    _field("arr", _("ARR to renew"), Kind.MONEY, "arr", untold=True),
    _field("leaving", _("Leaving"), Kind.CHOICE, "leaving", choices=Leaving.choices, blank=True),
    _field("category", _("CSM’s category"), Kind.CHOICE, "category", choices=ForecastCategory.choices, blank=True),
    _field("outcome", _("Outcome"), Kind.CHOICE, "outcome", choices=RenewalOutcome.choices, blank=True),
    _field("void", _("Why it is void"), Kind.CHOICE, "void_reason", choices=VoidReason.choices, blank=True),
    _field("closed", _("Closed on"), Kind.DATE, "closed_on"),
)  # fmt: skip


def _customer(row: Renewal, sight: Sight) -> str:
    folded = cells.fold(
        cells.money(row.arr, sight.currency, sight.language),
        cells.day(row.due_on, sight.day, sight.language),
        cells.left(row.days_left(sight.day), sight.language),
    )
    logo = str(tags.logo(row.customer.name, row.customer_id))
    return cells.link(reverse("renewals:renewal", args=[row.pk]), row.customer.name, logo) + folded


def _ends(row: Renewal, sight: Sight) -> str:
    days_left = "" if row.is_closed else cells.left(row.days_left(sight.day), sight.language)
    due_on = cells.day(row.due_on, sight.day, sight.language)
    return f'<span class="row ends">{due_on}<span class="num small">{days_left}</span></span>'


def _call(row: Renewal, _sight: Sight) -> str:
    return figures.percent(row.csm_likelihood) if row.csm_likelihood is not None else figures.NONE


def _note(row: Renewal, _sight: Sight) -> str:
    return cells.cut(row.csm_note) if row.csm_note else figures.NONE


def _notice(row: Renewal, sight: Sight) -> str:
    """The notice date; that of an open renewal says when it has passed."""
    notice = cells.day(row.notice_on, sight.day, sight.language)
    if row.notice_on is None or row.notice_on >= sight.day or row.is_closed:
        return notice
    passed = escape(_now("passed %(day)s") % {"day": notice})
    return f'<span class="faint">{passed}</span>'


COLUMNS: Final = (
    Column("customer", _("Customer"), _customer, lambda row, _s: row.customer.name, "customer", css="grow"),
    Column("health", _("Health"),
           lambda row, sight: cells.pill(cells.whole(row.customer.score), row.customer.band, sight.language),
           lambda row, _s: row.customer.score),
    Column("arr", _("ARR to renew"), lambda row, sight: cells.money(row.arr, sight.currency, sight.language),
           lambda row, _s: row.arr, "arr", down=True, css="num desk"),
    Column("due", _("Ends"), _ends, lambda row, _s: row.due_on, "due"),
    Column("notice", _("Notice by"), _notice, lambda row, _s: row.notice_on, "notice", css="nowrap desk low"),
    Column("stage", pgettext_lazy("of a renewal", "Stage"), lambda row, _s: escape(row.get_stage_display()),
           lambda row, _s: row.get_stage_display(), css="nowrap", edit=editable.STAGE),
    Column("call", _("CSM’s call"), _call, lambda row, _s: row.csm_likelihood, css="num desk mid", edit=editable.LIKELIHOOD),
    Column("note", _("Note"), _note, lambda row, _s: row.csm_note, css="named desk wide", edit=editable.NOTE),
    Column("owner", _("Owner"), lambda row, sight: cells.owner(row.owner_name or "", row.customer.owner_id, sight.language),
           lambda row, _s: row.owner_name, "owner"),
)  # fmt: skip


def shape(rows: QuerySet[Renewal], values: Mapping[str, Any], _walked: tuple[str, ...]) -> QuerySet[Renewal]:
    annotated = rows.annotate(customer_name=F("customer__name"), owner_name=F("customer__owner__name"), **values)
    return annotated.select_related("customer")


GROUPINGS: Final = ("renewals:stage", "renewals:due", "owner", "segment", "touch_model", "band", "renewals:category")


def counted(n: int) -> str:
    return ngettext("%(n)s renewal", "%(n)s renewals", n) % {"n": n}


def every(user: User) -> RenewalQuerySet:
    return Renewal.objects.visible_to(user)


def old(_user: User, address: QueryDict, _day: dt.date) -> Old:
    """The board's filters in an address: owner, segment, and days until the end, overdue renewals included."""
    leaves: list[Any] = []
    problems = []
    for name in ("owner", "segment"):
        if address.get(name):
            number = row_number(str(address[name]))
            leaves += [leaf(name, "is", number)] if number else []
            problems += [] if number else [_now("A filter in the address cannot be read.")]
    within = address.get("within", "")
    if within.isascii() and within.isdigit() and len(within) < LONGEST_DAYS:
        leaves.append({"none": [leaf("renewals:due", "more_than_ahead", int(within))]})
    elif within:
        problems.append(_now("A filter in the address cannot be read."))
    return Old(leaves, problems=problems)


RENEWALS: Final = ListKind(
    "renewals", Renewal, _("Renewals"), counted, "renewals:list",
    visible=Renewal.objects.visible_to, changeable=Renewal.objects.changeable_by, every=every,
    old=old, old_names=frozenset({"owner", "segment", "within"}), columns=COLUMNS,
    usually=tuple(column.key for column in COLUMNS), shape=shape, orders=ORDERS, order="due",
    usual=leaf("renewals:stage", "is_not", RenewalStage.CLOSED.value),
    unless=frozenset({"renewals:stage", "renewals:outcome", "renewals:closed", "renewals:void"}),
    counted_only=leaf("renewals:outcome", "is_not", RenewalOutcome.VOID.value), uncounted=frozenset({"renewals:void"}), amount="arr", due="due_on",
    groupings=GROUPINGS, more=generic.columns("customer", "renewals"), money="arr",
    events=("renewals:changed", "renewals:moved"), icon="renewal",
    empty=(_("No renewal here"), _("A renewal opens by itself for each paid contract term of six months or more.")),
)  # fmt: skip


def install() -> None:
    """Register the list and the filter fields; called when the app loads."""
    register(*FIELDS)
    kinds.register(RENEWALS)
