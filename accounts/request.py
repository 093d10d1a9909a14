"""The type of a signed-in request, which every page but signing in gets, and guards of pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts import access
from accounts.models import User

View = Callable[..., HttpResponseBase]


class SignedIn(HttpRequest):
    """A request whose user is one of ours; the sign-in middleware ensures it."""

    user: User
    htmx: HtmxDetails


def admins_only(view: View) -> View:
    """Answer 404 to everybody else."""

    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.configures(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def admins_change(view: View) -> View:
    """Answer 403 to everybody else, for acts on what everybody sees."""

    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.configures(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def importers_only(view: View) -> View:
    """Answer 404 to everybody else."""

    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.imports(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def managers_only(view: View) -> View:
    """Answer 404 to everybody else."""

    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.manages(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def posted(request: HttpRequest) -> QueryDict | None:
    """The posted data for a form; None on GET. An empty POST is still a POST."""
    return request.POST if request.method == "POST" else None
