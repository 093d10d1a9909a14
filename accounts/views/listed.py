"""Customers as a kind of list."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import book
from accounts.forms.portfolio import filters_form
from accounts.lists import Column, ListKind, Reading
from accounts.models import Customer, User
from config.ui import figures

COLUMNS = (
    Column("name", _("Customer"), "name"),
    Column("health", _("Health"), "health"),
    Column("trend", _("13 weeks")),
    Column("arr", _("ARR"), "arr"),
    Column("renews", _("Renews"), "renews"),
    Column("segment", _("Segment, touch")),
    Column("owner", _("Owner")),
    Column("touch", _("Last touch"), "touch"),
    Column("tasks", _("Tasks")),
)


def counted(n: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", n) % {"n": figures.number(n)}


def read(user: User, address: QueryDict, day: dt.date) -> Reading:
    form = filters_form(address, day)
    if form.is_valid():
        return Reading(book.filtered(user, form.filters(), day))
    return Reading(Customer.objects.visible_to(user), tuple(_problems(form)))


def _problems(form: Any) -> list[str]:
    return [f"{form[name].label}: {message}" for name, messages in form.errors.items() for message in messages]


CUSTOMERS = ListKind(
    "customers", Customer, _("Customers"), counted, "accounts:portfolio",
    visible=Customer.objects.visible_to,
    changeable=Customer.objects.changeable_by,
    read=read, columns=COLUMNS, orders=book.ORDERS, customer="", amount="arr", due="next_renewal_on",
)  # fmt: skip
