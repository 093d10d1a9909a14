"""``{% csrf_token %}`` for every template: the token, and the one-time key of its form."""

from __future__ import annotations

import secrets

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.once.pressing import KEY

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> SafeString:
    """The hidden inputs of every writing form; nothing without a request."""
    token = context.get("csrf_token")
    if not token or token == "NOTPROVIDED":  # noqa: S105 (Django's word for none)
        return SafeString("")
    return hidden(str(token))


def hidden(token: str) -> SafeString:
    """The CSRF token and a fresh key as hidden inputs."""
    inputs = '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="{}" value="{}">'
    return format_html(inputs, token, KEY, secrets.token_urlsafe(12))
