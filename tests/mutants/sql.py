"""The mutation operator that looks into SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cosmic_ray.operators.operator import Example, Operator

from tests.mutants.edges import edges, turned

TEXTS: Final = ("string", "fstring_string")


class SqlEdge(Operator):
    """Changes one edge or number in a text of SQL."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type in TEXTS and node.parent.type != "simple_stmt":  # no docstring
            for _edge in edges(node.value):
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = turned(node.value, index)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example('x = "WHERE a < b"', 'x = "WHERE a <= b"'),
            Example('x = "WHERE a - 30 > b"', 'x = "WHERE a - 31 > b"'),
        )
