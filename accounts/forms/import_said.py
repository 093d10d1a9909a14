"""What was said of a file and still holds when it is read otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from accounts.forms.import_columns import MADE_OF
from accounts.forms.import_questions import Said
from accounts.forms.import_reading import read_as
from accounts.forms.import_ticks import lines, text_of
from accounts.imports.fitting import SHIPPED, Fitting
from accounts.imports.guessing import Guess, ends, periods
from accounts.imports.guessing.ends import LAST_DAY
from accounts.imports.guessing.periods import PER
from accounts.imports.recognising import Question, Recognised

OF_ANY_SYSTEM: Final = frozenset({f"{SHIPPED}tsunagu", f"{SHIPPED}japanese"})
Answers = Mapping[tuple[str, str], str]


def named_source(chosen: Fitting | None) -> str:
    """The source that a mapping of one system names; "" for the guess and for mappings of any file."""
    return chosen.file.source if chosen and chosen.key not in OF_ANY_SYSTEM else ""


def shown_before(said: Said) -> tuple[str, str]:
    """The mapping and the target of the form that was sent, as ``FileSetup.key`` has them; "" where there was none."""
    by, *others = said.get("shown", "").rsplit("|", 3)
    return (by, others[0]) if others else ("", "")


def without_stood(said: Said, before: Fitting | None, into: str, source: str) -> Said:
    """What was said but for the target and the source that another mapping, or the guess, had put there and nobody changed."""
    stood = {"into": into, "source": named_source(before) or source}
    return {name: text for name, text in said.items() if stood.get(name) != text}


def last_days_in(guessed: Guess, answers: Answers) -> dict[int, bool]:
    """Whether it names last days, by the place of each column of which that was asked and answered."""
    told = {column: answer == LAST_DAY for (about, column), answer in answers.items() if about == LAST_DAY}
    return {fit.place: told[fit.column] for fit in guessed.columns if fit.column in told}


def asked_of(guessed: Guess, file: Recognised) -> list[Question]:
    """What the guess leaves open of ends and of the periods of amounts."""
    return ends.questions(guessed, file) + periods.questions(guessed, file)


def as_told(guessed: Guess, answers: Answers) -> Guess:
    """The guess with what was answered of last days and of the periods of amounts."""
    return periods.with_times(ends.with_last_days(guessed, last_days_in(guessed, answers)), answers)


def as_answered(said: Said, guessed: Guess, answers: Answers) -> dict[str, str]:
    """What was said of the columns, those that fill what a question was about read as it was answered."""
    told = {column for about, column in answers if about in {LAST_DAY, PER}}
    return dict(said) | {
        f"c-{fit.place}-read": read_as(fit)
        for fit in guessed.columns
        if fit.column in told and said.get(f"c-{fit.place}-field", fit.field) == fit.field
    }


def of_own_columns(said: Said, count: int) -> dict[str, str]:
    """What was said of the file's own ``count`` columns and of all rows; the places behind them are other columns' now."""
    places = {str(place) for place in range(count)}
    kept = {
        name: text
        for name, text in said.items()
        if name.startswith("d-") or (name.startswith(("c-", "w-")) and name.split("-")[1] in places)
    }
    return kept | (
        {MADE_OF: text_of(place for place in lines(said[MADE_OF]) if place in places)} if MADE_OF in said else {}
    )
