"""Configuration of the record by admins: organisation, segments, users; and one's own profile."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import uuid4

from allauth.account.forms import ResetPasswordForm
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, people, rules, segmenting
from accounts.forms.rules import ConditionFormSet
from accounts.forms.settings import (
    DeactivateForm,
    MyselfForm,
    OrganisationForm,
    SegmentForm,
    UserForm,
)
from accounts.models import Customer, Organisation, Segment, User
from accounts.request import SignedIn, posted
from config.outbox.delivery import enqueue
from config.ui.context import frame_of
from config.ui.toast import toast

UNREADABLE: Final = 422
PEOPLE: Final = 50
View = Callable[..., HttpResponse]


def admins_only(view: View) -> View:
    """To everybody else the page does not exist."""

    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.configures(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "POST"])
@admins_only
def organisation(request: SignedIn) -> HttpResponse:
    """The organisation's own row."""
    row, _made = Organisation.objects.get_or_create(pk=1, defaults={"name": "Tsunagu"})
    form = OrganisationForm(posted(request), instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        return toast(request, redirect("accounts:organisation"), _("Saved."))
    return _page(request, "accounts/organisation.html", {"form": form}, wrong=bool(form.errors))


@require_GET
@admins_only
def segments(request: SignedIn) -> HttpResponse:
    """Segments in the order in which they are asked, with how many customers each has."""
    rows = [(one, [rules.sentence(condition) for condition in one.rule]) for one in segmenting.with_sizes()]
    return render(request, "accounts/segments.html", {"segments": rows})


@require_http_methods(["GET", "POST"])
@admins_only
def segment(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """One segment: its rule and service. The dry run shows who would move and saves nothing."""
    one = get_object_or_404(Segment, pk=pk) if pk else Segment(position=segmenting.next_position())
    form = SegmentForm(posted(request), instance=one)
    conditions = ConditionFormSet(posted(request), prefix="rule", initial=[rules.in_words(c) for c in one.rule])
    context: dict[str, Any] = {"form": form, "conditions": conditions, "segment": one}
    if request.method != "POST":
        return render(request, "accounts/segment.html", context)
    if not (form.is_valid() and conditions.is_valid()):
        return _page(request, "accounts/segment.html", context, wrong=True)
    one.rule = conditions.rule()  # type: ignore[attr-defined]
    if "dry" in request.POST:
        return render(request, "accounts/segment.html", context | _moves(request, one))
    form.save()
    replace_soon(one)
    return toast(request, redirect("accounts:segments"), _("Saved. Customers move within minutes."))


@require_POST
@admins_only
def segment_move(request: SignedIn, pk: int) -> HttpResponse:
    """Ask a segment earlier (``to=up``) or later (``to=down``)."""
    one = get_object_or_404(Segment, pk=pk)
    segmenting.move(one, up=request.POST.get("to") == "up")
    replace_soon(one)
    return redirect("accounts:segments")


def replace_soon(segment: Segment) -> None:
    """Let the worker put customers where the changed rules want them."""
    with transaction.atomic():
        enqueue("accounts.segments", {}, dedup_key=f"segments:{segment.pk}:{uuid4()}")


@require_GET
@admins_only
def users(request: SignedIn) -> HttpResponse:
    """Everybody who may sign in, or could once."""
    page = Paginator(people.team(), PEOPLE).get_page(request.GET.get("page"))
    return render(request, "accounts/users.html", {"page": page})


@require_http_methods(["GET", "POST"])
@admins_only
def user(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """Invite somebody (a mail with a link to set a password), or change somebody."""
    one = get_object_or_404(User, pk=pk) if pk else None
    form = UserForm(posted(request), instance=one)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "person": one}
        return _page(request, "accounts/user.html", context, wrong=bool(form.errors))
    if one is None:
        invited = User.objects.create_user(**form.cleaned_data)
        send_link(request, invited)
        return toast(request, redirect("accounts:users"), _("Invitation sent."))
    form.save()
    return toast(request, redirect("accounts:users"), _("Saved."))


@require_http_methods(["GET", "POST"])
@admins_only
def user_deactivate(request: SignedIn, pk: int) -> HttpResponse:
    """Shut somebody out, once it is said who takes over."""
    one = get_object_or_404(User, pk=pk, is_active=True)
    form = DeactivateForm(posted(request), leaver=one)
    if request.method == "POST" and form.is_valid():
        try:
            people.deactivate(one, form.cleaned_data["heir"], day=frame_of(request).today)
            return toast(request, redirect("accounts:users"), _("Deactivated and handed over."))
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "person": one}
    return _page(request, "accounts/user_deactivate.html", context, wrong=bool(form.errors))


@require_POST
@admins_only
def user_reactivate(request: SignedIn, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    one = get_object_or_404(User, pk=pk, is_active=False)
    one.is_active = True
    one.save(update_fields=["is_active"])
    return toast(request, redirect("accounts:users"), _("May sign in again."))


@require_http_methods(["GET", "POST"])
def myself(request: SignedIn) -> HttpResponse:
    """One's own name, language and time zone."""
    form = MyselfForm(posted(request), instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        return toast(request, redirect("accounts:myself"), _("Saved."))
    return _page(request, "accounts/myself.html", {"form": form}, wrong=bool(form.errors))


def send_link(request: SignedIn, invited: User) -> None:
    """Mail a link with which ``invited`` sets a password."""
    form = ResetPasswordForm({"email": invited.email})
    if form.is_valid():
        form.save(request)


def _moves(request: SignedIn, changed: Segment) -> dict[str, Any]:
    now = [one for one in segmenting.in_order() if one.pk != changed.pk]
    drafts = sorted([*now, changed] if changed.is_active else now, key=lambda one: one.position)
    if not changed.pk:
        changed.pk = 0  # A number that no saved segment has, for the statement of the dry run.
    total, moves = segmenting.dry_run(drafts, frame_of(request).today, among=Customer.objects.all())
    return {"moves": moves, "moving": total, "dry": True}


def _page(request: SignedIn, name: str, context: dict[str, Any], *, wrong: bool) -> HttpResponse:
    return render(request, name, context, status=UNREADABLE if wrong else 200)
