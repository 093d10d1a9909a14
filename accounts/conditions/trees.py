"""A condition as it is stored, and as it is worked with.

Stored it is ``{"all": [...]}``, ``{"any": [...]}`` or ``{"none": [...]}`` over such groups and over leaves
``{"field": "arr", "test": "at_least", "value": 50000}`` and states ``{"state": "silence", "values": {"days": 14}}``,
which are worked with as leaves of a field ``state:silence``. A plain list is short for ``{"all": list}``: versions and
change logs hold such lists and are never rewritten. An empty list holds for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from accounts.conditions.fields import Field, named

Stored = list[Any] | dict[str, Any]
STATE: Final = "state"


class How(StrEnum):
    """How the members of a group are taken together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True)
class Leaf:
    """One condition on one field."""

    key: str
    test: str
    value: Any

    @property
    def field(self) -> Field:
        return named(self.key)


@dataclass(frozen=True)
class Group:
    """Several conditions taken together."""

    how: How
    members: tuple[Leaf | Group, ...]


Node = Leaf | Group


def read(stored: Stored) -> Group:
    """The tree of a condition that ``check`` accepts."""
    node = _read(stored)
    return node if isinstance(node, Group) else Group(How.ALL, (node,))


def write(group: Group) -> Stored:
    """A tree as it is stored: a plain list where all of its conditions must hold."""
    members = [_written(member) for member in group.members]
    return members if group.how == How.ALL else {group.how.value: members}


def leaves(group: Group) -> Iterator[Leaf]:
    """Every leaf, in the order of reading."""
    for member in group.members:
        if isinstance(member, Group):
            yield from leaves(member)
        else:
            yield member


def _read(stored: Any) -> Node:
    if isinstance(stored, list):
        return Group(How.ALL, tuple(map(_read, stored)))
    if not isinstance(stored, dict):
        raise TypeError(type(stored).__name__)
    if "state" in stored:
        return Leaf(f"{STATE}:{stored['state']}", "holds", stored["values"])
    if "field" in stored:
        return Leaf(stored["field"], stored["test"], stored.get("value"))
    ((how, members),) = stored.items()
    return Group(How(how), tuple(map(_read, members)))


def _written(node: Node) -> dict[str, Any]:
    if isinstance(node, Leaf) and node.key.startswith(f"{STATE}:"):
        return {"state": node.key.partition(":")[2], "values": node.value}
    if isinstance(node, Leaf):
        return {"field": node.key, "test": node.test, "value": node.value}
    return {node.how.value: [_written(member) for member in node.members]}
