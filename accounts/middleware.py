"""What each request owes to the person who makes it: sign-in, language, time zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for sign-in; a fragment's request sends the whole browser there and back."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:  # type: ignore[override]  # narrower in the stubs than in Django
        htmx = getattr(request, "htmx", None)
        if not htmx:
            return super().handle_no_permission(request, view_func)
        page = htmx.current_url_abs_path or "/"
        return HttpResponse(headers={"HX-Redirect": redirect_to_login(page).url})


class PreferencesMiddleware:
    """A person's own language and time zone win over the browser's.

    Pages read instants by ``config.ui.context.local_day``, which knows the organisation's zone where the person has none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()
        zone = ZoneInfo(user.time_zone) if user.time_zone else None
        with timezone.override(zone):
            return self.get_response(request)
