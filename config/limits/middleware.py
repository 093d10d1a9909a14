"""The rate limit of the API per minute, of each person and each token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.errors import too_many
from config.limits import counting

MINUTE: Final = dt.timedelta(minutes=1)


class ApiLimitMiddleware:
    """Answer 429 after more than ``API_A_MINUTE`` requests of one token, or of one person's sessions, in any minute.

    Does not count strangers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and request.user.is_authenticated:
            token = getattr(request, "token", None)
            name = counting.name_of("token", str(token.pk)) if token else counting.name_of("api", str(request.user.pk))
            wait = counting.take(name, settings.API_A_MINUTE, MINUTE)
            if wait:
                return too_many(request, wait)
        return self.get_response(request)
