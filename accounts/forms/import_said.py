"""What was said of a file and still holds when it is read otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from accounts.forms.import_made import MADE_OF
from accounts.forms.import_questions import OF_FIELD, Said, answer_of, name_of
from accounts.forms.import_reading import ANSWERS
from accounts.forms.import_ticks import lines, text_of
from accounts.imports.fitting import SHIPPED, Fitting
from accounts.imports.guessing.money import CURRENCY
from accounts.imports.recognising import Question

OF_ANY_SYSTEM: Final = frozenset({f"{SHIPPED}tsunagu", f"{SHIPPED}japanese"})


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


def as_answers(said: Said, asked: Iterable[Question], columns: Sequence[str]) -> dict[str, str]:
    """What was said, ways to read a column that say what is asked of it now as the answer; one that was answered otherwise stays.

    A currency that was answered is that of all rows, unless one was typed for them.
    """
    found = dict(said)
    for question in asked:
        if question.about == CURRENCY and (code := answer_of(question, found)):
            found[f"d-{CURRENCY}"] = found.get(f"d-{CURRENCY}") or code
        if question.column not in columns:
            continue
        name = f"c-{columns.index(question.column)}-read"
        answer, read = ANSWERS.get(question.about, {}).get(found.get(name, ""), (None, ""))
        chosen = [str(number) for number, choice in enumerate(question.choices) if choice.value == answer]
        if chosen and answer_of(question, found) in {None, answer}:
            found |= {name: read, name_of(question): chosen[0]}
    return found


def without_gone(said: Said, asked: Iterable[Question], columns: Sequence[str]) -> dict[str, str]:
    """What was said but for answers of what is not asked of a column any more, as it fills something else."""
    open_now = {name_of(question) for question in asked}
    gone = {f"q-{about}-{column}" for about in OF_FIELD for column in columns} - open_now
    return {name: text for name, text in said.items() if name not in gone}


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
