"""The one table of every list: its head with orders, its rows, folded to two lines on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.conditions import read
from accounts.lists import cells, editing, generic
from accounts.lists import grouping as grouped
from accounts.lists.asked import Asked
from accounts.lists.kinds import Column, Grouping, ListKind, Sight
from accounts.lists.written import written
from config.ui import figures, tags


def rows(kind: ListKind, columns: Sequence[Column], records: Iterable[Any], sight: Sight) -> SafeString:
    """The lines of the table. A row has its key in ``data-pk``, its customer's key in ``data-customer``, and in the
    first cell its name beside the box that selects it.
    """
    customer = kind.customer_id
    first, *others = [
        (inside(kind, column, sight), f' class="{column.css}"' if column.css else "") for column in columns
    ]
    draw, css = first
    lines = []
    for row in records:
        cells = "".join([f"<td{its_css}>{its_draw(row, sight)}</td>" for its_draw, its_css in others])
        attribute = f' data-customer="{getattr(row, customer)}"'
        box = _box(row.pk) if sight.selects else ""
        lines.append(f'<tr data-row data-pk="{row.pk}"{attribute}><td{css}>{box}{draw(row, sight)}</td>{cells}</tr>')
    return SafeString("".join(lines))


def inside(kind: ListKind, column: Column, sight: Sight) -> Callable[[Any, Sight], str]:
    """What draws the inside of a cell of the column: as what it shows, or as what can be edited where it stands."""
    around = column.around or (lambda _row, _sight, shown: shown)
    if column.edit is None or not sight.selects:
        return (lambda row, sight: around(row, sight, column.draw(row, sight))) if column.around else column.draw
    return lambda row, sight: around(row, sight, editing.cell(kind.key, column, row, sight))


def _box(pk: int) -> str:
    """The box that selects a row, for the form of the bar of acts (``lists/_bulk.html``)."""
    label = escape(_("Select the row"))
    return (
        f'<input class="check pick" type="checkbox" name="pick" value="{pk}" form="picks" autocomplete="off"'
        f' data-select data-key="x shift+x" aria-label="{label}">'
    )


def groups(
    listing: Asked,
    grouping: Grouping,
    row_groups: Sequence[grouped.Rows],
    sight: Sight,
    *,
    names: Mapping[int, str],
    address: Callable[[Asked], str],
) -> SafeString:
    """The lines of the table in groups: a head with the count and the sum that folds the group and selects all of it, the first
    rows, and the way to all of them.
    """
    columns, lines = listing.columns, []
    for group in row_groups:
        title = _title(grouping, group.value, names, sight)
        (member,) = read([grouped.member(grouping, group.value)]).members
        folded = group.key in listing.folded
        name = _fold(address(listing.turned(group.key)), title, folded=folded)
        box = _group_box(written(member), title, group.count) if sight.selects else ""
        lines.append(f'<tr class="group" data-row>{_sums(listing.kind, columns, group, box, name, sight)}</tr>')
        if folded:
            continue
        lines.append(rows(listing.kind, columns, group.first, sight))
        if group.more:
            label = ngettext("%(n)s more: %(group)s", "%(n)s more: %(group)s", group.more)
            label %= {"n": figures.number(group.more), "group": title}
            url = escape(address(replace(listing.with_member(member), group="", folded=())))
            lines.append(f'<tr class="more"><td colspan="99"><a href="{url}">{escape(label)}</a></td></tr>')
    return SafeString("".join(lines))


def _fold(url: str, title: str, *, folded: bool) -> str:
    """The name of a group, which folds it and unfolds it."""
    url = escape(url)
    return (
        f'<a class="fold" data-open="group" href="{url}" hx-get="{url}" hx-target="#list" hx-swap="innerHTML" hx-replace-url="true"'
        f' aria-expanded="{"false" if folded else "true"}">{tags.icon("down")}{cells.cut(title)}</a>'
    )


def _group_box(member: str, title: str, count: int) -> str:
    """The box that selects all rows of a group, shown or not."""
    words = escape(_("Select the whole group: %(group)s") % {"group": title})
    return (
        f'<input class="check pick" type="checkbox" name="group" value="{escape(member)}" form="picks" autocomplete="off"'
        f' data-select-group data-count="{count}" data-key="x shift+x" aria-label="{words}">'
    )


def _sums(kind: ListKind, columns: Sequence[Column], group: grouped.Rows, box: str, name: str, sight: Sight) -> str:
    """The head of a group: its name and count in the first cell, its sum under the column of its money, and folded on a phone."""
    total = cells.money(group.total, sight.currency, sight.language) if kind.money else ""
    untold = ngettext("+ %(n)s that cannot be told", "+ %(n)s that cannot be told", group.untold)
    left_out = (
        f' <small class="faint">{escape(untold % {"n": group.untold})}</small>' if kind.money and group.untold else ""
    )
    keys = [column.key for column in columns[1:]]
    css = "fold-sum" if kind.money in keys else ""
    drawn = [f'<span class="{css}">{total}{left_out}</span>' if total else ""]
    count = f'<span class="faint small">{figures.number(group.count)}</span>'
    first = f'<th scope="rowgroup">{box}<span class="row">{name}{count}{drawn[0]}</span></th>'
    others = "".join(
        f'<td class="{column.css}">{f"{total}{left_out}" if column.key == kind.money else ""}</td>'
        for column in columns[1:]
    )
    return first + others


def _title(grouping: Grouping, value: Any, names: Mapping[int, str], sight: Sight) -> str:
    """What a group is called."""
    if value is None:
        return _("None: %(field)s") % {"field": grouping.field.label}
    if grouping.by_month:
        return figures.month(value)
    if grouping.field.rows:
        return names.get(value) or _("no longer there")
    return str(generic.said(grouping.field, value, sight))


def head(columns: Sequence[Column], order: str, address: Any, *, selects: bool = False) -> SafeString:
    """The cells of the head; ``address`` gives the list's address in another order."""
    cells = [_head(column, order, address) for column in columns]
    if selects:  # nothing ticks all rows of a page where no script runs
        label = escape(_("Select all rows of this page"))
        box = (
            f'<input class="check pick" type="checkbox" data-select-all hidden autocomplete="off" aria-label="{label}">'
        )
        start, end, rest = cells[0].partition(">")
        cells[0] = f"{start}{end}{box}{rest}"
    return SafeString("".join(cells))


def _head(column: Column, order: str, address: Any) -> str:
    css = f' class="{column.css}"' if column.css else ""
    label = str(escape(column.label))
    if column.quiet:
        label = f'<span class="quiet">{label}</span>'
    if not column.order:
        return f'<th scope="col"{css}>{label}</th>'
    up, down = column.order, f"-{column.order}"
    next_order = up if order == down else down if order == up or column.down else up
    sorted_by = "descending" if order == down else "ascending" if order == up else ""
    url = escape(address(next_order))
    mark = tags.icon("down" if order == down else "up") if sorted_by else ""
    sort = f' aria-sort="{sorted_by}"' if sorted_by else ""
    return f'<th scope="col"{css}{sort}><a href="{url}">{label}{mark}</a></th>'
