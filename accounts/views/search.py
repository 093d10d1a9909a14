"""What the palette lists: acts, records and pages that match the text; without text, the records opened last."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import finding
from accounts.finding import Entry, Group
from accounts.request import SignedIn
from config.folding import Wanted
from config.text import row_number
from config.ui.context import frame_of

LONGEST: Final = 100
RECENT: Final = 8
ACTS: Final = ">"
SIGNS: Final = ("#",)


@require_GET
def search(request: SignedIn) -> HttpResponse:
    """A list for the palette, else a page. ``on`` is the customer of the page, ``recent`` the records opened last
    (``case:5,…``).

    A leading ``>`` lists acts alone, ``#`` contracts. One statement a kind, whatever the number of matches.
    """
    text = request.GET.get("q", "").strip()[:LONGEST]
    sign = text[:1] if text[:1] in (ACTS, *SIGNS) else ""
    words = text.removeprefix(sign).strip()
    frame = frame_of(request)
    day, user, wanted = frame.today, request.user, Wanted.of(words)
    records = _records(request.GET.get("recent", ""))
    groups, needy = [], ""
    if sign not in SIGNS:
        recent_ids = [pk for kind, pk in records if kind == "customer"]
        acts = finding.offered(user, words, on=row_number(request.GET.get("on", "")), known=recent_ids, day=day)
        groups.append(Group(_("Actions"), acts))
        needy = "" if acts else finding.without_customer(user, words)
    if not wanted and not sign:
        groups.append(Group(_("Recent"), finding.recent(user, records, day)))
    if sign != ACTS:
        groups += finding.found(user, wanted, day, sign)
    if wanted and not sign:
        places = finding.pages(user, [*frame.places, *frame.configure], wanted)
        groups.append(Group(_("Pages"), [Entry(place.url, str(place.words), icon=place.icon) for place in places]))
    listed = [group for group in groups if group.entries]
    context = {"words": words, "groups": listed, "act_without_customer": needy, "start": not text}
    return render(request, "accounts/_found.html" if request.htmx else "accounts/search.html", context)


def _records(listed: str) -> list[tuple[str, int]]:
    """``case:5,customer:12`` as kinds and ids; skips parts without a number, as browsers send the text."""
    pairs = [part.partition(":") for part in listed.split(",")[:RECENT]]
    numbered = [(kind, row_number(number)) for kind, _colon, number in pairs]
    return [(kind, number) for kind, number in numbered if number is not None]
