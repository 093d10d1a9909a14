"""Reads list addresses from before filters were conditions, as conditions, so that old links still work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

LONGEST_NAME: Final = 100
Leaf = dict[str, Any]


@dataclass(frozen=True)
class Old:
    """What older parameters ask for: conditions, a tab's key, an order, a past day; and problems in reading them."""

    leaves: Sequence[Any] = ()
    tab: str = ""
    sort: str = ""
    as_of: dt.date | None = None
    problems: Sequence[str] = ()


def leaf(field: str, test: str, value: Any = None) -> Leaf:
    return {"field": field, "test": test, "value": value}


def stated(
    address: QueryDict, *, exact: Mapping[str, str], scopes: Sequence[str], own: Leaf, sorts: Mapping[str, str]
) -> Old:
    """What an older address with a state, a scope, the customer's name and an order asks for.

    ``exact`` maps names of parameters to the fields they compare, ``own`` is the condition of the scope "mine" for
    somebody who may choose among ``scopes``, ``sorts`` maps old names of orders to present ones.
    """
    leaves = [leaf(field, "is", address[name]) for name, field in exact.items() if address.get(name)]
    name, scope = address.get("q", "").strip()[:LONGEST_NAME], address.get("scope", "")
    if name:
        leaves.append(leaf("name", "contains", name))
    if scope == "mine" and scopes[0] != "mine":
        leaves.append(own)
    problems = (
        [_("You cannot look at the scope “%(scope)s”.") % {"scope": scope}] if scope and scope not in scopes else []
    )
    return Old(leaves, address.get("state", ""), sorts.get(address.get("sort", ""), ""), problems=problems)
