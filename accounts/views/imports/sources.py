"""Where data comes from, whose word counts, and whether it adds up. Admins only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.sources import OrderForm, SilenceForm, SilentForm
from accounts.imports import conceding, correcting, edited, hearing, reconciling, silences, words
from accounts.imports.attributes import words_of
from accounts.imports.targets import TARGETS
from accounts.models import Deviation, Disagreement, FieldOrder, ImportFile, Silence, Source
from accounts.request import SignedIn, admins_only
from accounts.views.imports import disagreements
from config import clock
from config.ui import figures
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.asking import ask
from config.web.paging import numbered
from config.web.toast import toast

PAGE: Final = 50
RUNS: Final = 10


@require_GET
@admins_only
def sources(request: SignedIn) -> HttpResponse:
    """Every source with what it brought, the order in which each field believes them, and where they disagree."""
    frame = frame_of(request)
    heard = hearing.sources(clock.now(), frame.standing[2])
    rows = [(source, source.silent_days(frame.today), *_lags(source)) for source in heard]
    page = numbered(request, Disagreement.objects.select_related("customer").order_by("-seen_on", "-pk"), PAGE)
    context = {
        "rows": rows,
        "silent": [(source, days) for source, days, *_lag in rows if days is not None],
        "orders": _orders(),
        "page": page,
        "differences": disagreements.told(page.rows),
    }
    return render(request, "imports/sources.html", context)


@require_GET
@admins_only
def source(request: SignedIn, name: str) -> HttpResponse:
    """One source: its last files, and its last file of each target against the record."""
    frame = frame_of(request)
    found = _heard(request, name)
    files = ImportFile.objects.filter(source=name, written=True).select_related("run").defer("rejects", "cells")
    context = {
        "source": found,
        "today": frame.today,
        "silent": found.silent_days(frame.today),
        "has_resumed": found.has_resumed(frame.today),
        "silent_since": found.silent_since(frame.today),
        "case": Silence.objects.filter(source=name, closed_on=None).select_related("owner").first(),
        "lags": _lags(found),
        "sums": [(row, words.target_words(row.file.target)) for row in hearing.sums(name)],
        "counted": [
            (each, words.target_words(each.row.target)) for each in reconciling.by_source(source=name).get(name, [])
        ],
        "files": [
            (file, words.target_words(file.target), correcting.is_correction(file))
            for file in files.order_by("-run_id", "position")[:RUNS]
        ],
    }
    return render(request, "imports/source.html", context)


@require_GET
@admins_only
def differences(request: SignedIn, target: str, reason: str, name: str) -> HttpResponse:
    """The rows and fields of a source that differ from the record for one reason."""
    if target not in TARGETS or reason not in Deviation.Reason:
        raise Http404
    found = Deviation.objects.filter(source=name, target=target, reason=reason).select_related("customer")
    page = numbered(request, found.order_by("external_id", "field"), PAGE)
    context = {
        "name": name,
        "of": words.target_words(target),
        "reason": Deviation.Reason(reason).label,
        "page": page,
        "rows": [(row, words_of(row.field, row.target) if row.field else "") for row in page],
    }
    return render(request, "imports/differences.html", context)


@require_http_methods(["GET", "POST"])
@admins_only
def silent(request: SignedIn, name: str) -> HttpResponse:
    """After how many days without rows the source counts as silent."""
    _heard(request, name)
    row = Source.objects.filter(name=name).first() or Source(name=name)
    form = SilentForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        silences.say(name, form.cleaned_data, clock.now())
        return toast(request, redirect("accounts:source", name), _("Saved."))
    return ask(request, form, _("When %(source)s counts as silent") % {"source": name})


@require_http_methods(["GET", "POST"])
@admins_only
def silence(request: SignedIn, name: str) -> HttpResponse:
    """Who looks into a source that is silent, until when, and until when it may rest."""
    case = get_object_or_404(Silence, source=name, closed_on=None)
    form = SilenceForm(request.POST or None, instance=case, today=frame_of(request).today)
    if request.method == "POST" and form.is_valid():
        case.save(update_fields=["owner", "due_on", "snoozed_until"])
        return toast(request, redirect("accounts:source", name), _("Saved."))
    return ask(request, form, _("%(source)s is silent") % {"source": name})


@require_POST
@admins_only
def take(request: SignedIn, pk: int) -> HttpResponse:
    """What the file says of one difference, as the page showed it, stands from now on."""
    row = get_object_or_404(Disagreement, pk=pk)
    try:
        run = conceding.concede(
            row, seen=request.POST.get("given", ""), by=request.user, day=frame_of(request).today, now=clock.now
        )
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:sources"))
    undo = reverse("accounts:import_undo", args=[run.pk]) if run else ""
    return toast(request, redirect("accounts:sources"), _("It stands as the file says."), undo)


@require_http_methods(["GET", "POST"])
@admins_only
def order(request: SignedIn, target: str, field: str) -> HttpResponse:
    """Whose word counts of one field, in order."""
    if field not in edited.comparable().get(target, ()):
        raise Http404
    stored = FieldOrder.objects.filter(target=target, field=field).first()
    stands = stored.sources if stored else [FieldOrder.HAND]
    known = [row.name for row in hearing.sources(clock.now(), frame_of(request).standing[2])]
    form = OrderForm(request.POST or None, order=stands, sources=known)
    if request.method == "POST" and form.is_valid():
        FieldOrder.objects.update_or_create(
            target=target, field=field, defaults={"sources": form.cleaned_data["order"]}
        )
        return toast(request, redirect("accounts:sources"), _("Saved; it holds from the next file on."))
    return ask(request, form, _("Whose word counts: %(field)s") % {"field": words_of(field, target)})


def _heard(request: SignedIn, name: str) -> hearing.Heard:
    """The source of that name; 404 where nobody has such a source."""
    found = next((row for row in hearing.sources(clock.now(), frame_of(request).standing[2]) if row.name == name), None)
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Orders:
    """The fields of a target: (target, field, its words, who is believed) of each, and of how many an admin said the order."""

    words: str
    rows: list[tuple[str, str, str, str]]
    said: int


def _orders() -> list[Orders]:
    """Who is believed of every field that can be disagreed about, by target."""
    stored = {(row.target, row.field): row.sources for row in FieldOrder.objects.all()}
    return [
        Orders(
            words.target_words(target),
            [(target, field, words_of(field, target), believed(stored.get((target, field)))) for field in fields],
            sum((target, field) in stored for field in fields),
        )
        for target, fields in edited.comparable().items()
    ]


def believed(sources: Sequence[str] | None) -> str:
    """Who is believed, in words: people unless an admin said otherwise, and where nobody is named the last one."""
    order = [FieldOrder.HAND] if sources is None else sources
    return " › ".join(map(disagreements.who, order)) or _("the last one")


def _lags(source: hearing.Heard) -> tuple[str, str]:
    """How old the last file was when it was in, and how old files usually are; "" where nobody can say."""
    now = clock.now()
    last, usual = (figures.age(now - lag, now) if lag is not None else "" for lag in (source.lag, source.usual_lag))
    return last, usual
