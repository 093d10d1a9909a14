"""What an address asks of a list: a saved view or a filter, order, columns, groups and, of customers, a past day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import F, OrderBy
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts import conditions
from accounts.conditions import Group, How, Stored, leaves
from accounts.conditions.trees import Node
from accounts.keyset import Order
from accounts.lists.kinds import Column, Grouping, ListKind, Rows, Tab
from accounts.lists.persons import resolved
from accounts.lists.written import members_of, too_long, written
from accounts.models import SavedView, User
from config.text import row_named

FILTER = "if"
BETWEEN = ","
MOST_COLUMNS = 24
MOST_FOLDED = 60


@dataclass(frozen=True)
class Asked:
    """What is asked of a list by ``user`` on ``day``, over what of the address could be read; ``problems`` says what could not.

    ``members`` must all hold. The conditions that hold by themselves (see ``ListKind.usual``) are not among them. Without
    ``chosen_columns`` the usual ones are shown. ``folded`` are the keys of groups of which only the
    head is shown. ``view`` is the saved view that the address names, changed or not.
    """

    kind: ListKind
    user: User
    day: dt.date
    members: tuple[Node, ...] = ()
    sort: str = ""
    chosen_columns: tuple[str, ...] = ()
    group: str = ""
    folded: tuple[str, ...] = ()
    as_of: dt.date | None = None
    view: SavedView | None = None
    problems: tuple[str, ...] = ()

    @property
    def stored(self) -> Stored:
        """The filter as it is stored."""
        return conditions.write(Group(How.ALL, self.members))

    @property
    def tab(self) -> Tab | None:
        """The state that the list shows: the one a member names, the first if no member is about states, else None."""
        for tab in self.kind.tabs:
            if _node(tab.leaf) in self.members:
                return tab
        if not self.kind.tabs or _about(self.members, {self.kind.tabs[0].leaf["field"]}):
            return None
        return self.kind.tabs[0]

    @property
    def chosen(self) -> tuple[Node, ...]:
        """The members that are shown as chips: all but the tab's."""
        tab = self.tab
        return tuple(member for member in self.members if tab is None or member != _node(tab.leaf))

    @property
    def condition(self) -> Stored:
        """The condition without the tab's, with the list's default one, resolved for ``user``."""
        members = list(self.chosen)
        counted, usual = self.kind.counted_only, self.kind.usual
        if counted and not (_about(self.chosen, self.kind.uncounted) or _names(self.chosen, counted)):
            members.insert(0, _node(counted))
        if usual and not _about(self.chosen, self.kind.unless):
            members.insert(0, _node(usual))
        return resolved(conditions.write(Group(How.ALL, tuple(members))), self.user)

    @property
    def order(self) -> str:
        """The key of the order of the rows."""
        if self.sort:
            return self.sort
        return self.tab.order if self.tab else self.kind.order

    @property
    def columns(self) -> list[Column]:
        """The columns shown, in their order; the first of the list is always there."""
        keys = self.chosen_columns or self.kind.usually
        candidates = [self.kind.column(key) for key in dict.fromkeys((self.kind.columns[0].key, *keys))]
        return [column for column in candidates if column]

    @property
    def grouping(self) -> Grouping | None:
        return self.kind.grouping(self.group) if self.group and self.as_of is None else None

    def shaped(self, **more: Any) -> Rows:
        """The rows with the values of their columns and with ``more``; nothing is fetched yet."""
        values: dict[str, Any] = dict(more)
        for column in self.columns:
            values |= column.values(self.user, self.day)
        if self.order not in self.kind.orders and (sorted_by := self.kind.column(self.order.removeprefix("-"))):
            values |= sorted_by.values(self.user, self.day)
        return self.kind.shape(self.rows(), values, (self.walk.column,))

    @property
    def walk(self) -> Order:
        """The column along which the rows are walked."""
        return self.kind.order_of(self.order) or self.kind.orders[self.kind.order]

    def in_order(self) -> Rows:
        """All rows with the values of their columns, in the order of the list."""
        return self.shaped().order_by(*self.ordering)

    @property
    def ordering(self) -> tuple[OrderBy, OrderBy]:
        """The order of the list, by which any two rows differ: rows without a value come last."""
        order = self.walk
        column, number = F(order.column), F("pk")
        if order.descending:
            return column.desc(nulls_last=True), number.desc()
        return column.asc(nulls_last=True), number.asc()

    def of_every_tab(self) -> Rows:
        """The rows of every state that pass the chips."""
        rows, condition = self.kind.every(self.user), self.condition
        return self.kind.holding(rows, condition, self.day) if condition else rows

    def rows(self) -> Rows:
        """The rows asked for; nothing is fetched yet."""
        rows = self.of_every_tab()
        return self.tab.rows(rows, self.day) if self.tab else rows

    def in_tab(self, tab: Tab) -> Asked:
        """The same in another state, in the order of that state."""
        members = (*self.chosen, _node(tab.leaf))
        return replace(self, members=members, sort="" if self.sort == tab.order else self.sort)

    def without(self, member: Node) -> Asked:
        """The same without a member."""
        return replace(self, members=tuple(other for other in self.members if other != member))

    def with_member(self, member: Node) -> Asked:
        return self if member in self.members else replace(self, members=(*self.members, member))

    def turned(self, key: str) -> Asked:
        """The same with the group of this key folded, or unfolded where it is."""
        kept = tuple(each for each in self.folded if each != key)
        return replace(self, folded=kept if key in self.folded else (*kept, key))

    @cached_property
    def changes(self) -> list[str]:
        """The names of the view's parts that are changed and not saved."""
        if self.view is None:
            return []
        saved_state = of_view(self.kind, self.user, self.day, self.view)
        parts = {
            "filter": sorted(map(written, self.members)) != sorted(map(written, saved_state.members)),
            "order": self.sort != saved_state.sort,
            "columns": self.chosen_columns != saved_state.chosen_columns,
            "group": self.group != saved_state.group,
        }
        return [name for name, differs in parts.items() if differs]

    @cached_property
    def query(self) -> str:
        """The query string of the list's address."""
        return self.with_parameter()

    def with_parameter(self, name: str = "", value: str = "") -> str:
        """The query string with one more parameter. Of a view it has only the parts that differ from it."""
        parameters: dict[str, str | list[str]] = {}
        changes = ["filter", "order", "columns", "group"]
        if self.view is not None:
            parameters["view"] = str(self.view.pk)
            changes = self.changes
        if "filter" in changes:
            parameters |= self._filter
        if "order" in changes and (self.sort or self.view):
            parameters["sort"] = self.sort
        if "columns" in changes and (self.chosen_columns or self.view):
            parameters["columns"] = BETWEEN.join(self.chosen_columns)
        if "group" in changes and (self.group or self.view):
            parameters["group"] = self.group
        if self.as_of:
            parameters["as_of"] = self.as_of.isoformat()
        if self.group and self.folded:
            parameters["folded"] = list(self.folded)
        if name:
            parameters[name] = value
        return urlencode(parameters, doseq=True, safe="~,:", quote_via=quote)

    @property
    def _filter(self) -> dict[str, str | list[str]]:
        """The members as parameters."""
        tab = self.tab
        state: dict[str, str | list[str]] = {"state": tab.key} if tab is not None and tab != self.kind.tabs[0] else {}
        members = [written(member) for member in self.chosen]
        return state | {FILTER: members or [""]} if members or self.view else state


def read(kind: ListKind, user: User, address: QueryDict, day: dt.date) -> Asked:
    """What an address asks, as far as it can be read."""
    listing = Asked(kind, user, day)
    if number := address.get("view"):
        view = row_named(SavedView.objects.visible_to(user).filter(kind=kind.key), number)
        missing = _("The view that the address names is not there, or is not shared with you.")
        listing = of_view(kind, user, day, view) if view else replace(listing, problems=(missing,))
    return _changed(listing, address)


def of_view(kind: ListKind, user: User, day: dt.date, view: SavedView) -> Asked:
    """What a saved view asks; parts that no longer exist are reported as problems."""
    members, problems = [], []
    stored = view.filter.get(How.ALL.value, [view.filter]) if isinstance(view.filter, dict) else view.filter
    for member in stored:
        member_problems = [problem for _path, problem in conditions.problems([member], kind.key)]
        problems += member_problems[:1]
        members += [] if member_problems else [_node(member)]
    members, cut = conditions.within(members)
    problems += [too_long()] if cut else []
    listing = Asked(kind, user, day, tuple(members), view=view)
    listing, layout_problems = _laid_out(listing, view.order, view.columns, view.group)
    messages = [_("The view “%(view)s” is shown without a part: %(problem)s") % {"view": view.name, "problem": problem}
            for problem in (*problems, *layout_problems)]  # fmt: skip
    return replace(listing, problems=tuple(messages))


def _changed(listing: Asked, address: QueryDict) -> Asked:
    """``listing`` changed by the filter, order, columns and groups that the address itself names."""
    kind, problems = listing.kind, list(listing.problems)
    old = kind.old(listing.user, address, listing.day)
    if FILTER in address or kind.old_names & address.keys():
        members, filter_problems = members_of(address.getlist(FILTER), kind.key)
        problems += [*filter_problems, *old.problems]
        for leaf in old.leaves:
            leaf_problems = [problem for _path, problem in conditions.problems([leaf], kind.key)]
            problems += leaf_problems
            members += [] if leaf_problems else [_node(leaf)]
        if old.tab:
            tabs = [tab for tab in kind.tabs if tab.key == old.tab]
            members += [_node(tab.leaf) for tab in tabs]
            problems += [] if tabs else [_("The list has no state “%(state)s”.") % {"state": old.tab}]
        members, cut = conditions.within(_once(members))
        problems += [too_long()] if cut and too_long() not in problems else []
        listing = replace(listing, members=tuple(members))
    sort = old.sort or address.get("sort", listing.sort)
    columns = address.get("columns", "").split(BETWEEN) if "columns" in address else listing.chosen_columns
    listing, layout_problems = _laid_out(listing, sort, columns, address.get("group", listing.group))
    folded = tuple(dict.fromkeys(address.getlist("folded")[:MOST_FOLDED])) if listing.group else ()
    return replace(listing, as_of=old.as_of, folded=folded, problems=(*problems, *layout_problems))


def _laid_out(listing: Asked, sort: str, columns: Iterable[str], group: str) -> tuple[Asked, list[str]]:
    """``listing`` with the order, columns and groups that the list has, and a problem for each name it has not."""
    kind, problems = listing.kind, []
    if sort and kind.order_of(sort) is None:
        problems.append(_("The list has no order “%(order)s”.") % {"order": sort[:80]})
        sort = ""
    chosen_keys = [key for key in columns if key][:MOST_COLUMNS]
    unknown_keys = [key for key in chosen_keys if kind.column(key) is None]
    problems += [_("The list has no column “%(column)s”.") % {"column": key[:80]} for key in unknown_keys]
    if group and kind.grouping(group) is None:
        problems.append(_("The list cannot be grouped by “%(group)s”.") % {"group": group[:80]})
        group = ""
    known_keys = tuple(key for key in dict.fromkeys(chosen_keys) if key not in unknown_keys)
    return replace(listing, sort=sort, chosen_columns=known_keys, group=group), problems


def _node(leaf: Any) -> Node:
    return conditions.read([leaf]).members[0]


def _once(members: Iterable[Node]) -> tuple[Node, ...]:
    distinct: list[Node] = []
    for member in members:
        if member not in distinct:
            distinct.append(member)
    return tuple(distinct)


def _about(members: Iterable[Node], keys: Iterable[str]) -> bool:
    return any(leaf.key in keys for leaf in leaves(Group(How.ALL, tuple(members))))


def _names(members: Iterable[Node], wanted: Any) -> bool:
    """Whether one of them names the value of the leaf ``wanted``, of the same field."""
    of_field = (leaf.value for leaf in leaves(Group(How.ALL, tuple(members))) if leaf.key == wanted["field"])
    return any(wanted["value"] in (value if isinstance(value, list) else [value]) for value in of_field)
