"""The daily digest as a mail: whether to send it, and its content."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Organisation
from config import clock
from config.mail import goes_out, queue_mail
from config.ui import figures
from health import digests
from health.models import Digest

LINES: Final = 10


def send(digest: Digest) -> None:
    """Queue the digest's mail, once a person and day, in the reader's language.

    Skip digests of another day than today (a backlog is no news), readers who have left or switched the mail off,
    and customers that are no longer theirs. Nothing is sent while the organisation's day is frozen or without a
    mail relay.
    """
    if not _wanted(digest):
        return
    with translation.override(digest.user.language):
        letter = write(digest)
    if letter:
        queue_mail(letter, dedup_key=f"digest:{digest.user_id}:{digest.day}")


def _wanted(digest: Digest) -> bool:
    organisation = clock.organisation()
    frozen = organisation is not None and organisation[1] is not None
    reads = digest.user.is_active and digest.user.digest_mail
    return reads and not frozen and digest.day == clock.today() and goes_out()


def write(digest: Digest) -> EmailMultiAlternatives | None:
    """The mail in the active language: subject, text, minimal HTML; None when no section is left."""
    sections = digests.sections(digest, digest.user, longest=LINES)
    if not sections:
        return None
    organisation = Organisation.objects.first() or Organisation()
    context = {
        "digest": digest,
        "sections": sections,
        "url": organisation.url.rstrip("/"),
        "currency": organisation.currency,
    }
    counts = figures.listed(f"{section.kind.label} {figures.number(section.total)}" for section in sections)
    subject = _("%(day)s: %(told)s") % {"day": figures.day_head(digest.day), "told": counts}
    text = render_to_string("health/digest_mail.txt", context)
    letter = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [digest.user.email])
    letter.attach_alternative(render_to_string("health/digest_mail.html", context), "text/html")
    return letter
