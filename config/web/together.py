"""Several panels answered in one request; each stays a view at its own address.

The fixed cost of a request (session, person, day, the customer) is paid once. Where a panel fails, the page requests
each panel alone, so that only that one fails.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.request import HttpHeaders
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django_htmx.middleware import HtmxDetails

from accounts.request import SignedIn
from config.web.finding import share
from config.web.tags import panel_slot

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slot:
    """A panel: its route's name, its height in ``lines``, its title, its id, and the event on which it refetches."""

    route: str
    lines: int
    title: Any
    key: str
    on: str = ""

    def waiting(self, *args: Any) -> dict[str, Any]:
        """The context of ``components/panel_slot.html`` until the panel has loaded."""
        return panel_slot(reverse(self.route, args=args), self.lines, str(self.title), self.on, self.key)


def answer(request: SignedIn, slots: Sequence[Slot], *args: Any) -> HttpResponse:
    """The panels one after the other, as their own views answer them; Http404 where one may not be seen."""
    share(request)
    try:
        parts = [_part(request, slot, args) for slot in slots]
    except (Http404, PermissionDenied):
        raise
    except Exception:
        log.exception("A panel failed; each is asked for alone.")
        transaction.set_rollback(True)
        parts = [render_to_string("components/panel_slot.html", slot.waiting(*args)).encode() for slot in slots]
    return HttpResponse(b"".join(parts))


def _part(request: SignedIn, slot: Slot, args: Sequence[Any]) -> bytes:
    """The answer of the panel's view to an htmx request at its own address."""
    path = reverse(slot.route, args=args)
    own: Any = copy.copy(request)
    own.path = own.path_info = path
    own.headers = HttpHeaders(request.META | {"HTTP_HX_REQUEST": "true"})
    own.htmx = HtmxDetails(own)
    own.resolver_match = match = resolve(path)
    response: HttpResponse = match.func(own, *match.args, **match.kwargs)
    return response.content
