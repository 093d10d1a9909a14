"""Cases as a kind of list."""

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
from health.cases import lists
from health.models import Case, CaseKind, Severity

STATES: Final = ("open", "late", "passed", "snoozed", "closed")
ORDERS: Final = {
    "value": Order("value", read_number, descending=True),
    "due": Order("due_on", read_date),
    "closed": Order("closed_on", read_date, descending=True),
}
COLUMNS: Final = (
    Column("case", _("Case")),
    Column("customer", _("Customer")),
    Column("health", _("Health")),
    Column("value", _("At stake"), "value"),
    Column("severity", _("Severity")),
    Column("state", _("State")),
    Column("due", _("Due"), "due"),
    Column("owner", _("Owner")),
)


def counted(n: int) -> str:
    return ngettext("%(n)s case", "%(n)s cases", n) % {"n": n}


def read(user: User, address: QueryDict, day: dt.date) -> Reading:
    """The rows of an address as the page of cases reads it."""
    allowed = lists.scopes(user)
    state, scope = address.get("state") or "open", address.get("scope") or allowed[0]
    filters = {name: address.get(name, "") for name in ("kind", "severity")}
    known = {"kind": ["", *CaseKind.values], "severity": ["", *Severity.values]}
    readable = state in STATES and scope in allowed and all(filters[name] in values for name, values in known.items())
    if not readable:
        return Reading(Case.objects.visible_to(user), (_now("A filter in the address cannot be read."),))
    every = lists.narrowed(lists.of_scope(user, scope), filters | {"q": address.get("q", "").strip()[:100]})
    return Reading(lists.in_state(every, state, day))


CASES: Final = ListKind(
    "cases", Case, _("Cases"), counted, "health:cases",
    visible=Case.objects.visible_to,
    changeable=Case.objects.changeable_by,
    read=read, columns=COLUMNS, orders=ORDERS, amount="value", due="due_on",
)  # fmt: skip
