"""The rate limit of the API per person and minute."""

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
    """Answer 429 after more than ``API_A_MINUTE`` requests of one person in any minute; does not count strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and request.user.is_authenticated:
            wait = counting.take(counting.name_of("api", str(request.user.pk)), settings.API_A_MINUTE, MINUTE)
            if wait:
                return too_many(request, wait)
        return self.get_response(request)
