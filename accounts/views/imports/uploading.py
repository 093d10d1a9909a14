"""The files that were uploaded, and a form for one more. For those who may import."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import uploads
from accounts.forms.uploads import UploadForm
from accounts.keyset import Order, read_number
from accounts.models import Upload
from accounts.models.uploads import LARGEST_PIECE
from accounts.request import SignedIn, importers_only, posted
from accounts.views.imports.drafts import lead, without_empty
from config import clock
from config.web.asking import show
from config.web.finding import changeable
from config.web.paging import walked
from config.web.refusing import blame, reason
from config.web.toast import toast

NEWEST: Final = Order("id", read_number, descending=True)


@require_http_methods(["GET", "POST"])
@importers_only
def imports(request: SignedIn) -> HttpResponse:
    """The files, newest first; POST takes a small one whole, as a browser without JavaScript sends it."""
    form = UploadForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        full = [file for file in sent if file.size] or sent
        try:
            chosen = receive_all(request, full)
        except ValidationError as problem:
            blame(form, ValidationError({"file": reason(problem)}))
        else:
            return without_empty(request, lead(request, chosen), [file.name or "" for file in sent if file not in full])
    page = walked(request, Upload.objects.visible_to(request.user).select_related("by").with_arrived(), NEWEST)
    context = {"form": form, "page": page, "most": LARGEST_PIECE}
    return show(request, "imports/list.html", context, wrong=bool(form.errors))


@transaction.atomic
def receive_all(request: SignedIn, files: list[UploadedFile]) -> list[Upload]:
    """The files of a form that has no JavaScript, all of them or none."""
    return [uploads.receive(file.name or "", file, file.size or 0, by=request.user, now=clock.now()) for file in files]


@require_POST
@importers_only
def remove(request: SignedIn, pk: int) -> HttpResponse:
    """Delete a file; what was imported from it stays."""
    upload = changeable(request, Upload.objects, pk)
    uploads.remove(upload)
    return toast(request, redirect("accounts:imports"), _("“%(name)s” was removed.") % {"name": upload.name})
