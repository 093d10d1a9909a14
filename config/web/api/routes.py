"""All apps' routes of the API in one router."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from rest_framework.routers import DefaultRouter

from accounts.imports.targets import TARGETS

# Its addresses name what they write.
RECORD: Final = "record"
# The door for events of product analytics, beside the API.
EVENTS: Final = "events"
APPS: Final = ("accounts", "health", "renewals", "playbooks")


def resources() -> list[str]:
    """The names of the API's resources, in the order of the alphabet: what scopes of tokens speak of."""
    return sorted(name for names in rooms().values() for name in names)


def rooms() -> dict[str, list[str]]:
    """The resources by room, each in the order of the alphabet: the record, then the apps that have them beside it."""
    of_apps = {app: [prefix for prefix, _viewset, _basename in import_module(f"{app}.api").ROUTES] for app in APPS}
    beside = {app: set(names) - TARGETS.keys() - {RECORD} for app, names in of_apps.items()}
    beside["health"].add(EVENTS)
    return {RECORD: sorted({RECORD, *TARGETS}), **{app: sorted(names) for app, names in beside.items()}}


def api_router() -> DefaultRouter:
    """One router over every app's ``api.ROUTES``: (prefix, viewset, basename) each."""
    router = DefaultRouter()
    router.include_format_suffixes = False  # there is only JSON
    for app in APPS:
        for prefix, viewset, basename in import_module(f"{app}.api").ROUTES:
            router.register(prefix, viewset, basename=basename)
    return router
