"""How django-allauth behaves here: nobody signs up, and mail goes through the outbox."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.mail import queue_mail


class Adapter(DefaultAccountAdapter):
    """Invitation only; a request never talks to the mail relay."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("Email and password do not match."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        """Never: admins invite."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail to the outbox, in the transaction of its cause."""
        mail_context = context | {"request": self.request, "email": email}
        message = self.render_mail(template_prefix, email, mail_context)
        with transaction.atomic():
            queue_mail(message, dedup_key=f"{template_prefix}:{secrets.token_hex(8)}")
