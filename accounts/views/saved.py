"""Saved views: made of what a list shows, changed, shared, deleted."""

from __future__ import annotations

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.views import ViewForm
from accounts.lists import Asked, ListKind, find, read, saved
from accounts.models import SavedView
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.asking import ask, fragment_or_page, show
from config.web.coming import came_from
from config.web.editing import Edit
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import toast

SALT = "saved-view"
# Seconds in which a deleted view can be restored: as long as a toast may stay on screen.
WHILE = 3600


@require_http_methods(["GET", "POST"])
def new(request: SignedIn, key: str) -> HttpResponse:
    """Save the list's filter, order, columns and groups as a new view."""
    kind = find(key)
    if kind is None:
        raise Http404
    listing = read(kind, request.user, request.GET, frame_of(request).today)
    form = ViewForm(posted(request), user=request.user, instance=SavedView(owner=request.user, kind=key))
    del form.fields["position"]
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            view = saved.add(listing, name=data["name"], shared=form.instance.shared, team=data["team"])
        except ValidationError as problem:
            blame(form, problem)
        else:
            return _on(request, view, _saved(view))
    context = {
        "form": form,
        "title": _("Save as a view: %(list)s") % {"list": kind.label},
        "act": _("Save view"),
        # What is saved stands in the address.
        "url": request.get_full_path(),
        "back": came_from(request),
    }
    return show(request, fragment_or_page(request, "components/asked.html"), context, wrong=bool(form.errors))


@require_POST
def save(request: SignedIn, pk: int) -> HttpResponse:
    """Save the list's filter, order, columns and groups to the view."""
    view = _changeable(request, pk)
    listing = read(_kind(view), request.user, request.GET, frame_of(request).today)
    try:
        saved_view = saved.save(view, listing, back=request.POST.get("seen", ""))
    except ValidationError as problem:
        return refused(request, problem, back=_address(listing))
    return _on(request, saved_view, _saved(saved_view))


@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """The form for a view's name, position and sharing."""
    view = _changeable(request, pk)
    title = _("View: %(view)s") % {"view": view.name}
    sheet = Edit(
        request,
        view,
        lambda: FormSheet(
            ViewForm(instance=view, user=request.user), {"share": (_("shared with"), ["shared", "team"])}
        ),
    )
    if sheet.asks:
        return sheet.answer(title)
    form = sheet.draw(ViewForm(sheet.data, instance=view, user=request.user))
    if request.method == "POST" and form.is_valid():
        changed_view = form.save(commit=False)
        changed_view.team = form.cleaned_data["team"]
        try:
            saved.check(changed_view)
        except ValidationError as problem:
            blame(form, problem)
        else:
            changed_view.save(update_fields=["name", "shared", "team", "position"])
            return _on(request, changed_view, sheet.said(_saved(changed_view)))
    return ask(request, form, title, _("Save"))


@require_POST
def delete(request: SignedIn, pk: int) -> HttpResponse:
    """Delete a view; its rows stay as they are."""
    view = _changeable(request, pk)
    signed_values = signing.dumps(saved.values(view), salt=SALT)
    undo = f"{reverse('accounts:view_back')}?kept={signed_values}" if view.owner_id == request.user.pk else None
    view.delete()
    message = _("The view “%(view)s” is deleted.") % {"view": view.name}
    return toast(request, HttpResponseRedirect(reverse(_kind(view).page)), message, undo)


@require_POST
def back(request: SignedIn) -> HttpResponse:
    """Bring a deleted view back."""
    try:
        values = signing.loads(request.GET.get("kept", ""), salt=SALT, max_age=WHILE)
        view = saved.bring_back(values, request.user)
    except signing.BadSignature as problem:
        raise Http404 from problem
    except ValidationError as problem:
        return refused(request, problem)
    return _on(request, view, _("The view “%(view)s” is back.") % {"view": view.name})


def _changeable(request: SignedIn, pk: int) -> SavedView:
    """The view; 404 when it cannot be seen, 403 when it is somebody else's."""
    view = get_object_or_404(
        SavedView.objects.visible_to(request.user) | SavedView.objects.changeable_by(request.user), pk=pk
    )
    if not SavedView.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return view


def _kind(view: SavedView) -> ListKind:
    kind = find(view.kind)
    if kind is None:
        raise Http404
    return kind


def _address(listing: Asked) -> str:
    return f"{reverse(listing.kind.page)}?{listing.query}"


def _on(request: SignedIn, view: SavedView, message: str) -> HttpResponse:
    return toast(request, HttpResponseRedirect(f"{reverse(_kind(view).page)}?view={view.pk}"), message)


def _saved(view: SavedView) -> str:
    """That the view is saved, and with whom it is shared."""
    names = {"view": view.name, "team": view.team.name if view.team else ""}
    if view.shared == SavedView.Shared.TEAM:
        return _("“%(view)s” is saved and shared with the team of %(team)s.") % names
    if view.shared == SavedView.Shared.ALL:
        return _("“%(view)s” is saved and shared with everyone.") % names
    return _("“%(view)s” is saved.") % names
