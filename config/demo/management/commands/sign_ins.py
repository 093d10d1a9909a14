"""``manage.py sign_ins``: who can sign in to the demo; nothing where there is none."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from config.demo import people, replacing
from config.demo.published import PASSWORD


class Command(BaseCommand):
    help = "Print one sign-in per role of the demo, where its published password still works."

    def handle(self, *_args: Any, **_options: Any) -> None:
        demo = replacing.present()
        if demo is None:
            return
        published = people.note_published(demo)
        found = {user.email: user for user in User.objects.filter(email__in=people.SIGN_INS, password__in=published)}
        for email in people.SIGN_INS:
            if email in found:
                language = ", Japanese" if found[email].language == "ja" else ""
                self.stdout.write(f"{found[email].role + language:<14} {email:<24} {PASSWORD}")
