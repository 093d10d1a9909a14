"""The REST API under /api/v1/, composed from what each app's ``api`` module offers."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.views import exception_handler

APPS: Final = ("accounts", "health", "renewals", "playbooks")


class Pages(PageNumberPagination):
    """100 rows a page; ``page_size`` asks for up to 1,000."""

    page_size_query_param = "page_size"
    max_page_size = 1000


def api_router() -> DefaultRouter:
    """One router over every app's ``api.ROUTES``: (prefix, viewset, basename) each."""
    router = DefaultRouter()
    router.include_format_suffixes = False  # there is only JSON
    for app in APPS:
        for prefix, viewset, basename in import_module(f"{app}.api").ROUTES:
            router.register(prefix, viewset, basename=basename)
    return router


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer to a refused request; None leaves it to ``config.errors``."""
    return exception_handler(error, context)
