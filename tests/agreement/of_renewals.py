"""Figures and facts of renewals: how many, their named sums, what is due, and the day a customer leaves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from config.ui import figures
from renewals.pipeline import HORIZON_DAYS
from tests.agreement.register import ABSENT, Fact, Figure, Visit, alone, exported, listed, served, short

Row = Mapping[str, Any]
Rows = Callable[[Visit], Iterable[Row]]
PERIOD: Final = "/forecast/?period=all"
TOLD: Final = ("available", "kept", "contracted", "lost", "open")
# A stage of the board by the words of its column.
STAGES: Final = {
    "upcoming": "Upcoming", "preparing": "Preparing", "discussion": "In discussion", "proposed": "Proposed",
    "agreed": "Agreed",
}  # fmt: skip


def money(amount: Any) -> str:
    return f"{Decimal(str(amount)):.2f}"


def over_api(visit: Visit) -> list[Row]:
    return [row | {"arr_after": row["closed_arr"]} for row in visit.api("renewals/") if row["outcome"] != "void"]


def printed(visit: Visit) -> Any:
    return visit.rows("renewals")


def added(name: str, rows: Iterable[Row]) -> Decimal:
    """A named sum worked out from rows: of what is closed only what went on is kept, up to what it was."""
    total = Decimal(0)
    for row in rows:
        if row["arr"] is None or (row["outcome"] not in {"", "churned"} and row["arr_after"] is None):
            continue
        arr = Decimal(str(row["arr"]))
        kept = min(arr, Decimal(str(row["arr_after"]))) if row["outcome"] not in {"", "churned"} else Decimal(0)
        parts = {
            "available": arr,
            "kept": kept,
            "contracted": arr - kept if row["outcome"] not in {"", "churned"} else 0,
            "lost": arr if row["outcome"] == "churned" else 0,
            "open": arr if row["outcome"] == "" else 0,
        }
        total += parts[name]
    return total


def within(visit: Visit, rows: Iterable[Row]) -> list[Row]:
    """Those due in the period of the forecast that is compared."""
    first, last = visit.day.isoformat(), (visit.day + dt.timedelta(days=HORIZON_DAYS)).isoformat()
    return [row for row in rows if first <= row["due_on"] <= last]


def of(rows: Rows, act: Callable[[list[Row]], Any]) -> Callable[[Visit], Any]:
    """``act`` on rows, or ABSENT where the person has no such rows."""

    def read(visit: Visit) -> Any:
        found: Any = rows(visit)
        return ABSENT if found is ABSENT else act(list(found))

    return read


def of_period(rows: Rows, act: Callable[[list[Row]], Any]) -> Callable[[Visit], Any]:
    def read(visit: Visit) -> Any:
        found: Any = rows(visit)
        return ABSENT if found is ABSENT else act(within(visit, found))

    return read


def sums_api(visit: Visit, name: str, query: str = "") -> Any:
    return visit.said(f"/api/v1/renewals/sums/{query}")[name]


def due_query(visit: Visit) -> str:
    return f"?due_from={visit.day}&due_before={visit.day + dt.timedelta(days=HORIZON_DAYS + 1)}"


def every(name: str) -> Figure:
    """A named sum of all renewals."""
    return Figure(
        f"{name}, all renewals",
        {
            "API sums": lambda v: money(sums_api(v, name)),
            "API rows": of(over_api, lambda rows: money(added(name, rows))),
            "figures": lambda v: v.command("renewal_sums", name, form=money),
            "renewals --json": of(printed, lambda rows: money(added(name, rows))),
        },
    )


def due_in_period(name: str) -> Figure:
    """A named sum of the renewals due in the forecast's longest period."""
    label = "Available to renew" if name == "available" else rf"Of the ARR available\b.*?\b{name.title()}"
    return Figure(
        f"{name}, next 400 days",
        {
            "forecast": lambda v: v.find(rf"{label} (\S+)", PERIOD),
            "API sums": lambda v: short(sums_api(v, name, due_query(v))),
            "API rows": of_period(over_api, lambda rows: short(added(name, rows))),
            "renewals --json": of_period(printed, lambda rows: short(added(name, rows))),
        },
    )


def leaves(name: str, words: str) -> Figure:
    """Open renewals of the period whose customer gave notice, or whose end is confirmed."""
    return Figure(
        f"{name} of the open, next 400 days",
        {
            "forecast": lambda v: _nothing_is_unsaid(v.find(rf"\b{words} (\S+)", PERIOD)),
            "API sums": lambda v: short(sums_api(v, name, due_query(v))),
        },
    )


def _nothing_is_unsaid(said: Any) -> Any:
    return short(0) if said is ABSENT else said


def coming(visit: Visit, days: int) -> list[Row]:
    """Renewals that can still be renewed and are due within some days."""
    until = (visit.day + dt.timedelta(days=days)).isoformat()
    rows = visit.api("renewals/")
    return [row for row in rows if row["outcome"] == "" and row["leaving"] != "confirmed" and row["due_on"] <= until]


def due(days: int) -> tuple[Figure, ...]:
    key = f"due_{days}"
    return (
        Figure(
            f"renewals due within {days} days",
            {
                "API": lambda v: len(coming(v, days)),
                "figures": lambda v: v.command("renewals", key, "count"),
            },
        ),
        Figure(
            f"their ARR, {days} days",
            {
                "API": lambda v: money(sum(Decimal(row["arr"] or 0) for row in coming(v, days))),
                "figures": lambda v: v.command("renewals", key, "arr", form=money),
            },
        ),
        Figure(
            f"open renewals due within {days} days, leavers among them",
            {
                "board": lambda v: sum(
                    int(v.find(rf"\b{words} (\d+) ", f"/renewals/?within={days}")) for words in STAGES.values()
                ),
                "renewals --json": lambda v: of(
                    printed, lambda rows: sum(_is_due(row, v.day + dt.timedelta(days=days)) for row in rows)
                )(v),
                "API": lambda v: sum(_is_due(row, v.day + dt.timedelta(days=days)) for row in over_api(v)),
            },
        ),
    )


def _is_due(row: Row, until: dt.date) -> bool:
    return row["outcome"] == "" and row["due_on"] <= until.isoformat()


FIGURES: Final = (
    Figure(
        "open renewals",
        {
            "API": of(over_api, lambda rows: sum(row["outcome"] == "" for row in rows)),
            "figures": lambda v: v.command("renewals", "open"),
            "renewals --json": of(printed, lambda rows: sum(row["outcome"] == "" for row in rows)),
        },
    ),
    Figure(
        "renewals of the next 400 days",
        {
            "forecast": lambda v: int(v.find(r"Available to renew \S+ (\d+) renewal", PERIOD)),
            "API": of_period(over_api, len),
            "renewals --json": of_period(printed, len),
        },
    ),
    *(every(name) for name in TOLD),
    *(due_in_period(name) for name in TOLD),
    leaves("at_notice", "of it at notice"),
    leaves("confirmed", "of it with a confirmed end"),
    *due(60),
    *due(90),
)


def shown(day: str, visit: Visit) -> str:
    """The day as pages write it."""
    return figures.day(dt.date.fromisoformat(day), visit.day) if day else ""


def in_words(read: Callable[[Visit, int], Any]) -> Callable[[Visit, int], str]:
    return lambda visit, pk: shown(str(read(visit, pk)), visit)


def on_page(pattern: str, address: str, *, htmx: bool = True) -> Callable[[Visit, int], Any]:
    """A day on a page of a customer; "" where it is not said."""

    def read(visit: Visit, pk: int) -> Any:
        found = visit.find(pattern, address.format(pk=pk), htmx=htmx)
        return "" if found is ABSENT else found

    return read


def in_portfolio(visit: Visit, pk: int) -> Any:
    line = visit.page("/customers/").partition(f'href="/customers/{pk}/"')[2].partition("</tr>")[0]
    found = re.search(r"leaves (\d+ \w+(?: \d{4})?)<", line)
    return found[1] if found else ""


def days_until(visit: Visit, pk: int) -> str:
    """Days until the customer leaves or else renews, as the portfolio writes them."""
    until = exported("leaves_on")(visit, pk) or exported("next_renewal_on")(visit, pk)
    return figures.days_left((dt.date.fromisoformat(until) - visit.day).days) if until else ""


def days_in_portfolio(visit: Visit, pk: int) -> str:
    line = visit.page("/customers/").partition(f'href="/customers/{pk}/"')[2].partition("</tr>")[0]
    cell = line.partition('<span class="row ends">')[2].partition('<span class="num small">')[2].partition("</td>")[0]
    return re.sub(r"<[^>]+>", "", cell)


def of_contracts(visit: Visit, pk: int) -> Any:
    """The last day said by the contracts of a customer that leaves; "" while one goes on."""
    rows = [row for row in visit.api("contracts/") if row["customer"] == pk]
    days = [row["leaves_on"] for row in rows if not row["is_trial"] and row["replaced_by"] is None]
    said = {day for day in days if day is None or day > visit.day.isoformat()}
    return "" if None in said or not said else max(said)


DATE: Final = r"(\d+ \w{3}(?: \d{4})?)"
LEAVES: Final = (
    Fact("days left", {"export": days_until, "portfolio": days_in_portfolio}),
    Fact(
        "leaves on",
        {
            "export": in_words(exported("leaves_on")),
            "API list": in_words(served("leaves_on")),
            "API": in_words(alone("leaves_on")),
            "customers --json": in_words(listed("leaves_on")),
            "portfolio": in_portfolio,
            "head of the page": on_page(rf"Leaves on {DATE}", "/customers/{pk}/", htmx=False),
            "contracts panel": on_page(rf"leaves on {DATE}", "/customers/{pk}/contracts/"),
            "API contracts": in_words(of_contracts),
        },
    ),
)
