"""Who uses the product for a customer: the panel, and the people behind each of its figures."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import ContactRole, Customer
from accounts.request import SignedIn, admins_only
from config.ui.context import frame_of
from config.web import address
from config.web.finding import visible
from config.web.paging import numbered
from config.web.toast import toast
from health.explaining import people
from health.measures import SHIPPED
from health.models import Person
from health.signals import forgetting
from health.words.amounts import shown

PAGE: Final = 50
WORDS: Final[dict[str, str | Promise]] = {
    **dict(ContactRole.choices),
    people.NO_ROLE: _("Contacts without a role"),
    people.UNKNOWN: _("Not known as contacts"),
    people.AGENTS: _("Agents"),
}


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """How many people use the product, by role; agents apart."""
    customer = visible(request, Customer.objects, pk)
    amounts, groups = people.people_use(customer, frame_of(request).today)
    figures = [
        (SHIPPED[key], shown(amount, SHIPPED[key].unit)) for key, amount in amounts.items() if amount is not None
    ]
    context = {
        "customer": customer,
        "figures": figures,
        "groups": [(group, WORDS[group.name]) for group in groups],
    }
    return render(request, "health/_people.html", context)


@require_GET
def page(request: SignedIn, pk: int) -> HttpResponse:
    """The people of ``?who=`` (a role, or one of the other groups; empty: all people), who came last first."""
    customer = visible(request, Customer.objects, pk)
    group = address.choice(request, "who", people.GROUPS)
    rows = people.people_of(customer, frame_of(request).today, group)
    context = {
        "customer": customer,
        "group": group,
        "choices": WORDS,
        "page": numbered(request, rows, PAGE),
    }
    return render(request, "health/people.html", context)


@require_POST
@admins_only
def forget(request: SignedIn, pk: int, person_pk: int) -> HttpResponse:
    """Forget who one person is, as somebody may ask of us; the days stay."""
    customer = visible(request, Customer.objects, pk)
    forgetting.forget(get_object_or_404(Person, pk=person_pk, customer=customer))
    return toast(request, redirect("health:people", customer.pk), gettext("Forgotten: the days are somebody’s now."))
