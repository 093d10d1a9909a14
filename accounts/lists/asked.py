"""What an address asks of a list: a saved view or a filter, order, columns, groups and, of customers, a past day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts import conditions
from accounts.conditions import Group, How, Stored, leaves
from accounts.conditions.trees import Node
from accounts.lists.kinds import Column, Grouping, ListKind, Rows, Tab
from accounts.lists.persons import resolved
from accounts.lists.written import members_of, written
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
        """The state the list shows: the one a member asks for, the first where nothing asks about states, else none."""
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
        """All that must hold beside the tab, for ``user``."""
        members = list(self.chosen)
        if self.kind.usual and not _about(members, self.kind.unless):
            members.insert(0, _node(self.kind.usual))
        return resolved(conditions.write(Group(How.ALL, tuple(members))), self.user)

    @property
    def order(self) -> str:
        """The key of the order the rows stand in."""
        if self.sort:
            return self.sort
        return self.tab.order if self.tab else self.kind.order

    @property
    def columns(self) -> list[Column]:
        """The columns shown, in their order; the first of the list is always there."""
        keys = self.chosen_columns or self.kind.usually
        known = [self.kind.column(key) for key in dict.fromkeys((self.kind.columns[0].key, *keys))]
        return [column for column in known if column]

    @property
    def grouping(self) -> Grouping | None:
        return self.kind.grouping(self.group) if self.group and self.as_of is None else None

    def shaped(self, **more: Any) -> Rows:
        """The rows with what their columns show, and with ``more``; nothing is fetched yet."""
        values: dict[str, Any] = dict(more)
        for column in self.columns:
            values |= column.values(self.user, self.day)
        return self.kind.shape(self.rows(), values, (self.kind.orders[self.order].column,))

    def in_order(self) -> Rows:
        """All rows with what their columns show, as they stand in the list."""
        order = self.kind.orders[self.order]
        column = F(order.column)
        by = column.desc(nulls_last=True) if order.descending else column.asc(nulls_last=True)
        return self.shaped().order_by(by, "-pk" if order.descending else "pk")

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
        return replace(self, members=tuple(one for one in self.members if one != member))

    def with_member(self, member: Node) -> Asked:
        return self if member in self.members else replace(self, members=(*self.members, member))

    def turned(self, key: str) -> Asked:
        """The same with the group of this key folded, or unfolded where it is."""
        kept = tuple(each for each in self.folded if each != key)
        return replace(self, folded=kept if key in self.folded else (*kept, key))

    @cached_property
    def changes(self) -> list[str]:
        """What of the view is changed and not saved: the names of its parts."""
        if self.view is None:
            return []
        kept = of_view(self.kind, self.user, self.day, self.view)
        parts = {
            "filter": sorted(map(written, self.members)) != sorted(map(written, kept.members)),
            "order": self.sort != kept.sort,
            "columns": self.chosen_columns != kept.chosen_columns,
            "group": self.group != kept.group,
        }
        return [name for name, differs in parts.items() if differs]

    @cached_property
    def query(self) -> str:
        """What an address holds to ask this."""
        return self.with_parameter()

    def with_parameter(self, name: str = "", value: str = "") -> str:
        """The same with one parameter more. Of a view only what differs from it is written."""
        asked = QueryDict(mutable=True)
        changes = ["filter", "order", "columns", "group"]
        if self.view is not None:
            asked["view"] = str(self.view.pk)
            changes = self.changes
        if "filter" in changes:
            self._write_filter(asked)
        if "order" in changes and (self.sort or self.view):
            asked["sort"] = self.sort
        if "columns" in changes and (self.chosen_columns or self.view):
            asked["columns"] = BETWEEN.join(self.chosen_columns)
        if "group" in changes and (self.group or self.view):
            asked["group"] = self.group
        if self.as_of:
            asked["as_of"] = self.as_of.isoformat()
        if self.group and self.folded:
            asked.setlist("folded", list(self.folded))
        if name:
            asked[name] = value
        return asked.urlencode(safe="~,:")

    def _write_filter(self, asked: QueryDict) -> None:
        tab = self.tab
        if tab is not None and tab != self.kind.tabs[0]:
            asked["state"] = tab.key
        members = [written(member) for member in self.chosen]
        if members or self.view:
            asked.setlist(FILTER, members or [""])


def read(kind: ListKind, user: User, address: QueryDict, day: dt.date) -> Asked:
    """What an address asks, whatever of it can be read."""
    asked = Asked(kind, user, day)
    if number := address.get("view"):
        view = row_named(SavedView.objects.visible_to(user).filter(kind=kind.key), number)
        missing = _("The view that the address names is not there, or is not shared with you.")
        asked = of_view(kind, user, day, view) if view else replace(asked, problems=(missing,))
    return _changed(asked, address)


def of_view(kind: ListKind, user: User, day: dt.date, view: SavedView) -> Asked:
    """What a saved view asks; of what is gone, that it is."""
    members, problems = [], []
    stored = view.filter if isinstance(view.filter, list) else [view.filter]
    for member in stored:
        wrong = [problem for _path, problem in conditions.problems([member], kind.key)]
        problems += wrong[:1]
        members += [] if wrong else [_node(member)]
    asked = Asked(kind, user, day, tuple(members), view=view)
    asked, gone = _laid_out(asked, view.order, view.columns, view.group)
    said = [_("The view “%(view)s” is shown without a part: %(problem)s") % {"view": view.name, "problem": problem}
            for problem in (*problems, *gone)]  # fmt: skip
    return replace(asked, problems=tuple(said))


def _changed(asked: Asked, address: QueryDict) -> Asked:
    """What is asked with what the address says itself."""
    kind, problems = asked.kind, list(asked.problems)
    old = kind.old(asked.user, address, asked.day)
    if FILTER in address or kind.old_names & address.keys():
        members, wrong = members_of(address.getlist(FILTER), kind.key)
        problems += [*wrong, *old.problems]
        for leaf in old.leaves:
            unfit = [problem for _path, problem in conditions.problems([leaf], kind.key)]
            problems += unfit
            members += [] if unfit else [_node(leaf)]
        if old.tab:
            tabs = [tab for tab in kind.tabs if tab.key == old.tab]
            members += [_node(tab.leaf) for tab in tabs]
            problems += [] if tabs else [_("The list has no state “%(state)s”.") % {"state": old.tab}]
        asked = replace(asked, members=_once(members))
    sort = old.sort or address.get("sort", asked.sort)
    columns = address.get("columns", "").split(BETWEEN) if "columns" in address else asked.chosen_columns
    asked, gone = _laid_out(asked, sort, columns, address.get("group", asked.group))
    folded = tuple(dict.fromkeys(address.getlist("folded")[:MOST_FOLDED])) if asked.group else ()
    return replace(asked, as_of=old.as_of, folded=folded, problems=(*problems, *gone))


def _laid_out(asked: Asked, sort: str, columns: Iterable[str], group: str) -> tuple[Asked, list[str]]:
    """The rows in an order, with columns and groups, as far as there are any of these names; and which there are not."""
    kind, problems = asked.kind, []
    if sort and sort not in kind.orders:
        problems.append(_("The list has no order “%(order)s”.") % {"order": sort[:80]})
        sort = ""
    chosen = [key for key in columns if key][:MOST_COLUMNS]
    lost = [key for key in chosen if kind.column(key) is None]
    problems += [_("The list has no column “%(column)s”.") % {"column": key[:80]} for key in lost]
    if group and kind.grouping(group) is None:
        problems.append(_("The list cannot be grouped by “%(group)s”.") % {"group": group[:80]})
        group = ""
    kept = tuple(key for key in dict.fromkeys(chosen) if key not in lost)
    return replace(asked, sort=sort, chosen_columns=kept, group=group), problems


def _node(leaf: Any) -> Node:
    return conditions.read([leaf]).members[0]


def _once(members: Iterable[Node]) -> tuple[Node, ...]:
    once: list[Node] = []
    for member in members:
        if member not in once:
            once.append(member)
    return tuple(once)


def _about(members: Iterable[Node], keys: Iterable[str]) -> bool:
    return any(leaf.key in keys for leaf in leaves(Group(How.ALL, tuple(members))))
