"""Rewrites the values of conditions: names to ids, or ids to names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def with_values(stored: Any, values: Mapping[str, Mapping[Any, Any]]) -> Any:
    """``stored`` with the values of each field in ``values`` replaced by its mapping; values not in it stay."""
    if isinstance(stored, list):
        return [with_values(item, values) for item in stored]
    if not isinstance(stored, dict):
        return stored
    if "field" not in stored:
        return {how: with_values(members, values) if how != "values" else members for how, members in stored.items()}
    replacements = values.get(stored["field"]) if isinstance(stored["field"], str) else None
    if replacements is None or "value" not in stored:
        return stored
    value = stored["value"]
    changed = (
        [_changed(item, replacements) for item in value] if isinstance(value, list) else _changed(value, replacements)
    )
    return stored | {"value": changed}


def _changed(value: Any, replacements: Mapping[Any, Any]) -> Any:
    return replacements.get(value, value) if isinstance(value, (str, int)) and not isinstance(value, bool) else value


def rewrite(apps: Any, model: tuple[str, str], column: str, *, ids: bool) -> None:
    """In a migration: the conditions in a column name segments and owners by id, or (back) by name and email."""
    values = {}
    for field, table, name_column in (("segment", "Segment", "name"), ("owner", "User", "email")):
        pairs = apps.get_model("accounts", table).objects.values_list(name_column, "pk")
        values[field] = dict(pairs) if ids else {pk: name for name, pk in pairs}
    rows = apps.get_model(*model).objects
    for row in rows.only("pk", column).iterator():
        before = getattr(row, column)
        after = with_values(before, values)
        if after != before:
            rows.filter(pk=row.pk).update(**{column: after})
