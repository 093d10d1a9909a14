"""Segments: their order, one of them with its rule, who would move, why a customer belongs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import finding, segment_order, segment_saving, segmenting
from accounts.conditions import words
from accounts.forms.rules import ConditionsForm, ConditionsSheet
from accounts.forms.settings import SegmentForm
from accounts.models import Customer, Segment
from accounts.request import SignedIn, admins_only, posted
from config.ui import figures
from config.ui.context import frame_of
from config.web import address
from config.web.asking import show
from config.web.editing import Edit
from config.web.sheets import FormSheet, Sheets
from config.web.toast import toast


@require_GET
@admins_only
def segments(request: SignedIn) -> HttpResponse:
    """Segments in the order in which they are asked, with how many customers each has, and which nobody reaches."""
    every, today = list(segmenting.with_sizes()), frame_of(request).today
    rows = [(one, _phrases(one, today), segment_order.hidden_by(one, every)) for one in every]
    return render(request, "accounts/segments.html", {"segments": rows})


@require_http_methods(["GET", "POST"])
@admins_only
def segment(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """One segment: its rule and service. The dry run shows who would move and saves nothing."""
    one = get_object_or_404(Segment, pk=pk) if pk else Segment(position=segment_order.new_position())
    acted = ConditionsForm(posted(request), prefix="rule").acted
    edit = Edit(request, one if pk else None, lambda: _sheet(request, one), redraws=acted or "dry" in request.POST)
    if edit.asks:
        return edit.answer(_(one.name), back=reverse("accounts:segments"))
    conditions = ConditionsForm(edit.data, prefix="rule", stored=one.rule)
    if acted:
        form = edit.draw(SegmentForm(initial=request.POST.dict(), instance=one))
        return render(request, "accounts/segment.html", {"form": form, "conditions": conditions, "segment": one})
    form = edit.draw(SegmentForm(edit.data, instance=one))
    context: dict[str, Any] = {"form": form, "conditions": conditions, "segment": one}
    if not pk:
        context["before"] = next((other for other in segmenting.in_order() if other.position == one.position), None)
    if request.method != "POST":
        hidden_by = segment_order.hidden_by(one, segmenting.in_order())
        return render(request, "accounts/segment.html", context | {"hidden_by": hidden_by} | _why(request, one))
    if not all([form.is_valid(), conditions.is_valid()]):
        return show(request, "accounts/segment.html", context, wrong=True)
    before, one.rule = one.rule, conditions.stored()
    hidden_by = segment_order.hidden_by(one, segmenting.in_order())
    if "dry" in request.POST:
        return render(request, "accounts/segment.html", context | {"hidden_by": hidden_by} | _moves(request, one))
    changed = [*(name for name in form.changed_data if name != "pool"), *(["rule"] if one.rule != before else [])]
    pool = form.cleaned_data["pool"]
    if pk:
        segment_saving.save(one, changed, pool)
    else:
        segment_order.add(one, pool)
    segment_order.settle(frame_of(request).today)
    return toast(request, redirect("accounts:segments"), edit.said(_saved(hidden_by)))


@require_GET
@admins_only
def segment_why(request: SignedIn, pk: int) -> HttpResponse:
    """The box that says why, or why not, one customer belongs to a segment."""
    one = get_object_or_404(Segment, pk=pk)
    return render(request, "accounts/_segment_why.html", {"segment": one} | _why(request, one))


@require_POST
@admins_only
def segment_move(request: SignedIn, pk: int) -> HttpResponse:
    """Ask a segment earlier (``to=up``) or later (``to=down``)."""
    one = get_object_or_404(Segment, pk=pk)
    segment_order.move(one, up=request.POST.get("to") == "up")
    segment_order.settle(frame_of(request).today)
    return toast(request, redirect("accounts:segments"), _placed(one))


def _saved(hidden_by: Segment | None) -> str:
    if hidden_by is None:
        return _("Saved. Customers move within minutes.")
    words = _("Saved, but nobody reaches this segment: “%(segment)s” is asked earlier and takes all its customers.")
    return words % {"segment": _(hidden_by.name)}


def _placed(one: Segment) -> str:
    """Where a segment that was moved stands now, and which segments nobody reaches."""
    every = list(segmenting.with_sizes())
    place = next(n for n, row in enumerate(every, start=1) if row.pk == one.pk)
    said = [_("“%(name)s” is asked as number %(n)s.") % {"name": _(one.name), "n": place}]
    unreached = [_(row.name) for row in every if segment_order.hidden_by(row, every)]
    if unreached:
        said.append(_("Nobody reaches: %(names)s.") % {"names": figures.listed(unreached)})
    return " ".join(said)


def _sheet(request: SignedIn, one: Segment) -> Sheets:
    """What the page of a segment shows: its service, and its rule as one field."""
    return Sheets(
        FormSheet(SegmentForm(instance=one), sets=["pool"]),
        ConditionsSheet(one.rule, "rule", _("Rule"), frame_of(request).today),
    )


def _moves(request: SignedIn, changed: Segment) -> dict[str, Any]:
    drafts = segment_order.with_draft(changed)
    hides = segment_order.hidden_behind(changed)
    if not changed.pk:
        changed.pk = 0  # A number that no saved segment has, for the statement of the dry run.
    trial = segmenting.dry_run(drafts, frame_of(request).today, among=Customer.objects.all())
    return {"trial": trial, "hides": hides}


def _why(request: SignedIn, one: Segment) -> dict[str, Any]:
    """The customer asked for by name (``?customer=``) and why it belongs to the segment, or not."""
    name = address.text(request, "customer", 200)
    if not name or not one.pk:
        return {"asked": ""}
    about = finding.called(Customer.objects.visible_to(request.user).select_related("pinned_segment"), name)
    if about is None:
        return {"asked": name, "missing": True}
    day = frame_of(request).today
    why = segmenting.why(about, one, day)
    return {"asked": name, "about": about, "why": why, "lines": _lines(why, day)}


def _lines(why: segmenting.Why, day: dt.date) -> list[words.Line]:
    """What puts a customer into a segment, one line each; of a pinned one only the pin."""
    if why.pinned:
        pinned = why.pinned.pk == why.segment.pk
        return [words.Line(_("Pinned by hand"), _(why.pinned.name), holds=pinned)]
    earlier = why.taken_earlier
    lines = [
        words.Line(_("The segment is in use"), "", holds=why.segment.is_active),
        words.Line(_("No segment asked earlier takes it"), _(earlier.name) if earlier else "", holds=earlier is None),
        *(words.lines(why.rule, day) if why.rule else [_broken(why.segment)]),
    ]
    if why.young_until:
        until = _("moves on %(day)s") % {"day": figures.day(why.young_until, day)}
        days = segmenting.STEADY_DAYS
        said = ngettext("In its health band for %(n)s day", "In its health band for %(n)s days", days) % {"n": days}
        lines.append(words.Line(said, until, holds=False))
    return lines


def _phrases(one: Segment, today: dt.date) -> list[str]:
    if problem := segmenting.problem_of(one):
        return [f"{_('The rule cannot be asked')}: {problem}"]
    return words.phrases(one.rule, today)


def _broken(one: Segment) -> words.Line:
    return words.Line(_("The rule cannot be asked"), segmenting.problem_of(one), holds=False)
