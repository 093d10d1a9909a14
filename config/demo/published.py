"""Whether somebody can sign in with the password that the demo publishes."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

PASSWORD: Final = "bridge-to-renewal"  # noqa: S105  printed at every start of a demo

# The hashes of that password are kept with the portfolio: comparing words is all that a page can afford.
WORKS: Final = RawSQL(
    "EXISTS (SELECT FROM accounts_user u JOIN demo_portfolio p ON u.password = ANY(p.passwords) WHERE u.is_active)",
    (),
    output_field=BooleanField(),
)


def hashes(known: list[str], stored: list[str]) -> list[str]:
    """Those of ``stored`` that are hashes of the published password; ``known`` are ones already."""
    return [word for word in sorted(set(stored)) if word in known or check_password(PASSWORD, word)]


class NotPublished:
    """Nobody chooses the published password anew."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002  Django's signature
        if password == PASSWORD:
            raise ValidationError(self.get_help_text(), code="published")

    def get_help_text(self) -> str:
        return _("Not the password of the demo: everybody knows it.")
