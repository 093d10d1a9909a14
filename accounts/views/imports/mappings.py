"""Saved mappings: the list, the text of one, its file, and deleting one. For those who may import; each changes their own, admins all."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.forms.mappings import MappingForm
from accounts.imports import saved
from accounts.models import SavedMapping
from accounts.request import SignedIn, importers_only
from config import clock
from config.ui.context import frame_of
from config.web import address
from config.web.acting import refused
from config.web.asking import show
from config.web.editing import Edit
from config.web.finding import changeable
from config.web.paging import numbered
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import toast

ROWS: Final = 100


@require_GET
@importers_only
def mappings(request: SignedIn) -> HttpResponse:
    """The saved mappings by name, and those that we ship, to start from."""
    page = numbered(request, SavedMapping.objects.in_use().select_related("by").order_by("name"), ROWS)
    own = {row.pk for row in page if row.by_id == request.user.pk or access.configures(request.user)}
    context = {"page": page, "own": own, "shipped": saved.shipped()}
    return show(request, "imports/mappings.html", context, wrong=False)


@require_http_methods(["GET", "POST"])
@importers_only
def mapping(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """The name and text of a mapping; a new one may begin as a shipped one (``?from=``). A mistake is told by its line."""
    row = changeable(request, SavedMapping.objects, pk) if pk else SavedMapping(by=request.user)
    title = row.name if pk else _("Add mapping")
    edit = Edit(request, row if pk else None, lambda: FormSheet(MappingForm(instance=row)))
    if edit.asks:
        return edit.answer(title, back=reverse("accounts:mappings"))
    form = edit.draw(MappingForm(edit.data, instance=row, initial=None if pk else begun(request)))
    if request.method == "POST" and form.is_valid():
        try:
            saved.save(row, request.user, frame_of(request).today)
        except ValidationError as problem:
            blame(form, problem)
        else:
            message = _("The mapping “%(mapping)s” is saved.") % {"mapping": row.name}
            return toast(request, redirect("accounts:mappings"), edit.said(message))
    context = {"form": form, "mapping": row, "title": title}
    return show(request, "imports/mapping.html", context, wrong=bool(form.errors))


def begun(request: SignedIn) -> dict[str, str]:
    """What the form of a new mapping shows first."""
    name = address.text(request, "from")
    return {"name": saved.free_name(name), "toml": saved.shipped_text(name)} if saved.shipped_text(name) else {}


@require_GET
@importers_only
def download(_request: SignedIn, pk: int) -> HttpResponse:
    """The text as a file that ``import_data`` takes."""
    row = get_object_or_404(SavedMapping.objects.in_use(), pk=pk)
    return as_file(row.toml, row.name)


@require_GET
@importers_only
def shipped(_request: SignedIn, name: str) -> HttpResponse:
    """The text of a shipped mapping as a file."""
    text = saved.shipped_text(name)
    if not text:
        raise Http404
    return as_file(text, name)


def as_file(text: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.toml")
    return HttpResponse(text, content_type="application/toml", headers={"Content-Disposition": disposition or ""})


@require_POST
@importers_only
def delete(request: SignedIn, pk: int) -> HttpResponse:
    """Delete a mapping; what was imported with it stays."""
    row = changeable(request, SavedMapping.objects, pk)
    saved.withdraw(row, clock.now())
    message = _("The mapping “%(mapping)s” is deleted.") % {"mapping": row.name}
    return toast(request, redirect("accounts:mappings"), message, reverse("accounts:mapping_back", args=[pk]))


@require_POST
@importers_only
def back(request: SignedIn, pk: int) -> HttpResponse:
    """Undo a deletion; refused where another mapping has the name by now. Those of others nobody sees but admins."""
    row = get_object_or_404(SavedMapping, pk=pk)
    if not (row.by_id == request.user.pk or access.configures(request.user)):
        raise Http404
    try:
        saved.bring_back(row)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:mappings"))
    message = _("The mapping “%(mapping)s” is back.") % {"mapping": row.name}
    return toast(request, redirect("accounts:mappings"), message)
