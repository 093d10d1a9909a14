"""The portfolio by what to do next: motions, passive revenue, ladder, journey, first 90 days, coverage."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import company
from accounts.keyset import Order, read_date, read_number
from accounts.models import UNTOUCHED_DAYS, Band, Customer
from accounts.models.customers import CustomerQuerySet
from accounts.request import SignedIn
from config.shipping import translated
from config.ui.context import frame_of
from config.web import address
from config.web.paging import Page, walked
from health.models import Motion, Rung
from health.standing import coverage, journey, ladder, motions, onboarding, retention
from health.words import standing as standing_words
from renewals.models import Renewal, RenewalOutcome, RenewalStage

PAGES: Final = (
    ("motions", gettext_lazy("By action")),
    ("passive", gettext_lazy("Disengaged revenue")),
    ("ladder", gettext_lazy("Loyalty level")),
    ("journey", gettext_lazy("Journey")),
    ("onboarding", gettext_lazy("First 90 days")),
    ("coverage", gettext_lazy("Touch coverage")),
)
# Addresses from before the pages had these names, in links of digests and bookmarks.
MOVED: Final = {"passive/": "disengaged/", "ladder/": "loyalty/"}
BY_ARR: Final = Order("arr", read_number, descending=True)
SIZE: Final = 50
NOBODY: Final = (0, Decimal(0), 0)


def _customers(request: SignedIn) -> CustomerQuerySet:
    """The page's customers: all that the reader sees or, with ``?owner=me``, only the reader's own."""
    visible = Customer.objects.visible_to(request.user)
    return visible.filter(owner=request.user) if request.GET.get("owner") == "me" else visible


def _walked(request: SignedIn, rows: QuerySet[Any], order: Order) -> Page[Any]:
    return walked(request, rows, order, SIZE)


def _drawn(request: SignedIn, template: str, **context: Any) -> HttpResponse:
    frame = {
        "pages": PAGES,
        "here": template.removeprefix("health/").removesuffix(".html"),
        "mine": request.GET.get("owner") == "me",
        "currency": company.currency(),
        "day": frame_of(request).today,
    }
    return render(request, template, frame | context)


@require_GET
def moved(request: SignedIn, rest: str) -> HttpResponse:
    """Lead an address of before to the page as it is named now, with what it asks."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('health:motions')}{MOVED.get(rest, rest)}{query}", permanent=True)


@require_GET
def by_motion(request: SignedIn) -> HttpResponse:
    """Customers and ARR of each motion, and the list of customers of one motion."""
    day, customers = frame_of(request).today, _customers(request)
    lines = motions.counts(customers)
    default = next((line["motion"].value for line in lines if line["customers"]), "save")
    motion = address.choice(request, "motion", Motion.values, default)
    page = _walked(request, motions.of(customers, motion).select_related("owner", "segment"), BY_ARR)
    for row in page:
        row.why = standing_words.motion(row.motion_facts, day)
    tones = [line | {"tone": standing_words.TONES[line["motion"]]} for line in lines]
    return _drawn(request, "health/motions.html", lines=tones, chosen=Motion(motion), page=page)


@require_GET
def passive(request: SignedIn) -> HttpResponse:
    """Customers that stay without choosing to, with their revenue, by the end of their contract."""
    day, customers = frame_of(request).today, _customers(request)
    rows = retention.passive(customers, day).select_related("owner", "segment")
    page = _walked(request, rows, Order("ends_on", read_date))
    for row in page:
        row.said = standing_words.retention(row.why)
    return _drawn(request, "health/passive.html", sums=retention.passive_by_end(customers, day), page=page)


@require_GET
def rungs(request: SignedIn) -> HttpResponse:
    """The share of ARR on each rung, and the newest moves with their evidence."""
    day, customers = frame_of(request).today, _customers(request)
    moves = ladder.moves(customers)
    page = _walked(request, moves, Order("from_day", read_date, descending=True))
    for row in page:
        row.said = standing_words.evidence(row.facts, day)
        row.label = Rung(row.state).label if row.state else ""
        row.way = standing_words.move(row.before, row.state)
    lines = [line | {"tone": standing_words.TONES[line["rung"]]} for line in ladder.shares(customers)]
    return _drawn(request, "health/ladder.html", lines=lines, page=page)


@require_GET
def steps(request: SignedIn) -> HttpResponse:
    """How many are in each step of the journey, how long a step takes, and who is stuck."""
    day, customers = frame_of(request).today, _customers(request)
    paces, sizes = journey.paces(customers), journey.sizes(customers)
    stuck = journey.stuck(customers, day, paces).select_related("owner", "segment")
    page = _walked(request, stuck, Order("entered_on", read_date))
    for row in page:
        row.pace = paces[row.step]
        row.half = _days(row.pace.median)
    lines = [
        {"pace": pace, "size": sizes.get(step, NOBODY), "half": _days(pace.median), "most": _days(pace.quartile)}
        for step, pace in paces.items()
    ]
    return _drawn(request, "health/journey.html", lines=lines, done=sizes.get("", NOBODY), page=page)


def _days(days: float | None) -> int | None:
    return None if days is None else round(days)


@require_GET
def first_days(request: SignedIn) -> HttpResponse:
    """Who is in the first 90 days and what is late; how good and bad starts retained."""
    day, customers = frame_of(request).today, _customers(request)
    starters = onboarding.starters(customers, day).select_related("owner", "segment")
    late_only = request.GET.get("late") == "1"
    rows = onboarding.with_late(starters, day) if late_only else starters
    page = _walked(request, rows, Order("first_contract_on", read_date, descending=True))
    context = {
        "starting": starters.count(),
        "behind": onboarding.with_late(starters, day).count(),
        "late_only": late_only,
        "starts": onboarding.first_90_days(first_outcomes(customers), customers),
        "page": page,
    }
    return _drawn(request, "health/onboarding.html", **context)


def first_outcomes(customers: QuerySet[Customer]) -> dict[int, bool]:
    """By customer, whether its first closed renewal due after its first contract day was renewed. One statement."""
    closed = Renewal.objects.counted().filter(
        customer__in=customers.order_by().values("pk"),
        stage=RenewalStage.CLOSED,
        due_on__gt=F("customer__first_contract_on"),
    )
    first = closed.order_by("customer", "due_on", "pk").distinct("customer")
    return {pk: outcome != RenewalOutcome.CHURNED for pk, outcome in first.values_list("customer_id", "outcome")}


@require_GET
def touched(request: SignedIn) -> HttpResponse:
    """Touch coverage by band, by segment and by length of contract, and the list of customers beyond the limit."""
    day, customers = frame_of(request).today, _customers(request)
    rows = coverage.with_length(coverage.untouched(customers, day), day)
    if band := address.choice(request, "band", [*Band.values, "none"]):
        rows = rows.filter(band="" if band == "none" else band)
    page = _walked(request, rows.select_related("owner", "segment"), BY_ARR)
    groups: list[tuple[str, list[tuple[str, coverage.Touched]]]] = [
        (_("By health"), _named(coverage.by_band(customers, day), _band)),
        (_("By segment"), _named(coverage.by_segment(customers, day), lambda key: translated(key) or _("No segment"))),
        (_("By length of contract"), _named(coverage.by_length(customers, day), _length)),
    ]
    bands = [("", _("All")), *Band.choices, ("none", _("No score yet"))]
    return _drawn(
        request, "health/coverage.html", groups=groups, page=page, band=band, bands=bands, limit=UNTOUCHED_DAYS
    )


def _named(lines: list[coverage.Touched], name: Callable[[Any], str]) -> list[tuple[str, coverage.Touched]]:
    return [(name(line.key), line) for line in lines]


def _band(key: str) -> str:
    return str(Band(key).label) if key else _("No score yet")


def _length(key: bool) -> str:  # noqa: FBT001 (a group's key)
    return _("Longer than a year") if key else _("Up to a year")
