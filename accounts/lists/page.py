"""What a page of a list shows: rows, chips, tabs, and the addresses that change them. For the pages of every app."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from accounts import access, bulk, company, conditions
from accounts.conditions.fields import find
from accounts.keyset import BadKey
from accounts.lists import grouping, table
from accounts.lists.asked import Asked
from accounts.lists.chips import Chip, Speaker
from accounts.lists.kinds import Grouping, Sight
from accounts.lists.written import written
from accounts.models import SavedView
from accounts.request import SignedIn
from accounts.seen import mark
from config.web.paging import Page, keys_of, page_of, walked

PAGE: Final = 50
# More columns than these scroll sideways, and their head with them.
FITTING: Final = 10
# What of a view a page changes, and what an act that saves it must have seen.
PARTS: Final = ("filter", "order", "columns", "group")
SCOPES: Final = {"mine": gettext_lazy("Mine"), "team": gettext_lazy("Team"), "all": gettext_lazy("All")}


@dataclass(frozen=True)
class TabLink:
    """A tab as it is drawn; ``counted`` where the rail counts the same."""

    key: str
    label: Any
    url: str
    count: int
    current: bool
    counted: bool


@dataclass(frozen=True)
class Link:
    """One of several ways to look at the list."""

    label: Any
    url: str
    current: bool


@dataclass(frozen=True)
class ViewState:
    """The saved view a page shows: what of it is changed, and what the person may do about it."""

    view: SavedView
    changes: int
    discard: str
    save: str
    seen: str
    may_change: bool


def context(request: SignedIn, asked: Asked) -> dict[str, Any]:
    """Everything a page of the list shows. As many statements, whatever the rows."""
    kind, base = asked.kind, reverse(asked.kind.page)
    sight = sight_of(request, asked)
    chosen = asked.grouping
    shown = _grouped(asked, chosen, sight, base) if chosen else _walked(request, asked, sight)
    return shown | {
        "kind": kind,
        "asked": asked,
        "heading": asked.view.name if asked.view else kind.label,
        "head": table.head(
            asked.columns, asked.order, lambda order: address(base, replace(asked, sort=order)), selects=sight.selects
        ),
        "bulk_acts": bulk.of_kind(kind.key) if sight.selects else (),
        "is_wide": len(asked.columns) > FITTING,
        "chips": _chips(asked, base),
        "problems": asked.problems,
        "readable": address(base, asked),
        "query": asked.query,
        "add": f"{reverse('accounts:list_filter', args=[kind.key])}?{asked.query}",
        "choose": f"{reverse('accounts:list_columns', args=[kind.key])}?{asked.query}",
        "export": _export(asked),
        "keep": f"{reverse('accounts:view_new', args=[kind.key])}?{asked.query}",
        "everything": base,
        "groupings": _groupings(asked, base),
        "state": _state(asked, base),
        "may_change": sight.may_change,
        "sort": asked.order,
    }


def address(base: str, asked: Asked) -> str:
    """The address under which the list shows this."""
    return f"{base}?{asked.query}" if asked.query else base


def sight_of(request: SignedIn, asked: Asked) -> Sight:
    return Sight(
        asked.user,
        asked.as_of or asked.day,
        get_language() or "",
        company.currency() if _has_money(asked) else "",
        may_change=access.writes(asked.user),
        selects=access.writes(asked.user) and not asked.as_of,
        token=get_token(request),
        here=request.get_full_path(),
    )


def tabs(asked: Asked, counts: Callable[[Any, dt.date], dict[str, int]]) -> dict[str, Any]:
    """The states of the list with how many rows pass the chips in each. One statement."""
    base, many = reverse(asked.kind.page), counts(asked.of_every_tab(), asked.day)
    plain = not asked.chosen
    return {
        "tabs": [
            TabLink(tab.key, tab.label, address(base, asked.in_tab(tab)), many[tab.key], tab == asked.tab, plain and n == 0)
            for n, tab in enumerate(asked.kind.tabs)
        ]
    }  # fmt: skip


def scopes(asked: Asked, names: Sequence[str], own: Mapping[str, Any]) -> dict[str, Any]:
    """Whose rows: everybody's whom one sees, or one's own; nothing where there is no choice."""
    if len(names) == 1:
        return {}
    base, mine = reverse(asked.kind.page), conditions.read([own]).members[0]
    is_own = mine in asked.chosen
    return {
        "scopes": [
            Link(SCOPES[names[0]], address(base, asked.without(mine)), not is_own),
            Link(SCOPES["mine"], address(base, asked.with_member(mine)), is_own),
        ]
    }


def _has_money(asked: Asked) -> bool:
    """Whether the rows show amounts that do not bring their currency along."""
    kind = asked.kind
    if kind.amount and (kind.customer or asked.grouping):
        return True
    fields = (find(column.key) for column in asked.columns if column not in kind.columns)
    return any(field is not None and field.kind == conditions.Kind.MONEY for field in fields)


def _walked(request: SignedIn, asked: Asked, sight: Sight) -> dict[str, Any]:
    page = _page(request, asked)
    return {"page": page, "is_filled": bool(page.rows), "rows": table.rows(asked.kind, asked.columns, page.rows, sight)}


def _page(request: SignedIn, asked: Asked) -> Page[Any]:
    then, keys = asked.kind.then, keys_of(request)
    if asked.as_of is None or then is None:
        return walked(request, asked.shaped(), asked.kind.orders[asked.order], PAGE)
    try:
        return page_of(then(asked, keys["after"], keys["before"]))
    except BadKey as error:
        raise BadRequest(str(error)) from error


def _grouped(asked: Asked, chosen: Grouping, sight: Sight, base: str) -> dict[str, Any]:
    """The rows in groups, each with its sum and a way to all of its rows."""
    found, beyond = grouping.groups(asked, chosen)
    names = chosen.field.rows.names() if chosen.field.rows else {}

    rows = table.groups(asked, chosen, found, sight, names=names, address=lambda other: address(base, other))
    page = Page([row for group in found for row in group.first])
    return {"page": page, "rows": rows, "is_filled": bool(found), "groups_beyond": beyond}


def _export(asked: Asked) -> str:
    """Where the list is taken away as CSV; of a past day with the values of that day."""
    url = reverse("accounts:export") if asked.as_of else reverse("accounts:list_export", args=[asked.kind.key])
    return f"{url}?{asked.query}"


def _groupings(asked: Asked, base: str) -> list[Link]:
    links = [Link(Grouping(key).field.label, address(base, replace(asked, group=key, folded=())), key == asked.group)
             for key in asked.kind.groupings]  # fmt: skip
    return [Link(gettext_lazy("No groups"), address(base, replace(asked, group="")), not asked.group), *links]


def _state(asked: Asked, base: str) -> ViewState | None:
    view = asked.view
    if view is None:
        return None
    save = f"{reverse('accounts:view_save', args=[view.pk])}?{asked.query}"
    may_change = view.owner_id == asked.user.pk or access.configures(asked.user)
    return ViewState(view, len(asked.changes), f"{base}?view={view.pk}", save, mark(view, PARTS), may_change)


def _chips(asked: Asked, base: str) -> list[Chip]:
    speaker = Speaker(asked.user, asked.day)
    change = reverse("accounts:list_filter", args=[asked.kind.key])
    return [
        speaker.chip(
            member,
            address(base, asked.without(member)),
            f"{change}?{asked.with_parameter('member', written(member))}",
        )
        for member in asked.chosen
    ]
