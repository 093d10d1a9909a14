"""The backups, for admins: their list, whether each is verified, and requesting one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.request import SignedIn, admins_only
from config import clock
from config.backup import keeping
from config.backup.models import Backup
from config.web.toast import toast

SHOWN: Final = 100


@dataclass(frozen=True)
class Line:
    """One backup with the label and tone of its state, and the file's name without its folder."""

    row: Backup
    state: str | Promise
    tone: str
    name: str


@require_GET
@admins_only
def page(request: SignedIn) -> HttpResponse:
    """The newest 100 backups and the age of the newest verified one. Two statements."""
    newest = keeping.newest_verified()
    context = {
        "by_itself": keeping.are_made_here(),
        "kept": settings.BACKUPS_KEPT,
        "folder": keeping.folder(),
        "newest": newest,
        "old": keeping.is_old(newest, clock.now()),
        "lines": [line(row) for row in Backup.objects.order_by("-pk")[:SHOWN]],
    }
    return render(request, "backup/page.html", context)


@require_POST
@admins_only
def new(request: SignedIn) -> HttpResponse:
    """Request a backup now; does nothing where one requested by a person is waiting already."""
    if not keeping.ask(request.user.email):
        return toast(request, redirect("backup:page"), _("Nothing makes backups here: see the note on the page."))
    return toast(request, redirect("backup:page"), _("A backup is made now; this page shows how it goes."))


def line(row: Backup) -> Line:
    return Line(row, *state_of(row), PurePath(row.file).name)


def state_of(row: Backup) -> tuple[str | Promise, str]:
    """The label and tone of a backup's state."""
    if row.removed_at:
        return gettext_lazy("Removed"), "calm"
    if row.ended_at is None:
        return (gettext_lazy("Under way"), "calm") if row.begun_at else (gettext_lazy("Waiting"), "calm")
    if row.error:
        return (gettext_lazy("Not sound") if row.made_at else gettext_lazy("Failed")), "risk"
    if row.verified_at:
        return gettext_lazy("Restored and equal"), "good"
    return gettext_lazy("Not tried"), "watch"
