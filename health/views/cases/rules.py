"""Case rules as everybody reads them: their precision, the customers they would open a case for today, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import access
from accounts.conditions.words import phrases
from accounts.keyset import Order, read_date
from accounts.models import Customer, Organisation, User
from accounts.request import SignedIn
from config.setaside.models import Kind, SetAside
from config.ui.context import frame_of
from config.web import address
from config.web.paging import Page, after, walked
from config.web.why import verdict
from health.cases import budget, precision, trial
from health.cases.budget import Load
from health.cases.precision import ACTED, JUDGED, PERIOD, Figures, Lead
from health.models import Case, CaseRule, Resolution
from health.words import cases as wording

PAGE: Final = 50
CHANGES: Final = 20
FEW: Final = 8
PERIODS: Final = (30, 90, PERIOD, 365)
NEWEST: Final = Order("opened_on", read_date, descending=True)
SHOWS: Final = {
    "fired": gettext_lazy("Fired"),
    "acted": gettext_lazy("Acted on"),
    "judged": gettext_lazy("Judged"),
    "not_valid": gettext_lazy("Not valid"),
    "lead": gettext_lazy("Before a churn"),
    "alerted": gettext_lazy("Alerted"),
    "held": gettext_lazy("Beyond the budget"),
}
FILTERS: Final = {
    "fired": Q(),
    "acted": ACTED,
    "judged": JUDGED,
    "not_valid": JUDGED & Q(resolution=Resolution.NOT_VALID),
    "alerted": Q(alerted=True),
    "held": Q(held_back=True),
}


@dataclass(frozen=True)
class Row:
    """A rule with its figures of the period; ``aside`` is the reason why it cannot be evaluated."""

    rule: CaseRule
    figures: Figures
    lead: Lead | None
    days: int
    aside: str = ""

    @property
    def enough(self) -> bool:
        return self.figures.enough(self.rule)

    @property
    def good(self) -> bool:
        """Whether the precision is at or above its floor."""
        share = self.figures.precision
        return share is not None and share >= self.rule.precision_floor

    @property
    def weekly(self) -> float:
        """Cases a week."""
        return self.figures.fired * 7 / self.days


@dataclass(frozen=True)
class Sum:
    """The load of all people together: alerts a person and day, the most of a day, days beyond the budget."""

    loads: list[Load]

    @property
    def mean(self) -> float:
        """Of all people and their days."""
        days = sum(load.days for load in self.loads)
        return sum(load.alerts for load in self.loads) / days if days else 0.0

    @property
    def most(self) -> int:
        return max((load.most for load in self.loads), default=0)

    @property
    def over(self) -> int:
        return sum(load.over for load in self.loads)


@require_GET
def case_rules(request: SignedIn) -> HttpResponse:
    """Every rule with its figures over one's customers, the load, and how many churns came as a surprise."""
    day, days = frame_of(request).today, _days(request)
    cases, customers = Case.objects.visible_to(request.user), Customer.objects.visible_to(request.user)
    figures, leads = precision.figures(cases, day, days), precision.leads(customers, day, days)
    rules = CaseRule.objects.order_by("-is_active", "position", "pk")
    aside = _aside()
    context = _period(days) | {
        "rows": [
            Row(rule, figures.get(rule.pk, Figures()), leads.get(rule.pk), days, aside.get(rule.pk, ""))
            for rule in rules
        ],
        "surprises": precision.surprises(customers, day, days),
        "load": Sum(budget.load(cases, day, days)),
        "company": _company(),
        "may_configure": access.configures(request.user),
    }
    return render(request, "health/case_rules.html", context)


@require_GET
def case_rule(request: SignedIn, pk: int) -> HttpResponse:
    """One rule: its figures, each with a link to its cases, its condition and its changes."""
    rule = get_object_or_404(CaseRule, pk=pk)
    day, days = frame_of(request).today, _days(request)
    cases, customers = Case.objects.visible_to(request.user), Customer.objects.visible_to(request.user)
    figures = precision.figures(cases.filter(rule=rule), day, days).get(pk, Figures())
    changes = rule.changes.select_related("by", "rule").order_by("-at", "-pk")[:CHANGES]
    context = _period(days) | {
        "rule": rule,
        "row": Row(rule, figures, precision.leads(customers, day, days).get(pk), days, _aside().get(pk, "")),
        "audience": phrases(rule.audience, day),
        "load": Sum(budget.load(cases, day, days, rule=pk)),
        "company": _company(),
        "changes": [(change, wording.changed(change, day), wording.can_be_taken_back(change)) for change in changes],
        "may_configure": access.configures(request.user),
    }
    return render(request, "health/case_rule.html", context | _verdict(request, rule))


@require_GET
def trial_panel(request: SignedIn, pk: int) -> HttpResponse:
    """For whom of one's customers the rule would open a case today, the first of them by name."""
    rule = get_object_or_404(CaseRule, pk=pk)
    dry_run = trial.dry_run(rule, frame_of(request).today, Customer.objects.visible_to(request.user))
    name = "health/_case_trial.html" if request.htmx else "health/case_trial.html"
    rows = dry_run.rows[:FEW] if request.htmx else dry_run.rows
    return render(request, name, {"rule": rule, "trial": dry_run, "rows": rows})


@require_GET
def why(request: SignedIn, pk: int) -> HttpResponse:
    """The box with the reasons why one customer would get a case today, or would not."""
    rule = get_object_or_404(CaseRule, pk=pk)
    return render(request, "health/_case_why.html", {"rule": rule} | _verdict(request, rule))


@require_GET
def rule_cases(request: SignedIn) -> HttpResponse:
    """The cases behind a figure, filtered by a rule (``rule``), a person (``owner``) and the figure (``show``)."""
    day, days = frame_of(request).today, _days(request)
    show = address.choice(request, "show", SHOWS, "fired")
    visible_cases = Case.objects.visible_to(request.user)
    people = User.objects.filter(
        Q(pk__in=User.objects.visible_to(request.user)) | Q(pk__in=visible_cases.order_by().values("owner"))
    )
    rule, owner = address.row(request, "rule", CaseRule.objects.all()), address.row(request, "owner", people)
    rows = precision.in_period(visible_cases, day, days)
    rows = rows.filter(rule=rule) if rule else rows
    rows = rows.filter(owner=owner) if owner else rows
    cases_page = _walked(request, _shown(request, rows, show, rule, days))
    context = _period(days) | {
        "rule": rule, "owner": owner, "show": show, "page": cases_page, "company": _company(),
        "shows": [(key, label) for key, label in SHOWS.items() if rule or key != "lead"],
    }  # fmt: skip
    return render(request, "health/case_rule_cases.html", context)


@require_GET
def churns(request: SignedIn) -> HttpResponse:
    """The churns of the period among one's customers, and which of them had an open risk in time."""
    day, days = frame_of(request).today, _days(request)
    customers = Customer.objects.visible_to(request.user)
    rows = precision.churns(customers, day, days, before=after(request, read_date), limit=PAGE + 1)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = _period(days) | {
        "surprises": precision.surprises(customers, day, days),
        "page": Page(rows[:PAGE], None, f"{last.churned_on}~{last.customer.pk}" if last else None),
        "warned_days": precision.WARNED_DAYS,
        "company": _company(),
    }
    return render(request, "health/case_churns.html", context)


def _days(request: SignedIn) -> int:
    return int(address.choice(request, "days", [str(days) for days in PERIODS], str(PERIOD)))


def _aside() -> dict[int, str]:
    """Why rules cannot be evaluated, by rule. One statement."""
    return dict(SetAside.objects.filter(kind=Kind.RULE).values_list("object_id", "reason"))


def _period(days: int) -> dict[str, Any]:
    return {"days": days, "periods": PERIODS}


def _company() -> Organisation:
    return Organisation.objects.first() or Organisation()


def _shown(request: SignedIn, rows: QuerySet[Case], show: str, rule: CaseRule | None, days: int) -> QuerySet[Case]:
    if show != "lead":
        return rows.filter(FILTERS[show])
    customers = Customer.objects.visible_to(request.user)
    leads = precision.leads(customers, frame_of(request).today, days)
    lead = leads.get(rule.pk) if rule else None
    return Case.objects.visible_to(request.user).filter(pk__in=lead.cases if lead else [])


def _walked(request: SignedIn, rows: QuerySet[Case]) -> Page[Case]:
    return walked(request, rows.select_related("customer", "owner", "rule", "closed_by"), NEWEST, PAGE)


def _verdict(request: SignedIn, rule: CaseRule) -> dict[str, Any]:
    return verdict(
        request,
        lambda customer, day: trial.explain(customer, rule, day),
        lambda explained, day: wording.lines(explained, rule, day),
    )
