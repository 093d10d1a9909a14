"""What the palette lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Entry:
    """One line: its address and text, an icon or mark before it and a mark after it.

    ``dialog``: the address answers a form for the dialog over the present page. ``key``: the key that does the same.
    """

    url: str
    title: str
    note: str = ""
    icon: str = ""
    mark: SafeString = field(default_factory=SafeString)
    end: SafeString = field(default_factory=SafeString)
    dialog: bool = False
    key: str = ""


@dataclass(frozen=True)
class Group:
    """Lines under one heading; ``hint`` names another way to find them."""

    label: str | Promise
    entries: list[Entry]
    hint: str | Promise = ""
