"""The daily digest as a letter: whether one is wanted, and what it says."""

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

    Nothing is mailed of another day than today (a backlog is no news), while the organisation's day is frozen, to
    somebody who has gone or switched it off since, of customers no longer theirs, or without a mail relay.
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
    """The mail in the language at hand: subject, text, minimal HTML; None when nothing is left to tell."""
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
    told = figures.listed(f"{section.kind.label} {figures.number(section.total)}" for section in sections)
    subject = _("%(day)s: %(told)s") % {"day": figures.day_head(digest.day), "told": told}
    text = render_to_string("health/digest_mail.txt", context)
    letter = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [digest.user.email])
    letter.attach_alternative(render_to_string("health/digest_mail.html", context), "text/html")
    return letter
