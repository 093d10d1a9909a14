"""Lists of numbers as PostgreSQL writes arrays, in one go: ids come by the ten thousand, several times in an act."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.types.array import ListDumper

PLAIN: Final = {int}


class NumbersAtOnce(ListDumper):
    """The driver's own dumper, which looks at each element, but for lists of nothing but whole numbers."""

    def dump(self, obj: list[Any]) -> Any:
        if set(map(type, obj)) == PLAIN:
            return f"{{{','.join(map(str, obj))}}}".encode()
        return super().dump(obj)


def install() -> None:
    """For ``AppConfig.ready``: connections copy the adapters when they are opened."""
    psycopg.adapters.register_dumper(list, NumbersAtOnce)
