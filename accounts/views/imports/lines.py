"""The lines of an import as people read them: which row, and each field before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.imports.mending import Cell
from accounts.imports.noted import described
from accounts.imports.previewing import references, referred
from accounts.models import Cancellation, Contract, Customer, ImportLine, Source, WithdrawnRow
from accounts.request import SignedIn
from config.history.kept import REGISTER
from config.history.models import Entry, Operation
from config.history.views.values import inside, label
from config.history.views.wording import Field, Reader
from config.text import is_own_id
from config.ui import figures
from config.ui.context import frame_of


@dataclass(frozen=True)
class Row:
    """A line: what it is, its title, its customer where there is one, its changed fields, its file, of several, and the cells that
    can be mended on the page. ``names`` are the columns of its fields, ``told`` these with what follows from each.
    """

    line: ImportLine
    what: str
    title: str
    customer: Customer | None
    fields: list[Field]
    file: str = ""
    mended: Sequence[Cell] = ()
    names: Sequence[str] = ()
    told: Sequence[Any] = ()

    @property
    def stays(self) -> str:
        """The fields that Undo left, by their labels."""
        kept = described(self.line.object_kind)
        names = self.line.field.split(", ") if self.line.field else []
        return figures.listed(label(kept, name) if kept else name for name in names)


def rows_of(request: SignedIn, lines: Sequence[ImportLine], files: Mapping[int, str]) -> list[Row]:
    """The lines with their words and, of several ``files`` (names by id), the name of theirs. As many statements as kinds of rows that their fields refer to."""
    pks = {line.customer_id for line in lines if line.customer_id}
    customers = Customer.objects.visible_to(request.user).in_bulk(pks)
    frame = frame_of(request)
    kinds = {line.object_kind for line in lines if line.object_kind}
    register = {kind: kept for kind in kinds if (kept := described(kind))}
    reader = Reader(request.user, frame.today, frame.zone, register=register, absent=absent(lines))
    told = reader.lines([entry_of(line) for line in lines])
    own = names_of(lines)
    return [
        Row(
            line, kind_words(line.object_kind), own.get(line.pk, title_of(line, customers)), customers.get(line.customer_id or 0),
            sampled(line) if line.kind == ImportLine.Kind.SAMPLE else [*written.fields, *begun(line, reader)],
            files.get(line.file_id, "") if len(files) > 1 else "",
            names=in_order(line, reader),
        )
        for line, written in zip(lines, told, strict=True)
    ]  # fmt: skip


def in_order(line: ImportLine, reader: Reader) -> list[str]:
    """The columns of the changed fields, as the reader words them one after the other, then those that are otherwise behind an end."""
    kept = reader.register.get(line.object_kind) if line.kind == ImportLine.Kind.CHANGED else None
    if kept is None:
        return []
    own = [name for name in (*kept.fields, *kept.earlier) if name in line.fields]
    return [*own, *(name for then in line.fields.get("ends_on", ())[2:] for name in then)]


def names_of(lines: Sequence[ImportLine]) -> dict[int, str]:
    """By line, of rows that were typed without a number: a contract by product and first day, a cancellation by its day. At
    most three statements, and only where there are such rows.
    """
    ids = {line.object_id: line.object_kind for line in lines if line.object_id and is_own_id(line.title)}
    own: dict[tuple[str, int], str] = {}
    if "contract" in ids.values():
        for contract in Contract.objects.filter(pk__in=[*ids], source=Source.TYPED).prefetch_related("lines"):
            products = sorted({line.product for line in contract.lines.all()})
            own["contract", contract.pk] = ", ".join([*products, str(contract.starts_on)])
    if "cancellation" in ids.values():
        days = Cancellation.objects.filter(pk__in=[*ids], source=Source.TYPED).values_list("pk", "on")
        own |= {("cancellation", pk): str(day) for pk, day in days}
    named = {line.pk: own.get((line.object_kind, line.object_id or 0)) for line in lines if line.object_id in ids}
    return {pk: name for pk, name in named.items() if name}


def absent(lines: Sequence[ImportLine]) -> dict[int, str]:
    """By number, the names of customers to whom changed fields refer and who are not there yet, or whom Undo took out.

    At most one statement, and only after an Undo.
    """
    pairs = [pair for line in lines for pair in references(line)]
    names = {
        pk: name for was, becomes, *told in pairs if told for pk, name in zip((was, becomes), told[0], strict=True)
    }
    runs = {line.file.run_id for line in lines if line.file.undone}
    if pairs and runs:
        gone = WithdrawnRow.objects.filter(kind="customer", object_id__in=referred(pairs), run__in=runs)
        names |= dict(gone.values_list("object_id", "row__name"))
    return {pk: name for pk, name in names.items() if name}


def begun(line: ImportLine, reader: Reader) -> list[Field]:
    """What is otherwise in the stretch of a line that begins where this one ends, with the day from which it is so."""
    kept = reader.register.get(line.object_kind)
    _was, ends_on, *others = line.fields.get("ends_on") or (None, None)
    if not others or kept is None:
        return []
    day = reader.value(kept, "ends_on", ends_on)
    return [
        Field(
            _("%(field)s from %(day)s") % {"field": label(kept, name), "day": day},
            reader.value(kept, name, before), reader.value(kept, name, after),
        )
        for name, (before, after) in others[0].items()
    ]  # fmt: skip


def sampled(line: ImportLine) -> list[Field]:
    """The values of a row of a sample, by the names of the fields in the mapping."""
    return [Field(name, "", inside(pair[1])) for name, pair in line.fields.items()]


def entry_of(line: ImportLine) -> Entry:
    """The line as an entry of the history, which knows how fields are worded."""
    fields: dict[str, list[Any]] = line.fields if line.kind == ImportLine.Kind.CHANGED else {}
    return Entry(
        kind=line.object_kind, object_id=line.object_id or 0, operation=Operation.CHANGED, customer_id=line.customer_id,
        before={name: pair[0] for name, pair in fields.items()}, after={name: pair[1] for name, pair in fields.items()},
    )  # fmt: skip


def title_of(line: ImportLine, customers: dict[int, Customer]) -> str:
    """What tells the row apart beside its customer's name."""
    customer = customers.get(line.customer_id or 0)
    return "" if customer and line.object_kind == "customer" and customer.name == line.title else line.title


def kind_words(kind: str) -> str:
    """The kind of a row in words; "" for none."""
    kept = REGISTER.get(kind)
    if kept and kept.label:
        return str(capfirst(kept.label))
    model = next((model for model in apps.get_models() if model._meta.model_name == kind), None) if kind else None
    return str(capfirst(model._meta.verbose_name)) if model else ""
