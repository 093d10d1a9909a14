"""The pages of playbooks for every reader: the list, one with its dry run and why / why not, its runs."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import access
from accounts.keyset import Order, read_date
from accounts.models import Customer
from accounts.request import SignedIn
from config.setaside.models import Kind, SetAside
from config.ui.context import frame_of
from config.web import address
from config.web.paging import Page, walked
from config.web.why import verdict
from playbooks import entrants, versions, why
from playbooks.models import Enrolment, Playbook, PlaybookVersion
from playbooks.views import wording

PAGE: Final = 50
STATES: Final = {"": gettext_lazy("All"), **dict(Enrolment.State.choices)}
NEWEST: Final = Order("enrolled_on", read_date, descending=True)


@require_GET
def playbooks(request: SignedIn) -> HttpResponse:
    """Every playbook with its trigger and the number of the reader's customers in it. Two statements."""
    rows = list(Playbook.objects.visible_to(request.user).select_related("published").order_by("name"))
    counts = dict(_counts(request))
    for playbook in rows:
        playbook.words = wording.trigger(playbook.published) if playbook.published else ""  # type: ignore[attr-defined]
        playbook.numbers = counts.get(playbook.pk, {})  # type: ignore[attr-defined]
    context = {"playbooks": rows, "may_configure": access.configures(request.user)}
    return render(request, "playbooks/playbooks.html", context)


@require_GET
def playbook(request: SignedIn, pk: int) -> HttpResponse:
    """One playbook: its version (``?version=``, else the published one), dry run, why / why not."""
    playbook, version = _version(request, pk)
    day = frame_of(request).today
    visible = Customer.objects.visible_to(request.user)
    total, _rows = entrants.would_enter(version, day, visible, limit=1)
    context = (
        _page(request, playbook, version)
        | {
            "steps": [step.words for step in version.steps.order_by("position")],
            "audience": wording.audience(version, day),
            "would_enter": total,
            "aside": _aside(playbook, version),
            "numbers": dict(_counts(request)).get(pk, {}),
            "versions": playbook.versions.visible_to(request.user).select_related("created_by").order_by("-number"),
        }
        | _verdict(request, version)
    )
    return render(request, "playbooks/playbook.html", context)


@require_GET
def why_not(request: SignedIn, pk: int) -> HttpResponse:
    """The box that explains why, or why not, one customer would enter today."""
    playbook, version = _version(request, pk)
    return render(request, "playbooks/_why.html", _page(request, playbook, version) | _verdict(request, version))


@require_GET
def dry_run(request: SignedIn, pk: int) -> HttpResponse:
    """Which of the reader's customers would enter today, a page at a time."""
    playbook, version = _version(request, pk)
    day = frame_of(request).today
    after = address.number(request, "after") or 0
    visible = Customer.objects.visible_to(request.user)
    total, rows = entrants.would_enter(version, day, visible, after=after, limit=PAGE)
    last = str(rows[-1].customer.pk) if len(rows) == PAGE else None
    entries = [(row.customer, wording.why(version, row.why, day)) for row in rows]
    context = _page(request, playbook, version) | {"total": total, "page": Page(entries, None, last)}
    return render(request, "playbooks/dry_run.html", context)


@require_GET
def runs(request: SignedIn, pk: int) -> HttpResponse:
    """The enrolments of one playbook, newest first, by state."""
    playbook = _playbook(request, pk)
    state = address.choice(request, "state", STATES)
    rows = Enrolment.objects.visible_to(request.user).filter(playbook=playbook)
    rows = rows.filter(state=state) if state else rows
    related = rows.with_progress().select_related("customer__owner", "version")
    page, day = walked(request, related, NEWEST, PAGE), frame_of(request).today
    for row in page:
        row.reason = wording.why(row.version, row.why, day, row.enrolled_on)
    context = {
        "playbook": playbook,
        "page": page,
        "state": state,
        "states": STATES.items(),
        "numbers": dict(_counts(request)).get(pk, {}),
    }
    return render(request, "playbooks/runs.html", context)


def _aside(playbook: Playbook, version: PlaybookVersion) -> str:
    """Why the playbook is skipped: the reason the nightly run recorded, else the published version's problem now."""
    reason = SetAside.objects.filter(kind=Kind.PLAYBOOK, object_id=playbook.pk).values_list("reason", flat=True).first()
    return reason or (entrants.problem(version) if version.pk == playbook.published_id else "")


def _playbook(request: SignedIn, pk: int) -> Playbook:
    return get_object_or_404(Playbook.objects.visible_to(request.user).select_related("published"), pk=pk)


def _version(request: SignedIn, pk: int) -> tuple[Playbook, PlaybookVersion]:
    playbook = _playbook(request, pk)
    number = address.number(request, "version")
    rows = playbook.versions.visible_to(request.user)
    rows = rows.order_by("-published_at", "-number") if number is None else rows.filter(number=number)
    chosen = playbook.published if playbook.published and number is None else rows.first()
    version = get_object_or_404(playbook.versions, pk=chosen.pk if chosen else None)
    version.playbook = playbook
    return playbook, version


def _page(request: SignedIn, playbook: Playbook, version: PlaybookVersion) -> dict[str, Any]:
    draft = playbook.versions.filter(published_at__isnull=True).first()
    may_configure = access.configures(request.user)
    return {
        "playbook": playbook,
        "version": version,
        "starts": wording.trigger(version),
        "draft": draft if may_configure else None,
        "seen": versions.digest(versions.design_of(draft)) if may_configure and draft else "",
        "may_configure": may_configure,
        "changes": wording.differences(playbook.published, version, frame_of(request).today)
        if may_configure and playbook.published and playbook.published != version
        else [],
    }


def _verdict(request: SignedIn, version: PlaybookVersion) -> dict[str, Any]:
    return verdict(
        request,
        lambda customer, day: why.explain(customer, version, day),
        lambda explained, day: wording.lines(explained, version, day),
    )


def _counts(request: SignedIn) -> list[tuple[int, dict[str, int]]]:
    """By playbook, the enrolments by state of customers the reader may see. One statement."""
    enrolments = Enrolment.objects.visible_to(request.user)
    counts: dict[int, dict[str, int]] = {}
    for row in enrolments.values("playbook", "state").annotate(n=Count("pk")).order_by():
        counts.setdefault(row["playbook"], {})[row["state"]] = row["n"]
    return [(pk, states | {"entered": sum(states.values())}) for pk, states in counts.items()]
