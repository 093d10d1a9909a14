"""Segments: their order, the rule of one, a dry run of its moves, and why a customer belongs to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import company, finding, segment_order, segment_saving, segmenting
from accounts.conditions import words
from accounts.forms.rules import ConditionsForm, ConditionsSheet
from accounts.forms.settings import SegmentForm
from accounts.models import Customer, Segment
from accounts.request import SignedIn, admins_only, posted
from config.shipping import translated
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
    """Segments in order of evaluation, each with its number of customers and the segment that hides it, if any."""
    all_segments, today = list(segmenting.with_sizes()), frame_of(request).today
    rows = [
        (segment, _phrases(segment, today), segment_order.hidden_by(segment, all_segments)) for segment in all_segments
    ]
    return render(request, "accounts/segments.html", {"segments": rows, "currency": company.currency()})


@require_http_methods(["GET", "POST"])
@admins_only
def segment(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """One segment: its rule and service. The dry run shows who would move and saves nothing."""
    segment = get_object_or_404(Segment, pk=pk) if pk else Segment(position=segment_order.new_position())
    acted = ConditionsForm(posted(request), prefix="rule").acted
    edit = Edit(
        request, segment if pk else None, lambda: _sheet(request, segment), redraws=acted or "dry" in request.POST
    )
    if edit.asks:
        return edit.answer(translated(segment.name), back=reverse("accounts:segments"))
    conditions = ConditionsForm(edit.data, prefix="rule", stored=segment.rule)
    if acted:
        form = edit.draw(SegmentForm(initial=request.POST.dict(), instance=segment))
        return render(request, "accounts/segment.html", {"form": form, "conditions": conditions, "segment": segment})
    form = edit.draw(SegmentForm(edit.data, instance=segment))
    context: dict[str, Any] = {"form": form, "conditions": conditions, "segment": segment}
    if not pk:
        context["before"] = next(
            (follower for follower in segmenting.in_order() if follower.position == segment.position), None
        )
    if request.method != "POST":
        hidden_by = segment_order.hidden_by(segment, segmenting.in_order())
        return render(request, "accounts/segment.html", context | {"hidden_by": hidden_by} | _why(request, segment))
    if not all([form.is_valid(), conditions.is_valid()]):
        return show(request, "accounts/segment.html", context, wrong=True)
    old_rule, segment.rule = segment.rule, conditions.stored()
    hidden_by = segment_order.hidden_by(segment, segmenting.in_order())
    if "dry" in request.POST:
        return render(request, "accounts/segment.html", context | {"hidden_by": hidden_by} | _moves(request, segment))
    changed = [*(name for name in form.changed_data if name != "pool"), *(["rule"] if segment.rule != old_rule else [])]
    pool = form.cleaned_data["pool"]
    if pk:
        segment_saving.save(segment, changed, pool)
    else:
        segment_order.add(segment, pool)
    segment_order.settle(frame_of(request).today)
    return toast(request, redirect("accounts:segments"), edit.said(_saved(hidden_by)))


@require_GET
@admins_only
def segment_why(request: SignedIn, pk: int) -> HttpResponse:
    """The box that explains why one customer belongs to a segment, or why not."""
    segment = get_object_or_404(Segment, pk=pk)
    return render(request, "accounts/_segment_why.html", {"segment": segment} | _why(request, segment))


@require_POST
@admins_only
def segment_move(request: SignedIn, pk: int) -> HttpResponse:
    """Evaluate a segment earlier (``to=up``) or later (``to=down``)."""
    segment = get_object_or_404(Segment, pk=pk)
    segment_order.move(segment, up=request.POST.get("to") == "up")
    segment_order.settle(frame_of(request).today)
    return toast(request, redirect("accounts:segments"), _placed(segment))


def _saved(hidden_by: Segment | None) -> str:
    if hidden_by is None:
        return _("Saved. Customers move within minutes.")
    message = _("Saved, but nobody reaches this segment: “%(segment)s” is asked earlier and takes all its customers.")
    return message % {"segment": translated(hidden_by.name)}


def _placed(segment: Segment) -> str:
    """The new position of a moved segment, and the segments that nobody reaches."""
    all_segments = list(segmenting.with_sizes())
    place = next(n for n, row in enumerate(all_segments, start=1) if row.pk == segment.pk)
    sentences = [_("“%(name)s” is asked as number %(n)s.") % {"name": translated(segment.name), "n": place}]
    unreached = [translated(row.name) for row in all_segments if segment_order.hidden_by(row, all_segments)]
    if unreached:
        sentences.append(_("Nobody reaches: %(names)s.") % {"names": figures.listed(unreached)})
    return " ".join(sentences)


def _sheet(request: SignedIn, segment: Segment) -> Sheets:
    """What the page of a segment shows: its service, and its rule as one field."""
    return Sheets(
        FormSheet(SegmentForm(instance=segment), sets=["pool"]),
        ConditionsSheet(segment.rule, "rule", _("Rule"), frame_of(request).today),
    )


def _moves(request: SignedIn, draft: Segment) -> dict[str, Any]:
    drafts = segment_order.with_draft(draft)
    hides = segment_order.hidden_behind(draft)
    if not draft.pk:
        draft.pk = 0  # A number that no saved segment has, for the statement of the dry run.
    trial = segmenting.dry_run(drafts, frame_of(request).today, among=Customer.objects.all())
    return {"trial": trial, "hides": hides}


def _why(request: SignedIn, segment: Segment) -> dict[str, Any]:
    """The customer asked for by name (``?customer=``) and why it belongs to the segment, or not."""
    name = address.text(request, "customer", 200)
    if not name or not segment.pk:
        return {"asked": ""}
    customer = finding.called(Customer.objects.visible_to(request.user).select_related("pinned_segment"), name)
    if customer is None:
        return {"asked": name, "missing": True}
    day = frame_of(request).today
    why = segmenting.why(customer, segment, day)
    return {"asked": name, "about": customer, "why": why, "lines": _lines(why, day)}


def _lines(why: segmenting.Why, day: dt.date) -> list[words.Line]:
    """What puts a customer into a segment, one line each; for a pinned customer only the pin."""
    if why.pinned:
        pinned = why.pinned.pk == why.segment.pk
        return [words.Line(_("Pinned by hand"), translated(why.pinned.name), holds=pinned)]
    earlier = why.taken_earlier
    lines = [
        words.Line(_("The segment is in use"), "", holds=why.segment.is_active),
        words.Line(
            _("No segment asked earlier takes it"), translated(earlier.name) if earlier else "", holds=earlier is None
        ),
        *(words.lines(why.rule, day) if why.rule else [_broken(why.segment)]),
    ]
    if why.young_until:
        until = _("moves on %(day)s") % {"day": figures.day(why.young_until, day)}
        days = segmenting.STEADY_DAYS
        label = ngettext("In its health band for %(n)s day", "In its health band for %(n)s days", days) % {"n": days}
        lines.append(words.Line(label, until, holds=False))
    return lines


def _phrases(segment: Segment, today: dt.date) -> list[str]:
    if problem := segmenting.problem_of(segment):
        return [_("The rule cannot be asked: %(problem)s") % {"problem": problem}]
    return words.phrases(segment.rule, today)


def _broken(segment: Segment) -> words.Line:
    return words.Line(_("The rule cannot be asked"), segmenting.problem_of(segment), holds=False)
