"""Lists of the product's records: kinds of lists that apps register when they load, and what an address asks of one."""

from accounts.lists.asked import Asked, read
from accounts.lists.kinds import CellEdit, Column, ListKind, Sight, Tab, Unreadable, every, find, register
from accounts.lists.older import Leaf, Old

__all__ = [
    "Asked",
    "CellEdit",
    "Column",
    "Leaf",
    "ListKind",
    "Old",
    "Sight",
    "Tab",
    "Unreadable",
    "every",
    "find",
    "read",
    "register",
]
