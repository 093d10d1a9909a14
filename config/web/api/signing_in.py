"""How the API knows a program: by its token. It is apart from ``door``, which the framework loads only after it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class TokenAuthentication(BaseAuthentication):
    """The user of the token that ``accounts.middleware.TokenMiddleware`` found; such a request needs no CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = getattr(request._request, "token", None)
        return (token.user, token) if token else None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (the framework's)
        """Named in a 401."""
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the framework's
    """The scheme in the OpenAPI document."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 (the framework's)
        return {"type": "http", "scheme": "bearer"}
