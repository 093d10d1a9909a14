"""Lists of the product's records: kinds of lists that apps register when they load, and what an address asks of one."""

from accounts.lists.kinds import Column, ListKind, Reading, Unreadable, every, find, register

__all__ = ["Column", "ListKind", "Reading", "Unreadable", "every", "find", "register"]
