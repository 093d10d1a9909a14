"""The manager's forecast page: the total, its parts, and the renewals that need a decision."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Case, F, IntegerField, Value, When
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from accounts import access, company, rates
from accounts.models import Customer, Role, User
from accounts.request import SignedIn
from config import clock, days
from config.text import row_named
from config.ui.context import frame_of
from config.web import address
from config.web.acting import acted
from config.web.asking import show
from config.web.editing import Edit
from config.web.finding import changeable
from config.web.paging import numbered
from config.web.refusing import blame
from config.web.sheets import FormSheet
from renewals import calibration, calls, forecast
from renewals.forms import CallForm
from renewals.models import ForecastCall, ForecastCategory, Renewal
from renewals.periods import Quarter, quarters_from
from renewals.pipeline import HORIZON_DAYS
from renewals.views.common import CHANGED, WHOLE

ROWS: Final = 50
QUARTERS: Final = 4
DECISIONS: Final = 6
NEWS: Final = 8
EVERYTHING: Final = "all"
ORDER: Final = ("at_risk", "best_case", "most_likely", "commit", "omitted")
TONES: Final = {"commit": "good", "most_likely": "info", "best_case": "calm", "at_risk": "risk", "omitted": "calm"}
CELLS: Final = ("likelihood", "category", "note")
# An unknown ARR sorts last.
DEAREST: Final = F("arr").desc(nulls_last=True)
SCORES: Final = (20, 40, 60, 80)


@require_GET
@vary_on_headers("HX-Request")
def page(request: SignedIn) -> HttpResponse:
    """One period of all customers visible to the reader, or of one owner, category or month of it."""
    day = frame_of(request).today
    period = _period(request, day)
    customers = Customer.objects.visible_to(request.user)
    owners = User.objects.filter(
        pk__in=customers.order_by().values("owner"), role__in=[Role.CSM, Role.MANAGER, Role.ADMIN]
    )
    owner = _owner(request, owners)
    if owner:
        customers = customers.filter(owner=owner)
    found = forecast.summary(customers, period["first"], period["until"], day)
    due = forecast.due_between(customers, period["first"], period["until"])
    rows, chosen = _rows(request, due)
    decisions = forecast.needs_decision(due, day).select_related("customer__owner").order_by(DEAREST, "pk")
    context = period | {
        "found": found,
        "slices": {one.key: one for one in found.by_category},
        "tones": TONES,
        "voice_shares": _voice_shares(found),
        "rows": numbered(request, rows, ROWS),
        "chosen": chosen,
        "owner": owner,
        "owners": owners.order_by("name", "pk"),
        "decisions": [_points(one) for one in decisions[:DECISIONS]],
        "decisions_open": decisions.count(),
        "news": _news(due, day),
        "model": _model(day),
        "currency": company.currency(),
        "rateless": rates.missing(),
        "may_decide": access.manages(request.user),
        "may_change": access.writes(request.user),
        "spoken_for": set(access.own(request.user)),
        "horizon": day + dt.timedelta(days=HORIZON_DAYS),
    }
    template = "renewals/_forecast.html" if request.htmx else "renewals/forecast.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def cell(request: SignedIn, pk: int, field: str) -> HttpResponse:
    """One cell of the table as an input, and its saving: the CSM's likelihood, category or note.

    Errors of any part of the call are shown at the cell.
    """
    if field not in CELLS:
        raise Http404
    renewal = changeable(request, WHOLE, pk)
    if not calls.speaks(request.user, renewal.customer.owner_id):
        raise PermissionDenied  # only the CSM makes the CSM's call; a manager decides instead
    edit = Edit(request, renewal, lambda: FormSheet(CallForm(initial=CallForm.said(renewal)), only=[field]))
    if edit.asks:
        return edit.answer(renewal.customer.name, back=reverse("renewals:forecast"))
    call = CallForm.said(renewal)
    form = edit.draw(CallForm(_whole(edit.data, call, field), initial=call))
    if request.method != "POST":
        return _cell(request, renewal, form, field)
    if form.is_valid():
        try:
            calls.call(renewal, request.user, clock.now(), frame_of(request).today, **form.cleaned_data)
        except ValidationError as error:
            blame(form, error)
    if form.errors:
        return _cell(request, renewal, form, field)
    if not request.htmx:
        return redirect("renewals:forecast")
    if request.headers.get("HX-Target") == "ask":  # chosen in the dialog, not typed in the cell
        return acted(request, _("Call recorded."), changed=CHANGED)
    renewal.refresh_from_db()
    saved = forecast.with_final(Renewal.objects.filter(pk=pk)).select_related("customer__owner").get()
    context = {"renewal": saved, "field": field, "may_change": True, "spoken_for": {saved.customer.owner_id}}
    return trigger_client_event(render(request, "renewals/_cell.html", context), "renewals:changed")


def _cell(request: SignedIn, renewal: Renewal, form: CallForm, field: str) -> HttpResponse:
    others = [message for key, messages in form.errors.items() if key != field for message in messages]
    context = {"renewal": renewal, "form": form, "field": form[field], "name": field, "others": others}
    context |= {"carried": getattr(form, "carried", "")}
    template = "renewals/_cell_form.html" if request.htmx else "renewals/cell.html"
    return show(request, template, context, wrong=bool(form.errors))


def _whole(data: QueryDict | None, call: dict[str, Any], field: str) -> dict[str, Any] | None:
    """The present call with the one posted field changed."""
    if data is None:
        return None
    likelihood = call["likelihood"]
    values = call | {"likelihood": "" if likelihood is None else f"{likelihood * 100:.1f}"}
    return values | {field: data.get(field, "")}


def _period(request: SignedIn, day: dt.date) -> dict[str, Any]:
    """The quarter the address names (the present one by default), or the next 400 days."""
    quarters = quarters_from(day, company.fiscal_year_starts_in(), QUARTERS)
    tabs = [(quarter.key, _quarter(quarter)) for quarter in quarters] + [(EVERYTHING, _("Next 400 days"))]
    key = address.choice(request, "period", dict(tabs), quarters[0].key)
    chosen = {quarter.key: quarter for quarter in quarters}.get(key)
    first, until = (chosen.first, chosen.until) if chosen else (day, day + dt.timedelta(days=HORIZON_DAYS + 1))
    return {"period": key, "tabs": tabs, "first": first, "until": until, "last": until - dt.timedelta(days=1)}


def _quarter(quarter: Quarter) -> str:
    return quarter.words


def _owner(request: SignedIn, owners: Any) -> User | None:
    """The owner the address names; 404 for an owner none of whose customers the reader may see."""
    text = request.GET.get("owner", "")
    if not text:
        return None
    row = row_named(owners, text)
    if row is None:
        raise Http404
    owner: User = row
    return owner


def _rows(request: SignedIn, due: Any) -> tuple[Any, dict[str, str]]:
    """Open renewals by category, at risk first, then by ARR; with the address's filters, and their labels."""
    rank = Case(*(When(said=key, then=Value(place)) for place, key in enumerate(ORDER)), output_field=IntegerField())
    rows: Any = forecast.with_final(due.still_open()).annotate(rank=rank).order_by("rank", DEAREST, "pk")
    chosen: dict[str, str] = {}
    month = request.GET.get("month", "")
    if category := address.choice(request, "category", ForecastCategory.values):
        rows = rows.filter(said=category)
        chosen["category"] = str(ForecastCategory(category).label)
    if month:
        first = _month(month)
        rows = rows.filter(due_on__year=first.year, due_on__month=first.month)
        chosen["month"] = date_format(first, "YEAR_MONTH_FORMAT")
    if request.GET.get("swing"):
        rows = forecast.swinging(rows)
        chosen["swing"] = _("Uncertain")
    return rows.select_related("customer__owner", "contract"), chosen


def _month(text: str) -> dt.date:
    try:
        first = days.read(f"{text}-01")
    except ValueError as error:
        raise BadRequest(_("The address asks for a month that does not exist.")) from error
    if not days.is_within(first):
        raise BadRequest(_("The address asks for a month that does not exist."))
    return first


def _points(renewal: Renewal) -> Renewal:
    """Add ``model_points`` and ``csm_points``, the likelihoods as the percentages a form posts."""
    for voice in ("model", "csm"):
        setattr(renewal, f"{voice}_points", f"{getattr(renewal, f'{voice}_likelihood') * 100:.1f}")
    return renewal


def _voice_shares(summary: forecast.Summary) -> dict[str, float | None]:
    """By voice, the expected share of the ARR it has called; None without any call."""
    modelled_arr = summary.model.arr
    low, high = (
        float((limit or 0) / modelled_arr) if modelled_arr else None
        for limit in (summary.model.low, summary.model.high)
    )
    voices = {"model": summary.model, "csm": summary.csm, "final": summary.final}
    shares = {name: None if voice.share is None else float(voice.share) for name, voice in voices.items()}
    return shares | {"low": low, "high": high}


def _news(due: Any, day: dt.date) -> Any:
    """Calls made in the last seven days on these renewals, newest first."""
    week = ForecastCall.objects.standing().filter(renewal__in=due, on__gt=day - dt.timedelta(days=7), on__lte=day)
    return week.select_related("renewal__customer", "by").order_by("-made_at", "-pk")[:NEWS]


def _model(day: dt.date) -> dict[str, Any]:
    """The model's evidence: how many closed renewals of scored customers, whether they are enough, and its likelihood
    at some scores.
    """
    rows = {(row.days_before, row.group): row for row in calibration.standing(day)}
    scored, notices = rows.get((calibration.DISTANCES[0], "score")), rows.get((0, "notice"))
    if scored is None:
        return {}
    curve = calibration.curve_of(scored)
    return {
        "n": scored.n,
        "is_fitted": scored.is_fitted,
        "minimum": calibration.MINIMUM,
        "points": [(score, curve.at(score)) for score in SCORES],
        "notices": notices,
        "notices_minimum": calibration.NOTICES,
    }
