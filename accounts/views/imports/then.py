"""What follows from the changed rows of a preview: beside the field that moves it, of each customer once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts import company
from accounts.views.imports.lines import Row
from accounts.views.imports.moves import KINDS, Move, by_days
from config.history.views.wording import Field
from config.shipping import translated
from config.ui.filters import money_change

# Fields beside which the move of a renewal or of revenue stands; else it stands beside the first of the row.
OF_ENDS: Final = ("ends_on", "ended_on", "term_months", "starts_on")
OF_MONEY: Final = ("annual_amount", "quantity", "discount_percent")


@dataclass(frozen=True)
class Then:
    """What follows, in words, with its tone: "" for none."""

    words: str
    tone: str = ""


Told = list[tuple[Field, list[Then]]]


def followed(rows: Sequence[Row], moves: Mapping[str, Any], today: dt.date) -> list[Told]:
    """The fields of each row, each with what follows from it; "revenue" and "contract" are not there in earlier previews."""
    told: list[Told] = [[(field, []) for field in row.fields] for row in rows]
    own = {kind: list(found["rows"]) for kind, found in moves["kinds"].items() if kind in KINDS}
    for move in own.pop("renewal_moved", []):
        words = _("renewal %(days)s") % {"days": by_days(move, today)}
        put(rows, told, move, OF_ENDS, Then(words), contract=move.get("contract"))
    for move in moves.get("revenue", []):
        change = Decimal(move["after"]) - Decimal(move["before"])
        words = _("%(money)s ARR") % {"money": money_change(change, company.currency())}
        put(rows, told, move, OF_MONEY, Then(words, "good" if change > 0 else "risk"))
    for kind, found in own.items():
        for move in found:
            put(rows, told, move, OF_ENDS if kind.startswith("renewal") else (), Then(said(kind, move), KINDS[kind][1]))
    return told


def put(
    rows: Sequence[Row], told: Sequence[Told], move: Move, names: Sequence[str], then: Then, contract: int | None = None
) -> None:
    """Put it beside one of the fields of these names in the rows of its customer, of its contract where that is known, else beside
    the first field of these rows; nowhere where none of them is on this page.
    """
    if move["customer"] is None:
        return
    places = [
        (
            row.line.object_kind != "contract" or row.line.object_id != contract,
            name_of(row, place) not in names,
            at,
            place,
        )
        for at, row in enumerate(rows)
        if row.customer and row.customer.pk == move["customer"]
        for place in range(len(told[at]))
    ]
    if contract is None:
        places = [(False, *place[1:]) for place in places]
    if places:
        _other, _named, at, place = min(places)
        told[at][place][1].append(then)


def name_of(row: Row, place: int) -> str:
    """The column of a field of the row; "" for one that is of another row."""
    return row.names[place] if place < len(row.names) else ""


def said(kind: str, move: Move) -> str:
    """What follows beside a renewal's days and revenue, as short as a cell."""
    before, after = translated(move["before"]), translated(move["after"])
    words = {
        "renewal_opens": _("a renewal opens"),
        "renewal_closes": _("a renewal is open no more"),
        "case_opens": _("case: %(title)s") % {"title": after},
        "case_closes": _("closes the case: %(title)s") % {"title": after},
        "segment": _("leaves “%(segment)s”") % {"segment": before} if before else after,
    }
    return words.get(kind) or _("health: %(bands)s") % {"bands": KINDS[kind][2](move, dt.date.min)}
