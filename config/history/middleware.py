"""Says who acts in a request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.history.actors import acting


class ActorMiddleware:
    """What a request changes was changed by whoever is signed in when it does; stands behind what reads the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting("api" if request.path_info.startswith("/api/") else "page", lambda: request.user.pk):
            return self.get_response(request)
