"""Acts on many rows: asking for one, doing it, how far it has come, taking it back."""

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
    """The form of an act on what is selected, and the act: done at once, or in the worker with a page that tells how far it is."""
    act, known = bulk.find(kind, key), lists.find(kind)
    if act is None or known is None:
        raise Http404
    if not access.writes(request.user):
        raise PermissionDenied
    who = _who(request)
    posting = request.method == "POST"
    try:
        selection = selecting.read(known, request.POST if posting else request.GET, who.user, who.day)
    except lists.Unreadable as problem:
        return refused(request, problem, back=came_from(request))
    form = act.form(request.POST if posting else None, user=who.user, day=who.day)
    if not posting or not form.is_valid():
        return _asked(request, act, form, selection, selection.count())
    ids = selection.ids()
    if selection.finds and str(len(ids)) != request.POST.get("count", ""):
        form.add_error(None, _("Meanwhile another number is found: look again, and send it once more."))
        return _asked(request, act, form, selection, len(ids))
    try:
        begun = bulk.begin(act, ids, plain(form.cleaned_data), who, reason, address=selection.address)
    except ValidationError as problem:
        form.add_error(None, problem)
        return _asked(request, act, form, selection, len(ids))
    undo_url = reverse("accounts:bulk_undo", args=[begun.pk]) if begun.done and act.back else None
    return _answer(request, begun, undo_url)


@require_GET
def found(request: SignedIn, kind: str) -> HttpResponse:
    """How many rows the filters of an address find, for the button that selects them all."""
    known = lists.find(kind)
    if known is None:
        raise Http404
    try:
        number = known.rows(request.user, QueryDict(request.GET.get("found", "")), frame_of(request).today).count()
    except lists.Unreadable as problem:
        raise BadRequest(" ".join(problem.messages)) from problem
    return render(request, "accounts/_bulk_found.html", {"rows": known.counted(number)})


@require_GET
def acts(request: SignedIn) -> HttpResponse:
    """Acts on many rows, the newest first: one's own, to an admin everybody's."""
    rows = BulkAct.objects.visible_to(request.user).select_related("by").defer("ids", "values")
    try:
        stretch = walk(rows, NEWEST, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except BadKey as error:
        raise BadRequest(str(error)) from error
    page = Page([(begun, telling.summed(begun)) for begun in stretch.rows], stretch.before, stretch.after)
    return render(request, "accounts/bulk_acts.html", {"page": page})


@require_GET
def act(request: SignedIn, pk: int) -> HttpResponse:
    """One act: how far it has come while it is under way, and every row that it left, with the reason."""
    begun = visible(request, BulkAct.objects.select_related("by"), pk)
    told = BulkRow.objects.filter(act=begun, state__in=[BulkRow.State.REFUSED, BulkRow.State.KEPT])
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > len(str(SHOWN)) + 16:
        raise BadRequest(_("The address names a page that does not exist."))
    rows = list(told.filter(pk__gt=int(after)).order_by("pk")[: SHOWN + 1])
    known, writes = bulk.find(begun.kind, begun.act), access.writes(request.user)
    listed = lists.find(begun.kind)
    context = {
        "begun": begun,
        "summed": telling.summed(begun),
        "total": telling.counted(begun.kind, begun.total),
        "share": _share(begun),
        "left": telling.left(begun, request.user, rows[:SHOWN]),
        "next": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "list": listed and reverse(listed.page),
        "may_undo": bool(writes and begun.state == BulkAct.State.DONE and begun.done and known and known.back),
        "may_go_on": writes and begun.state == BulkAct.State.FAILED,
    }
    return render(request, fragment_or_page(request, "accounts/bulk_act.html"), context)


@require_POST
def undo(request: SignedIn, pk: int) -> HttpResponse:
    """Take an act back, of each row that still stands as the act left it."""
    begun = changeable(request, BulkAct.objects, pk)
    try:
        begun = bulk.take_back(begun, _who(request), reason)
    except ValidationError as problem:
        return refused(request, problem, back=_page(begun))
    return _answer(request, begun, None)


@require_POST
def resume(request: SignedIn, pk: int) -> HttpResponse:
    """Let an act that stopped go on."""
    begun = changeable(request, BulkAct.objects, pk)
    try:
        bulk.resume(begun, _who(request), reason)
    except ValidationError as problem:
        return refused(request, problem, back=_page(begun))
    return _lead(request, begun)


def _who(request: SignedIn) -> Who:
    return Who(request.user, frame_of(request).today, clock.now())


def _page(begun: BulkAct) -> str:
    return reverse("accounts:bulk_act", args=[begun.pk])


def _lead(request: SignedIn, begun: BulkAct) -> HttpResponse:
    return HttpResponseClientRedirect(_page(begun)) if request.htmx else redirect(_page(begun))


def _answer(request: SignedIn, begun: BulkAct, undo_url: str | None) -> HttpResponse:
    """A toast that says what was done and leads to what was not; the page of an act that the worker does."""
    if begun.is_under_way:
        return _lead(request, begun)
    known = bulk.find(begun.kind, begun.act)
    events = known.changed if known else ()
    more = _page(begun) if begun.refused or begun.kept else None
    back = came_from(request)
    if back == HOME:
        back = _page(begun)
    return acted(request, telling.summed(begun), undo_url, changed=events, back=back, more=more)


def _asked(request: SignedIn, known: Act, form: BaseForm, selection: Selection, number: int) -> HttpResponse:
    first = selection.first(NAMED)
    rows = selection.kind.counted(number)
    context = {
        "form": form,
        "title": f"{known.words}: {telling.named(first[0]).words if number == 1 and first else rows}",
        "names": [telling.named(row).words for row in first] if number > 1 else [],
        "others": number - len(first),
        "url": request.path,
        "act": known.words,
        "back": came_from(request),
        "picks": selection.picks,
        "groups": selection.groups,
        "everything": selection.finds and not selection.groups,
        "found": selection.address,
        "count": number,
    }
    return show(request, fragment_or_page(request, "accounts/bulk_ask.html"), context, wrong=bool(form.errors))


def _share(begun: BulkAct) -> int:
    """How far the act has come, in percent."""
    returning = begun.state == BulkAct.State.RETURNING
    worked, of = (begun.returned + begun.kept, begun.done) if returning else (begun.reached, begun.total)
    return 100 * worked // of if of else 100
