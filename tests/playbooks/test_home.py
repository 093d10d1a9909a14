"""How we stand: the home of who only reads, each figure as on the page that it opens."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer, User
from tests.factories import contract, customer, user
from tests.playbooks.conftest import signed_in
from tests.playbooks.rows import before, case, closed, renewal, score

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def fill(number: int, owner: User) -> list[Customer]:
    """So many customers in the red, each with a renewal, a late case, a closed term and news."""
    made = []
    for n in range(number):
        of = customer(owner=owner, arr=100_000, score=40, band="red", next_renewal_on=before(-20))
        score(of, 80, 40)
        score(of, 40, 1)
        contract(of)
        renewal(of, 20, arr=60_000, model_likelihood=Decimal("0.5"))
        closed(of, 3, arr=40_000, closed_arr=40_000, term_number=n + 2)
        case(of, 9, due_on=before(2))
        made.append(of)
    return made


def tallies(client: Client, address: str) -> dict[str, str]:
    """Label of each figure → what it says."""
    page = client.get(address).content.decode()
    found = re.findall(r'<span class="label">(.*?)</span>\s*<span class="value">(.*?)</span>', page, re.DOTALL)
    return {_plain(label): _plain(value) for label, value in found}


def _plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_each_figure_is_that_of_the_page_it_opens() -> None:
    csm = user(name="Mara")
    fill(3, csm)
    customer(owner=csm, arr=900_000, status="churned")
    client = signed_in(user("viewer"))
    home = tallies(client, "/")
    forecast = tallies(client, "/forecast/")
    totals = _plain(client.get("/customers/totals/", headers={"hx-request": "true"}).content.decode())
    assert (home["ARR"], home["Renewing inside 90 days"]) == ("$300k", "$300k")
    assert "$300k" in totals
    assert "3 renewing inside 90 days, $300k" in totals
    assert home["Forecast Q4 2026"] == forecast["Final forecast"] == "$210k 70.0%"
    assert home["Kept so far, Q4 2026"] == "100.0%"
    assert home["Open cases"] == "3"
    assert "3 late" in _plain(client.get("/").content.decode())


def test_only_who_reads_comes_home_to_it() -> None:
    for role in ("csm", "manager", "admin", "viewer"):
        client = signed_in(user(role))
        assert ("How we stand" in client.get("/").content.decode()) == (role == "viewer")
    assert "My day" in client.get("/?scope=all").content.decode().split("<h1>")[1]


def test_before_anything_has_closed_nothing_was_kept() -> None:
    assert tallies(signed_in(user("viewer")), "/")["Kept so far, Q4 2026"] == "–"


def test_statements_do_not_depend_on_rows() -> None:
    client, asked = signed_in(user("viewer")), []
    for rows in (1, 3):
        fill(rows, user())
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        asked.append(len(queries))
    assert asked[0] == asked[1]
