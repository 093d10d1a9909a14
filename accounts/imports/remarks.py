"""What the report says of a file beside its rows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.imports import rows
from accounts.imports.maps import FileMap


def unused(file: FileMap, columns: list[str]) -> list[str]:
    """One remark that names the columns nobody reads and the mapping does not set aside."""
    read = {name for field_map in file.fields for name in field_map.needs()}
    unread_columns = [
        column
        for column in columns
        if column and column not in read | file.ignore | file.skip.keys() | {*rows.OURS, *file.ordering}
    ]
    return [_("columns not read: %(columns)s") % {"columns": ", ".join(unread_columns)}] if unread_columns else []
