"""What the palette finds and does with cases, and the pages of health."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import access, finding
from accounts.finding import Act, Entry, Kind, PagePlace
from accounts.models import Customer, User
from config.folding import Wanted
from config.ui import figures
from health.models import Case, CaseState


def search(rows: QuerySet[Case], wanted: Wanted) -> QuerySet[Any]:
    """Open cases by their title or their customer."""
    return finding.dealings(rows.open(), wanted).order_by("due_on", "pk")  # type: ignore[attr-defined]


def entry(case: Case, day: dt.date) -> Entry:
    due = _now("due %(day)s") % {"day": figures.day(case.due_on, day)}
    return Entry(
        reverse("health:case", args=[case.pk]),
        case.shown_title,
        f"{case.customer.name} · {due}",
        icon="case",
    )


def snoozes(user: User, customers: list[Customer], day: dt.date) -> list[Entry]:
    """Each open case of these customers, to be put off."""
    cases = Case.objects.changeable_by(user).filter(customer__in=customers).exclude(state=CaseState.CLOSED)
    return [
        Entry(
            reverse("health:case_snooze", args=[case.pk]), _now("Snooze “%(case)s”") % {"case": case.shown_title},
            entry(case, day).note, icon="clock", dialog=True,
        )
        for case in cases.awake(day).select_related("customer").order_by("due_on", "pk")[:5]
    ]  # fmt: skip


KINDS: Final = (
    Kind("case", _("Cases"), lambda user: Case.objects.visible_to(user).select_related("customer"), search, entry),
)
ACTS: Final = (
    Act(
        "case", _("Open a case for %(name)s"), _("open case, case, new case"), "case",
        lambda customer: reverse("health:case_new", args=[customer.pk]), access.writes,
    ),
    Act(
        "snooze_case", _("Snooze a case"), _("snooze, put off, later"), "clock",
        lambda customer: reverse("accounts:customer", args=[customer.pk]), access.writes, entries=snoozes,
    ),
)  # fmt: skip
PAGES: Final = (
    PagePlace(_("Daily digest"), "bell", "health:digest"),
    PagePlace(_("First 90 days"), "branch", "health:onboarding"),
    PagePlace(_("Journey"), "branch", "health:journey"),
    PagePlace(_("Loyalty level"), "branch", "health:ladder"),
    PagePlace(_("Disengaged revenue"), "branch", "health:passive"),
    PagePlace(_("Touch coverage"), "branch", "health:coverage"),
)


def install() -> None:
    """For ``AppConfig.ready``."""
    finding.register(kinds=KINDS, acts=ACTS, pages=PAGES)
