"""A column of a file as the page of columns shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from django.forms.boundfield import BoundField
from django.utils.functional import Promise

from accounts.imports.guessing import Fit, Sampled
from accounts.imports.recognising import found

LEAST: Final = 0.01


class Described(Sampled, Protocol):
    """A file of which is known, too, what each column holds."""

    @property
    def details(self) -> Sequence[found.Column]: ...


@dataclass(frozen=True)
class Column:
    """One column of the file as its row shows it; ``read`` is None where there is but one way to read it.

    ``filled`` is the share of rows seen with a value (0 to 1). ``words`` are asked of a column that fills a field of choices;
    ``crowded_out``: there are too many others on the page. ``was`` says how the row was drawn, ``follows`` what the choice has for
    consequence.
    """

    number: int
    name: str
    samples: list[str]
    filled: float
    fit: Fit | None
    field: BoundField
    read: BoundField | None
    words: list[BoundField]
    crowded_out: bool
    was: BoundField | None
    follows: str | Promise = ""

    @property
    def share(self) -> float:
        """``filled``, but none that a page would round to all rows or to none."""
        return min(max(self.filled, LEAST), 1 - LEAST) if 0 < self.filled < 1 else self.filled

    @property
    def percent(self) -> int:
        return round(self.fit.certainty * 100) if self.fit else 0
