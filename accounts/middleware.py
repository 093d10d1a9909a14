"""Middleware for sign-in, limits on tries at passwords, language and time zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.http import base36_to_int

from accounts import guarding, tokens
from accounts.models import User
from config import clock
from config.errors import too_many, unauthorized
from config.ui.context import shell

FOUND: Final = 302


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for sign-in; a fragment's request sends the whole browser there and back."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:  # type: ignore[override]  # narrower in the stubs than in Django
        htmx = getattr(request, "htmx", None)
        if not htmx:
            return super().handle_no_permission(request, view_func)
        page = htmx.current_url_abs_path or "/"
        return HttpResponse(headers={"HX-Redirect": redirect_to_login(page).url})


class TokenMiddleware:
    """Lets a program in by ``Authorization: Bearer …``, on the API alone: its request has the token's user and no session.

    Must come after the authentication middleware, and before those that read the user.
    """

    SCHEME: Final = "bearer"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.SCHEME or not request.path.startswith("/api/"):
            return self.get_response(request)
        now = clock.now()
        token = tokens.find(secret.strip(), now)
        if token is None:
            return unauthorized(request)
        tokens.note_use(token, now)
        request.user, request.token = token.user, token  # type: ignore[attr-defined]
        return self.get_response(request)


class GuardMiddleware:
    """Answer 429 to tries at passwords and mailed links that come too often (``accounts.guarding``), wherever they are made:
    our own sign-in, Django's admin, the page that asks again, the mail for a new password.

    Tries are counted before the view runs, outside its transaction: of many at the same moment only the free ones get in.
    """

    FIELDS: Final = {"account_login": "login", "admin:login": "username"}
    # Does not answer people who are signed in; Django's admin lets them try anybody's password, too.
    OWN: Final = "account_login"
    ASKED_AGAIN: Final = frozenset({"account_reauthenticate", "account_change_password", "admin:password_change"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        attempt: guarding.Try | None = getattr(request, "tried", None)
        if attempt is not None and self._was_right(request, response):
            guarding.right(attempt)
            if attempt.email:
                self._remember(request, response, attempt.email)
        renewing: User | None = getattr(request, "renewing", None)
        if renewing is not None and response.status_code == FOUND:
            guarding.renewed(renewing.email)
            self._remember(request, response, renewing.email)
        return response

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """Count the try, or refuse it."""
        name = request.resolver_match.view_name if request.method == "POST" and request.resolver_match else ""
        if name == "account_reset_password_from_key":
            request.renewing = self._renewing(kwargs["uidb36"])  # type: ignore[attr-defined]
        attempt = self._try(request, name)
        if attempt is None:
            return None
        wait = guarding.begin(attempt)
        if wait:
            return too_many(request, wait)
        request.tried = attempt  # type: ignore[attr-defined]
        return None

    def _try(self, request: HttpRequest, name: str) -> guarding.Try | None:
        address = guarding.address_of(request, settings.PROXIES)
        if name in self.FIELDS and not (name == self.OWN and request.user.is_authenticated):
            device = guarding.device_of(request, settings.DEVICE_COOKIE_NAME)
            return guarding.signing_in(request.POST.get(self.FIELDS[name], ""), address, device)
        if name in self.ASKED_AGAIN and request.user.is_authenticated:
            return guarding.asking_again(request.user.pk)
        if name == "account_reset_password":
            return guarding.mailing(request.POST.get("email", ""), address)
        return None

    def _renewing(self, uidb36: str) -> User | None:
        """The person who sets a new password by the mailed link, or None."""
        try:
            return User.objects.filter(pk=base36_to_int(uidb36)).first()
        except ValueError:
            return None

    def _was_right(self, request: HttpRequest, response: HttpResponse) -> bool:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name == self.OWN:
            return request.user.is_authenticated
        return (name in self.FIELDS or name in self.ASKED_AGAIN) and response.status_code == FOUND

    def _remember(self, request: HttpRequest, response: HttpResponse, email: str) -> None:
        cookie = settings.DEVICE_COOKIE_NAME
        device = guarding.device_of(request, cookie).having(email)
        guarding.remember(response, cookie, device, secure=settings.SESSION_COOKIE_SECURE)


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
        shell(request)  # what a view says of moments is read by the reader's clock, too
        zone = ZoneInfo(user.time_zone) if user.time_zone else None
        with timezone.override(zone):
            return self.get_response(request)
