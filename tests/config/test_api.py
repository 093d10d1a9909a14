"""Lists of the API are walked whole, once, by cursor, in a steady order; nothing that they do not know is asked of them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core import signing
from rest_framework.viewsets import GenericViewSet

from accounts.models import Customer, DatedFact, ExchangeRate
from config.web.api.door import Door
from config.web.api.routes import api_router
from config.web.api.walking import later
from health.models import UsageDay
from health.signals.partitions import ensure_partitions
from tests.factories import DAY, contract, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    organisation()
    client.force_login(user("admin"))
    return client


def walked(client, url, size):
    """Every row of a list, page by page."""
    found, pages = [], 0
    following = f"{url}{'&' if '?' in url else '?'}page_size={size}"
    while following and pages < 50:
        answer = client.get(following)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert 1 <= len(body["results"]) <= size
        found += body["results"]
        following, pages = body["next"], pages + 1
    return found


def test_every_list_has_an_order_that_tells_any_two_rows_apart(rf):
    for prefix, viewset, _basename in api_router().registry:
        assert issubclass(viewset, Door), prefix
        if not issubclass(viewset, GenericViewSet) or not hasattr(viewset, "list") or "list" not in viewset.walked:
            continue
        if viewset.pagination_class is None:  # figures, all of them in one answer
            continue
        view = viewset(action="list", kwargs={}, format_kwarg=None)
        view.action_map = {"get": "list"}
        view.request = view.initialize_request(rf.get("/api/v1/x/"))
        view.request.user = user("admin")
        rows = view.get_queryset()
        order = [column.removeprefix("-") for column in map(str, rows.query.order_by)]
        unique = [set(one) for one in rows.model._meta.total_unique_constraints for one in [one.fields]]
        key = {field.name for field in rows.model._meta.pk_fields}
        assert "pk" in order or any(one <= set(order) for one in [*unique, key]), prefix
        empty = [name for name in order if name != "pk" and rows.model._meta.get_field(name).null]
        assert empty == [], prefix


def test_lists_are_walked_whole(admin):
    for number in range(7):
        one = customer(name=f"Same {number // 3}", status="live")
        contract(one)
    DatedFact.objects.bulk_create(
        DatedFact(customer=one, fact="status", from_day=DAY - dt.timedelta(days=99), value="live")
        for one in Customer.objects.all()
    )
    for url in (
        "/api/v1/customers/",
        f"/api/v1/customers/?status=any&as_of={DAY - dt.timedelta(days=1)}",
        "/api/v1/contracts/",
    ):
        for size in (1, 3, 7):
            found = walked(admin, url, size)
            assert len({row["id"] for row in found}) == len(found) == 7, (url, size)
    names = [row["name"] for row in walked(admin, "/api/v1/customers/", 2)]
    assert names == sorted(names)
    ensure_partitions(DAY, DAY)
    UsageDay.objects.bulk_create(UsageDay(customer=one, day=DAY) for one in Customer.objects.all())
    ExchangeRate.objects.bulk_create(
        ExchangeRate(currency="CHF", fiscal_year=year, rate=1, known_on=DAY) for year in (2025, 2026, 2027)
    )
    assert [row["fiscal_year"] for row in walked(admin, "/api/v1/rates/", 2)] == [2027, 2026, 2025]
    assert len(walked(admin, "/api/v1/usage/", 2)) == 7


@pytest.mark.parametrize("size", ["0", "-1", "1001", "x", "9" * 40])
def test_a_size_that_is_none_is_named(admin, size):
    answer = admin.get("/api/v1/customers/", {"page_size": size})
    assert (answer.status_code, list(told(answer))) == (400, ["page_size"])


def test_a_cursor_is_taken_by_its_own_list_alone(admin):
    for number in range(3):
        customer(name=f"C{number}")
    mine = re.search(r"cursor=([^&]+)", admin.get("/api/v1/customers/?page_size=1").json()["next"]).group(1)
    for url, cursor in (
        ("/api/v1/contacts/", mine),
        ("/api/v1/customers/", mine[:-1] + ("a" if mine[-1] != "a" else "b")),
        ("/api/v1/customers/", signing.dumps(["a", 1], salt="other")),
        ("/api/v1/customers/", ""),
    ):
        answer = admin.get(f"{url}?cursor={cursor}")
        assert (answer.status_code, list(told(answer))) == (400, ["cursor"]), url


def test_what_comes_later_is_cut_by_the_first_column():
    rows = Customer.objects.filter(later(["name", "-pk"], ["B", 5]))
    assert str(rows.query).count('"accounts_customer"."name" >= B') == 1
