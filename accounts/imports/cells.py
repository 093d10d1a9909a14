"""What a field of a file is: its kind, its limits, and the readings a file may ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

LONGEST_SHOWN: Final = 40
# The languages in which files may name countries and months.
NAMED_IN: Final = ("en", "ja", "de", "fr", "es", "it", "nl", "pt")
EXAMPLES: Final = 20

Value = Any
Labels = tuple[tuple[str, "str | Promise"], ...]
Reader = Callable[[str], Value]


# Never NA: it is Namibia.
NULL_WORDS: Final = frozenset(
    [
        "null",
        "n/a",
        "#n/a",
        "nan",
        "none",
        "nil",
        "-",
        "–",
        "—",
        "--",
        "?",
        "\\n",
        "なし",
        "無し",
        "未設定",
        "(null)",
        "(blank)",
    ]
)


# What people and programs write for yes and for no, in lower case, where a mapping does not say.
TRUE: Final = frozenset(
    "true t yes y 1 on 有 有り あり はい する ○ 〇 ◯ ✓ ✔ 可 該当 対象 ja j oui si sí".split()  # noqa: SIM905  a list of words
)
FALSE: Final = frozenset(
    "false f no n 0 off 無 無し なし いいえ しない × ✕ 不可 非該当 対象外 nein non".split()  # noqa: SIM905  a list of words
)


class Unfit(Exception):  # noqa: N818  a verdict on a cell, not a fault
    """Why a cell cannot be taken; the text is for the person who sent the file.

    ``column`` is the one of the cell, where its field is read from several columns.
    """

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True)
class Field:
    """A field that a target takes: its kind, its limits, and ``blank``, the value of an empty cell.

    ``past``: a day or instant at which something happened, so one after today is refused.
    ``below`` says what to do about a number that is less than ``least``.
    ``loose``: a row goes in without this cell; a cell that cannot be read is listed and counts as not given.
    ``unit`` is what a number counts, ``hint`` what else the guide and the API say of the field, both in English.
    ``advice``: what a message adds where a cell cannot be read. ``fills``: the column that it fills, ``ContractLine.starts_on``, where the target's models have none of its name.
    ``labels`` are what pages call the choices. ``make`` makes the value of the fields ``made_of``, where only those are given.
    """

    name: str
    kind: str = "text"
    required: bool = False
    blank: Value = None
    longest: int = 200
    least: int = 0
    most: int = 2_147_483_647
    below: str | Promise = ""
    advice: str | Promise = ""
    choices: tuple[str, ...] = ()
    labels: Labels = ()
    past: bool = False
    loose: bool = False
    unit: str = ""
    hint: str = ""
    fills: str = ""
    made_of: tuple[str, ...] = ()
    make: Callable[..., str] | None = None

    @property
    def named_choices(self) -> list[tuple[str, str | Promise]]:
        """The choices, each with what pages call it."""
        labels: dict[str, str | Promise] = dict(self.labels)
        return [(choice, labels.get(choice, choice)) for choice in self.choices]

    def is_lacking(self, given: Collection[str]) -> bool:
        """Whether every row needs the field, and the fields that a file gives neither fill nor make it."""
        return self.required and not {self.name, *self.made_of}.intersection(given)


@dataclass(frozen=True)
class Formats:
    """How a file writes dates, numbers and yes or no.

    ``zone`` is the one of instants that name none. ``marks`` may stand beside amounts, as ``$`` or ``円``; ``round``:
    digits that money does not have are rounded. ``null_words`` are empty cells, ``no_end`` the days that mean none
    (both in lower case). ``of_file``: a mapping says them, so reasons name what it could set. ``of_one``: amounts are prices of one unit
    of many, of which yen have fractions too.
    """

    dates: tuple[str, ...] = ()
    instants: tuple[str, ...] = ()
    true: frozenset[str] = TRUE
    false: frozenset[str] = FALSE
    decimal: str = "."
    list_separator: str = ";"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    marks: tuple[str, ...] = ()
    round: bool = False
    null_words: frozenset[str] = frozenset()
    no_end: frozenset[str] = frozenset()
    of_file: bool = True
    of_one: bool = False


@dataclass
class Rounded:
    """How many different amounts of a column were rounded, and the first of them as the file has them, with what they became."""

    count: int = 0
    examples: list[tuple[str, Decimal]] = field(default_factory=list)
    further: set[Decimal] = field(default_factory=set)

    @property
    def first(self) -> str:
        return self.examples[0][0] if self.examples else ""

    def note(self, text: str, amount: Decimal) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((text, amount))

    def note_further(self, before: Decimal, amount: Decimal) -> None:
        """What a noted amount, or one that was not rounded so far, became in the end; of each once, as a cell is read once."""
        if before in self.further:
            return
        self.further.add(before)
        texts = [text for text, noted in self.examples if noted == before]
        if texts:
            self.examples = [(text, amount if noted == before else noted) for text, noted in self.examples]
        elif len(self.examples) < EXAMPLES:
            self.note(f"{before.normalize():f}", amount)


@dataclass(frozen=True)
class Treatment:
    """What a mapping does to a cell before it is read, and to its value after; ``home``: where days are reckoned.

    ``unit``: what a bare number of days or months counts, "": as the field does; None: nobody says it. ``unit_of_words``: what one counts
    that stands in ``words``.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    last_day: bool = False
    times: Decimal = Decimal(1)
    rounded: Rounded = field(default_factory=Rounded)
    home: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    unit: str | None = ""
    unit_of_words: str = ""


def is_doubtful(text: str) -> bool:
    """Whether who wrote it was not sure: ``Urgent?`` is not taken for ``urgent``."""
    return "?" in text or "？" in text


def shown(text: str) -> str:
    """The cell as a message quotes it: short, on one line."""
    text = " ".join(text.splitlines())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
