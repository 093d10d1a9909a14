"""A value that was left out because another is believed goes in after all: somebody decided so of this one.

It comes as its source said it, in a run of imports that can be undone, and is the source's word from then on: the next file
may change it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.imports import edited_lines, reading, unsaying
from accounts.imports.attributes import FIELD, of_field, words_of
from accounts.imports.edited import USERS
from accounts.imports.given import Terms, take
from accounts.imports.loading import Busy, wait
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS, Target
from accounts.models import (
    ContactKey,
    Disagreement,
    ExternalKey,
    ImportRun,
    User,
)
from accounts.models.importing import TAKEN


@transaction.atomic
def concede(
    row: Disagreement, *, seen: str, by: User, day: dt.date, now: Callable[[], dt.datetime]
) -> ImportRun | None:
    """Let what the file said stand, and forget the difference; the run, None where it stands already.

    ``seen`` is the value that the person saw. Raises ValidationError, with nothing written, where the file has said another
    since, the import that brought the row is undone, the value cannot go in or the row is not the source's any more.
    """
    target = TARGETS[row.target]
    try:
        # Before the row: a load that is under way comes to its differences last.
        wait(target.name)
        stands = Disagreement.objects.select_for_update().filter(pk=row.pk).values_list("given", flat=True).first()
        if stands != seen:
            raise ValidationError(_("The file says another value by now: look at the page again."))
        if row.pk in unsaying.unsaid(row.target, row.source):
            raise ValidationError(_("The import that brought this row was undone: import a file that names it again."))
        taken = take(
            rows_of(row, target, by), target, Terms(row.source, is_checked=True, conceded=row.field),
            by=by, day=day, now=now,
        )  # fmt: skip
    except (Busy, Unreadable) as problem:
        raise ValidationError(str(problem)) from problem
    column = row.field
    problems = [
        reason
        for outcome in taken.outcomes
        for name, reason in (*outcome.errors, *outcome.remarks)
        if outcome.status == "refused" or name.partition(".")[0] in {column, "attributes"}
    ]
    if problems:
        raise ValidationError(problems)
    if taken.run:
        with translation.override(settings.LANGUAGE_CODE):
            title = TAKEN % {"field": words_of(column, row.target), "name": whose(row), "source": row.source}
        taken.run.title = title[: ImportRun._meta.get_field("title").max_length]
        taken.run.save(update_fields=["title"])
        unsaying.note_taken(taken.run.files.latest("pk"), row)
    row.delete()
    return taken.run


def whose(row: Disagreement) -> str:
    """The name of the customer, or of the person who logs in, whose value it is."""
    return row.customer.name if row.customer else User.objects.get(pk=row.object_id).name


def rows_of(row: Disagreement, target: Target, by: User) -> list[dict[str, Any]]:
    """What the source's row needs to be found, and the value; of a contract line by line."""
    value = {row.field: given(row, target)}
    if attribute := of_field(row.field) if row.field.startswith(FIELD) else None:
        value = {"attributes": {attribute.key: row.given}}
    if target.name == USERS:
        person = User.objects.get(pk=row.object_id)
        return [{"email": person.email, "name": person.name} | value]
    key = key_of(row, target)
    found = reading.held(target, by, row.source, key) if key else []
    if not found:
        raise ValidationError(_("This row is not known by its source any more."))
    names = {known.name for known in target.fields if known.required} - {"external_id"}
    if target.name == edited_lines.CONTRACTS and row.field not in edited_lines.FIELDS:
        names.add("line_starts_on")
    elif target.name == edited_lines.CONTRACTS:
        if len({line["product"] for line in found}) > 1:
            raise ValidationError(_("The contract has several products: set the price at the contract."))
        found = found[-1:]
    return [{name: as_given(line[name]) for name in names} | value | {"external_id": key} for line in found]


def key_of(row: Disagreement, target: Target) -> str:
    """The id by which the source knows the row; "" where it knows it no more."""
    keys: Any
    if target.name == "customers":
        keys = ExternalKey.objects.filter(source=row.source, customer=row.object_id)
    else:
        keys = target.models[0]._default_manager.filter(source=row.source, pk=row.object_id)
        if target.name == "contacts" and not keys.exists():
            keys = ContactKey.objects.filter(source=row.source, contact=row.object_id)
    return keys.order_by("pk").values_list("external_id", flat=True).first() or ""


def as_given(value: Any) -> Any:
    """What is read of the record, as a program would give it back."""
    return value.isoformat() if isinstance(value, dt.date) else value


def given(row: Disagreement, target: Target) -> Any:
    """The value as a program would give it; None for nothing."""
    known = target.field(row.field)
    if known is not None and known.kind == "list":
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(nullif(%s, ''), '{}')::varchar[]", [row.given])
            return cursor.fetchone()[0]
    return row.given or None
