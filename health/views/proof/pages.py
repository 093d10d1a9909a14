"""Does a scorecard predict? The proof page, a draft beside the version in use, and how far replays are."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import access, company
from accounts.keyset import read_date
from accounts.models import Customer, Segment
from accounts.request import SignedIn
from config import clock
from config.text import row_named
from config.ui import figures, whiskers
from config.web import address
from config.web.paging import Page, after
from config.web.toast import toast
from health import proof as proving
from health.cases import precision
from health.measures import catalogue
from health.models import Scorecard
from health.proof import comparing
from health.proof.figures import LEAST_CHURNS, LEAST_RENEWALS, Proof
from health.proof.rows import Row, Terms
from health.publishing import replaying
from health.words.amounts import band_name
from renewals.outcomes import closed_terms

PAGE: Final = 50
TONES: Final = {"green": "good", "yellow": "watch", "red": "risk"}
LISTS: Final = ("missed", "alarms", "churned", "all")


@require_GET
def proof(request: SignedIn, pk: int) -> HttpResponse:
    """How well a version predicted the closed renewals of the customers that the reader sees."""
    card = _card(request, pk)
    days, segment = _days(request), _segment(request)
    terms = _terms(request, days)
    rows = proving.tally(card, terms, split=segment is not None)
    inside = [row for row in rows if segment is None or row.segment_id == segment.pk]
    result = proving.proof(inside, terms)
    context = {
        "card": card,
        "proof": result,
        "segment": segment,
        "early": proving.warnings(card, terms, segment.pk if segment else None),
        "surprises": _surprises(request, segment),
        "classes": _classes(proving.classes(inside)),
        "segments": Segment.objects.order_by("position"),
        "horizons": proving.HORIZONS,
        "least": {"renewals": LEAST_RENEWALS, "churns": LEAST_CHURNS},
        "currency": company.currency(),
        "configures": access.configures(request.user),
        "used": Scorecard.objects.filter(key=card.key, is_published=True).exclude(pk=card.pk).first(),
        "judgements": _judgements(),
        "measures_url": f"{reverse('health:proof_measures', args=[pk])}?days={days}",
        "segments_url": f"{reverse('health:proof_segments', args=[pk])}?days={days}",
        **_charts(result),
        **_list(request, card, terms, segment),
    }
    return render(request, "health/proof.html", context)


def _card(request: SignedIn, pk: int) -> Scorecard:
    return get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)


def _surprises(request: SignedIn, segment: Segment | None) -> precision.Surprises:
    customers = Customer.objects.visible_to(request.user)
    return precision.surprises(customers if segment is None else customers.filter(segment=segment), clock.today())


def _days(request: SignedIn) -> int:
    return int(address.choice(request, "days", [str(days) for days in proving.HORIZONS], "90"))


def _segment(request: SignedIn) -> Segment | None:
    text = request.GET.get("segment", "")
    if not text:
        return None
    segment = row_named(Segment.objects.all(), text)
    if segment is None:
        raise Http404
    return segment


def _terms(request: SignedIn, days: int) -> Terms:
    return closed_terms(Customer.objects.visible_to(request.user), clock.today(), days)


def _judgements() -> str:
    """The address of the panel on overrides and sentiments; "" without such a page."""
    try:
        return reverse("health:judgements_panel")
    except NoReverseMatch:
        return ""


def _charts(result: Proof) -> dict[str, Any]:
    bands = [
        whiskers.Rate(*band.rate, band.n, band_name(band.band), TONES[band.band]) for band in result.bands if band.rate
    ]
    dots = [(point.said, whiskers.Rate(*point.happened, point.n)) for point in result.bins]
    share, interval = _("Rate"), _("95% interval")
    return {
        "bands_chart": whiskers.rate_bars(
            bands,
            title=_("Renewal rate by band"),
            desc="; ".join(
                f"{point.label}: {figures.percent(point.value)}, {point.between}, n {point.n}" for point in bands
            ),
            head=[_("Band"), _("n"), share, interval],
        ),
        "calibration_chart": whiskers.calibration(
            dots,
            title=_("Calibration"),
            desc="; ".join(
                _("predicted %(said)s, actual %(happened)s, n %(n)s")
                % {"said": figures.percent(predicted), "happened": figures.percent(point.value), "n": point.n}
                for predicted, point in dots
            ),
            head=[_("Predicted"), _("n"), _("Actual"), interval],
        ),
    }


def _classes(classes: proving.Classes) -> dict[str, Any]:
    """The three outcomes by band, each with its share of the band."""
    rows = [(band, [(n, n / sum(ends) if sum(ends) else None) for n in ends]) for band, ends in classes.matrix.items()]
    return {"rows": rows, "right": classes.right, "usual": classes.usual, "grows": classes.grows}


def _list(request: SignedIn, card: Scorecard, terms: Terms, segment: Segment | None) -> dict[str, Any]:
    """The renewals the address asks for, newest end first, each with its customer."""
    kind = address.choice(request, "show", LISTS, "missed")
    segment_pk = segment.pk if segment else None
    found_rows = list(
        proving.listed(card, terms, kind, segment=segment_pk, after=after(request, read_date), size=PAGE + 1)
    )
    customers = Customer.objects.in_bulk([row.customer_id for row in found_rows[:PAGE]])
    page = Page(rows=[(row, customers[row.customer_id]) for row in found_rows[:PAGE]], after=_next(found_rows))
    labels = {
        "missed": _("Missed churns"), "alarms": _("False alarms"), "churned": _("All churns"), "all": _("All renewals"),
    }  # fmt: skip
    return {"page": page, "show": kind, "lists": labels.items()}


def _next(rows: list[Row]) -> str | None:
    if len(rows) <= PAGE:
        return None
    last = rows[PAGE - 1]
    return f"{last.due_on}~{last.renewal_id}"


@require_GET
def segments(request: SignedIn, pk: int) -> HttpResponse:
    """The same by segment: who they were in on the day asked is looked up for each renewal, so it comes after."""
    card, days = _card(request, pk), _days(request)
    by_pk = Segment.objects.in_bulk()
    parts = proving.by_segment(proving.tally(card, _terms(request, days), split=True))
    context = {"card": card, "days": days, "parts": [(by_pk.get(part.segment_id or 0), part) for part in parts]}
    return render(request, "health/_proof_segments.html", context)


@require_GET
def measures(request: SignedIn, pk: int) -> HttpResponse:
    """Which measures predict who stays, with today's weights and those that a model suggests."""
    card = _card(request, pk)
    terms = _terms(request, _days(request))
    suggestion, by_key = proving.suggested(card, terms), catalogue()
    rows = [
        (ranked, by_key.get(ranked.measure), suggestion.shares.get(ranked.measure))
        for ranked in proving.ranking(card, terms)
    ]
    return render(request, "health/_proof_measures.html", {"card": card, "rows": rows, "suggested": suggestion})


@require_GET
def compared(request: SignedIn, pk: int) -> HttpResponse:
    """A draft's figures beside those of the version in use, on the same renewals."""
    draft = _card(request, pk)
    used = Scorecard.objects.filter(key=draft.key, is_published=True).exclude(pk=pk).first()
    comparison = None
    if used is not None:
        comparison = comparing.compared(draft, used, _terms(request, _days(request)))
    context = {
        "draft": draft,
        "used": used,
        "comparison": comparison,
        "words": _answer(comparison) if comparison else "",
    }
    return render(request, "health/_proof_compared.html", context)


def _answer(comparison: comparing.Comparison) -> str:
    return {
        comparing.Answer.TOO_FEW: _("Not enough data: too few renewals have a score of both versions."),
        comparing.Answer.BETTER: _("Better, and by more than chance explains."),
        comparing.Answer.BETTER_NOISE: _("Better, but within noise."),
        comparing.Answer.SAME: _("Neither better nor worse."),
        comparing.Answer.WORSE_NOISE: _("Worse, but within noise."),
        comparing.Answer.WORSE: _("Worse, and by more than chance explains."),
    }[comparison.answer]


@require_GET
def replays(request: SignedIn, pk: int) -> HttpResponse:
    """The progress of a version's replays; the panel polls while some are waiting."""
    return _replays(request, _card(request, pk))


@require_POST
def replay(request: SignedIn, pk: int) -> HttpResponse:
    """Queue the replay of another year of month-ends in the background."""
    card = _card(request, pk)
    if not access.configures(request.user):
        raise PermissionDenied
    with transaction.atomic():
        month_ends = replaying.begin(card, clock.today())
    message = (
        ngettext("%(n)s month-end is being replayed.", "%(n)s month-ends are being replayed.", month_ends)
        % {"n": month_ends}
        if month_ends
        else _("Every month-end is replayed or on its way.")
    )
    answer = _replays(request, card) if request.htmx else redirect("health:proof", pk=pk)
    return toast(request, answer, message)


def _replays(request: SignedIn, card: Scorecard) -> HttpResponse:
    progress = replaying.progress(card)
    context = {"card": card, "progress": progress, "configures": access.configures(request.user)}
    answer = render(request, "health/_replays.html", context)
    if request.GET.get("was") == "waiting" and not progress.waiting:
        answer["HX-Trigger"] = "health:replayed"
    return answer
