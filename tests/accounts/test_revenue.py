import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import facts, periods, revenue
from accounts.ends import leaves_on
from accounts.models import Contract, ContractLine, Customer, DatedFact, Entitlement, ExchangeRate
from tests.examples import dear
from tests.factories import DAY, contract, customer, organisation

pytestmark = pytest.mark.django_db
EARLIEST = dt.date(2025, 1, 1)


@pytest.fixture(autouse=True)
def company():
    return organisation()


def told(statement: str, on: dt.date = DAY) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"day": on})
        return cursor.fetchall()


def test_currency_without_rate_cannot_be_told():
    of = customer()
    dollars, euros = contract(of, amount=100), contract(of, amount=100, currency="EUR")
    free, trial = contract(of, amount=0, currency="EUR"), contract(of, currency="EUR", is_trial=True)
    arr = dict(Contract.objects.annotate(arr=revenue.contract_arr(DAY)).values_list("pk", "arr"))
    assert [arr[made.pk] for made in (dollars, euros, free, trial)] == [Decimal(100), None, 0, 0]
    assert Customer.objects.annotate(told=revenue.customer_arr(DAY)).get().told is None
    assert revenue.currencies_without_rate() == ["EUR"]
    ExchangeRate.objects.create(currency="EUR", fiscal_year=2026, rate=Decimal("1.1"))
    assert Customer.objects.annotate(told=revenue.customer_arr(DAY)).get().told == Decimal("210.00")
    assert revenue.currencies_without_rate() == []


def test_rate_known_later_is_not_known_before():
    contract(customer(), currency="EUR", amount=100)
    ExchangeRate.objects.create(currency="EUR", fiscal_year=2026, rate=Decimal("1.1"), known_on=DAY)
    value = revenue.line_value("l", "k", "%(day)s::date", known_on="%(day)s::date")
    asked = f"""SELECT {value} FROM accounts_contractline l JOIN accounts_contract k ON k.id = l.contract_id
        CROSS JOIN accounts_organisation o"""
    assert told(asked, DAY - dt.timedelta(days=1)) == [(None,)]
    assert told(asked, DAY) == [(Decimal(110),)]


@pytest.mark.parametrize(
    ("fields", "amount", "pays"),
    [
        ({}, 1, True),
        ({}, 0, False),
        ({"is_trial": True}, 1, False),
        ({"currency": "EUR"}, 1, True),  # how much cannot be told, that it pays can
        ({"starts_on": DAY}, 1, True),
        ({"starts_on": DAY + dt.timedelta(days=1)}, 1, False),
        ({"ended_on": DAY}, 1, False),
        ({"ended_on": DAY + dt.timedelta(days=1)}, 1, True),
    ],
)
def test_who_pays(fields, amount, pays):
    contract(customer(), amount=amount, **fields)
    assert Contract.objects.paying_on(DAY).exists() == pays


def test_follower_ends_the_revenue_of_what_it_replaces():
    of = customer()
    follower = contract(of, starts_on=DAY, amount=15_000)
    contract(of, amount=12_000, replaced_by=follower)
    before = DAY - dt.timedelta(days=1)
    for day, arr in ((before, 12_000), (DAY, 15_000)):
        assert Customer.objects.annotate(arr_then=revenue.customer_arr(day)).get().arr_then == arr
    assert list(Contract.objects.running_on(DAY)) == [follower]


days = st.integers(0, 900).map(lambda number: EARLIEST + dt.timedelta(days=number))
spans = st.tuples(days, st.none() | st.integers(1, 500))


def end(span):
    return None if span[1] is None else span[0] + dt.timedelta(days=span[1])


@st.composite
def contracts(draw):
    """What a contract may hold, with its line and entitlement; the second of a pair may replace the first."""
    life, agreed, line, seats = draw(spans), draw(st.none() | st.integers(1, 700)), draw(spans), draw(spans)
    starts_on = life[0]
    notice = draw(st.none() | days)
    return {
        "contract": {
            "starts_on": starts_on,
            "ended_on": end(life),
            "ends_on": agreed and starts_on + dt.timedelta(days=agreed),
            "term_months": draw(st.sampled_from([1, 6, 12, 36])),
            "auto_renews": draw(st.booleans()),
            "is_trial": draw(st.booleans()),
            "notice_days": draw(st.sampled_from([0, 30, 90])),
            "notice_given_on": notice,
            "notice_withdrawn_on": notice and draw(st.none() | days),
            "currency": draw(st.sampled_from(["USD", "EUR"])),
        },
        "line": {"starts_on": line[0], "ends_on": end(line), "annual_amount": draw(st.sampled_from([0, 100]))},
        "seats": {"starts_on": draw(st.none() | st.just(seats[0])), "ends_on": end(seats)},
    }


@settings(max_examples=dear(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pair=st.lists(contracts(), min_size=1, max_size=2), replaced=st.booleans(), on=days)
def test_queryset_and_text_agree_with_what_the_words_mean(company, pair, replaced, on):
    Customer.objects.all().delete()
    of = customer()
    made = [Contract.objects.create(customer=of, **one["contract"]) for one in pair]
    for row, one in zip(made, pair, strict=True):
        ContractLine.objects.create(contract=row, product="Suite", **one["line"])
        Entitlement.objects.create(contract=row, kind="seats", quantity=5, **one["seats"])
    if replaced and len(made) == 2:
        made[0].replaced_by = made[1]
        made[0].save()
    day = "%(day)s::date"

    def within(row, first="starts_on", last="ends_on"):
        begun, stops = getattr(row, first), getattr(row, last)
        return (begun is None or begun <= on) and (stops is None or stops > on)

    running = {
        row.pk
        for row in made
        if within(row, last="ended_on") and (row.replaced_by is None or row.replaced_by.starts_on > on)
    }
    lines = {row.pk for row in ContractLine.objects.all() if within(row)}
    held = {row.pk for row in Entitlement.objects.all() if within(row)}
    paying = {
        line.contract_id
        for line in ContractLine.objects.filter(pk__in=lines, annual_amount__gt=0, contract__is_trial=False)
    } & running
    for queryset, table, text, expected in (
        (Contract.objects.running_on(on), "contract", periods.runs("x", day), running),
        (Contract.objects.paying_on(on), "contract", revenue.is_paying("x", day), paying),
        (ContractLine.objects.running_on(on), "contractline", periods.line_runs("x", day), lines),
        (Entitlement.objects.in_force_on(on), "entitlement", periods.in_force("x", day), held),
    ):
        assert set(queryset.values_list("pk", flat=True)) == expected
        assert {row[0] for row in told(f"SELECT x.id FROM accounts_{table} x WHERE {text}", on)} == expected
    amounts = dict(Contract.objects.annotate(arr=revenue.contract_arr(on)).values_list("pk", "arr"))
    assert amounts == dict(told(f"SELECT x.id, {revenue.contract_value('x', day)} FROM accounts_contract x", on))
    whole = Customer.objects.annotate(told=revenue.customer_arr(on)).get().told
    assert told(f"SELECT {revenue.customer_value('x', day)} FROM accounts_customer x", on) == [(whole,)]
    parts = [amounts[pk] for pk in running]
    assert whole == (None if None in parts else sum(parts))
    left = dict(Contract.objects.with_leaves_on().values_list("pk", "leaves_on"))
    assert left == dict(told(f"SELECT x.id, {leaves_on('x')} FROM accounts_contract x"))
    for row in made:
        stands = row.is_noticed or row.ended_on is not None
        assert (left[row.pk] is not None) == (stands and row.replaced_by is None)


@settings(max_examples=dear(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.dictionaries(days, st.tuples(st.sampled_from(["", "7", "8"]), st.none() | days), max_size=4),
    on=days,
    now=st.booleans(),
)
def test_a_past_day_reads_the_newest_row_and_empty_is_an_answer(company, rows, on, now):
    Customer.objects.all().delete()
    of = customer(touch_model="low" if now else "tech")
    for day, (value, known_on) in rows.items():
        DatedFact.objects.create(customer=of, fact="touch", from_day=day, value=value, known_on=known_on)
    earlier = [day for day in rows if day <= on]
    expected = rows[max(earlier)][0] if earlier else None
    assert Customer.objects.annotate(was=facts.as_of(on, "touch")).get().was == expected
    text = facts.value_on("x.id", "touch", "%(day)s::date")
    assert told(f"SELECT {text} FROM accounts_customer x", on) == [(expected,)]
    fallback = facts.value_or_now("x", "touch", "%(day)s::date")
    assert told(f"SELECT {fallback} FROM accounts_customer x", on) == [
        (of.touch_model if expected is None else expected,)
    ]
    told_by = [day for day in earlier if rows[day][1] is None or rows[day][1] <= on]
    known = facts.value_on("x.id", "touch", "%(day)s::date", known_on="%(day)s::date")
    assert told(f"SELECT {known} FROM accounts_customer x", on) == [(rows[max(told_by)][0] if told_by else None,)]
