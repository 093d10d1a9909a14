"""Objects set aside and work given up, for admins: why, since when, and another try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.request import SignedIn, admins_only
from config import cycle
from config.mail import KIND as MAIL
from config.outbox import delivery
from config.outbox.models import Decision, Outbox
from config.setaside import nights
from config.setaside.models import Kind, SetAside, StepRun
from config.web.toast import toast

SHOWN: Final = 100
DECIDED_SHOWN: Final = 20
# Where an object is repaired; a kind without a page is shown by its name alone.
PAGES: Final[dict[str, str]] = {
    Kind.CUSTOMER: "accounts:customer",
    Kind.SEGMENT: "accounts:segment",
    Kind.RENEWAL: "renewals:renewal",
    Kind.SCORECARD: "health:scorecard",
    Kind.RULE: "health:case_rule",
    Kind.PLAYBOOK: "playbooks:playbook",
}
STEP_WORDS: Final[dict[str, str | Promise]] = {
    "lifecycle": gettext_lazy("Status, stage and ARR"),
    "rollups": gettext_lazy("Daily usage"),
    "segments": gettext_lazy("Segments"),
    "assigning": gettext_lazy("Owners of new customers"),
    "milestones": gettext_lazy("Milestones"),
    "first 90 days": gettext_lazy("First 90 days"),
    "journey": gettext_lazy("Adoption journey"),
    "retention": gettext_lazy("Engaged and disengaged customers"),
    "ladder": gettext_lazy("Retention, loyalty, advocacy"),
    "scores": gettext_lazy("Scores"),
    "renewals": gettext_lazy("Renewals"),
    "qbrs": gettext_lazy("Business reviews"),
    "cases": gettext_lazy("Cases"),
    "case rules": gettext_lazy("Precision of case rules"),
    "motions": gettext_lazy("Next actions"),
    "forecast": gettext_lazy("Forecast model"),
    "plays": gettext_lazy("Playbooks"),
    "replays": gettext_lazy("Replays of scorecards"),
    "reconciliation": gettext_lazy("Comparison with the sources"),
    "digests": gettext_lazy("Digests"),
    "imports": gettext_lazy("Imports"),
}


WORK_WORDS: Final[dict[str, str | Promise]] = {
    "mail": gettext_lazy("Mail"),
    "health.digest_mail": gettext_lazy("Mail of a digest"),
    "health.replay": gettext_lazy("Replay of a scorecard over a month-end"),
    "accounts.segments": gettext_lazy("Segments of every customer"),
    "accounts.bulk": gettext_lazy("Bulk action"),
    "accounts.imports": gettext_lazy("Import"),
    "accounts.exports": gettext_lazy("Export of the record"),
    "accounts.twins": gettext_lazy("Search for possible twins"),
    "cycle.begin": gettext_lazy("Nightly run"),
    "cycle.step": gettext_lazy("A step of the nightly run"),
    "cycle.range": gettext_lazy("A step of the nightly run, for some customers"),
    "cycle.again": gettext_lazy("What is set aside, once more"),
}
DECIDED_WORDS: Final[dict[str, str | Promise]] = {
    Decision.SENT: gettext_lazy("It counts as sent."),
    Decision.AGAIN: gettext_lazy("It is tried again now."),
    Decision.DROPPED: gettext_lazy("It is dismissed."),
}


@dataclass(frozen=True)
class Line:
    """One row of the register with the label of its step and the page of its object."""

    row: SetAside
    step: str | Promise
    url: str


@dataclass(frozen=True)
class Work:
    """A row of work: its kind, its subject, and the recipients of a mail."""

    row: Outbox
    kind: str | Promise
    words: str
    to: list[str]


@dataclass(frozen=True)
class Ran:
    """A step run of the newest night; ``stale`` are the failed steps whose figures of the day before it read."""

    row: StepRun
    step: str | Promise
    stale: list[str | Promise]


@require_GET
@admins_only
def page(request: SignedIn) -> HttpResponse:
    """The objects set aside, the work given up or decided, and the steps of the newest night. Six statements."""
    aside = SetAside.objects.order_by("-latest_at", "-pk")
    parked = delivery.given_up().order_by("-settled_at", "-pk")
    decided = Outbox.objects.exclude(decision="").order_by("-decided_at")
    night = nights.newest_day()
    context = {
        "lines": [line(row) for row in aside[:SHOWN]],
        "parked": [work(row) for row in parked[:SHOWN]],
        "decided": [work(row) for row in decided[:DECIDED_SHOWN]],
        "night": night,
        "steps": [ran(row) for row in nights.of(night)] if night else [],
    }
    return render(request, "setaside/page.html", context)


@require_POST
@admins_only
def again(request: SignedIn, pk: int) -> HttpResponse:
    """Queue another try of what is set aside."""
    row = SetAside.objects.filter(pk=pk).first()
    if row is None:
        return toast(request, redirect("setaside:page"), _("It is no longer set aside."))
    queued = cycle.run_again(row)
    return toast(request, redirect("setaside:page"), _("It is tried again now.") if queued else _("It is on its way."))


@require_POST
@admins_only
def work_decided(request: SignedIn, pk: int, decision: str) -> HttpResponse:
    """Apply the person's decision on work given up or in doubt; report an earlier decision of somebody else."""
    if decision not in DECIDED_WORDS:
        raise Http404
    done = delivery.decide(pk, Decision(decision), request.user.email)
    return toast(request, redirect("setaside:page"), str(DECIDED_WORDS[decision]) if done else _settled(pk))


def _settled(pk: int) -> str:
    row = Outbox.objects.filter(pk=pk).first()
    if row is None or not row.decision:
        return _("There is nothing to decide about it.")
    name = User.objects.filter(email=row.decided_by).values_list("name", flat=True).first() or row.decided_by
    return _("%(name)s has decided already: %(decision)s.") % {"name": name, "decision": row.get_decision_display()}


def work(row: Outbox) -> Work:
    kind = WORK_WORDS.get(row.kind, row.kind)
    if row.kind == MAIL:
        return Work(
            row, kind, str(row.payload.get("subject", "")), [str(address) for address in row.payload.get("to", [])]
        )
    return Work(row, kind, str(words_of(str(row.payload.get("step", "")))), [])


def line(row: SetAside) -> Line:
    name = PAGES.get(row.kind)
    return Line(row, words_of(row.step), reverse(name, args=[row.object_id]) if name and row.object_id else "")


def ran(row: StepRun) -> Ran:
    return Ran(row, words_of(row.step), [words_of(name) for name in row.stale])


def words_of(step: str) -> str | Promise:
    prefix, _colon, name = step.rpartition(":")
    label = STEP_WORDS.get(name, name)
    return _("Changed customers: %(step)s") % {"step": label} if prefix == "changed" else label
