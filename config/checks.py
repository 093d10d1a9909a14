"""What ``manage.py check --deploy`` says of an installation beside Django's own checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, connection

from config.mail import goes_out

# Settings of the server under which it writes what people typed into its log, and the values under which it does not.
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
    words = "Mail, with the links that set a password, reaches nobody: it stays in files or in the log."
    return [checks.Warning(words, hint="Name a relay by EMAIL_URL.", id="tsunagu.W001")]


@register(Tags.security, deploy=True)
def database_log(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Where the database writes statements or their values into its log, as long as it can be asked."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DISCREET)])
            found = dict(cursor.fetchall())
    except DatabaseError:
        return []
    loud = sorted(name for name, value in found.items() if value not in DISCREET[name])
    if not loud:
        return []
    words = f"The database server may write what people typed into its log: {', '.join(loud)}."
    return [
        checks.Warning(words, hint="docs/operations.md, “What logs hold”, names the values to set.", id="tsunagu.W002")
    ]


@register(Tags.security, deploy=True)
def kept_by_nobody(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Where answers that tell of customers may be kept by browsers and proxies."""
    if "config.headers.NoStoreMiddleware" in settings.MIDDLEWARE:
        return []
    return [checks.Error("Pages and the API are answered without Cache-Control: no-store.", id="tsunagu.E001")]
