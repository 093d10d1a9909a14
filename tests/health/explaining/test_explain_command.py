"""``manage.py explain``: what it prints can be recomputed, and what it refuses says why."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Customer, ExternalKey
from health import scoring
from health.models import Score
from health.publishing import shipped
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.scoring.test_scoring import portfolio_customer

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def customer() -> Customer:
    shipped.install(DAY)
    one = portfolio_customer(1)
    Customer.objects.filter(pk=one.pk).update(name="Cobalt Freight")
    ExternalKey.objects.create(customer=one, source="crm", external_id="C-1")
    scoring.score_history([ago(30)])
    use(one, [150])
    scoring.score_range(one.pk, one.pk, DAY)
    one.refresh_from_db()
    return one


def explain(*words: str) -> str:
    out = StringIO()
    call_command("explain", *words, stdout=out)
    return out.getvalue()


def days() -> tuple[str, str]:
    return ago(30).isoformat(), DAY.isoformat()


def recomputed(end: dict[str, Any], card: dict[str, Any]) -> Fraction:
    """The sum of points × weights from the JSON alone, as its rules say."""
    points = {one["measure"]: one["points"] for one in end["measures"]}
    groups = []
    for group in card["groups"]:
        there = [
            (Fraction(str(m["weight"])), points[m["measure"]])
            for m in group["measures"]
            if points[m["measure"]] is not None
        ]
        if there:
            weight = sum(w for w, _ in there)
            groups.append((Fraction(str(group["weight"])), sum(w * p for w, p in there) / weight))
    return sum(w * value for w, value in groups) / sum(w for w, _ in groups)


def test_json_can_be_recomputed_with_other_tools(customer: Customer) -> None:
    found = json.loads(explain("Cobalt Freight", *days(), "--json"))
    ends = {day: Score.objects.filter(customer=customer).as_of(day).get() for day in (ago(30), DAY)}
    assert (Decimal(found["from"]["value"]), Decimal(found["to"]["value"])) == (ends[ago(30)].value, ends[DAY].value)
    assert Decimal(found["difference"]) == ends[DAY].value - ends[ago(30)].value  # type: ignore[operator]
    assert (
        sum(Decimal(part["points"]) for part in found["parts"]) == Decimal(found["sum"]) == Decimal(found["difference"])
    )
    assert sum(Fraction(part["exact"]) for part in found["parts"]) == Fraction(found["difference"])
    by_key = {(card["key"], card["version"]): card for card in found["scorecards"]}
    for end in (found["from"], found["to"]):
        exact = recomputed(end, by_key[end["scorecard"]["key"], end["scorecard"]["version"]])
        assert abs(exact - Fraction(end["raw"])) <= Fraction(1, 100)
        # The weights shown are those the sum was made with.
        shown = sum(one["points"] * Fraction(one["weight"]) for one in end["measures"] if one["points"] is not None)
        assert shown == exact


@pytest.mark.parametrize("word", ["Cobalt Freight", "C-1", "crm:C-1"])
def test_a_customer_goes_by_name_and_by_key(customer: Customer, word: str) -> None:
    assert json.loads(explain(word, *days(), "--json"))["customer"]["id"] == customer.pk


def test_a_customer_goes_by_its_number(customer: Customer) -> None:
    assert json.loads(explain(str(customer.pk), *days(), "--json"))["customer"]["id"] == customer.pk
    assert json.loads(explain(f"id:{customer.pk}", *days(), "--json"))["customer"]["id"] == customer.pk


def test_the_table_ends_with_the_sum(customer: Customer) -> None:
    lines = explain("Cobalt Freight", *days()).splitlines()
    assert lines[0] == "Cobalt Freight, health"
    parts = [Decimal(line.split()[-1].replace("+", "")) for line in lines[3:]]
    assert sum(parts[:-1]) == parts[-1]


def test_without_a_score_it_says_so(customer: Customer) -> None:
    early = ago(200).isoformat()
    found = json.loads(explain("Cobalt Freight", early, DAY.isoformat(), "--json"))
    assert (found["difference"], found["sum"], found["parts"], found["no_score"]) == (None, None, [], [early])
    assert found["from"] == {"day": early, "value": None}
    assert "there is no difference" in explain("Cobalt Freight", early, DAY.isoformat())
    assert json.loads(explain("C-1", *days(), "--json", "--purpose", "risk"))["no_score"] == list(days())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Nobody", "2026-10-25", "2026-11-24"), "No customer goes by 'Nobody'"),
        (("C-1", "2026-13-25", "2026-11-24"), "FROM must be a day like 2026-11-22, not '2026-13-25'"),
        (("C-1", "2026-10-25", "today"), "TO must be a day like 2026-11-22, not 'today'"),
        (("C-1", "2026-11-25", "2026-11-24"), "FROM 2026-11-25 is after TO 2026-11-24."),
        (("9" * 30, "2026-10-25", "2026-11-24"), "No customer goes by"),
    ],
)
def test_what_is_wrong_is_named(customer: Customer, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        explain(*words)
    assert refused.value.returncode == 1


def test_an_ambiguous_name_lists_who_is_meant(customer: Customer) -> None:
    other = make.customer(name="Cobalt Freight")
    with pytest.raises(CommandError, match=f"id:{other.pk} Cobalt Freight"):
        explain("Cobalt Freight", *days())
