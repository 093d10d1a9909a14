"""Disagreements as people read them: which row of which customer, both values, and who set the one that stands."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts import company
from accounts.attributes import values
from accounts.attributes.comparing import fits
from accounts.imports import edited_lines, words
from accounts.imports.attributes import FIELD, of_field, words_of
from accounts.imports.noted import NAMES
from accounts.imports.setters import Lines, lines_of, setters, standing_lines
from accounts.imports.targets import TARGETS
from accounts.models import Contract, Customer, Disagreement, FieldOrder, User
from accounts.views.attribute_values import said
from config.text import is_own_id
from config.ui import figures
from config.ui.context import local_day, moment, today


@dataclass(frozen=True)
class Told:
    """A disagreement: ``name`` names the row beside its customer, "" where that is the row itself; ``by`` set what stands
    on the day ``set_on``, None where the history does not say.
    """

    row: Disagreement
    of: str
    field: str
    name: str
    stands: str
    given: str
    by: str
    set_on: dt.date | None
    person: User | None

    @property
    def called(self) -> str:
        """What tells it apart from the other rows of the list."""
        whole = self.row.customer or self.person
        return ", ".join(filter(None, [self.name or (whole.name if whole else ""), self.field]))


def told(rows: Sequence[Disagreement]) -> list[Told]:
    """The rows in their order. Five statements at most, and one for each kind of rows."""
    lines = lines_of(rows)
    set_by = setters(rows, lines)
    things = things_of(rows)
    people = User.objects.in_bulk(
        {pk for pk, _at in set_by.values() if pk} | {row.object_id for row in rows if row.target == "users"}
    )
    reporting = company.currency()
    found = []
    for row in rows:
        actor, at = set_by.get(row.pk, (None, None))
        thing = things.get((row.target, row.object_id))
        currency = getattr(thing, "currency", reporting)
        found.append(
            Told(
                row, words.target_words(row.target), words_of(row.field, row.target), name_of(row, thing, lines),
                worded(row, row.stands, currency), worded(row, row.given, currency), who(row.by, people.get(actor or 0)),
                local_day(at) if at else None, people.get(row.object_id) if row.target == "users" else None,
            )
        )  # fmt: skip
    return found


def who(source: str, person: User | None = None) -> str:
    if source == FieldOrder.HAND:
        return person.name if person else _("people on the pages")
    return source


def things_of(rows: Sequence[Disagreement]) -> dict[tuple[str, int], Any]:
    """The rows of the record, by target and id. One statement a target."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.target, set()).add(row.object_id)
    return {
        (target, pk): thing
        for target, pks in ids.items()
        for pk, thing in TARGETS[target].models[0]._default_manager.in_bulk(pks).items()
    }


def name_of(row: Disagreement, thing: Any, lines: Lines) -> str:
    """A contract by its number, or first day, and the product of the line; others by the field by which people know them."""
    if thing is None or isinstance(thing, Customer | User):
        return ""
    if isinstance(thing, Contract):
        concerned = standing_lines(row, lines) if row.field in edited_lines.FIELDS else lines.get(thing.pk, ())
        products = dict.fromkeys(line.product for line in concerned)
        number = thing.number or figures.day(thing.starts_on, today())
        return " · ".join(filter(None, [number, figures.listed(products)]))
    named = (str(getattr(thing, name, "")) for name in NAMES)
    return next((name for name in named if name and not is_own_id(name)), "")


def worded(row: Disagreement, text: str, currency: str) -> str:
    """A value as pages show it; as it is stored where it is none of its kind."""
    attribute = of_field(row.field) if row.field.startswith(FIELD) else None
    if attribute:
        return said(values.Held(attribute, text, fits(attribute, text)), today())
    field = TARGETS[row.target].field(row.field)
    if field is None or not text:
        return text or figures.NONE
    labels = dict(field.labels)
    if field.kind == "list":
        return figures.listed(str(labels.get(item, item)) for item in items(text)) or figures.NONE
    try:
        if field.kind == "money":
            return figures.money(Decimal(text), currency)
        return WORDED[field.kind](text) if field.kind in WORDED else str(labels.get(text, text))
    except (ValueError, InvalidOperation):
        return text


def items(text: str) -> list[str]:
    """The items of a list as the database writes it as text."""
    return next(csv.reader([text.strip("{}")], escapechar="\\", doublequote=False), [])


WORDED: Final[dict[str, Callable[[str], str]]] = {
    "number": figures.exact,
    "figure": figures.exact,
    "percent": lambda text: f"{figures.exact(text)}%",
    "date": lambda text: figures.day(dt.date.fromisoformat(text), today()),
    "instant": lambda text: moment(dt.datetime.fromisoformat(text)),
    "flag": lambda text: _("Yes") if text in {"true", "t", "yes"} else _("No"),
}
