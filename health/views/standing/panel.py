"""Where one customer stands: the panel of its page, and why this next motion and not another."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import facts, lifecycle
from accounts.models import Customer, Fact
from accounts.request import SignedIn
from config.ui.context import frame_of
from config.web.finding import may_change, visible
from health.models import Milestone, Motion, RetentionState, Rung, Standing
from health.standing import journey, motions
from health.standing.milestones import LOOKED_FOR
from health.words import standing as standing_words
from renewals.models import Renewal

LABELS = {"motion": Motion, "retention": RetentionState, "ladder": Rung}


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """Next motion, retention state, rung, step of the journey, stage, and what is late of the first 90 days."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    rows = {row.kind: row for row in Standing.objects.filter(customer=customer)}
    changes = may_change(request, customer)
    context = {
        "customer": customer,
        "said": {kind: _said(row, day) for kind, row in rows.items()},
        "steps": journey.steps_of(customer),
        "stage_since": _stage_since(customer, day),
        "milestones": _milestones(customer, day),
        "day": day,
        "act": _act(customer, rows["motion"].state) if changes and "motion" in rows else None,
    }
    return render(request, "health/_standing.html", context)


def _said(row: Standing, day: dt.date) -> dict[str, Any]:
    reasons = {
        "motion": lambda: standing_words.motion(row.facts, day),
        "retention": lambda: standing_words.retention(row.facts),
        "ladder": lambda: standing_words.evidence(row.facts, day),
    }
    return {
        "label": LABELS[row.kind](row.state).label,
        "tone": standing_words.TONES[row.state],
        "since": row.since,
        "why": reasons[row.kind](),
        "held_back": row.kind == "motion" and motions.held_back(row.facts),
    }


def _stage_since(customer: Customer, day: dt.date) -> dt.date | None:
    """The first day of the stage; of a customer that never paid, the day on which it became known."""
    return (
        lifecycle.stage_since(customer)
        or facts.history(customer, Fact.STAGE).filter(from_day__lte=day).values_list("from_day", flat=True).first()
    )


def _milestones(customer: Customer, day: dt.date) -> list[Milestone]:
    """The milestones of the first 90 days, for customers young enough that they are looked for."""
    if customer.first_contract_on is None or (day - customer.first_contract_on).days > LOOKED_FOR:
        return []
    return list(Milestone.objects.filter(customer=customer).order_by("due_on", "pk"))


def _act(customer: Customer, state: str) -> dict[str, Any] | None:
    """The button of the next motion: label, address, and whether it opens the dialog; None for motions without one."""
    play = {"words": _("Start playbook"), "url": reverse("playbooks:enrol", args=[customer.pk]), "asks": True}
    touch = {"words": _("Log touch"), "url": reverse("accounts:touch_new", args=[customer.pk]), "asks": True}
    if state in {Motion.NURTURE, Motion.PART}:
        return None
    if state in {Motion.FIND_OUT, Motion.TOUCH}:
        return touch
    if state == Motion.PREPARE:
        renewal = Renewal.objects.filter(customer=customer).still_open().order_by("due_on", "pk").first()
        if renewal:
            return {"words": _("Open the renewal"), "url": reverse("renewals:renewal", args=[renewal.pk])}
    return play


@require_GET
def why(request: SignedIn, pk: int) -> HttpResponse:
    """Every motion rule in order, evaluated now with the customer's values: a dialog to htmx, else a page."""
    customer = visible(request, Customer.objects, pk)
    day = frame_of(request).today
    checks, motion_facts = motions.why(customer, day)
    lines = [
        {
            "check": check,
            "has": standing_words.has(check.rule.key, motion_facts, day),
            "asks": standing_words.asks(check.rule.key, motion_facts, day),
        }
        for check in checks
    ]
    context = {
        "customer": customer,
        "lines": lines,
        "reason": standing_words.motion(motion_facts, day) if motion_facts else "",
        "held_back": bool(motion_facts) and motions.held_back(motion_facts),
    }
    return render(request, "health/_why_motion.html" if request.htmx else "health/why_motion.html", context)
