"""What changed: the difference of two scores of a customer on its page, in parts that sum to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.models import Customer
from accounts.request import SignedIn
from config.ui import figures
from config.ui.context import frame_of
from config.web.asking import show
from config.web.finding import visible
from health import explaining
from health.forms.comparing import DAYS, OWN, QBR, CompareForm
from health.models import Purpose
from health.words import differences
from renewals.models import Qbr

USUAL = "30"


@dataclass(frozen=True)
class Choice:
    """One way to compare: its key in the address and its label."""

    key: str
    words: str
    current: bool


@require_GET
def changed_panel(request: SignedIn, pk: int) -> HttpResponse:
    """The parts since 7, 30 or 90 days ago, since the last QBR, or between two days of one's own.

    422 with a message at the field for invalid days. Without htmx it is a page with the same panel.
    """
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    since = request.GET.get("since", USUAL)
    purpose = request.GET.get("of", "")
    purpose = purpose if purpose in Purpose.values else Purpose.HEALTH
    qbr = Qbr.objects.filter(customer=customer, held_on__lte=day).order_by("-held_on").first()
    usual = {"first": day - dt.timedelta(days=int(USUAL)), "last": day}
    form = CompareForm(request.GET if since == OWN and "first" in request.GET else None, day=day, initial=usual)
    span = _span(since, form, day, qbr.held_on if qbr else None)
    context = {
        "customer": customer,
        "purpose": purpose,
        "purpose_name": Purpose(purpose).label,
        "form": form,
        "asked": since,
        "choices": _choices(since, has_qbr=qbr is not None),
        "today": day,
        **(_told(explaining.between(customer, *span, purpose), day) if span else {}),
    }
    name = "health/_changed.html" if request.htmx else "health/changed.html"
    return show(request, name, context, wrong=span is None)


def _span(since: str, form: CompareForm, day: dt.date, held_on: dt.date | None) -> tuple[dt.date, dt.date] | None:
    """The first and the last day, the usual ones when the reader named none; None when the reader's are invalid."""
    if form.is_bound:
        return (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else None
    if since == QBR and held_on:
        return held_on, day
    return day - dt.timedelta(days=int(since if since in DAYS else USUAL)), day


def _choices(since: str, *, has_qbr: bool) -> list[Choice]:
    is_known = since in {*DAYS, OWN} or (since == QBR and has_qbr)
    since = since if is_known else USUAL
    spans = [(days, ngettext("%(n)s day", "%(n)s days", int(days)) % {"n": days}) for days in DAYS]
    more = [(QBR, _("Last QBR"))] if has_qbr else []
    return [Choice(key, label, key == since) for key, label in [*spans, *more, (OWN, _("Other days"))]]


def _told(difference: explaining.Difference, today: dt.date) -> dict[str, object]:
    rows = differences.rows(difference, today)
    total = sum((row.points for row in rows), Decimal(0))
    return {
        "found": difference,
        "rows": rows,
        "total": total,
        "biggest": max((abs(row.points) for row in rows), default=Decimal(0)),
        "equals": _("equals %(last)s − %(first)s exactly")
        % {"last": _whole(difference.last), "first": _whole(difference.first)}
        if difference.points is not None
        else "",
    }


def _whole(score: object) -> str:
    value: Decimal | None = getattr(score, "value", None)
    return figures.number(value, 0 if value is None or value == value.to_integral_value() else 2)
