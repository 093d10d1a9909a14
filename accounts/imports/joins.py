"""What a mapping says of the other tables in which the rows of a file are looked up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.imports.maps import Join

if TYPE_CHECKING:
    from accounts.imports.mapping import Reader


def joins_of(reader: Reader, table: dict[str, Any], where: str) -> tuple[Join, ...]:
    """The ``[[file.join]]`` of a file, in their order; a later one may look up by a column of an earlier."""
    found: list[Join] = []
    place = f"{where} join"
    for said in reader.take(table, "join", list, [], where):
        if not isinstance(said, dict):
            raise reader.wrong(place, _("is not of the right type"))
        own = dict(said)
        file, by = (reader.take(own, name, str, "", place) for name in ("file", "by"))
        if not file or not by:
            raise reader.wrong(place, _("needs a file and the column by which it is looked up"))
        called = reader.take(own, "called", str, Path(file).stem, place) or Path(file).stem
        if any(called == join.called for join in found):
            raise reader.wrong(f"{place} called", _("stands twice"))
        key = reader.take(own, "key", str, "id", place)
        found.append(Join(file, by, key, called, reader.take(own, "optional", bool, False, place)))
        reader.done(own, place)
    return tuple(found)
