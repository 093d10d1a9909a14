"""The contact that a row of a file names, by any key of its source or by email."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from accounts.identity import ways
from accounts.imports.staging import Staged

# Joined to the staged row ``s`` and its customer ``w``; ``CONTACT_ID`` is then its contact, NULL where it names none.
CONTACT: Final = f"LEFT JOIN ({ways.CONTACTS}) c ON c.word = s.contact"
CONTACT_ID: Final = f"coalesce(c.id, {ways.CONTACT_BY_EMAIL})"


def reject_unknown_contacts(staged: Staged) -> None:
    """Reject rows whose contact is unknown. An email that no contact of the customer has is no reason: its answer counts
    for the customer, and the report says how many there are.
    """
    known = (
        f"SELECT word AS external_id FROM ({ways.CONTACTS}) k UNION ALL SELECT s.contact WHERE s.contact LIKE '%%@%%'"  # noqa: S608  our own names; values are parameters
    )
    staged.reject_unknown("contact", known, _("“{cell}” is not a contact that is known"))
