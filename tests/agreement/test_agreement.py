"""The demo walked as three people: any two places that show the same figure say the same."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from accounts.models import Contract, Customer
from tests.agreement import of_renewals
from tests.agreement.register import ABSENT, CUSTOMER, PORTFOLIO, Visit
from tests.factories import DAY

pytestmark = pytest.mark.django_db
ROLES = ("csm", "manager", "admin")
LISTS = ("/", "/cases/", "/tasks/", "/renewals/", "/qbrs/", "/next-actions/", "/forecast/?period=all", "/customers/")
SEEN = 8  # customers of the admin's portfolio whose facts are compared, those that leave first


Walk = Callable[[str], Visit]


@pytest.mark.parametrize("role", ROLES)
def test_figures_of_a_portfolio_agree(company: dict[str, int], visit: Walk, role: str) -> None:
    person = visit(role)
    differ = {}
    for figure in (*PORTFOLIO, *of_renewals.FIGURES):
        said = {place: read(person) for place, read in figure.places.items()}
        there = {place: value for place, value in said.items() if value is not ABSENT}
        assert len(there) >= 1, figure.label
        if len(set(there.values())) > 1:
            differ[figure.label] = there
    assert differ == {}


def test_facts_of_a_customer_agree(company: dict[str, int], visit: Walk) -> None:
    person = visit("admin")
    first = [*company.values(), *Customer.objects.current().order_by("-arr").values_list("pk", flat=True)[:SEEN]]
    differ = {}
    for pk in dict.fromkeys(first[:SEEN]):
        for fact in (*CUSTOMER, *of_renewals.LEAVES):
            said = {place: read(person, pk) for place, read in fact.places.items()}
            if len(set(said.values())) > 1:
                differ[pk, fact.label] = said
    assert differ == {}


def linked(page: str) -> set[int]:
    return {int(pk) for pk in re.findall(r'href="/customers/(\d+)/"', page)}


@pytest.mark.parametrize("role", ROLES)
def test_who_is_gone_is_in_no_list(company: dict[str, int], visit: Walk, role: str) -> None:
    person = visit(role)
    gone = set(Customer.objects.exclude(status__in=["live", "notice"]).values_list("pk", flat=True))
    assert gone
    main = {address: person.page(address).partition("<main")[2] for address in LISTS}
    # What is new since yesterday says who churned; it is no list of what to do.
    main["/"] = main["/"].partition("<aside>")[0]
    assert {address: linked(page) & gone for address, page in main.items() if linked(page) & gone} == {}


def test_who_gave_notice_is_said_to_leave_everywhere(company: dict[str, int], visit: Walk) -> None:
    person = visit("admin")
    for what in ("noticed", "confirmed"):
        customer = Customer.objects.get(pk=company[what])
        assert customer.status == "notice", what
        for panel in ("contracts", "renewal"):
            words = person.words(f"/customers/{customer.pk}/{panel}/", htmx=True)
            assert not re.search(r"[Rr]enews by itself", words), (what, panel)
    day = person.page("/").partition("<aside>")[0]
    assert company["noticed"] in linked(day)
    taken_back = Customer.objects.get(pk=company["withdrawn"])
    assert (taken_back.status, taken_back.leaves_on) == ("live", None)
    assert "Win the customer back" not in person.words(f"/customers/{taken_back.pk}/")


def test_a_term_that_is_over_is_not_shown_as_running(company: dict[str, int], visit: Walk) -> None:
    """The period that the contracts panel shows of a contract that runs ends after today."""
    person = visit("admin")
    wrong = []
    running = Contract.objects.running_on(DAY).filter(customer__in=Customer.objects.current())
    for contract in running.order_by("pk")[:15]:
        page = person.page(f"/customers/{contract.customer_id}/contracts/", htmx=True)
        name = contract.external_id or str(contract.pk)
        runs = page.partition(name)[2].partition("Runs</dt>")[2].partition("</dd>")[0]
        days = [dt.date.fromisoformat(day) for day in re.findall(r'<time datetime="([\d-]+)"', runs)]
        assert days, name
        if len(days) > 1 and days[1] < DAY:
            wrong.append((name, days))
    assert wrong == []
