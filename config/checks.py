"""Our checks of ``manage.py check --deploy`` beside Django's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, connection

from config.mail import goes_out

# Server settings that can make it log typed values, with the values that prevent it.
DISCREET: Final = {
    "log_min_error_statement": {"panic", "fatal"},
    "log_statement": {"none", "ddl"},
    "log_min_duration_statement": {"-1"},
    "log_parameter_max_length_on_error": {"0"},
}


@register(Tags.security, deploy=True)
def mail(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    if goes_out():
        return []
    message = "Mail, with the links that set a password, reaches nobody: it stays in files or in the log."
    return [checks.Warning(message, hint="Name a relay by EMAIL_URL.", id="tsunagu.W001")]


@register(Tags.security, deploy=True)
def database_log(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Warn where the database logs statements or their values, if it can be reached."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DISCREET)])
            settings_in_use = dict(cursor.fetchall())
    except DatabaseError:
        return []
    loud = sorted(name for name, value in settings_in_use.items() if value not in DISCREET[name])
    if not loud:
        return []
    message = f"The database server may write what people typed into its log: {', '.join(loud)}."
    return [
        checks.Warning(
            message, hint="docs/operations.md, “What logs hold”, names the values to set.", id="tsunagu.W002"
        )
    ]


@register(Tags.security, deploy=True)
def kept_by_nobody(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Report an error where browsers and proxies may store answers with customer data."""
    if "config.headers.NoStoreMiddleware" in settings.MIDDLEWARE:
        return []
    return [checks.Error("Pages and the API are answered without Cache-Control: no-store.", id="tsunagu.E001")]
