"""What the palette lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Entry:
    """One line: where it leads, what it says, an icon or mark before and a mark after.

    ``dialog``: the address answers a form that is asked over the page one stands on. ``key``: the key that does the same.
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
    """Lines under one heading; ``hint`` says how else they are found."""

    label: str | Promise
    entries: list[Entry]
    hint: str | Promise = ""
