"""Corrected rows of a preview, sent from its page. For those who may import."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import uploads
from accounts.forms.uploads import UploadForm
from accounts.imports import correcting, mending
from accounts.imports.maps import MappingError
from accounts.imports.rows import Unreadable
from accounts.models import ImportLine, ImportRun
from accounts.request import SignedIn, importers_only
from config import clock
from config.ui.context import frame_of
from config.web.acting import refused
from config.web.finding import changeable


@require_POST
@importers_only
def correct(request: SignedIn, pk: int, position: int) -> HttpResponse:
    """Take the corrected rows of a file into its run and preview it anew, or say why not."""
    run = changeable(request, ImportRun.objects, pk)
    form = UploadForm(request.POST, request.FILES)
    back = reverse("accounts:import_run", args=[run.pk])
    if not form.is_valid():
        wrong = ValidationError([error for errors in form.errors.values() for error in errors])
        return refused(request, wrong, back=back)
    try:
        take(request, run, position, form)
    except ValidationError as problem:
        return refused(request, problem, back=back)
    except (Unreadable, MappingError) as problem:
        return refused(request, ValidationError(str(problem)), back=back)
    return redirect(back)


@require_POST
@importers_only
def mend(request: SignedIn, pk: int) -> HttpResponse:
    """Take the cells that were mended on the page into the run and preview it anew, or say why not."""
    run = changeable(request, ImportRun.objects, pk)
    back = f"{reverse('accounts:import_run', args=[run.pk])}?rows={ImportLine.Kind.REFUSED}"
    try:
        mending.mend(
            run, mending.marks(request.POST), mending.said(request.POST), request.user, frame_of(request).today, clock.now()
        )  # fmt: skip
    except ValidationError as problem:
        return refused(request, problem, back=back)
    except (Unreadable, MappingError) as problem:
        return refused(request, ValidationError(str(problem)), back=back)
    return redirect(back)


@transaction.atomic
def take(request: SignedIn, run: ImportRun, position: int, form: UploadForm) -> None:
    """Keep the file and correct the run with it; both or neither."""
    files = form.cleaned_data["file"]
    if len(files) > 1:
        raise ValidationError(_("Choose one file with the corrected rows."))
    (file,) = files
    upload = uploads.receive(file.name or "", file, file.size or 0, by=request.user, now=clock.now())
    correcting.correct(run, position, upload, frame_of(request).today, clock.now())
