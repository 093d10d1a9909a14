"""The objects with a history page: who may read it, and the object's own page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts import access
from accounts.models import Attribute, Customer, Organisation, Segment, User
from config.history.models import CUSTOMER, Entry, own
from health.models import Case, CaseRule, OwnMeasure, Scorecard
from playbooks.models import Playbook, Task
from renewals.models import Renewal

Seen = Callable[[User], QuerySet[Any]]


@dataclass(frozen=True)
class Page:
    """``seen`` gives the objects whose history a person may read; ``url`` is their route, with the id if ``keyed``."""

    seen: Seen
    url: str = ""
    keyed: bool = True

    def address(self, pk: int) -> str:
        return reverse(self.url, args=[pk] if self.keyed else []) if self.url else ""


def for_admins(model: type[Model]) -> Seen:
    """All rows for admins, none for others."""
    rows = model._default_manager
    return lambda user: rows.all() if access.configures(user) else rows.none()


PAGES: Final[dict[str, Page]] = {
    "customer": Page(Customer.objects.visible_to, "accounts:customer"),
    "renewal": Page(Renewal.objects.visible_to, "renewals:renewal"),
    "case": Page(Case.objects.visible_to, "health:case"),
    "task": Page(Task.objects.visible_to),
    "caserule": Page(lambda _user: CaseRule.objects.all(), "health:case_rule"),
    "playbook": Page(for_admins(Playbook), "playbooks:playbook"),
    "scorecard": Page(for_admins(Scorecard), "health:scorecard"),
    "ownmeasure": Page(for_admins(OwnMeasure)),
    "segment": Page(for_admins(Segment), "accounts:segment"),
    "attribute": Page(for_admins(Attribute), "accounts:attribute"),
    "user": Page(for_admins(User), "accounts:user"),
    "organisation": Page(for_admins(Organisation), "accounts:organisation", keyed=False),
}


def entries_of(kind: str, pk: int, user: User) -> QuerySet[Entry]:
    """The entries of an object and its parts, the newest first; 404 where ``user`` may not see it."""
    page = PAGES.get(kind)
    if page is None:
        raise Http404
    get_object_or_404(page.seen(user).only("pk"), pk=pk)
    condition = Q(customer_id=pk) if kind == CUSTOMER else own(kind, pk) | Q(whole=kind, whole_id=pk)
    return Entry.objects.filter(condition).order_by("-pk")


def address(entry: Entry) -> str:
    """The page of an entry's row: its own, that of its whole, or that of its customer; "" without any."""
    if entry.operation != "deleted" and entry.kind in PAGES and PAGES[entry.kind].url:
        return PAGES[entry.kind].address(entry.object_id)
    if entry.whole in PAGES and entry.whole_id:
        return PAGES[entry.whole].address(entry.whole_id)
    return PAGES["customer"].address(entry.customer_id) if entry.customer_id and entry.kind != "customer" else ""
