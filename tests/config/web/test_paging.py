"""Leafing through lists: by key and by number, with the address's filters."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest
from django.template import Context, Template
from django.test import RequestFactory

from accounts.keyset import Order, read_number
from accounts.models import Customer
from config.web.paging import neighbours, numbered, walked
from tests.counting import statements
from tests.factories import customer

BY_ARR = Order("arr", read_number, descending=True)


@pytest.fixture
def three() -> list[Customer]:
    return [customer(name=f"Customer {arr}", arr=arr) for arr in (300, 200, 100)]


def asked(query: str = ""):
    return RequestFactory().get(f"/customers/?band=red&{query}")


@pytest.mark.django_db
def test_a_long_list_is_walked_by_key_both_ways(three: list[Customer]):
    request = asked()
    first = walked(request, Customer.objects.all(), BY_ARR, 2)
    assert (list(first), first.before, first.number, first.total) == (three[:2], None, None, None)
    later = neighbours(request, first)[1]
    second = walked(RequestFactory().get(later), Customer.objects.all(), BY_ARR, 2)
    assert (list(second), second.after) == (three[2:], None)
    earlier = neighbours(RequestFactory().get(later), second)[0]
    assert "band=red" in earlier
    assert "after=" not in earlier
    assert list(walked(RequestFactory().get(earlier), Customer.objects.all(), BY_ARR, 2)) == three[:2]
    for key in ("after=x", "before=200.00~", "after=%00~1"):
        with pytest.raises(BadRequest):
            walked(asked(key), Customer.objects.all(), BY_ARR)


@pytest.mark.django_db
def test_a_short_list_is_leafed_through_by_number(three: list[Customer]):
    rows = Customer.objects.order_by("-arr")
    for query, number, shown in (
        ("", 1, three[:2]),
        ("page=2", 2, three[2:]),
        ("page=9", 2, three[2:]),
        ("page=x", 1, three[:2]),
    ):
        page = numbered(asked(query), rows, 2)
        assert (list(page), page.number, page.pages, page.total) == (shown, number, 2, 3)
        earlier, later = neighbours(asked(query), page)
        assert earlier == ("/customers/?band=red&page=1" if number == 2 else "/customers/?band=red")
        assert later == ("/customers/?band=red&page=2" if number == 1 else "/customers/?band=red")
    assert len(numbered(asked(), rows.none(), 2)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "cost"), [(2, 2), (3, 1)])
def test_rows_are_counted_only_where_more_pages_follow(three: list[Customer], size: int, cost: int):
    with statements() as seen:
        page = numbered(asked(), Customer.objects.order_by("-arr"), size)
    assert (len(seen), page.total, len(page)) == (cost, 3, size)


@pytest.mark.django_db
def test_pages_are_leafed_in_a_list_in_a_panel_and_without_script(three: list[Customer]):
    page = numbered(asked(), Customer.objects.order_by("-arr"), 2)

    def drawn(more: str) -> str:
        return Template(f"{{% load ui %}}{{% pagination page {more} %}}").render(
            Context({"page": page, "request": asked()})
        )

    href = 'rel="next" href="/customers/?band=red&amp;page=2'
    assert f'{href}">' in drawn("")
    assert f'{href}#t">' in drawn('at="#t"')
    assert f'{href}" hx-get="/customers/?band=red&amp;page=2" hx-target="#l" hx-push-url="true">' in drawn('"#l"')
    assert 'hx-target="#p" hx-swap="outerHTML">' in drawn('panel="#p"')
    assert "1 of 2" in drawn("")
