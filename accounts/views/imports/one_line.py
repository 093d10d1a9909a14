"""One line of a file as it will be read, beside the form of its columns: it follows the form, which is not sent. For those who may import."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from accounts.attributes import definitions
from accounts.forms.import_file import FileSetup
from accounts.imports import bounds, drafting, one_line
from accounts.imports.attributes import words_of
from accounts.imports.cells import Field
from accounts.imports.maps import FileMap, MappingError
from accounts.imports.one_line import Cell, Line
from accounts.imports.places import sampled
from accounts.imports.rows import Unreadable
from accounts.imports.words import field_words
from accounts.models import Customer
from accounts.request import SignedIn, importers_only
from accounts.uploads import Copies
from accounts.views.imports.drafts import beside, draft_of, place_in, said_in
from config.text import narrow, row_number
from config.ui import figures
from config.ui.context import Frame, frame_of
from config.web.refusing import reason

LONGEST: Final = 200


@dataclass(frozen=True)
class Read:
    """One field: its label, the text in the file ("" where its value says the same), its value, why it has none, and whether an
    answer is waited for.
    """

    label: str
    text: str
    value: str
    reasons: tuple[str, ...] = ()
    is_left_out: bool = False
    is_open: bool = False
    customer: Customer | None = None
    note: str = ""


@require_POST
@importers_only
def line(request: SignedIn, pk: int, number: int) -> HttpResponse:
    """The line that the form asks for, read as the form stands, and what follows from each of its choices. Writes nothing."""
    run = draft_of(request, pk)
    place = place_in(run, number)
    context: dict[str, Any] = {"run": run, "number": number}
    try:
        drafting.place_of(run, number, request.POST.get("place", ""))
        with Copies() as copies, sampled(place, copies) as path:
            targets, others = bounds.open_to(request.user), beside(run, number, copies)
            setup = FileSetup(path, place["name"], said_in(request), targets, is_sent=True, others=others)
            context["setup"] = setup
            if setup.problem:
                context["problem"] = setup.problem
            else:
                setup.is_valid()
                file = setup.file_map()
                frame = frame_of(request)
                wanted = row_number(narrow(request.POST.get("to") or request.POST.get("line", ""))) or 1
                target = targets[setup.into]
                found = one_line.line_of(path, file, target, wanted, frame.today, setup.looks)
                context |= {"line": found, "reads": [*reads(request, setup, file, found)] if found else []}
    except (Unreadable, MappingError) as problem:
        context["problem"] = str(problem)
    except ValidationError as problem:
        context["problem"] = reason(problem)
    return render(request, "imports/_one_line.html", context)


def reads(request: SignedIn, setup: FileSetup, file: FileMap, line: Line) -> Iterator[Read]:
    """The fields of the line in words, in the order of the file's columns; those that a mapping makes of nothing are left out."""
    frame = frame_of(request)
    waited = {question.column for question in setup.asked if (question.about, question.column) not in setup.answers}
    whose = one_line.customer_of(line, file, frame.today)
    seen = Customer.objects.visible_to(request.user).filter(pk=whose).first() if whose else None
    places = {name: place for place, name in enumerate(setup.recognised.columns)}
    for cell in sorted(
        line.cells, key=lambda cell: min((places.get(name, 0) for name in cell.columns), default=len(places))
    ):
        if cell.field.kind == "attributes":
            yield from attributes(setup, file, cell)
            continue
        if cell.columns or file.field(cell.field.name):
            yield read(setup, line, cell, frame, waited=waited, customer=seen)


def read(
    setup: FileSetup,
    line: Line,
    cell: Cell,
    frame: Frame,
    *,
    waited: set[str],
    customer: Customer | None,
) -> Read:
    """One field in words."""
    label = field_words(cell.field.name, setup.into)
    text = Truncator(" · ".join(filter(None, (text.strip() for text in cell.texts)))).chars(LONGEST)
    if waited.intersection(cell.columns):
        return Read(label, text, "", is_open=True)
    if cell.reasons or cell.is_left_out:
        return Read(label, text, "", cell.reasons, cell.is_left_out)
    value = worded(cell.field, cell.value, line.currency, frame)
    if cell.field.name == "customer" and cell.value:
        # A customer out of their sight is answered as one that does not exist.
        note = "" if customer else _("nobody is known by it yet")
        return Read(label, "" if text == value else text, value, customer=customer, note=note)
    return Read(label, "" if text == value else text, value)


def attributes(setup: FileSetup, file: FileMap, cell: Cell) -> Iterator[Read]:
    """Each attribute by itself."""
    given = file.field(cell.field.name)
    values = json.loads(cell.value) if cell.value else {}
    labels = {key: each.label for key, each in definitions.by_key().items()}
    texts = dict(zip(cell.columns, cell.texts, strict=True))
    for key, text in values.items():
        column = given.attributes.get(key, "") if given else ""
        before = texts.get(column, "").strip()
        yield Read(labels.get(key, key), "" if before == text else before, text or figures.NONE)
    if cell.reasons:
        yield Read(words_of(cell.field.name, setup.into), "", "", cell.reasons, is_left_out=True)


def worded(field: Field, value: Any, currency: str, frame: Frame) -> str:
    """A value as pages show it."""
    match value:
        case None | "" | []:
            text = figures.NONE
        case bool():
            text = pgettext("a value", "yes") if value else pgettext("a value", "no")
        case dt.datetime():
            text = figures.instant(value.astimezone(frame.zone), frame.today)
        case dt.date():
            text = figures.day(value, frame.today)
        case Decimal() if field.kind == "money":
            text = figures.money(value, currency)
        case Decimal() | int():
            text = figures.exact(value)
        case list():
            text = figures.listed(choice(field, each) for each in value)
        case _:
            text = choice(field, value)
    return Truncator(text).chars(LONGEST)


def choice(field: Field, word: Any) -> str:
    return str(dict(field.named_choices).get(word, word))
