"""Shipped rules that alert nobody yet, with the cases each would open today, and one click to activate one."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Customer
from accounts.request import SignedIn, admins_change
from config import clock
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.toast import toast
from health.cases import offered, tuning
from health.models import CaseRule


@require_GET
@admins_change
def page(request: SignedIn) -> HttpResponse:
    """Every rule that nobody has decided about, with its customers of today; rules with the most openings first."""
    rules = list(offered.rules())
    openings = offered.openings(rules, frame_of(request).today, Customer.objects.visible_to(request.user))
    rows = sorted(
        ((rule, openings.get(rule.pk)) for rule in rules),
        key=lambda row: (row[1].opening, row[1].holding) if row[1] else (-1, -1),
        reverse=True,
    )
    return render(request, "health/case_rules_offered.html", {"rows": rows})


@require_POST
@admins_change
def take(request: SignedIn, pk: int) -> HttpResponse:
    """Activate a rule, alerting at once; with Undo."""
    rule = get_object_or_404(CaseRule, pk=pk)
    values = {"is_active": True, "mode": CaseRule.Mode.ALERT}
    try:
        change = tuning.tune(rule, values, by=request.user, day=frame_of(request).today, now=clock.now())
    except ValidationError as problem:
        return refused(request, problem)
    undo = reverse("health:case_rule_undo", args=[pk, change.pk]) if change else None
    message = _("“%(name)s” alerts from now on.") % {"name": rule.shown_name}
    return toast(request, redirect("health:case_rules_offered"), message, undo)
