"""What else a preview says would move, in words: renewals, cases, segments, health, revenue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Customer
from accounts.models.customers import Band
from accounts.request import SignedIn
from config import days
from config.shipping import translated
from config.ui import figures
from config.ui.context import frame_of

# So many of a kind beside the rows.
LISTED: Final = 20
ICONS: Final = {"renewal": "renewal", "case": "case", "segment": "segment", "band": "score"}
Move = dict[str, Any]
Worded = Callable[[Move, dt.date], str]


@dataclass(frozen=True)
class Moved:
    """One kind: how many in words, its icon and tone, (name, address or "", what moves) of the first, and how many more there are."""

    title: str
    icon: str
    tone: str
    rows: list[tuple[str, str, str]]
    more: int


def moves_of(request: SignedIn, moves: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of the moves of a run; of rows those whose customer the person may see, or that are new."""
    today = frame_of(request).today
    given = {row["customer"] for kind in moves["kinds"].values() for row in kind["rows"] if row["customer"]}
    seen = set(Customer.objects.visible_to(request.user).filter(pk__in=given).values_list("pk", flat=True))
    kinds = []
    for name, (words, tone, worded) in KINDS.items():
        if kind := moves["kinds"].get(name):
            rows = [row for row in kind["rows"] if row["customer"] is None or row["customer"] in seen]
            listed = [(row["name"], address_of(name, row), worded(row, today)) for row in rows[:LISTED]]
            icon = ICONS[name.partition("_")[0]]
            kinds.append(Moved(words(kind["count"]), icon, tone, listed, kind["count"] - len(listed)))
    money = {name: Decimal(moves[name]) for name in ("arr_new", "arr_changed")}
    return {
        "kinds": kinds,
        **money,
        "arr": [Decimal(amount) for amount in moves["arr"]],
        "untold": moves.get("untold", (0, 0)),  # runs previewed before it was counted
        "customers": moves["customers"],
        "scored": moves["scored"],
        "unseen": moves["unseen"],
        "is_still": not kinds and not any(money.values()) and moves["customers"][0] == moves["customers"][1],
    }


def address_of(kind: str, row: Move) -> str:
    """Where the row is that moves, else its customer; "" for one that is not there yet."""
    if row["of"] and kind.startswith("renewal"):
        return reverse("renewals:renewal", args=[row["of"]])
    if row["of"] and kind.startswith("case"):
        return reverse("health:case", args=[row["of"]])
    return reverse("accounts:customer", args=[row["customer"]]) if row["customer"] else ""


def by_days(row: Move, _today: dt.date) -> str:
    count = (dt.date.fromisoformat(row["after"]) - dt.date.fromisoformat(row["before"])).days
    return ngettext("%(n)s day", "%(n)s days", abs(count)) % {"n": figures.signed(count)}


def on_day(row: Move, today: dt.date) -> str:
    return days.worded(dt.date.fromisoformat(row["after"]), today)


def named(row: Move, _today: dt.date) -> str:
    return translated(row["after"])


def of_segments(row: Move, _today: dt.date) -> str:
    return _("%(before)s → %(after)s") % {
        "before": translated(row["before"]),
        "after": translated(row["after"]) or _("no segment"),
    }


def of_bands(row: Move, _today: dt.date) -> str:
    words = {"": _("no score"), **{band.value: str(band.label) for band in Band}}
    return _("%(before)s → %(after)s") % {"before": words[row["before"]], "after": words[row["after"]]}


def renewals_moved(n: int) -> str:
    return ngettext("%(n)s renewal moves", "%(n)s renewals move", n) % {"n": figures.number(n)}


def renewals_opened(n: int) -> str:
    return ngettext("%(n)s renewal opens", "%(n)s renewals open", n) % {"n": figures.number(n)}


def renewals_closed(n: int) -> str:
    return ngettext("%(n)s renewal is open no more", "%(n)s renewals are open no more", n) % {"n": figures.number(n)}


def cases_opened(n: int) -> str:
    return ngettext("%(n)s case opens", "%(n)s cases open", n) % {"n": figures.number(n)}


def cases_closed(n: int) -> str:
    return ngettext("%(n)s case closes", "%(n)s cases close", n) % {"n": figures.number(n)}


def segments_changed(n: int) -> str:
    text = ngettext("%(n)s customer changes its segment", "%(n)s customers change their segments", n)
    return text % {"n": figures.number(n)}


def bands_changed(n: int) -> str:
    text = ngettext(
        "The health of %(n)s customer changes its colour", "The health of %(n)s customers changes its colour", n
    )
    return text % {"n": figures.number(n)}


KINDS: Final[dict[str, tuple[Callable[[int], str], str, Worded]]] = {
    "renewal_moved": (renewals_moved, "info", by_days),
    "renewal_opens": (renewals_opened, "info", on_day),
    "renewal_closes": (renewals_closed, "watch", on_day),
    "case_opens": (cases_opened, "risk", named),
    "case_closes": (cases_closed, "good", named),
    "segment": (segments_changed, "info", of_segments),
    "band": (bands_changed, "watch", of_bands),
}
