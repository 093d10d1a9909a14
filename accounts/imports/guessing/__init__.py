"""Guesses which target a file is for and which of its columns is which field; a person confirms it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Protocol

from django.utils.translation import gettext as _

from accounts.imports.cells import Field
from accounts.imports.guessing import headers, shapes, units
from accounts.imports.guessing.headers import Header, Name
from accounts.imports.rows import OURS
from accounts.imports.targets import Target
from accounts.imports.taxes import tax_word

# Below it nothing is said of a column.
LEAST: Final = 0.4
FITTING: Final = 0.8
# A known name whose values do not look like it; of a choice, whose words may be other ones than ours.
DOUBTED: Final = (0.35, 0.6)
OTHER_WORDS: Final = 0.7
BY_VALUES: Final = 0.55
ALL: Final = 0.9
SEVERAL: Final = 2
# What counts for a target: a needed field that has a column, one that has none, and the name of the file.
NEEDED: Final = 2.0
LACKING: Final = 1.5
NAMED: Final = 2.0


Own = Sequence[tuple[Field, Sequence[Name]]]


class Sampled(Protocol):
    """What a guess reads of a file: its name, its header cells, and some of its rows, as wide as the header."""

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def samples(self) -> Sequence[Sequence[str]]: ...


@dataclass(frozen=True)
class Fit:
    """A column and the field it fills, how sure that is (0 to 1), and why in one phrase.

    ``times``, ``last_day`` and ``minor_units`` are how such a column is read: a monthly amount twelve times, one in thousands
    1,000 times, the last day of a period (None: nothing says whether it is that), an amount in cents.
    """

    place: int
    column: str
    field: str
    certainty: float
    why: str
    times: Decimal = Decimal(1)
    last_day: bool | None = False
    minor_units: bool = False


@dataclass(frozen=True)
class Guess:
    """What a file is for; ``target`` is "" where nothing fits.

    ``columns`` in the order of the file; two of them fill one field only where its parts stand apart, as first and last name.
    ``lacking`` are needed fields that no column fits, ``unknown`` columns that fit no field.
    """

    target: str
    certainty: float
    columns: tuple[Fit, ...]
    lacking: tuple[str, ...]
    unknown: tuple[str, ...]

    def of_column(self, place: int) -> Fit | None:
        return next((fit for fit in self.columns if fit.place == place), None)


@dataclass(frozen=True)
class Candidate:
    """Columns that could fill a field together; of known names the earlier ones, of a lower ``rank``, go first."""

    places: tuple[int, ...]
    field: Field
    certainty: float
    why: str
    name: Name
    rank: int = 0


def guess(file: Sampled, targets: Mapping[str, Target], into: str = "", own: Own = ()) -> Guess:
    """The target whose fields fit the file best, or those of ``into``; and a field for each column that fits one.

    ``own`` are the attributes that an admin defined with their names (``own.fields``), for rows that have attributes.
    """
    chosen = {into: targets[into]} if into else targets
    columns = [Header.of(name) for name in file.columns]
    values = [shapes.plain([row[place] for row in file.samples if place < len(row)]) for place in range(len(columns))]
    found = {name: fits(file, columns, values, target, own) for name, target in chosen.items()}
    scores = {name: score(file, chosen[name], columns_found) for name, columns_found in found.items()}
    best, *others = sorted(scores, key=lambda name: -scores[name])
    if not found[best]:
        return Guess(into, 0.0, (), needed(targets[into], ()) if into else (), unknown(file, ()))
    rival = max([0.0, *(scores[name] for name in others)])
    certainty = 1.0 if into else max(0.0, scores[best]) / ((max(0.0, scores[best]) + rival) or 1.0)
    return Guess(best, certainty, found[best], needed(chosen[best], found[best]), unknown(file, found[best]))


def needed(target: Target, columns: Iterable[Fit]) -> tuple[str, ...]:
    """The needed fields of the target that no column fills."""
    filled = {fit.field for fit in columns}
    return tuple(field.name for field in target.fields if field.is_lacking(filled))


def unknown(file: Sampled, columns: Iterable[Fit]) -> tuple[str, ...]:
    """The columns, by their names, that fill no field; our own of rejected rows apart."""
    filled = {fit.place for fit in columns}
    return tuple(
        name for place, name in enumerate(file.columns) if place not in filled and name.strip() and name not in OURS
    )


def score(file: Sampled, target: Target, columns: Sequence[Fit]) -> float:
    """How well the file fits the target; only compared with other targets."""
    required = {name for field in target.fields if field.required for name in (field.name, *field.made_of)}
    covered = sum(fit.certainty * (NEEDED if fit.field in required else 1.0) for fit in columns)
    named = NAMED * headers.named_by(file.name, headers.names_of(target.name, {target.name: target.names.get("", "")}))
    return covered - LACKING * len(needed(target, columns)) + named


def fits(
    file: Sampled, columns: Sequence[Header], values: Sequence[Sequence[str]], target: Target, own: Own = ()
) -> tuple[Fit, ...]:
    """The surest candidates first, each column and each field once; in the order of the file."""
    known = [(field, headers.names_of(field.name, target.names)) for field in target.fields]
    if any(field.kind == "attributes" for field in target.fields):
        known += [(field, tuple(names)) for field, names in own]
    order = {field.name: place for place, (field, _names) in enumerate(known)}
    candidates = sorted(
        (found for field, names in known for found in candidates_for(field, columns, values, names)),
        key=lambda candidate: (
            -candidate.certainty,
            order[candidate.field.name],
            # Of two prices the one without tax.
            any(tax_word(file.columns[place])[1] for place in candidate.places),
            candidate.rank,
            candidate.places,
        ),
    )
    chosen: list[Fit] = []
    taken: set[int] = {place for place, name in enumerate(file.columns) if name in OURS or not name.strip()}
    filled: set[str] = set()
    for candidate in candidates:
        if candidate.field.name in filled or taken & {*candidate.places}:
            continue
        filled.add(candidate.field.name)
        taken |= {*candidate.places}
        chosen += (
            Fit(
                place,
                file.columns[place],
                candidate.field.name,
                round(candidate.certainty, 2),
                candidate.why,
                times_of(candidate.field, candidate.name, file.columns[place]),
                candidate.name.last_day and candidate.field.kind == "date",
                candidate.field.kind == "money" and columns[place].is_minor,
            )
            for place in candidate.places
        )
    return tuple(sorted(chosen, key=lambda fit: fit.place))


def fit_of(place: int, column: str, field: Field, names: Sequence[Name]) -> Fit:
    """The column as one that fills this field, whoever chose it: read as its heading says, by the known name that is most like it."""
    header, is_money = Header.of(column), field.kind == "money"
    alike = [
        (resemblance, name)
        for name in names
        for _places, resemblance in headers.best([header], name, is_money=is_money)
    ]
    _resemblance, name = max(alike, key=lambda pair: pair[0], default=(0.0, None))
    last_day = (name.last_day if name else None) if field.kind == "date" else False
    times = times_of(field, name or Name(()), column)
    return Fit(place, column, field.name, 1.0, "", times, last_day, is_money and header.is_minor)


def times_of(field: Field, name: Name, heading: str) -> Decimal:
    """How often an amount counts: by the period and the unit that its heading names, else as its known name says."""
    said = units.times_of(heading) if field.name == units.OF_A_YEAR else None
    unit = units.unit_of(heading) if field.kind == "money" else Decimal(1)
    return (said or name.times) * unit


def candidates_for(
    field: Field, columns: Sequence[Header], values: Sequence[Sequence[str]], names: Sequence[Name]
) -> Iterator[Candidate]:
    """Every column that could fill the field, by its name or by its values."""
    if field.kind == "attributes":
        return
    for rank, name in enumerate(names):
        for places, resemblance in headers.best(columns, name, is_money=field.kind == "money"):
            is_part = resemblance < headers.LAST_PART
            if is_part and field.name == "name" and any(columns[place].is_of_ids for place in places):
                continue
            fitting = [shapes.share(field, values[place], columns[place].whole, is_part=is_part) for place in places]
            certainty, why = judged(field, resemblance, min((one for one in fitting if one is not None), default=None))
            # Days that no notation reads are days all the same, of which somebody has to say more.
            if not is_part and any(shapes.is_of_days(field, values[place]) for place in places):
                certainty = max(certainty, LEAST)
            if certainty >= LEAST:
                yield Candidate(places, field, certainty, why, name, rank)
    if words := shapes.speaking(field):
        for place, texts in enumerate(values):
            if len(texts) >= SEVERAL and (shapes.share(field, texts) or 0) >= ALL:
                yield Candidate((place,), field, BY_VALUES, str(words), Name((field.name,)))


def judged(field: Field, resemblance: float, fitting: float | None) -> tuple[float, str]:
    """The certainty of a column whose name resembles a known one, and why."""
    name = _("a known name") if resemblance >= headers.LAST_PART else _("its name contains a known one")
    if fitting is None:
        return resemblance, name
    if fitting >= FITTING:
        return resemblance, _("%(name)s, and the values fit") % {"name": name}
    if field.choices:
        return resemblance * OTHER_WORDS, _("%(name)s; its words are others than ours") % {"name": name}
    least, more = DOUBTED
    reason = _("%(name)s, but only %(percent)d %% of the values fit") % {"name": name, "percent": round(fitting * 100)}
    return resemblance * (least + more * fitting), reason


def without_tax(guessed: Guess, small: str, large: str, names: Sequence[str]) -> Guess:
    """The guess with the column without tax in place of the one with it."""
    if any(fit.column == small for fit in guessed.columns):
        fits = tuple(fit for fit in guessed.columns if fit.column != large)
    else:
        fits = tuple(
            replace(fit, place=names.index(small), column=small) if fit.column == large else fit
            for fit in guessed.columns
        )
    return replace(guessed, columns=fits)
