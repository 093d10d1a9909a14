"""Responses with a form: in the dialog or on a page of its own, with status 422 where the form has errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.web.coming import came_from

UNREADABLE: Final = 422


def ask(request: HttpRequest, form: BaseForm, title: str, act: str = "", *, about: str = "") -> HttpResponse:
    """The form, which posts to its own address: for htmx in the dialog, else on a page; 422 when it has errors.

    ``about`` names the customer where the title does not.
    """
    context = {
        "form": form,
        "title": title,
        "about": about,
        "url": request.path,
        "act": act or _("Save"),
        "back": came_from(request),
    }
    return show(request, fragment_or_page(request, "components/asked.html"), context, wrong=bool(form.errors))


def show(request: HttpRequest, template: str, context: Mapping[str, Any], *, wrong: bool) -> HttpResponse:
    """A page or panel with a form; 422 when the posted form is ``wrong``."""
    return render(request, template, dict(context), status=UNREADABLE if wrong else 200)


def fragment_or_page(request: HttpRequest, page: str) -> str:
    """The template of a page, for htmx that of its fragment: ``_tasks.html`` beside ``tasks.html``."""
    folder, _slash, name = page.rpartition("/")
    return f"{folder}/_{name}" if "HX-Request" in request.headers else page
