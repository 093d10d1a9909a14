"""Pages of lists: chips, columns, groups and what leaves the house, in all four."""

from __future__ import annotations

import csv
import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.lists.test_kinds import MADE
from tests.counting import statements
from tests.factories import DAY, customer, organisation, segment, user

PAGES = {"customers": "/customers/", "cases": "/cases/", "tasks": "/tasks/", "renewals": "/renewals/list/"}
LONG = ("Wolverhampton and Staffordshire Precision Instruments Holdings (Europe) plc & Co", "株式会社" + "長" * 36)


@pytest.fixture
def csm(client: Client, db: None) -> User:
    organisation()
    csm = user()
    client.force_login(csm)
    return csm


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("key", PAGES)
def test_a_row_names_its_key_folds_on_a_phone_and_cuts_long_names_with_a_title(
    key: str, csm: User, client: Client
) -> None:
    for name in LONG:
        row = MADE[key](customer(owner=csm, name=name, arr=90_000, next_renewal_on=DAY + dt.timedelta(days=9)))
        text = page(client, PAGES[key])
        assert f'<tr data-row data-pk="{row.pk}" data-customer="' in text
        folded = re.search(rf'data-pk="{row.pk}".*?class="row fold-line">(.*?)</td>', text)
        assert folded is not None
        if key in {"customers", "renewals"}:
            assert "$" in folded[1]
        else:
            assert name.replace("&", "&amp;") in folded[1]
        assert f'title="{name.replace("&", "&amp;")}"' in text


@pytest.mark.parametrize("key", PAGES)
@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_grow_with_rows_columns_or_groups(key: str, rows: int, csm: User, client: Client) -> None:
    for _ in range(rows):
        MADE[key](customer(owner=csm, arr=5, segment=segment(), country="JP"))
    with statements() as plain:
        page(client, PAGES[key])
    with statements() as wide:
        page(
            client,
            f"{PAGES[key]}?columns=employees,country,segment,open_cases,attribute:x,next_renewal,has_champion,products",
        )
    with statements() as grouped:
        page(client, f"{PAGES[key]}?group=segment")
    assert len(plain) <= 9
    assert len(wide) <= len(plain) + 2  # the names of segments, the currency
    assert len(grouped) <= len(plain) + 3


@pytest.mark.parametrize("key", PAGES)
def test_a_filter_is_added_changed_and_taken_away(key: str, csm: User, client: Client) -> None:
    MADE[key](customer(owner=csm, arr=90, name="Rich"))
    MADE[key](customer(owner=csm, arr=5, name="Poor"))
    form = f"/lists/{key}/filter/"
    assert 'name="filter-0-field"' in page(client, f"{form}?sort=")
    typed = {
        "filter-how": "any",
        "filter-0-field": "arr",
        "filter-0-test": "at_least",
        "filter-0-value": "50",
        "show": "1",
    }
    answer = client.post(f"{form}?if=owner~is~me", typed)
    assert answer["Location"] == f"{PAGES[key]}?if=owner~is~me&if=arr~at_least~50"
    text = page(client, answer["Location"])
    assert "Rich" in text
    assert "Poor" not in text
    assert f'href="{PAGES[key]}?if=owner~is~me"' in text  # without it
    more = typed | {"filter-how": "none", "filter-1-field": "country", "filter-1-test": "is", "filter-1-value": "JP"}
    answer = client.post(f"{form}?if=arr~at_least~50&if=owner~is~me&member=arr~at_least~50", more)
    assert answer["Location"] == f"{PAGES[key]}?if=not~arr~at_least~50~or~country~is~JP&if=owner~is~me"
    wrong = client.post(form, typed | {"filter-0-value": "much"})
    assert (wrong.status_code, "needs a number" in wrong.content.decode()) == (422, True)
    added = client.post(form, typed | {"filter-add": "", "show": ""}, headers={"HX-Request": "true"})
    assert 'name="filter-1-field"' in added.content.decode() or added.status_code == 200
    assert client.get("/lists/people/filter/").status_code == 404


def test_columns_are_chosen_and_put_in_order(csm: User, client: Client) -> None:
    customer(owner=csm, name="Acme", employees=431, tags=["pilot", "eu"], attributes={"plan": "gold"})
    form = page(client, "/lists/customers/columns/?sort=name")
    assert 'name="place-arr"' in form
    chosen = (
        "chosen=1&sort=name&column=arr&column=attribute:plan&column=employees&column=tags&place-arr=9&place-employees=1"
    )
    answer = client.get(f"/lists/customers/columns/?{chosen}")
    assert answer["Location"] == "/customers/?sort=name&columns=employees,arr,attribute:plan,tags"
    text = page(client, answer["Location"])
    for shown in ("431", "gold", "pilot", "Employees"):
        assert shown in text
    assert "13 weeks" not in text
    usual = "&".join(
        f"column={key}" for key in ("health", "trend", "arr", "renews", "segment", "owner", "touch", "tasks")
    )
    assert client.get(f"/lists/customers/columns/?chosen=1&{usual}")["Location"] == "/customers/"


def test_groups_have_counts_sums_and_a_way_to_all_of_their_rows(csm: User, client: Client) -> None:
    large, small = segment(name="Large", position=1), segment(name="Small", position=2)
    for n in range(8):
        customer(owner=csm, segment=large, arr=100_000, name=f"L{n}")
    customer(owner=csm, segment=small, arr=None, name="S0")
    customer(owner=csm, segment=small, arr=7_000, name="S1")
    customer(owner=csm, arr=1_000, name="Loose")
    text = page(client, "/customers/?group=segment&sort=name")
    assert text.index("Large") < text.index("Small") < text.index("None: Segment")
    assert "$800k" in text
    assert "+ 1 that cannot be told" in text
    assert "2 more: Large" in text
    # As words of their own: the form key may have the same two letters.
    assert re.search(r"\bL5\b", text)
    assert not re.search(r"\bL6\b", text)
    more = re.search(r'href="([^"]+)">2 more: Large', text)
    assert more is not None
    assert re.search(r"\bL6\b", page(client, more[1].replace("&amp;", "&")))
    by_month = page(client, "/renewals/list/?group=renewals:due")
    assert "No renewal here" in by_month


@pytest.mark.parametrize("key", PAGES)
def test_a_group_folds_in_the_address_and_keeps_its_count_and_sum(key: str, csm: User, client: Client) -> None:
    large, small = segment(name="Large", position=1), segment(name="Small", position=2)
    rows = [MADE[key](customer(owner=csm, segment=of, arr=100_000, name=of.name * 2)) for of in (large, small, large)]
    text = page(client, f"{PAGES[key]}?group=segment")
    fold = re.search(rf'data-open="group" href="([^"]+folded={large.pk})"', text)
    assert fold is not None
    folded = page(client, fold[1].replace("&amp;", "&"))
    assert ('aria-expanded="false"' in folded, 'aria-expanded="true"' in folded) == (True, True)
    assert [f'data-pk="{row.pk}"' in folded for row in rows] == [False, True, False]
    assert f'value="segment~is~{large.pk}" form="picks"' in folded
    assert 'data-count="2"' in folded
    none_left = page(client, f"{PAGES[key]}?group=segment&folded={large.pk}&folded={small.pk}")
    assert "data-pk" not in none_left
    assert 'aria-expanded="false"' in none_left
    assert 'data-open="group"' not in page(client, f"{PAGES[key]}?folded={large.pk}")


@pytest.mark.parametrize("key", PAGES)
def test_what_is_shown_is_exported_with_its_columns(key: str, csm: User, client: Client) -> None:
    MADE[key](customer(owner=csm, name="=Formula()", arr=Decimal("1234.50"), country="JP"))
    answer = client.get(f"/lists/{key}/export.csv?columns=country,arr")
    lines = list(csv.reader(b"".join(answer).decode("utf-8-sig").splitlines()))  # type: ignore[arg-type]
    assert len(lines) == 2
    assert lines[0][-2:] in (["Country", "ARR"], ["Country", "ARR to renew"])
    assert lines[1][-2] == "JP"
    if key in {"customers", "renewals"}:
        assert lines[1][0] == "'=Formula()"
    assert client.get(f"/lists/{key}/export.csv?if=nonsense").status_code == 400


def test_the_touch_model_is_exported_beside_the_segment_as_the_page_shows_it(csm: User, client: Client) -> None:
    customer(owner=csm, segment=segment(name="Growth"), touch_model="tech")
    customer(owner=csm, touch_model="high")
    answer = client.get("/lists/customers/export.csv?columns=segment&sort=segment")
    lines = list(csv.reader(b"".join(answer).decode("utf-8-sig").splitlines()))  # type: ignore[arg-type]
    assert [line[-1] for line in lines] == ["Segment, touch", "Growth · tech", "high"]


def test_a_csm_filters_by_nobody_it_does_not_know(csm: User, client: Client) -> None:
    hidden = user(name="Hidden Colleague")
    assert "Hidden" not in page(client, "/lists/customers/filter/?member=owner~is~1")
    text = page(client, f"/customers/?if=owner~is~{hidden.pk}")
    assert "Hidden" not in text
    assert f"<b>{hidden.pk}</b>" in text
