"""The page behind a mailed link by which somebody sets a password: allauth's, once a link and in that person's name."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from allauth.account.views import password_reset_from_key
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.http import base36_to_int

from accounts.models import User
from config.history.actors import acting


@login_not_required
def set_password(request: HttpRequest, uidb36: str, key: str) -> HttpResponse:
    """Allauth's page. The person's row is locked before the link is checked, so that of two requests with one link the
    second finds it used. The history names the link's person as the actor.
    """
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        speak(request, uidb36)
    person = named(uidb36) if request.method == "POST" else None
    if person is None:
        return cast("HttpResponse", password_reset_from_key(request, uidb36=uidb36, key=key))
    with acting("link", lambda: person):
        return cast("HttpResponse", password_reset_from_key(request, uidb36=uidb36, key=key))


def speak(request: HttpRequest, uidb36: str) -> None:
    """Answer in the language of the person whom the link names; their browser may have another."""
    with suppress(ValueError):
        language = User.objects.filter(pk=base36_to_int(uidb36)).values_list("language", flat=True).first()
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()


def named(uidb36: str) -> int | None:
    """The id of the person whom a link names, or None. The person's row stays locked to the end of the request."""
    try:
        number = base36_to_int(uidb36)
    except ValueError:
        return None
    person = User.objects.select_for_update(no_key=True).filter(pk=number)
    return person.values_list("pk", flat=True).first()
