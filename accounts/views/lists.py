"""The filter form, the column form and the CSV export of a list of any kind."""

from __future__ import annotations

from dataclasses import replace

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts import conditions, exporting
from accounts.bulk import selecting
from accounts.conditions import Group, How
from accounts.conditions.fields import offered
from accounts.conditions.trees import Node
from accounts.forms.rule_values import Offer
from accounts.forms.rules import ConditionsForm
from accounts.lists import Asked, ListKind, Unreadable, find, read
from accounts.lists.page import address, sight_of
from accounts.lists.written import member_of
from accounts.request import SignedIn
from config.history.departures import left
from config.text import narrow, row_number
from config.ui.context import frame_of
from config.web.asking import fragment_or_page, show

PREFIX = "filter"


@require_http_methods(["GET", "POST"])
def filter_of(request: SignedIn, key: str) -> HttpResponse:
    """The form of one filter, the address's ``member`` or a new one; its answer is the list with the filter."""
    kind = kind_of(key)
    listing = read(kind, request.user, request.GET, frame_of(request).today)
    member = _member(request, kind)
    offer = Offer(kind.key, request.user)
    here = request.get_full_path()
    data = request.POST if request.method == "POST" else None
    changed = request.htmx.trigger_name or ""
    form = ConditionsForm(
        data,
        prefix=PREFIX,
        stored=_stored(member),
        offer=offer,
        redraw=here,
        changed=changed,
        checked="show" in request.POST,
    )
    if "show" in request.POST and form.is_valid():
        return _on(request, address(reverse(kind.page), _with(listing, member, form.stored())))
    context = {
        "conditions": form,
        "title": _("Change a filter: %(list)s") if member else _("Add a filter: %(list)s"),
        "url": here,
        "back": address(reverse(kind.page), listing),
        "without": address(reverse(kind.page), listing.without(member)) if member else "",
    }
    context["title"] = str(context["title"]) % {"list": kind.label}
    if request.htmx and request.method == "POST" and "show" not in request.POST:
        return render(request, "accounts/_conditions.html", context)
    return show(request, fragment_or_page(request, "lists/filter.html"), context, wrong="show" in request.POST)


@require_GET
def columns(request: SignedIn, key: str) -> HttpResponse:
    """Which columns the list shows, and in which order: a form whose answer is the list itself."""
    kind = kind_of(key)
    listing = read(kind, request.user, request.GET, frame_of(request).today)
    if "chosen" in request.GET:
        keys = [column_key for column_key in request.GET.getlist("column") if column_key]
        chosen_keys = _in_places(keys, request.GET)
        is_usual = chosen_keys == [column_key for column_key in kind.usually if column_key != kind.columns[0].key]
        return _on(
            request,
            address(reverse(kind.page), replace(listing, chosen_columns=() if is_usual else tuple(chosen_keys))),
        )
    shown_columns = listing.columns[1:]
    shown_keys = {column.key for column in (*listing.columns, *kind.columns)}
    other_columns = [column for column in kind.columns if column not in listing.columns]
    fields = [
        (group, [field for field in group_fields if not field.state and field.key not in shown_keys])
        for group, group_fields in offered(kind.key)
    ]
    context = {
        "title": _("Columns: %(list)s") % {"list": kind.label},
        "always": kind.columns[0],
        "shown": [(place, column) for place, column in enumerate(shown_columns, start=1)],
        "own": other_columns,
        "fields": [(group, group_fields) for group, group_fields in fields if group_fields],
        "carried": [
            (name, value) for name, values in QueryDict(listing.query).lists() if name != "columns" for value in values
        ],
        "url": request.path,
        "back": address(reverse(kind.page), listing),
        "reset": address(reverse(kind.page), replace(listing, chosen_columns=())),
    }
    return render(request, fragment_or_page(request, "lists/columns.html"), context)


def _in_places(keys: list[str], data: QueryDict) -> list[str]:
    """The chosen columns by the numbers typed beside them; columns without a number come last, in their order."""

    def place(index: int) -> tuple[float, int]:
        number = row_number(narrow(data.get(f"place-{keys[index]}", "")))
        return (float(number) if number is not None else float("inf"), index)

    return [keys[index] for index in sorted(range(len(keys)), key=place)]


@require_GET
def export(request: SignedIn, key: str) -> HttpResponse | StreamingHttpResponse:
    """The list, or its selected rows, as streamed CSV; cells that a spreadsheet would run are disarmed."""
    kind, day = kind_of(key), frame_of(request).today
    query = QueryDict(request.GET["found"]) if "found" in request.GET else request.GET
    listing = read(kind, request.user, query, day)
    try:
        selection = selecting.read(kind, request.GET, request.user, day) if "found" in request.GET else None
    except Unreadable as problem:
        raise BadRequest(" ".join(problem.messages)) from problem
    if listing.problems:
        raise BadRequest(" ".join(listing.problems))
    picks = selection.ids() if selection and (selection.picks or selection.groups) else None
    picked = Q() if picks is None else Q(pk__in=picks)
    ordered = listing.in_order().filter(picked)
    left(kind.key, rows=listing.rows().filter(picked).count(), asked=query.urlencode())
    shown_columns = [column for column in listing.columns if column.text]
    sight = sight_of(request, listing)
    rows = ordered.iterator(chunk_size=2000)
    cells = ([column.text(row, sight) for column in shown_columns if column.text] for row in rows)
    return exporting.file(f"{kind.key}-{listing.day}", [column.label for column in shown_columns], cells)


def kind_of(key: str) -> ListKind:
    kind = find(key)
    if kind is None:
        raise Http404
    return kind


def _member(request: SignedIn, kind: ListKind) -> Node | None:
    """The filter to change; None, for a new one, where the address names none that can be read."""
    try:
        return member_of(request.GET.get("member", ""), kind.key)
    except ValueError:
        return None


def _stored(member: Node | None) -> conditions.Stored:
    if member is None:
        return {How.ANY.value: []}
    return conditions.write(member if isinstance(member, Group) else Group(How.ALL, (member,)))


def _with(listing: Asked, member: Node | None, stored: conditions.Stored) -> Asked:
    """The list with the form's condition in place of ``member``."""
    tree = conditions.read(stored)
    new_members = tree.members if tree.how == How.ALL or (tree.how == How.ANY and len(tree.members) == 1) else (tree,)
    position = listing.members.index(member) if member in listing.members else len(listing.members)
    others = [other for other in listing.members if other != member and other not in new_members]
    return replace(listing, members=(*others[:position], *new_members, *others[position:]))


def _on(request: SignedIn, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
