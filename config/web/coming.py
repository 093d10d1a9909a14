"""Where a person came from, and goes back to after a form."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

HOME = "/"


def came_from(request: HttpRequest) -> str:
    """The page named by ``next`` or the referrer, if it is one of ours and not the form itself; else home."""
    for url in (request.POST.get("next", ""), request.GET.get("next", ""), request.headers.get("Referer", "")):
        if _is_ours(request, url) and urlsplit(url).path != request.path:
            return url
    return HOME


def _is_ours(request: HttpRequest, url: str) -> bool:
    return bool(url) and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
