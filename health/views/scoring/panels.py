"""A customer's health panels, and the rows behind a part of its score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import changes
from accounts.models import Customer
from accounts.request import SignedIn
from config import clock, days
from config.shipping import translated
from config.text import row_number
from config.ui import charts, figures
from config.ui.context import Frame, frame_of
from config.web.finding import may_change, visible
from config.web.paging import Page
from config.web.toast import toast
from health import explaining, scoring
from health.measures import Measure, catalogue
from health.models import Purpose
from health.models.scores import ScoreRow
from health.scoring import overriding
from health.scoring.columns import named_scores_on
from health.words.amounts import shown
from health.words.events import events

PAGE: Final = 50
OVERRIDES: Final = 10


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """The score, its last 90 days and its parts."""
    return _panel(request, visible(request, Customer.objects, pk))


@require_POST
def recompute(request: SignedIn, pk: int) -> HttpResponse:
    """Score one customer now; during a large run, mark the customer for the next sweep."""
    customer = visible(request, Customer.objects, pk)
    if not may_change(request, customer):
        raise PermissionDenied
    count = scoring.score_customers([customer.pk], clock.today())
    if count is None:
        changes.mark([customer.pk])
    customer.refresh_from_db()
    message = (
        _("Health computed again.") if count is not None else _("Scoring is busy; this customer follows in seconds.")
    )
    answer = _panel(request, customer) if request.htmx else redirect("accounts:customer", pk=customer.pk)
    answer["HX-Trigger"] = "health:changed"
    return toast(request, answer, message)


def _panel(request: SignedIn, customer: Customer) -> HttpResponse:
    """``?of=`` shows another purpose's score, ``?group=`` one group of its scorecard."""
    day, purpose = frame_of(request).today, _purpose(request)
    scores = explaining.history(customer, day, purpose=purpose)
    score = scores[-1] if scores else None
    groups = explaining.groups_of(score) if score else []
    group = next((one for one in groups if one.key == request.GET.get("group")), None)
    overrides = list(overriding.history(customer)[:OVERRIDES]) if purpose == Purpose.HEALTH else []
    context = {
        "customer": customer,
        "purpose": purpose,
        "purpose_name": Purpose(purpose).label,
        "score": score,
        "change": _change(scores, day),
        "groups": groups,
        "group": group,
        "chart": _chart(customer, scores, group, frame_of(request)) if score else "",
        "named": named_scores_on(customer, day),
        "oldest": _oldest(groups),
        "stale": sum(line.stale for one in groups for line in one.lines),
        "holding": next((one for one in overrides if one.holds(day)), None),
        "overrides": [one for one in overrides if not one.holds(day)],
        "proof": _proof(score),
        "may_change": request.user.role != "viewer",
    }
    return render(request, "health/_panel.html", context)


def _change(scores: Sequence[ScoreRow], day: dt.date) -> float | None:
    """Points since 30 days ago, None when there was no score then or is none now."""
    then, now = explaining.by_day(scores, day - dt.timedelta(days=30), day)[::30]
    return None if then is None or now is None else now - then


def _oldest(groups: Sequence[explaining.Group]) -> explaining.PlacedPart | None:
    """The line whose newest input is the oldest of those that count."""
    counted_lines = [
        line for group in groups for line in group.lines if line.part.points is not None and line.part.newest_on
    ]
    return min(counted_lines, key=lambda line: (line.part.newest_on, line.part.measure), default=None)


def _proof(score: ScoreRow | None) -> str:
    """The address of the proof page of the score's card; "" without a score or such a page."""
    try:
        return reverse("health:proof", args=[score.scorecard_id]) if score else ""
    except NoReverseMatch:
        return ""


def _chart(customer: Customer, scores: Sequence[ScoreRow], group: explaining.Group | None, frame: Frame) -> str:
    day, zone = frame.today, frame.standing[2]
    first = day - dt.timedelta(days=explaining.TREND_DAYS)
    days = [first + dt.timedelta(days=n) for n in range(explaining.TREND_DAYS + 1)]
    values = explaining.by_day(
        scores, first, day, explaining.of_group(scores, group.key) if group else explaining.whole
    )
    known_values = [value for value in values if value is not None]
    if len(known_values) <= 1:
        return ""
    card = scores[-1].scorecard
    green, yellow = float(card.green_from), float(card.yellow_from)
    names = {"customer": customer.name, "group": translated(group.name) if group else ""}
    return charts.line_chart(
        days,
        [charts.Series(translated(group.name) if group else _("Health"), values)],
        title=(_("%(group)s of %(customer)s over 90 days") if group else _("Health of %(customer)s over 90 days"))
        % names,
        desc=_("From %(first)s to %(last)s; green from %(green)s, yellow from %(yellow)s.")
        % {
            "first": figures.number(known_values[0]),
            "last": figures.number(known_values[-1]),
            "green": figures.number(green),
            "yellow": figures.number(yellow),
        },
        low=0,
        high=100,
        bands=[
            charts.Band("good", green, 100),
            charts.Band("watch", yellow, green),
            charts.Band("risk", 0, yellow),
        ],
        events=events(customer, first, day, {score.scorecard_id: score.scorecard for score in scores}.values(), zone),
        css="tall",
    )


@require_GET
def usage_panel(request: SignedIn, pk: int) -> HttpResponse:
    """Usage by feature: 12 weeks, users, change, seats."""
    customer = visible(request, Customer.objects, pk)
    features, seats = explaining.feature_use(customer, frame_of(request).today)
    return render(request, "health/_usage.html", {"customer": customer, "features": features, "seats": seats})


@require_GET
def score_part(request: SignedIn, pk: int, measure: str) -> HttpResponse:
    """The rows a measure was computed from, 50 a page; ``?day=`` selects a past day, ``?of=`` another purpose."""
    customer = visible(request, Customer.objects, pk)
    kind = catalogue().get(measure)
    if kind is None:
        raise Http404
    today = frame_of(request).today
    day = _asked_day(request, today)
    score = explaining.score_on(customer, day, _purpose(request))
    part = next((part for part in (score.parts if score else []) if part.measure == measure), None)
    page = _rows(kind, customer, day, request.GET.get("after", ""), is_over=day < today)
    if day < today:
        explaining.with_roles_then(kind.behind, page.rows, day)
    context = {
        "customer": customer,
        "measure": kind,
        "part": part,
        "amount": shown(part.amount, kind.unit) if part else figures.NONE,
        "page": page,
        "table": explaining.table(kind.behind, page.rows),
        "source": kind.behind,
        "past": day if day != today else None,
    }
    return render(request, "health/part.html", context)


def _asked_day(request: SignedIn, today: dt.date) -> dt.date:
    """The day in the address, today without one; 400 for an invalid or a future day."""
    try:
        day = days.read(request.GET.get("day") or today.isoformat())
    except ValueError as error:
        raise BadRequest(_("“day” is not a day such as 2026-11-24.")) from error
    if not days.is_within(day):
        raise BadRequest(_("“day” is not a day such as 2026-11-24."))
    if day > today:
        raise BadRequest(_("That day is still to come."))
    return day


def _purpose(request: SignedIn) -> str:
    purpose = request.GET.get("of", "")
    return purpose if purpose in Purpose.values else Purpose.HEALTH


def _rows(kind: Measure, customer: Customer, day: dt.date, after: str, *, is_over: bool) -> Page[Any]:
    rows = explaining.rows_behind(kind, customer, day, is_over=is_over)
    by_day = kind.behind == "usage"
    if after:
        refusal = BadRequest(_("“after” is not a place in this list."))
        try:
            key: Any = days.read(after) if by_day else row_number(after)
        except ValueError as error:
            raise refusal from error
        if key is None:
            raise refusal
        rows = rows.filter(**{"day__lt" if by_day else "pk__lt": key})
    page_rows = list(rows[: PAGE + 1])
    last = page_rows[PAGE - 1] if len(page_rows) > PAGE else None
    place = None if last is None else last.day.isoformat() if by_day else str(last.pk)
    return Page(rows=page_rows[:PAGE], after=place)
