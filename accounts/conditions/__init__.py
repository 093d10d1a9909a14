"""Conditions on customers that an admin writes: segments, audiences and rules are trees of them.

``check`` validates one, ``compile`` makes it SQL, ``explain`` evaluates each part of it for one customer.
"""

from accounts.conditions.checking import check, problems, within
from accounts.conditions.compiling import Holds, OnCustomer, OnRow, ValueOf, ValueOnRow, compile, members, verdict  # noqa: A004 (the word for it)
from accounts.conditions.explaining import Explained, explain
from accounts.conditions.fields import Asked, Family, Field, Kind, StateOf, register
from accounts.conditions.trees import Group, How, Leaf, Stored, leaves, read, write

__all__ = [
    "Asked", "Explained", "Family", "Field", "Group", "Holds", "How", "Kind", "Leaf", "OnCustomer", "OnRow", "StateOf", "Stored", "ValueOf", "ValueOnRow", "check", "compile",
    "explain", "leaves", "members", "problems", "read", "register", "verdict", "within", "write",
]  # fmt: skip
