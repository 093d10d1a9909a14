"""The portfolio: a list of customers whose whole state stands in the address."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import access, asof, book, exporting, rates
from accounts.forms.portfolio import FiltersForm, filters_form
from accounts.keyset import BadKey
from accounts.models import Segment, User
from accounts.request import SignedIn
from accounts.views.rows import lines
from config.history.departures import left
from config.ui import figures
from config.ui.context import frame_of
from config.web.paging import Page, with_changes

VIEWS: Final = (
    ("", gettext_lazy("All")),
    ("owner=me", gettext_lazy("Mine")),
    ("renews_within=90&band=red&band=yellow&sort=renews", gettext_lazy("Renewing, at risk")),
    ("quiet=30&sort=touch", gettext_lazy("Quiet for 30 days")),
    ("band=none&sort=name", gettext_lazy("No score yet")),
)


@require_GET
@vary_on_headers("HX-Request")
def portfolio(request: SignedIn) -> HttpResponse:
    """The list, whole or (to htmx) the table alone; 400 with messages at the fields that are wrong."""
    today = frame_of(request).today
    form = filters_form(request.GET, today)
    if not form.is_valid():
        form = FiltersForm(request.GET, today=today)
        form.offer_owners(request.user)
        return render(request, "accounts/filters_page.html", {"form": form}, status=400)
    day, source = form.past_day() or today, asof if form.past_day() else book
    customers = source.filtered(request.user, form.filters(), day)
    try:
        stretch = source.page(
            customers,
            form.order(),
            user=request.user,
            day=day,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except BadKey as error:
        raise BadRequest(str(error)) from error
    context = {
        "page": Page(stretch.rows, stretch.before, stretch.after),
        "rows": lines(stretch.rows, day),
        "chips": _chips(request, form, stretch.rows),
        "sort": form.order(),
        "as_of": form.past_day(),
        "shown_at": frame_of(request).standing[1] or dt.datetime.combine(today, dt.time(), dt.UTC),
        "now": with_changes(request, as_of=None, after=None, before=None),
        "views": [(query, words, query == request.GET.urlencode()) for query, words in VIEWS],
        "form": form,
        "may_add": access.writes(request.user),
        "may_hand_over": access.manages(request.user) and not form.past_day(),
        "count_also": "settle",
        "query": request.GET.urlencode(),
    }
    name = "accounts/_book.html" if request.htmx else "accounts/portfolio.html"
    return render(request, name, context)


@require_GET
def totals(request: SignedIn) -> HttpResponse:
    """The sums under the list, over every page of it."""
    form = _readable(request)
    day, source = form.past_day() or form.today, asof if form.past_day() else book
    sums = source.totals(source.filtered(request.user, form.filters(), day), day)
    return render(request, "accounts/_totals.html", {"totals": sums, "rateless": rates.missing()})


@require_GET
def filters(request: SignedIn) -> HttpResponse:
    """The form that sets filters: in a dialog to htmx, else a page."""
    form = FiltersForm(initial=_initial(request), today=frame_of(request).today)
    form.offer_owners(request.user)
    name = "accounts/_filters.html" if request.htmx else "accounts/filters_page.html"
    return render(request, name, {"form": form})


@require_GET
def export(request: SignedIn) -> HttpResponse | StreamingHttpResponse:
    """The filtered list as CSV, streamed; cells that a spreadsheet would run are disarmed."""
    form = _readable(request)
    day, source = form.past_day() or form.today, asof if form.past_day() else book
    customers = source.filtered(request.user, form.filters(), day)
    left("portfolio", rows=customers.count(), asked=request.GET.urlencode())
    rows = source.exported(customers)
    response = StreamingHttpResponse(exporting.lines(book.EXPORTED, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customers-{day}.csv"'
    return response


def _readable(request: SignedIn) -> FiltersForm:
    form = filters_form(request.GET, frame_of(request).today)
    if not form.is_valid():
        raise BadRequest(_("A filter in the address cannot be read."))
    return form


def _initial(request: SignedIn) -> dict[str, Any]:
    initial: dict[str, Any] = {name: request.GET.get(name) for name in request.GET}
    return initial | {"band": request.GET.getlist("band")}


def _chips(request: SignedIn, form: FiltersForm, rows: list[Any]) -> list[tuple[str, str, str]]:
    """Each filter in the address as (field, value, address without it)."""
    chips = []
    for name, value in form.cleaned_data.items():
        if value not in ("", None, []) and name != "sort":
            without = with_changes(request, after=None, before=None, **{name: None})
            chips.append((str(form.fields[name].label), _worded(request.user, form, name, value, rows), without))
    return chips


def _worded(user: User, form: FiltersForm, name: str, value: Any, rows: list[Any]) -> str:
    if name == "owner":
        return _owner_name(user, value, rows)
    if isinstance(value, Segment):
        return _(value.name)
    if isinstance(value, dt.date):
        return figures.day(value, form.today)
    choices = dict(getattr(form.fields[name], "choices", None) or [])
    if isinstance(value, list):
        return figures.listed(choices[one] for one in value)
    return str(choices.get(value, value))


def _owner_name(user: User, value: str, rows: list[Any]) -> str:
    """Who is named; the number alone of somebody whose customers ``user`` does not see, and of nobody's."""
    words = {"me": _("Me"), "nobody": _("Nobody")}
    if value in words:
        return words[value]
    return str(rows[0].owner_name) if rows else str(User.objects.visible_to(user).filter(pk=value).first() or value)
