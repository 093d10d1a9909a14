"""Renewals as a kind of list."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.keyset import Order, read_date, read_number
from accounts.lists import Column, ListKind, Reading
from accounts.models import User
from config.text import row_number
from renewals import board
from renewals.models import Renewal

ORDERS: Final = {
    "due": Order("due_on", read_date),
    "-due": Order("due_on", read_date, descending=True),
    "arr": Order("arr", read_number),
    "-arr": Order("arr", read_number, descending=True),
}
COLUMNS: Final = (
    Column("customer", _("Customer")),
    Column("health", _("Health")),
    Column("arr", _("ARR to renew"), "arr"),
    Column("due", _("Ends"), "due"),
    Column("notice", _("Notice by")),
    Column("stage", _("Stage")),
    Column("owner", _("Owner")),
)


def counted(n: int) -> str:
    return ngettext("%(n)s renewal", "%(n)s renewals", n) % {"n": n}


def read(user: User, address: QueryDict, day: dt.date) -> Reading:
    """The rows of an address as the board reads it: owner, segment, and days until the end."""
    rows = board.shown(Renewal.objects.visible_to(user), day)
    problems = []
    for name, path in (("owner", "customer__owner"), ("segment", "customer__segment")):
        number = row_number(address.get(name, ""))
        if number is not None:
            rows = rows.filter(**{path: number})
        elif address.get(name):
            problems.append(_now("A filter in the address cannot be read."))
    within = address.get("within", "")
    if within.isascii() and within.isdigit() and len(within) < len("10000"):
        rows = board.due_within(rows, int(within), day)
    elif within:
        problems.append(_now("A filter in the address cannot be read."))
    return Reading(rows, tuple(problems))


RENEWALS: Final = ListKind(
    "renewals", Renewal, _("Renewals"), counted, "renewals:pipeline",
    visible=Renewal.objects.visible_to,
    changeable=Renewal.objects.changeable_by,
    read=read, columns=COLUMNS, orders=ORDERS, amount="arr", due="due_on",
)  # fmt: skip
