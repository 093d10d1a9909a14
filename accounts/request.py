"""What a signed-in request is, for type checks: every page but signing in gets one."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedIn(HttpRequest):
    """A request whose user is one of ours; the sign-in middleware sees to it."""

    user: User
    htmx: HtmxDetails


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, for a form; None on GET. An empty post is still a post."""
    return request.POST if request.method == "POST" else None
