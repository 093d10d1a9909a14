"""Writes a filter into an address, short enough to read:
``if=arr~at_least~50000&if=status~is~live~or~stage~is~trial``.

Each ``if`` is one member, and rows match all of them: a condition, several joined by ``or``, either after ``not``.
The parts of a condition are joined by ``~``, values by commas; both are escaped inside a value. A member without a
short form, such as a group in a group or a state with values, is written as it is stored (JSON).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.conditions import Group, How, Leaf, Stored, problems, read, within, write
from accounts.conditions.checking import MOST_LEAVES
from accounts.conditions.fields import PRESENCE, find
from accounts.conditions.trees import Node
from config.text import row_number, shown

NOT: Final = "not"
OR: Final = "or"
JOIN: Final = "~"
BETWEEN: Final = f"{JOIN}{OR}{JOIN}"
ESCAPED: Final = (("%", "%25"), (JOIN, "%7E"), (",", "%2C"))
LONGEST: Final = 4_000


def written(node: Node) -> str:
    """One member of a filter as it stands in an address."""
    negated = isinstance(node, Group) and node.how == How.NONE
    members = node.members if isinstance(node, Group) else (node,)
    plain = all(isinstance(member, Leaf) and not isinstance(member.value, dict) for member in members)
    if not plain or (isinstance(node, Group) and node.how == How.ALL):
        (stored,) = write(Group(How.ALL, (node,)))
        return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
    text = BETWEEN.join(_leaf(member) for member in members if isinstance(member, Leaf))
    return f"{NOT}{JOIN}{text}" if negated else text


def member_of(text: str, row: str = "") -> Node:
    """The member that ``text`` encodes, for a list of ``row``. Raises ValueError with the message to show if it is
    invalid.
    """
    stored = _stored(text)
    for _path, problem in problems([stored], row):
        raise ValueError(
            _("The filter “%(filter)s” cannot be read: %(problem)s") % {"filter": shown(text)[:80], "problem": problem}
        )
    return read([stored]).members[0]


def members_of(texts: Iterable[str], row: str = "", most: int = MOST_LEAVES) -> tuple[list[Node], list[str]]:
    """Every member that can be read, and what is wrong with the others: too many conditions, too."""
    members: list[Node] = []
    errors = []
    given = list(dict.fromkeys(text for text in texts if text))
    for text in given[:most]:
        try:
            members.append(member_of(text, row))
        except ValueError as problem:
            errors.append(str(problem))
    members, cut = within(members, most)
    return members, [too_long(most), *errors] if cut or len(given) > most else errors


def too_long(most: int = MOST_LEAVES) -> str:
    text = ngettext(
        "The filter is too long: at most %(most)s condition.",
        "The filter is too long: at most %(most)s conditions.",
        most,
    )
    return text % {"most": most}


def _leaf(leaf: Leaf) -> str:
    parts = [leaf.key, leaf.test]
    if leaf.test not in PRESENCE:
        values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
        parts.append(",".join(map(_value, values)))
    return JOIN.join(parts)


def _value(value: Any) -> str:
    text = str(value)
    for letter, code in ESCAPED:
        text = text.replace(letter, code)
    return "o%72" if text == OR else text


def _read_value(text: str) -> str:
    text = "or" if text == "o%72" else text
    for letter, code in reversed(ESCAPED):
        text = text.replace(code, letter)
    return text


def _stored(text: str) -> Any:
    if len(text) > LONGEST:
        return None
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    negated = text.startswith(f"{NOT}{JOIN}")
    leaves = [_stored_leaf(part) for part in text.removeprefix(f"{NOT}{JOIN}").split(BETWEEN)]
    if negated:
        return {How.NONE.value: leaves}
    return leaves[0] if len(leaves) == 1 else {How.ANY.value: leaves}


def _stored_leaf(text: str) -> dict[str, Any]:
    key, _sep, rest = text.partition(JOIN)
    test, has_value, value = rest.partition(JOIN)
    if not has_value:
        return {"field": key, "test": test, "value": None}
    texts = [_read_value(part) for part in value.split(",")] if test == "is_in" else [_read_value(value)]
    field = find(key)
    values = [row_number(entry) or entry for entry in texts] if field and field.rows else texts
    return {"field": key, "test": test, "value": values if test == "is_in" else values[0]}


def same(stored: Stored, other: Stored) -> bool:
    """Whether two filters ask the same, however their members are ordered and numbers are written."""
    return sorted(map(written, read(stored).members)) == sorted(map(written, read(other).members))
