"""What the lines of a contract's form say to its load, beside those that the record has.

A line is named by its product and the day it began. A change counts from the day on, as that of a file does: of what ran
before nothing changes. Where the form says that it was a typing mistake, the past is rewritten.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Given = Mapping[str, Any]
Trouble = tuple[int, str, str | Promise]

LINE: Final = ("product", "annual_amount", "quantity", "discount_percent", "line_starts_on")
# What a contract that has begun keeps, unless it was mistyped.
KEPT: Final = ("starts_on", "currency", "is_trial")
OF_SOURCE: Final = _(
    "Which products this contract has is said by the system it comes from: type what is added as a contract of its own."
)
PAST: Final = _("This would change the past: say below that it was a typing mistake, or leave it as it was.")


def corrected(lines: Sequence[Given], before: Sequence[Given], head: Given) -> list[dict[str, Any]]:
    """The rows of a contract that was mistyped; a line that is not among those given never ran."""
    given = [{**head, **line} for line in lines]
    gone = [_ended(line, line["line_starts_on"], head) for line in _missing(given, before, head)]
    return _whole(given, before) or [*given, *gone]


def dated(lines: Sequence[Given], before: Sequence[Given], head: Given, day: dt.date) -> list[dict[str, Any]]:
    """The rows of a contract that changes on ``day``: a new line without a start begins then, one that is not given ends."""
    head = {**head, "currency": head.get("currency") or before[0]["currency"]}
    given = [{**head, **line} for line in lines]
    begun = min(line["starts_on"] for line in before) <= day
    known = {_name(line) for line in before}
    if not (whole := _whole(given, before)) and begun:
        given = [
            line if line["line_starts_on"] or (line["product"], head["starts_on"]) in known else line | {"line_starts_on": str(day)}
            for line in given
        ]  # fmt: skip
    gone = [
        _ended(line, min(end for end in (max(line["line_starts_on"], day), line["line_ends_on"]) if end), head)
        for line in _missing(given, before, head)
    ]
    return whole or [*given, *gone]


def rewritten(lines: Sequence[Given], before: Sequence[Given], head: Given, day: dt.date) -> list[Trouble]:
    """What of the form would change the past, as places of lines with field and reason."""
    if min(line["starts_on"] for line in before) > day:
        return []
    first = before[0]
    kept = {"starts_on": str(first["starts_on"]), "currency": first["currency"], "is_trial": first["is_trial"]}
    problems: list[Trouble] = [(-1, name, PAST) for name in KEPT if head.get(name) and head[name] != kept[name]]
    over = {
        _name(line): line
        for line in before
        if line["line_ends_on"] and line["line_ends_on"] <= day and not never_ran(line)
    }
    for place, line in enumerate(lines):
        stood = over.pop((line["product"], str(line["line_starts_on"] or head["starts_on"])), None)
        if stood and (
            name := next((name for name in (*LINE[1:4], "line_ends_on") if _differs(line[name], stood[name])), "")
        ):
            problems.append((place, name, PAST))
    return problems + [(-1, "", PAST) for _line in list(over)[:1]]


def added(lines: Sequence[Given], before: Sequence[Given]) -> list[Trouble]:
    """The lines of products that the contract has not, or not as often: the next file of its source would not know them."""
    known = Counter(line["product"] for line in before)
    problems: list[Trouble] = []
    for place, line in enumerate(lines):
        product = line.get("product")
        known[product] -= 1
        if product and known[product] < 0:
            problems.append((place, "product", OF_SOURCE))
    return problems


def never_ran(line: Given) -> bool:
    return line.get("line_ends_on") is not None and line["line_ends_on"] == line["line_starts_on"]


def _name(line: Given) -> tuple[str, str]:
    return line["product"], str(line["line_starts_on"])


def _missing(given: Sequence[Given], before: Sequence[Given], head: Given) -> list[Given]:
    stay = {(line["product"], str(line["line_starts_on"] or head["starts_on"])) for line in given}
    return [line for line in before if _name(line) not in stay]


def _ended(line: Given, on: dt.date, head: Given) -> dict[str, Any]:
    """The line as it stands, with its end."""
    days = {"line_starts_on": line["line_starts_on"].isoformat(), "line_ends_on": on.isoformat()}
    return {**head} | {name: line[name] for name in LINE} | days


def _whole(given: list[dict[str, Any]], before: Sequence[Given]) -> list[dict[str, Any]]:
    """The one line of a contract that has one and had one, from its start on: whatever changed, it is the same line."""
    if len(given) != 1 or len(before) != 1 or before[0]["line_starts_on"] != before[0]["starts_on"]:
        return []
    return [] if given[0]["line_starts_on"] else [{n: v for n, v in given[0].items() if n != "line_starts_on"}]


def _differs(typed: Any, stood: Any) -> bool:
    """Whether a typed text or number is another value than the record's."""
    if stood is None or typed in {None, ""}:
        return (stood is None) != (typed in {None, ""})
    return typed != stood.isoformat() if isinstance(stood, dt.date) else float(typed) != float(stood)
