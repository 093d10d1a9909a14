"""Conditions as a form sends them: a tree of texts, read from a POST or made from stored conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict

from accounts import conditions
from accounts.conditions import checking
from accounts.conditions.fields import find
from accounts.conditions.trees import Group, How, Leaf, Node, Stored

MOST_NODES: Final = 120


@dataclass
class Typed:
    """A node as somebody typed it: a group with members, or a leaf with the texts of its parts."""

    how: str = How.ALL
    members: list[Typed] | None = None
    parts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether it has no condition: a leaf without a field, or a group of such leaves."""
        if self.members is None:
            return not any(self.parts.get("field", []))
        return all(member.is_blank for member in self.members)


def tree_of(stored: Stored) -> Group:
    """The tree to draw; what is no tree becomes one invalid condition, so that an editor sees and mends it."""
    try:
        return conditions.read(stored)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Group(How.ALL, (Leaf(checking.printable(stored), "is", ""),))


def typed_of(node: Node) -> Typed:
    """A stored node as somebody would type it."""
    if isinstance(node, Group):
        return Typed(node.how, [typed_of(member) for member in node.members])
    if isinstance(node.value, dict):
        values = {f"value-{name}": _texts(value) for name, value in node.value.items()}
        return Typed(parts={"field": [node.key], "test": [node.test]} | values)
    if isinstance(node.value, list):
        is_listed = bool(getattr(find(node.key), "choices", ()))
        texts = [str(item) for item in node.value] if is_listed else [", ".join(map(str, node.value))]
    else:
        texts = [] if node.value is None else [str(node.value)]
    return Typed(parts={"field": [node.key], "test": [node.test], "value": texts})


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def typed_in(data: QueryDict, prefix: str) -> Typed:
    """The posted tree; a node without a group above it is left out."""
    name = re.compile(rf"{re.escape(prefix)}((?:-\d{{1,3}}){{0,8}})-(how|field|test|value(?:-[a-z_]{{1,40}})?)")
    nodes: dict[tuple[int, ...], dict[str, list[str]]] = {}
    for key in data:
        if match := name.fullmatch(key):
            nodes.setdefault(tuple(int(step) for step in match[1].split("-")[1:]), {})[match[2]] = data.getlist(key)
    root = Typed(_how(nodes.pop((), {})), [])
    typed_nodes: dict[tuple[int, ...], Typed] = {(): root}
    for path in sorted(nodes)[:MOST_NODES]:
        parent = typed_nodes.get(path[:-1])
        if parent is None or parent.members is None:
            continue
        group = "how" in nodes[path]
        typed_nodes[path] = Typed(_how(nodes[path]), []) if group else Typed(parts=nodes[path])
        parent.members.append(typed_nodes[path])
    return root


def _how(parts: Mapping[str, Iterable[str]]) -> str:
    how = next(iter(parts.get("how", [])), How.ALL)
    return how if how in list(How) else How.ALL


def part_at(root: Typed, steps: list[int]) -> Typed | None:
    node = root
    for step in steps:
        if node.members is None or step >= len(node.members):
            return None
        node = node.members[step]
    return node
