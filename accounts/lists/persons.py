"""Words for people in filters that mean somebody else to each reader: me, and the people whose customers one looks
after.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.conditions import Group, How, Leaf, Stored, read, write
from accounts.conditions.trees import Node
from accounts.models import User

ME: Final = "me"
TEAM: Final = "team"
WORDS: Final = {ME: _("Me"), TEAM: _("My team and those I cover")}


def resolved(stored: Stored, user: User) -> Stored:
    """The condition with ``user`` for "me", and the people of ``user``'s circle for "team"."""
    return write(_group(read(stored), user))


def _group(group: Group, user: User) -> Group:
    return Group(group.how, tuple(_node(member, user) for member in group.members))


def _node(node: Node, user: User) -> Node:
    if isinstance(node, Group):
        return _group(node, user)
    values = node.value if isinstance(node.value, list) else [node.value]
    if not node.field.of_people or not any(value in WORDS for value in values if isinstance(value, str)):
        return node
    people = [pk for value in values for pk in _people(value, user)]
    if node.test == "is_not":
        return Group(How.NONE, (Leaf(node.key, "is_in", people),))
    return Leaf(node.key, "is", people[0]) if len(people) == 1 else Leaf(node.key, "is_in", people)


def _people(value: Any, user: User) -> list[Any]:
    if value == ME:
        return [user.pk]
    return list(access.owners_for(user)) if value == TEAM else [value]
