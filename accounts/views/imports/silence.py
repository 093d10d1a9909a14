"""The mail to admins about a source that has fallen silent."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports import hearing, silences
from accounts.models import Organisation, User
from config import clock
from config.mail import goes_out, queue_mail
from config.ui import figures


def tell(now: dt.datetime) -> int:
    """Queue a mail to each admin for each source that is silent, once a silence; returns how many mails.

    Nothing without a mail relay, and nothing while the organisation's day is frozen.
    """
    organisation = clock.organisation()
    if organisation is None or organisation[1] is not None or not goes_out():
        return 0
    zone, _frozen = organisation
    today = clock.day_of(now, zone)
    silent = [
        (row.name, row.last_on, days)
        for row in hearing.sources(now, zone)
        if row.last_on and (days := row.silent_days(today)) is not None
    ]
    if not silent:
        return 0
    url = Organisation.objects.values_list("url", flat=True).first() or ""
    return sum(_queue(admin, url, *source) for admin in silences.admins().order_by("pk") for source in silent)


def _queue(admin: User, url: str, source: str, last_on: dt.date, days: int) -> bool:
    with translation.override(admin.language):
        subject = ngettext(
            "%(source)s has been silent for %(days)s day", "%(source)s has been silent for %(days)s days", days
        ) % {"source": source, "days": days}
        text = _(
            "Nothing has come from it since %(last)s; by now something should have. The data that this source brings grows old here."
        ) % {"last": figures.day_head(last_on)}
        if url:
            text = f"{text}\n\n{url.rstrip('/')}{reverse('accounts:source', args=[source])}"
        letter = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [admin.email])
    return queue_mail(letter, dedup_key=f"silent:{source}:{last_on}:{admin.pk}")
