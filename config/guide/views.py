"""The page of the first steps, putting it away and bringing it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import company, segment_order, segmenting
from accounts.conditions import words
from accounts.imports.contacts import CONTACTS
from accounts.imports.contracts import CONTRACTS
from accounts.imports.customers import CUSTOMERS
from accounts.imports.targets import Target
from accounts.models import User
from accounts.request import SignedIn, admins_only
from config import own
from config.environment import BASE_DIR, USUAL_PORT
from config.guide import steps
from config.ui.context import frame_of
from config.web.toast import toast
from health.signals.imports import USAGE


@dataclass(frozen=True)
class Will:
    """A page, its content, and the step after which it has any."""

    url: str
    icon: str
    words: str | Promise
    shows: str | Promise
    step: str
    is_there: bool = False

    @property
    def after(self) -> str:
        return _("after step %(n)s") % {"n": list(steps.STEPS).index(self.step) + 1}


WILL: Final = (
    Will("accounts:team", "users", gettext_lazy("Team"), gettext_lazy("What each person carries"), "people"),
    Will(
        "accounts:portfolio",
        "customers",
        gettext_lazy("Customers"),
        gettext_lazy("All of them, worst health first"),
        "data",
    ),
    Will(
        "renewals:pipeline",
        "renewal",
        gettext_lazy("Renewals"),
        gettext_lazy("Contracts by stage and days left"),
        "data",
    ),
    Will("playbooks:day", "day", gettext_lazy("My day"), gettext_lazy("A ranked short list with reasons"), "data"),
    Will(
        "renewals:forecast",
        "forecast",
        gettext_lazy("Forecast"),
        gettext_lazy("What renews, by CSM and by model"),
        "data",
    ),
    Will(
        "health:cases", "case", gettext_lazy("Cases"), gettext_lazy("Customers who need attention, and why"), "scores"
    ),
    Will(
        "health:motions",
        "branch",
        gettext_lazy("Next actions"),
        gettext_lazy("The next action for each customer"),
        "scores",
    ),
)
# The files to begin with.
FILES: Final = (CUSTOMERS, CONTACTS, CONTRACTS, USAGE)


@require_GET
@admins_only
def page(request: SignedIn) -> HttpResponse:
    """The four steps with their progress, and what each page will show."""
    today = frame_of(request).today
    with_data, customers = steps.scored()
    guide = steps.standing(request.user)
    context = {
        "guide": guide,
        "says_itself": True,
        "will": [replace(place, is_there=guide.done[place.step]) for place in WILL],
        "files": [(one.name, _columns(one, needed=True), _columns(one, needed=False)) for one in FILES],
        "people": steps.people(request.user),
        "segments": [
            (one, words.phrases(one.rule, today)) for one in segmenting.in_order() if not segmenting.problem_of(one)
        ],
        "currency": company.currency(),
        "arrived": steps.arrived(),
        "scored": with_data,
        "customers": customers,
        "project": BASE_DIR,
        "check": own.command("import_data FOLDER --mapping tsunagu --dry-run", settings.LOCAL_DIR),
        "load": own.command("import_data FOLDER --mapping tsunagu", settings.LOCAL_DIR),
        "night": own.command("run_cycle", settings.LOCAL_DIR),
        "demo": f"http://127.0.0.1:{USUAL_PORT}/",
        "put_away": request.user.guide_put_away,
    }
    return render(request, "guide/page.html", context)


@require_POST
@admins_only
def segments_fit(request: SignedIn) -> HttpResponse:
    """Confirm the segments as they are."""
    segment_order.settle(frame_of(request).today)
    return toast(request, redirect("guide:page"), _("The segments are in use. Each can be changed at any time."))


@require_POST
@admins_only
def put_away(request: SignedIn) -> HttpResponse:
    """Hide the guide from the person's home page and navigation."""
    User.objects.filter(pk=request.user.pk).update(guide_put_away=True)
    return toast(request, redirect("playbooks:day"), _("Hidden. You find the first steps under Organisation."))


@require_POST
@admins_only
def bring_back(request: SignedIn) -> HttpResponse:
    """Show the guide again."""
    User.objects.filter(pk=request.user.pk).update(guide_put_away=False)
    return redirect("guide:page")


def _columns(target: Target, *, needed: bool) -> str:
    """Attributes have no column of that name: a mapping names the column of each."""
    named = (field for field in target.fields if field.kind != "attributes")
    return ", ".join(field.name for field in named if field.required is needed)
