"""Bulk acts: the form, the run, its progress and its undo."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts import access, bulk, lists
from accounts.bulk import Act, Who, plain, selecting, telling
from accounts.bulk.selecting import Selection
from accounts.keyset import BadKey, Order, read_number, walk
from accounts.models import BulkAct, BulkRow
from accounts.request import SignedIn
from config import clock
from config.ui.context import frame_of
from config.web import address
from config.web.acting import acted, refused
from config.web.asking import fragment_or_page, show
from config.web.coming import HOME, came_from
from config.web.finding import changeable, visible
from config.web.paging import Page
from config.web.refusing import reason

NAMED: Final = 5
SHOWN: Final = 50
NEWEST: Final = Order("id", read_number, descending=True)


@require_http_methods(["GET", "POST"])
def ask(request: SignedIn, kind: str, key: str) -> HttpResponse:
    """The form of a bulk act on the selected rows, and the act: done at once, or in the worker with a progress page."""
    act, list_kind = bulk.find(kind, key), lists.find(kind)
    if act is None or list_kind is None:
        raise Http404
    if not access.writes(request.user):
        raise PermissionDenied
    who = _who(request)
    posting = request.method == "POST"
    try:
        selection = selecting.read(list_kind, request.POST if posting else request.GET, who.user, who.day)
    except lists.Unreadable as problem:
        return refused(request, problem, back=came_from(request))
    form = act.form(request.POST if posting else None, user=who.user, day=who.day)
    ids = selection.ids()
    if not posting or not form.is_valid():
        return _asked(request, act, form, selection, ids)
    if selection.finds and selecting.digest(ids) != request.POST.get("seen", ""):
        form.add_error(None, _("Meanwhile other rows are found: look again, and send it once more."))
        return _asked(request, act, form, selection, ids)
    try:
        bulk_act = bulk.begin(act, ids, plain(form.cleaned_data), who, reason, address=selection.address)
    except ValidationError as problem:
        form.add_error(None, problem)
        return _asked(request, act, form, selection, ids)
    undo_url = reverse("accounts:bulk_undo", args=[bulk_act.pk]) if bulk_act.done and act.back else None
    return _answer(request, bulk_act, undo_url)


@require_GET
def found(request: SignedIn, kind: str) -> HttpResponse:
    """Count the rows that the filters of an address match, for the button that selects them all."""
    list_kind = lists.find(kind)
    if list_kind is None:
        raise Http404
    try:
        number = list_kind.rows(request.user, QueryDict(request.GET.get("found", "")), frame_of(request).today).count()
    except lists.Unreadable as problem:
        raise BadRequest(" ".join(problem.messages)) from problem
    return render(request, "accounts/_bulk_found.html", {"rows": list_kind.counted(number)})


@require_GET
def acts(request: SignedIn) -> HttpResponse:
    """Bulk acts, newest first: one's own; an admin sees everybody's."""
    rows = BulkAct.objects.visible_to(request.user).select_related("by").defer("ids", "values")
    try:
        stretch = walk(rows, NEWEST, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except BadKey as error:
        raise BadRequest(str(error)) from error
    page = Page([(bulk_act, telling.summed(bulk_act)) for bulk_act in stretch.rows], stretch.before, stretch.after)
    return render(request, "accounts/bulk_acts.html", {"page": page})


@require_GET
def act(request: SignedIn, pk: int) -> HttpResponse:
    """One bulk act: its progress while it runs, then its rows by what became of them, skipped ones with the reason."""
    bulk_act = visible(request, BulkAct.objects.select_related("by"), pk)
    parts = telling.parts(bulk_act)
    state = address.choice(request, "rows", BulkRow.State.values, parts[0].state if parts else BulkRow.State.DONE)
    part_rows = BulkRow.objects.filter(act=bulk_act, state=state)
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > len(str(SHOWN)) + 16:
        raise BadRequest(_("The address names a page that does not exist."))
    rows = list(part_rows.filter(pk__gt=int(after)).order_by("pk")[: SHOWN + 1])
    registered_act, writes = bulk.find(bulk_act.kind, bulk_act.act), access.writes(request.user)
    list_kind = lists.find(bulk_act.kind)
    context = {
        "begun": bulk_act,
        "summed": telling.summed(bulk_act),
        "total": telling.counted(bulk_act.kind, bulk_act.total),
        "share": _share(bulk_act),
        "parts": parts,
        "state": state,
        "with_reasons": state in {BulkRow.State.REFUSED, BulkRow.State.KEPT},
        "lines": telling.lines(bulk_act, request.user, rows[:SHOWN]),
        "next": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "list": list_kind and reverse(list_kind.page),
        "may_undo": bool(
            writes and bulk_act.state == BulkAct.State.DONE and bulk_act.done and registered_act and registered_act.back
        ),
        "may_go_on": writes and bulk_act.state == BulkAct.State.FAILED,
    }
    return render(request, fragment_or_page(request, "accounts/bulk_act.html"), context)


@require_POST
def undo(request: SignedIn, pk: int) -> HttpResponse:
    """Undo a bulk act on each row that is unchanged since."""
    bulk_act = changeable(request, BulkAct.objects, pk)
    try:
        bulk_act = bulk.take_back(bulk_act, _who(request), reason)
    except ValidationError as problem:
        return refused(request, problem, back=_page(bulk_act))
    return _answer(request, bulk_act, None)


@require_POST
def resume(request: SignedIn, pk: int) -> HttpResponse:
    """Resume an act that failed."""
    bulk_act = changeable(request, BulkAct.objects, pk)
    try:
        bulk.resume(bulk_act, _who(request), reason)
    except ValidationError as problem:
        return refused(request, problem, back=_page(bulk_act))
    return _lead(request, bulk_act)


def _who(request: SignedIn) -> Who:
    return Who(request.user, frame_of(request).today, clock.now())


def _page(bulk_act: BulkAct) -> str:
    return reverse("accounts:bulk_act", args=[bulk_act.pk])


def _lead(request: SignedIn, bulk_act: BulkAct) -> HttpResponse:
    return HttpResponseClientRedirect(_page(bulk_act)) if request.htmx else redirect(_page(bulk_act))


def _answer(request: SignedIn, bulk_act: BulkAct, undo_url: str | None) -> HttpResponse:
    """A toast with the result and a link to the rows left out; for an act in the worker, its page."""
    if bulk_act.is_under_way:
        return _lead(request, bulk_act)
    registered_act = bulk.find(bulk_act.kind, bulk_act.act)
    events = registered_act.changed if registered_act else ()
    more = _page(bulk_act) if bulk_act.refused or bulk_act.kept else None
    back = came_from(request)
    if back == HOME:
        back = _page(bulk_act)
    return acted(request, telling.summed(bulk_act), undo_url, changed=events, back=back, more=more)


def _asked(request: SignedIn, act: Act, form: BaseForm, selection: Selection, ids: list[int]) -> HttpResponse:
    first, number = selection.first(NAMED), len(ids)
    rows = selection.kind.counted(number)
    context = {
        "form": form,
        "title": f"{act.words}: {telling.named(first[0]).words if number == 1 and first else rows}",
        "names": [telling.named(row).words for row in first] if number > 1 else [],
        "others": number - len(first),
        "url": request.path,
        "act": act.words,
        "back": came_from(request),
        "picks": selection.picks,
        "groups": selection.groups,
        "everything": selection.finds and not selection.groups,
        "found": selection.address,
        "seen": selecting.digest(ids),
    }
    return show(request, fragment_or_page(request, "accounts/bulk_ask.html"), context, wrong=bool(form.errors))


def _share(bulk_act: BulkAct) -> int:
    """How far the act has come, in percent."""
    returning = bulk_act.state == BulkAct.State.RETURNING
    finished, total = (
        (bulk_act.returned + bulk_act.kept, bulk_act.done) if returning else (bulk_act.reached, bulk_act.total)
    )
    return 100 * finished // total if total else 100
