"""Renewals in the command palette."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import finding
from accounts.finding import Entry, Kind, PagePlace
from config.folding import Wanted
from config.ui import figures
from config.ui.tags import pill
from renewals.models import Renewal


def search(rows: QuerySet[Renewal], wanted: Wanted) -> QuerySet[Any]:
    matching = finding.by_customer(rows.still_open(), wanted)  # type: ignore[attr-defined]
    return rows.filter(pk__in=finding.some(matching)).order_by("due_on", "pk")


def entry(renewal: Renewal, day: dt.date) -> Entry:
    customer = renewal.customer
    note = _now("ends %(day)s") % {"day": figures.day(renewal.due_on, day)}
    return Entry(
        reverse("renewals:renewal", args=[renewal.pk]), _now("Renewal of %(name)s") % {"name": customer.name},
        f"{note} · {renewal.get_stage_display()}", icon="renewal", end=pill(customer.score, customer.band),
    )  # fmt: skip


KINDS: Final = (
    Kind(
        "renewal",
        _("Renewals"),
        lambda user: Renewal.objects.visible_to(user).select_related("customer"),
        search,
        entry,
    ),
)
PAGES: Final = (PagePlace(_("QBRs"), "doc", "renewals:qbrs"),)


def install() -> None:
    """For ``AppConfig.ready``."""
    finding.register(kinds=KINDS, pages=PAGES)
