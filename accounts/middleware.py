"""What each request owes to the person who makes it: sign-in, language, time zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for sign-in; a fragment's request sends the whole browser there."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        response = super().handle_no_permission(request, view_func)
        htmx = getattr(request, "htmx", None)
        if htmx and "Location" in response.headers:
            return HttpResponse(headers={"HX-Redirect": response.headers["Location"]})
        return response


class PreferencesMiddleware:
    """A person's own language and time zone win over the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        zone = ZoneInfo(user.time_zone) if user.time_zone else None
        with timezone.override(zone):
            return self.get_response(request)
