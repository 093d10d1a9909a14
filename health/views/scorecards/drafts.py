"""What the pages of the scorecard editor share: whose they are, the draft they edit, how a save is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts import access
from accounts.request import SignedIn
from config import clock
from config.web.asking import show
from config.web.editing import Edit
from config.web.toast import toast, undo_of
from health import publishing, scorecards
from health.models import Scorecard
from health.publishing import preview
from health.scorecards import Content

View = Callable[..., HttpResponse]


class Part(Protocol):
    """One page's form: it reads what was typed and takes the domain's messages to its fields."""

    def is_valid(self) -> bool: ...

    def blame(self, problem: ValidationError) -> None: ...


def admins_only(view: View) -> View:
    """Everybody sees which scorecards are in use; only admins see and change how they are made."""

    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.configures(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def version(pk: int) -> Scorecard:
    """The version with all it says; 404 when there is none."""
    row = scorecards.with_content(Scorecard.objects.filter(pk=pk)).select_related("based_on").first()
    if row is None:
        raise Http404
    return row


def draft(pk: int) -> Scorecard:
    """The same, a draft; what is published cannot be edited and is not found."""
    row = version(pk)
    if not row.is_draft:
        raise Http404
    return row


def save(row: Scorecard, form: Part, content: Callable[[Content], Content]) -> Scorecard | None:
    """Put what ``form`` says into the draft, which is locked; None and its errors at their fields when it cannot be."""
    if not form.is_valid():
        return None
    try:
        return publishing.save_draft(row, content(scorecards.content_of(row)))
    except ValidationError as problem:
        form.blame(problem)
        return None


def answer(request: SignedIn, row: Scorecard, form: Part, edit: Edit) -> HttpResponse | None:
    """After a save: on to where the pressed button leads. None when publishing was asked and refused."""
    then = request.POST.get("then", "")
    if then == "publish" and edit.kept:
        form.blame(ValidationError(_("Somebody else has changed this draft since you opened it.")))
        return None
    if then == "publish":
        shown = request.POST.get("previewed", "")
        if shown and shown != preview.digest(scorecards.content_of(version(row.pk))):
            form.blame(ValidationError(_("The preview did not show this yet. Look at it, then publish.")))
            return None
        return publish(request, row, form)
    kind, _sep, measure = then.partition(":")
    if kind == "line":
        return redirect("health:scorecard_line", pk=row.pk, measure=measure)
    if then == "catalogue":
        return redirect("health:scorecard_catalogue", pk=row.pk)
    return toast(request, redirect(request.path), edit.said(_("The draft is saved.")))


def publish(request: SignedIn, row: Scorecard, form: Part) -> HttpResponse | None:
    """Publish the draft that was just saved; Undo puts the version before in use again."""
    before = Scorecard.objects.filter(key=row.key, is_published=True).first()
    try:
        made = publishing.publish(row, request.user, clock.now(), clock.today(), request.POST.get("note", ""))
    except ValidationError as problem:
        form.blame(problem)
        return None
    return toast(request, redirect("health:scorecard", pk=made.pk), in_use_now(made), way_back(before, made))


def way_back(before: Scorecard | None, made: Scorecard) -> str:
    """The address that puts ``before`` in use again, or none where none was, while ``made`` is."""
    if before is None:
        return reverse("health:scorecard_retire", args=[made.pk])
    return undo_of(reverse("health:scorecard_roll_back", args=[before.pk]), publishing.in_use(made))


def in_use_now(row: Scorecard) -> str:
    return _("Version %(n)s is in use. Scores follow within minutes.") % {"n": row.version}


def head(row: Scorecard, part: str) -> dict[str, Any]:
    """What the bar of every page about one version needs. Two statements."""
    others = list(Scorecard.objects.filter(key=row.key).order_by("-version"))
    content = scorecards.content_of(row)
    return {
        "card": row,
        "content": content,
        "part": part,
        "in_use": next((one for one in others if one.is_published), None),
        "drafted": next((one for one in others if one.is_draft), None),
        "counts": {"measures": len(content.lines), "ceilings": len(content.ceilings), "versions": len(others)},
        "proof_url": proof_url(row),
    }


def proof_url(row: Scorecard) -> str:
    """Where the draft's figures over history stand beside today's; "" where nothing serves them."""
    try:
        return reverse("health:proof_compared", args=[row.pk])
    except NoReverseMatch:
        return ""


def page(request: SignedIn, template: str, context: Mapping[str, Any], *, wrong: bool = False) -> HttpResponse:
    return show(request, f"health/scorecard/{template}.html", context, wrong=wrong)
