"""``manage.py sign_ins``: who can sign in to the demo; nothing where there is none."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from config.demo import people, replacing


class Command(BaseCommand):
    help = "Print one sign-in per role of the demo."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if replacing.present() is None:
            return
        found = {user.email: user for user in User.objects.filter(email__in=people.SIGN_INS, is_active=True)}
        for email in people.SIGN_INS:
            if email in found:
                language = ", Japanese" if found[email].language == "ja" else ""
                self.stdout.write(f"{found[email].role + language:<14} {email:<24} {people.PASSWORD}")
