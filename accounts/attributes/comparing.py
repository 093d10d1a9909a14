"""The values of attributes as SQL: of their kind, on a day, and which of them do not fit their kind.

``text`` is SQL of the stored text throughout, or NULL. A value that does not fit its kind is none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from typing import Final

from accounts.attributes.kinds import LONGEST
from accounts.imports.cells import Formats
from accounts.models import Attribute
from config.history import then

Kind = Attribute.Kind
# A day that there is: the last part is at most the number of days of its month.
DAY: Final = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
LAST_OF_MONTH: Final = (
    "extract(day FROM (left(btrim({text}), 7) || '-01')::date + interval '1 month' - interval '1 day')"
)
NUMBER: Final = "^-?[0-9]{1,12}([.][0-9]{1,30})?$"
YES: Final = tuple(sorted(Formats().true))
NO: Final = tuple(sorted(Formats().false))


def figure_of(text: str) -> str:
    """The number that the SQL ``text`` is written as, NULL where it is none or has more than twelve digits."""
    return f"(CASE WHEN btrim({text}) ~ '{NUMBER}' THEN btrim({text})::numeric END)"


def text_of(text: str) -> str:
    return f"nullif(btrim({text}), '')"


def day_of(text: str) -> str:
    """The day; NULL for another text and for a day that no month has."""
    is_there = f"right(btrim({text}), 2)::int <= {LAST_OF_MONTH.format(text=text)}"
    return f"(CASE WHEN btrim({text}) ~ '{DAY}' THEN CASE WHEN {is_there} THEN btrim({text})::date END END)"


def flag_of(text: str) -> str:
    return f"(CASE WHEN lower(btrim({text})) IN {YES} THEN true WHEN lower(btrim({text})) IN {NO} THEN false END)"


TYPED: Final[dict[str, Callable[[str], str]]] = {
    Kind.NUMBER: figure_of,
    Kind.TEXT: text_of,
    Kind.DAY: day_of,
    Kind.CHOICE: text_of,
    Kind.FLAG: flag_of,
}


def misfit(kind: str, text: str, choices: str) -> str:
    """SQL: whether there is a value, and none of the kind; ``choices`` is SQL of the allowed ones, an array."""
    fits = {
        Kind.CHOICE: f"btrim({text}) = ANY({choices})",
        Kind.TEXT: f"length({text}) <= {LONGEST} AND {text} !~ '[\\r\\n]'",
    }.get(Kind(kind), f"{TYPED[kind](text)} IS NOT NULL")
    return f"(coalesce(btrim({text}), '') <> '' AND NOT ({fits}))"


def fits(attribute: Attribute, text: str) -> bool:
    """What ``misfit`` denies, of one ``text``: whether it is none, or a value of the attribute's kind."""
    bare = text.strip(" ")
    match Kind(attribute.kind):
        case Kind.NUMBER:
            is_one = re.fullmatch(NUMBER, bare) is not None
        case Kind.DAY:
            is_one = re.fullmatch(DAY, bare) is not None and is_day(bare)
        case Kind.FLAG:
            is_one = bare.lower() in (*YES, *NO)
        case Kind.CHOICE:
            is_one = bare in attribute.choices
        case Kind.TEXT:
            is_one = len(text) <= LONGEST and not re.search(r"[\r\n]", text)
    return not bare or is_one


def is_day(text: str) -> bool:
    """Whether a text of the form ``DAY`` is a day that there is."""
    year, month, day = map(int, text.split("-"))
    return day <= monthrange(year, month)[1]


def at_end_of(day: str, customer: str) -> str:
    """SQL of the attributes of ``customer``, an alias, at the end of the day ``day``; NULL before the customer was
    there, and for days whose history is forgotten.
    """
    zone = "coalesce((SELECT o.time_zone FROM accounts_organisation o WHERE o.id = 1), 'UTC')"
    over = f"((({day}) + 1)::timestamp AT TIME ZONE {zone})"
    since = then.changed_since("customer", "attributes", customer, over)
    known = f"{customer}.created_at < {over} AND {then.is_told(over)}"
    return f"(CASE WHEN {known} THEN coalesce({since}, {customer}.attributes) END)"
