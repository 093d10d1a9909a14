"""Shared by the pages of the scorecard editor: access for admins, the draft they edit, the response to a save."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.request import SignedIn
from config import clock
from config.web.editing import Edit
from config.web.toast import toast, undo_of
from health import publishing, scorecards
from health.models import Scorecard
from health.publishing import preview
from health.scorecards import Content

View = Callable[..., HttpResponse]


class Part(Protocol):
    """One page's form: it validates the typed values and puts the domain's messages at its fields."""

    def is_valid(self) -> bool: ...

    def blame(self, problem: ValidationError) -> None: ...


def version(pk: int) -> Scorecard:
    """The version with its content; 404 when there is none."""
    row = scorecards.with_content(Scorecard.objects.filter(pk=pk)).select_related("based_on").first()
    if row is None:
        raise Http404
    return row


def draft(pk: int) -> Scorecard:
    """The draft with its content; 404 for any other version, which cannot be edited."""
    row = version(pk)
    if not row.is_draft:
        raise Http404
    return row


def save(row: Scorecard, form: Part, content: Callable[[Content], Content]) -> Scorecard | None:
    """Save the content of ``form`` in the draft, which is locked; None, with errors at the fields, when refused."""
    if not form.is_valid():
        return None
    try:
        return publishing.save_draft(row, content(scorecards.content_of(row)))
    except ValidationError as problem:
        form.blame(problem)
        return None


def answer(request: SignedIn, row: Scorecard, form: Part, edit: Edit) -> HttpResponse | None:
    """The response to a save: the page that the pressed button leads to. None when publishing was refused."""
    target = request.POST.get("then", "")
    if target == "publish" and edit.kept:
        form.blame(ValidationError(_("Somebody else has changed this draft since you opened it.")))
        return None
    if target == "publish":
        digest = request.POST.get("previewed", "")
        if digest and digest != preview.digest(scorecards.content_of(version(row.pk))):
            form.blame(ValidationError(_("The preview did not show this yet. Look at it, then publish.")))
            return None
        return publish(request, row, form)
    kind, _sep, measure = target.partition(":")
    if kind == "line":
        return redirect("health:scorecard_line", pk=row.pk, measure=measure)
    if target == "catalogue":
        return redirect("health:scorecard_catalogue", pk=row.pk)
    return toast(request, redirect(request.path), edit.said(_("The draft is saved.")))


def publish(request: SignedIn, row: Scorecard, form: Part) -> HttpResponse | None:
    """Publish the draft that was just saved; Undo puts the version before in use again."""
    before = Scorecard.objects.filter(key=row.key, is_published=True).first()
    try:
        card = publishing.publish(row, request.user, clock.now(), clock.today(), request.POST.get("note", ""))
    except ValidationError as problem:
        form.blame(problem)
        return None
    return toast(request, redirect("health:scorecard", pk=card.pk), in_use_now(card), way_back(before, card))


def way_back(before: Scorecard | None, card: Scorecard) -> str:
    """The address that takes ``card`` out of use and puts ``before``, if there was one, in use again."""
    if before is None:
        return reverse("health:scorecard_retire", args=[card.pk])
    return undo_of(reverse("health:scorecard_roll_back", args=[before.pk]), publishing.in_use(card))


def in_use_now(row: Scorecard) -> str:
    return _("Version %(n)s is in use. Scores follow within minutes.") % {"n": row.version}


def head(row: Scorecard, part: str) -> dict[str, Any]:
    """The context of the bar on every page about one version. Two statements."""
    versions = list(Scorecard.objects.filter(key=row.key).order_by("-version"))
    content = scorecards.content_of(row)
    return {
        "card": row,
        "content": content,
        "part": part,
        "in_use": next((card for card in versions if card.is_published), None),
        "drafted": next((card for card in versions if card.is_draft), None),
        "counts": {"measures": len(content.lines), "ceilings": len(content.ceilings), "versions": len(versions)},
        "proof_url": proof_url(row),
    }


def proof_url(row: Scorecard) -> str:
    """The address of the draft's figures over history beside today's; "" without such a page."""
    try:
        return reverse("health:proof_compared", args=[row.pk])
    except NoReverseMatch:
        return ""
