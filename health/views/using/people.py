"""Who uses the product for a customer: the panel, and the people behind each of its figures."""

from __future__ import annotations

from typing import Final

from django.forms import Form
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import exporting
from accounts.models import ContactRole, Customer
from accounts.request import SignedIn, admins_only
from config.history.departures import left
from config.ui.context import frame_of
from config.web import address
from config.web.asking import ask
from config.web.coming import came_from
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
COLUMNS: Final = (
    _("Person"), _("Roles"), _("Days of 28"), _("Uses"), _("Last use"), _("First use"), _("Core work since"),
)  # fmt: skip
# What goes with the name of a person, and with that of an agent.
FORGETS: Final = {
    False: _(
        "The days still count, but nobody can tell any more whose they are, nor of this person’s agents. The contact stays. "
        "There is no Undo."
    ),
    True: _(
        "The days still count, but nobody can tell any more whose they are, nor of the person whom this agent works for. "
        "The contact stays. There is no Undo."
    ),
}


@require_GET
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """How many people use the product, by role; agents apart."""
    customer = visible(request, Customer.objects, pk)
    frame = frame_of(request)
    amounts, groups = people.people_use(customer, frame.today, frame.standing[2])
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


@require_GET
def export(request: SignedIn, pk: int) -> StreamingHttpResponse:
    """The people of the page as CSV; cells that a spreadsheet would run are disarmed."""
    customer, day = visible(request, Customer.objects, pk), frame_of(request).today
    group = address.choice(request, "who", people.GROUPS)
    rows = people.people_of(customer, day, group)
    left("people", rows=rows.count(), customer=customer.pk, who=group)
    cells = (
        [
            person.name, "; ".join(person.contact.role_words if person.contact and person.is_there else []),
            person.came, person.uses, person.came_on, person.began_on, person.core_since,
        ]
        for person in rows.iterator(chunk_size=2000)
    )  # fmt: skip
    return exporting.file(f"people-{customer.pk}-{day}", COLUMNS, cells)


@require_http_methods(["GET", "POST"])
@admins_only
def forget(request: SignedIn, pk: int, person_pk: int) -> HttpResponse:
    """Ask whether to forget who one person is, and forget it, as somebody may ask of us; the days stay."""
    customer = visible(request, Customer.objects, pk)
    person = get_object_or_404(Person.objects.select_related("contact"), pk=person_pk, customer=customer)
    if request.method != "POST":
        title = gettext("Forget who %(name)s is?") % {"name": person.name}
        return ask(request, Form(), title, gettext("Forget"), about=f"{customer.name}: {FORGETS[person.is_agent]}")
    forgetting.forget(person)
    return toast(request, redirect(came_from(request)), gettext("Forgotten. The days still count, without a name."))
