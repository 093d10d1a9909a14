"""Files whose columns are called as the record calls its fields."""

from __future__ import annotations

from dataclasses import replace

from accounts.imports.maps import FieldMap, FileMap, Mapping
from accounts.imports.targets import TARGETS


def with_own_names(mapping: Mapping) -> Mapping:
    """A target for which ``mapping`` names no file comes in one called as it is, its columns called as its fields."""
    named = {file.into for file in mapping.files}
    own = [
        FileMap(
            name=f"{target.name}.csv",
            into=target.name,
            source=mapping.source,
            fields=tuple(FieldMap(field.name, (field.name,)) for field in target.fields),
            formats=mapping.files[0].formats,
            optional=True,
        )
        for target in TARGETS.values()
        if target.name not in named
    ]
    return replace(mapping, files=(*mapping.files, *own))
