"""Exchange rates from a file: one row a currency, fiscal year and, where the file says it, day it became known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from accounts import company, rates
from accounts.imports.cells import Field
from accounts.imports.going_back import go_back, untouched
from accounts.imports.names import OF_RATES
from accounts.imports.staging import Staged
from accounts.imports.targets import Loaded, Target, Trouble, Values
from accounts.imports.withdrawing import withdraw_rows
from accounts.models import ExchangeRate

if TYPE_CHECKING:
    from accounts.imports.undoing import Undoing


def load(staged: Staged) -> Loaded:
    """Enter what differs; customers with contracts in these currencies are marked by the act itself."""
    staged.reject(
        "s.currency = %(reporting)s",
        "currency",
        _("“{cell}” is the reporting currency: its rate is always 1"),
        "s.currency",
        {"reporting": company.currency()},
    )
    staged.ensure("known_on", "date")
    staged.reject_repeats(
        "currency, fiscal_year, coalesce(known_on, '-infinity')", fields=("currency", "fiscal_year", "known_on")
    )
    rows = staged.rows(
        "SELECT s.currency, s.fiscal_year, s.rate, s.known_on, s.line FROM import_staged s ORDER BY s.line"
    )
    entered = rates.enter([rates.Rate(*row[:4]) for row in rows], day=staged.today)
    done: dict[int, bool] = {}
    for currency, year, _rate, known_on, line in rows:
        # A rate of which the file does not say since when it is known was always known, or is since today.
        for day in [known_on] if known_on else [None, staged.today]:
            if (currency, year, day) in entered:
                done[line] = entered[currency, year, day]
    staged.note_done(done)
    new = sum(entered.values())
    return Loaded(new=new, changed=len(entered) - new, notes=staged.notes)


def undo(undoing: Undoing) -> list[int]:
    """Take back the rates that the file entered and nobody has entered anew since; money in their currencies follows at once."""
    titles = undoing.file.lines.filter(object_kind="exchangerate", kind__in=("new", "changed")).order_by()
    currencies = set(titles.values_list("title", flat=True).distinct())
    go_back(ExchangeRate, undoing.known)
    withdraw_rows(ExchangeRate, undoing.known, untouched(ExchangeRate))
    if currencies:
        rates.refresh(currencies, undoing.day)
    return []


def check(values: Values, _day: dt.date) -> Trouble | None:
    if values["rate"] == 0:
        return "rate", _("is 0")
    return None


RATES: Final = Target(
    "rates",
    (
        Field("currency", "currency", required=True),
        Field(
            "fiscal_year",
            "number",
            required=True,
            least=rates.FIRST_YEAR,
            most=rates.LAST_YEAR,
            hint="the year it starts in",
        ),
        Field("rate", "rate", required=True, most=rates.MOST, hint="units of the organisation's currency for one unit"),
        Field("known_on", "date", past=True, hint="one row a currency, year and `known_on`"),
    ),
    load,
    check,
    undo=undo,
    models=(ExchangeRate,),
    tables=("accounts_exchangerate",),
    names=OF_RATES,
)
