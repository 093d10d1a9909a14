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
# The parts of a view that a page can change; whoever saves them must have seen their present values.
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
    """The saved view of a page: the number of changed parts, and what the person may do about them."""

    view: SavedView
    changes: int
    discard: str
    save: str
    seen: str
    may_change: bool


def context(request: SignedIn, listing: Asked) -> dict[str, Any]:
    """Everything a page of the list shows. The number of statements does not depend on the rows."""
    kind, base = listing.kind, reverse(listing.kind.page)
    sight = sight_of(request, listing)
    chosen_grouping = listing.grouping
    content = _grouped(listing, chosen_grouping, sight, base) if chosen_grouping else _walked(request, listing, sight)
    return content | {
        "kind": kind,
        "asked": listing,
        "heading": listing.view.name if listing.view else kind.label,
        "head": table.head(
            listing.columns,
            listing.order,
            lambda order: address(base, replace(listing, sort=order)),
            selects=sight.selects,
        ),
        "bulk_acts": bulk.of_kind(kind.key) if sight.selects else (),
        "is_wide": len(listing.columns) > FITTING,
        "chips": _chips(listing, base),
        "problems": listing.problems,
        "readable": address(base, listing),
        "query": listing.query,
        "add": f"{reverse('accounts:list_filter', args=[kind.key])}?{listing.query}",
        "choose": f"{reverse('accounts:list_columns', args=[kind.key])}?{listing.query}",
        "export": _export(listing),
        "keep": f"{reverse('accounts:view_new', args=[kind.key])}?{listing.query}",
        "everything": base,
        "groupings": _groupings(listing, base),
        "state": _state(listing, base),
        "may_change": sight.may_change,
        "sort": listing.order,
    }


def address(base: str, listing: Asked) -> str:
    """The address of the list with its query string."""
    return f"{base}?{listing.query}" if listing.query else base


def sight_of(request: SignedIn, listing: Asked) -> Sight:
    return Sight(
        listing.user,
        listing.as_of or listing.day,
        get_language() or "",
        company.currency() if _has_money(listing) else "",
        may_change=access.writes(listing.user),
        selects=access.writes(listing.user) and not listing.as_of,
        token=get_token(request),
        here=request.get_full_path(),
    )


def tabs(listing: Asked, counts: Callable[[Any, dt.date], dict[str, int]]) -> dict[str, Any]:
    """The states of the list with how many rows pass the chips in each. One statement."""
    base, sizes = reverse(listing.kind.page), counts(listing.of_every_tab(), listing.day)
    plain = not listing.chosen
    return {
        "tabs": [
            TabLink(tab.key, tab.label, address(base, listing.in_tab(tab)), sizes[tab.key], tab == listing.tab, plain and n == 0)
            for n, tab in enumerate(listing.kind.tabs)
        ]
    }  # fmt: skip


def scopes(listing: Asked, names: Sequence[str], own: Mapping[str, Any]) -> dict[str, Any]:
    """The choice between everybody's rows and one's own; empty where there is no choice."""
    if len(names) == 1:
        return {}
    base, own_member = reverse(listing.kind.page), conditions.read([own]).members[0]
    is_own = own_member in listing.chosen
    return {
        "scopes": [
            Link(SCOPES[names[0]], address(base, listing.without(own_member)), not is_own),
            Link(SCOPES["mine"], address(base, listing.with_member(own_member)), is_own),
        ]
    }


def _has_money(listing: Asked) -> bool:
    """Whether the rows show amounts that do not bring their currency along."""
    kind = listing.kind
    if kind.amount and (kind.customer or listing.grouping):
        return True
    fields = (find(column.key) for column in listing.columns if column not in kind.columns)
    return any(field is not None and field.kind == conditions.Kind.MONEY for field in fields)


def _walked(request: SignedIn, listing: Asked, sight: Sight) -> dict[str, Any]:
    page = _page(request, listing)
    return {
        "page": page,
        "is_filled": bool(page.rows),
        "rows": table.rows(listing.kind, listing.columns, page.rows, sight),
    }


def _page(request: SignedIn, listing: Asked) -> Page[Any]:
    then, keys = listing.kind.then, keys_of(request)
    if listing.as_of is None or then is None:
        return walked(request, listing.shaped(), listing.walk, PAGE)
    try:
        return page_of(then(listing, keys["after"], keys["before"]))
    except BadKey as error:
        raise BadRequest(str(error)) from error


def _grouped(listing: Asked, chosen_grouping: Grouping, sight: Sight, base: str) -> dict[str, Any]:
    """The rows in groups, each with its sum and a way to all of its rows."""
    row_groups, beyond = grouping.groups(listing, chosen_grouping)
    names = chosen_grouping.field.rows.names() if chosen_grouping.field.rows else {}

    rows = table.groups(
        listing, chosen_grouping, row_groups, sight, names=names, address=lambda other: address(base, other)
    )
    page = Page([row for group in row_groups for row in group.first])
    return {"page": page, "rows": rows, "is_filled": bool(row_groups), "groups_beyond": beyond}


def _export(listing: Asked) -> str:
    """The address of the list's CSV; for a past day, with the values of that day."""
    url = reverse("accounts:export") if listing.as_of else reverse("accounts:list_export", args=[listing.kind.key])
    return f"{url}?{listing.query}"


def _groupings(listing: Asked, base: str) -> list[Link]:
    links = [Link(Grouping(key).field.label, address(base, replace(listing, group=key, folded=())), key == listing.group)
             for key in listing.kind.groupings]  # fmt: skip
    return [Link(gettext_lazy("No groups"), address(base, replace(listing, group="")), not listing.group), *links]


def _state(listing: Asked, base: str) -> ViewState | None:
    view = listing.view
    if view is None:
        return None
    save = f"{reverse('accounts:view_save', args=[view.pk])}?{listing.query}"
    may_change = view.owner_id == listing.user.pk or access.configures(listing.user)
    return ViewState(view, len(listing.changes), f"{base}?view={view.pk}", save, mark(view, PARTS), may_change)


def _chips(listing: Asked, base: str) -> list[Chip]:
    speaker = Speaker(listing.user, listing.day)
    change = reverse("accounts:list_filter", args=[listing.kind.key])
    return [
        speaker.chip(
            member,
            address(base, listing.without(member)),
            f"{change}?{listing.with_parameter('member', written(member))}",
        )
        for member in listing.chosen
    ]
