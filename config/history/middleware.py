"""Sets the actor of a request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.history.actors import acting


class ActorMiddleware:
    """Attributes changes to the person signed in at that moment; must come after the authentication middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting("api" if request.path_info.startswith("/api/") else "page", lambda: request.user.pk):
            return self.get_response(request)
