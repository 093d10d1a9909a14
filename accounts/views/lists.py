"""What changes and takes away a list of any kind: a filter in a form, its columns, its rows as CSV."""

from __future__ import annotations

from dataclasses import replace

from django.core.exceptions import BadRequest
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
    """A filter of the list in the address, ``member`` or a new one: asked, and the list shown with it."""
    kind = kind_of(key)
    asked = read(kind, request.user, request.GET, frame_of(request).today)
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
        return _on(request, address(reverse(kind.page), _with(asked, member, form.stored())))
    shown = {
        "conditions": form,
        "title": _("Change a filter: %(list)s") if member else _("Add a filter: %(list)s"),
        "url": here,
        "back": address(reverse(kind.page), asked),
        "without": address(reverse(kind.page), asked.without(member)) if member else "",
    }
    shown["title"] = str(shown["title"]) % {"list": kind.label}
    if request.htmx and request.method == "POST" and "show" not in request.POST:
        return render(request, "accounts/_conditions.html", shown)
    return show(request, fragment_or_page(request, "lists/filter.html"), shown, wrong="show" in request.POST)


@require_GET
def columns(request: SignedIn, key: str) -> HttpResponse:
    """Which columns the list shows, and in which order: a form whose answer is the list itself."""
    kind = kind_of(key)
    asked = read(kind, request.user, request.GET, frame_of(request).today)
    if "chosen" in request.GET:
        keys = [one for one in request.GET.getlist("column") if one]
        chosen = _in_places(keys, request.GET)
        usual = chosen == [one for one in kind.usually if one != kind.columns[0].key]
        return _on(request, address(reverse(kind.page), replace(asked, chosen_columns=() if usual else tuple(chosen))))
    shown = asked.columns[1:]
    known = {column.key for column in (*asked.columns, *kind.columns)}
    own = [column for column in kind.columns if column not in asked.columns]
    fields = [
        (group, [field for field in of if not field.state and field.key not in known])
        for group, of in offered(kind.key)
    ]
    context = {
        "title": _("Columns: %(list)s") % {"list": kind.label},
        "always": kind.columns[0],
        "shown": [(place, column) for place, column in enumerate(shown, start=1)],
        "own": own,
        "fields": [(group, of) for group, of in fields if of],
        "carried": [
            (name, value) for name, values in QueryDict(asked.query).lists() if name != "columns" for value in values
        ],
        "url": request.path,
        "back": address(reverse(kind.page), asked),
        "reset": address(reverse(kind.page), replace(asked, chosen_columns=())),
    }
    return render(request, fragment_or_page(request, "lists/columns.html"), context)


def _in_places(keys: list[str], given: QueryDict) -> list[str]:
    """The chosen columns by the numbers typed beside them; those without one after the others, as they stand."""

    def place(at: int) -> tuple[float, int]:
        number = row_number(narrow(given.get(f"place-{keys[at]}", "")))
        return (float(number) if number is not None else float("inf"), at)

    return [keys[at] for at in sorted(range(len(keys)), key=place)]


@require_GET
def export(request: SignedIn, key: str) -> HttpResponse | StreamingHttpResponse:
    """What the list shows, or of it what is selected, as CSV with its columns, streamed; cells that a spreadsheet would run are disarmed."""
    kind, day = kind_of(key), frame_of(request).today
    address = QueryDict(request.GET["found"]) if "found" in request.GET else request.GET
    asked = read(kind, request.user, address, day)
    try:
        selection = selecting.read(kind, request.GET, request.user, day) if "found" in request.GET else None
    except Unreadable as problem:
        raise BadRequest(" ".join(problem.messages)) from problem
    if asked.problems:
        raise BadRequest(" ".join(asked.problems))
    picks = selection.ids() if selection and (selection.picks or selection.groups) else None
    ordered = asked.in_order() if picks is None else asked.in_order().filter(pk__in=picks)
    left(kind.key, rows=asked.rows().count() if picks is None else len(picks), asked=address.urlencode())
    shown = [column for column in asked.columns if column.text]
    sight = sight_of(request, asked)
    rows = ordered.iterator(chunk_size=2000)
    lines = ([column.text(row, sight) for column in shown if column.text] for row in rows)
    head = [column.label for column in shown]
    response = StreamingHttpResponse(exporting.lines(head, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind.key}-{asked.day}.csv"'
    return response


def kind_of(key: str) -> ListKind:
    kind = find(key)
    if kind is None:
        raise Http404
    return kind


def _member(request: SignedIn, kind: ListKind) -> Node | None:
    """The filter that is changed; None where the address names none that can be read: a new one is made."""
    try:
        return member_of(request.GET.get("member", ""), kind.key)
    except ValueError:
        return None


def _stored(member: Node | None) -> conditions.Stored:
    if member is None:
        return {How.ANY.value: []}
    return conditions.write(member if isinstance(member, Group) else Group(How.ALL, (member,)))


def _with(asked: Asked, member: Node | None, stored: conditions.Stored) -> Asked:
    """The list with what the form says in the place of ``member``."""
    tree = conditions.read(stored)
    fresh = tree.members if tree.how == How.ALL or (tree.how == How.ANY and len(tree.members) == 1) else (tree,)
    at = asked.members.index(member) if member in asked.members else len(asked.members)
    kept = [known for known in asked.members if known != member and known not in fresh]
    return replace(asked, members=(*kept[:at], *fresh, *kept[at:]))


def _on(request: SignedIn, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
