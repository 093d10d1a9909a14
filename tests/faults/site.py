"""The product's own addresses and one more: as many megabytes as one asks for, in parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

from config.urls import urlpatterns as products

MEGABYTE: Final = 2**20
PART: Final = 8 * 1024


@login_not_required
def large(_request: HttpRequest, megabytes: int) -> StreamingHttpResponse:
    """The numbers of its parts, each of which fills one."""

    def parts() -> Iterator[bytes]:
        for number in range(megabytes * MEGABYTE // PART):
            yield b"%0*d" % (PART, number)

    return StreamingHttpResponse(parts(), content_type="text/plain")


urlpatterns = [path("large/<int:megabytes>/", large), *products]
