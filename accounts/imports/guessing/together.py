"""The columns of a file that name a row together, where none names it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from accounts.imports.guessing import Fit, Sampled
from accounts.imports.maps import FieldMap
from accounts.imports.targets import Target

# The field that several columns may make, each of which fills a field of its own as well.
MADE: Final = "external_id"
# What a row is about, beside the fields that every row needs; amounts and states may change while the row stays the same.
ABOUT: Final = frozenset({"user", "contact", "contract", "feature", "product", "key", "family_name", "given_name"})
KINDS: Final = frozenset({"text", "email", "date", "instant", "choice"})


def naming(file: Sampled, target: Target, fits: Sequence[Fit]) -> tuple[int, ...]:
    """The places of the columns that say what a row is about, in the order of the file; none where two of the rows seen get one id."""
    spec = {field.name: field for field in target.fields}
    places = tuple(
        fit.place
        for fit in fits
        if (field := spec.get(fit.field)) and field.kind in KINDS and (field.required or field.name in ABOUT)
    )
    made = FieldMap(MADE, tuple(file.columns[place] for place in places))
    ids = [made.joined(row[place] for place in places) for row in file.samples if len(row) > max(places, default=0)]
    return places if places and ids and len(set(ids)) == len(ids) else ()
