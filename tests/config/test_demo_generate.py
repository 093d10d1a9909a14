import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection

from accounts import lifecycle
from accounts.models import (
    Cancellation,
    Contact,
    Contract,
    Customer,
    DatedFact,
    Entitlement,
    Organisation,
    Outcome,
    Role,
    Segment,
    Touchpoint,
    User,
)
from config.demo import generate, replacing
from config.demo.models import Portfolio
from config.demo.plan import Plan, three_years
from health.models import FeatureDay, SurveyResponse, Ticket, UsageDay
from health.signals import linking
from tests.config.demo_digests import digest, digests

pytestmark = pytest.mark.django_db

UNTIL = dt.date(2026, 11, 22)
SMALL = three_years(30, 7, UNTIL)


def scalar(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


PEOPLE = f"""
    SELECT json_build_array(count(*) FILTER (WHERE p.names > p.people) > 0, count(*) FILTER (WHERE u.people[1] + coalesce(u.people[2], 0) <> p.people))
    FROM health_usageday u JOIN (
        SELECT h.customer_id, d.day, count(*) AS names, count(DISTINCT {linking.who()}) AS people
        FROM health_person h JOIN health_personday d ON d.person_id = h.id WHERE NOT h.is_agent GROUP BY 1, 2) p USING (customer_id, day)
"""


def test_the_same_seed_gives_the_same_rows_whatever_the_chunks():
    generate.fresh(SMALL)
    whole = digests()
    generate.fresh(SMALL, chunk=11)
    assert digests() == whole
    assert all(rows for rows, _word in whole.values())
    assert scalar(PEOPLE) == [True, 0], "some come under two names on a day, and count once"
    generate.fresh(replace(SMALL, seed=8))
    others = digests()
    assert [table for table in whole if others[table] == whole[table]] == ["accounts_externalkey"]


def test_adding_days_comes_to_the_same_as_making_them_at_once():
    later = replace(SMALL, until=UNTIL + dt.timedelta(days=75))
    generate.fresh(later)
    at_once = digests()
    generate.fresh(SMALL)
    early = "SELECT r.* FROM health_usageday r WHERE day <= '2026-11-22'"
    before = digest(early)
    assert generate.append(later) > 0
    assert digests() == at_once
    assert digest(early) == before
    assert Customer.objects.count() == 31
    assert generate.append(later) == 0
    assert Portfolio.objects.get().until == later.until


def test_added_days_leave_contracts_that_people_closed_alone():
    generate.fresh(SMALL)
    taken = Contract.objects.filter(ended_on=None, term_months=12, ends_on__gt=UNTIL).earliest("ends_on", "pk")
    Contract.objects.filter(pk=taken.pk).update(ended_on=UNTIL)
    generate.append(replace(SMALL, until=UNTIL + dt.timedelta(days=400)))
    of_the_customer = Contract.objects.filter(customer=taken.customer)
    assert of_the_customer.get(pk=taken.pk).ended_on == UNTIL
    assert not of_the_customer.filter(starts_on__gt=UNTIL).exists()


def test_a_portfolio_holds_what_a_company_would():
    made = generate.fresh(three_years(120, 1, UNTIL))
    assert (made.customers, made.until, made.began_on) == (120, UNTIL, dt.date(2023, 11, 22))
    assert Customer.objects.count() == Customer.objects.values("name").distinct().count() == 120
    japanese = Customer.objects.filter(country="JP").count()
    assert 0.2 < japanese / 120 < 0.5
    assert Customer.objects.filter(name__regex="[一-龠ァ-ヶ]").count() == japanese
    assert (
        Customer.objects.filter(country="JP", reading__regex="^[ァ-ヶー]+( [ァ-ヶー]+)?( [0-9]+)?$").count() == japanese
    )
    assert not Customer.objects.exclude(country="JP").exclude(reading="").exists()
    assert not Customer.objects.exclude(domain__endswith=".example").exists()
    assert Customer.objects.filter(owner=None).count() < 6
    monthly = Contract.objects.filter(term_months=1, is_trial=False)
    assert 0.05 < monthly.count() / 120 < 0.3
    assert Contract.objects.filter(is_trial=True, replaced_by__isnull=False).exists()
    assert Contract.objects.filter(replaced_by__isnull=False, is_trial=False).exists()
    assert Contract.objects.filter(ends_on__lt=UNTIL, ended_on=None, auto_renews=True).exists()
    assert set(Contract.objects.values_list("term_months", flat=True)) >= {1, 12, 24}
    assert Contact.objects.filter(state="left", roles__contains=["champion"]).exists()
    assert Cancellation.objects.values("stated_reason").distinct().count() > 3
    assert Entitlement.objects.filter(kind="module").exists()
    assert set(Outcome.objects.values_list("state", flat=True)) == {"open", "achieved", "partial", "missed"}
    assert set(SurveyResponse.objects.values_list("kind", flat=True)) == {"nps", "csat", "ces", "intent"}
    assert set(Touchpoint.objects.values_list("kind", flat=True)) >= {"call", "meeting", "email", "one_to_many"}
    assert Ticket.objects.exclude(csat=None).exists()
    assert UsageDay.objects.earliest("day").day == made.began_on
    assert UsageDay.objects.latest("day").day == UNTIL


def test_rows_agree_with_one_another():
    generate.fresh(SMALL)
    features = (
        "SELECT count(*) FROM health_usageday u LEFT JOIN LATERAL (SELECT count(*) AS n, sum(f.uses) AS uses, "
        "bit_or(1::bigint << (feature_id - 1)::int) AS bits, sum(f.uses) FILTER (WHERE k.is_core) AS core "
        "FROM health_featureday f JOIN health_feature k ON k.id = f.feature_id "
        "WHERE f.customer_id = u.customer_id AND f.day = u.day) f ON true "
        "WHERE (f.n, coalesce(f.uses, 0), coalesce(f.bits, 0), coalesce(f.core, 0)) "
        "IS DISTINCT FROM (u.features, u.uses, u.feature_bits, u.core_uses)"
    )
    assert scalar(features) == 0
    assert FeatureDay.objects.exists()
    outside = (
        "SELECT count(*) FROM health_usageday u WHERE NOT EXISTS (SELECT FROM accounts_contract c "
        "WHERE c.customer_id = u.customer_id AND c.starts_on <= u.day AND (c.ended_on IS NULL OR c.ended_on > u.day))"
    )
    assert scalar(outside) == 0
    gaps = "SELECT count(*) FROM accounts_contract a JOIN accounts_contract b ON b.id = a.replaced_by_id WHERE b.starts_on <> a.ended_on"
    assert scalar(gaps) == 0
    ahead = "SELECT count(*) FROM health_ticket WHERE greatest(opened_at, first_response_at, solved_at) > '2026-11-22 00:00+09'"
    assert scalar(ahead) == 0
    last = "SELECT max(t.happened_on) FROM accounts_touchpoint t WHERE t.customer_id = c.id AND t.two_way"
    assert scalar(f"SELECT count(*) FROM accounts_customer c WHERE c.last_touch_on IS DISTINCT FROM ({last})") == 0


def test_dated_facts_agree_with_the_sweep():
    generate.fresh(SMALL)
    said = DatedFact.objects.filter(fact__in=["status", "stage", "owner"])
    before = sorted(said.values_list("customer", "fact", "from_day", "value"))
    lifecycle.sweep(UNTIL)
    lifecycle.sweep(dt.date(2025, 6, 30))
    lifecycle.sweep(UNTIL)
    arrived = said.filter(customer__created_at__date__lte=dt.date(2025, 6, 1))
    assert sorted(arrived.values_list("customer", "fact", "from_day", "value")) == [
        row for row in before if row[0] in set(arrived.values_list("customer", flat=True))
    ]


def test_a_large_portfolio_holds_the_last_days_only():
    plan = Plan(6_000, 1, UNTIL - dt.timedelta(days=1096), UNTIL)
    assert plan.is_short
    given = plan.parameters()
    assert (given["usage_from"], given["features_from"]) == (dt.date(2026, 8, 25), dt.date(2026, 10, 26))
    assert replace(plan, since=UNTIL).parameters()["usage_from"] == dt.date(2026, 11, 23)
    assert not SMALL.is_short
    assert SMALL.parameters()["usage_from"] == SMALL.began_on


def test_it_replaces_everything_with_people_and_settings():
    Organisation.objects.update_or_create(pk=1, defaults={"name": "Real"})
    User.objects.create_user("real@real.example", role=Role.ADMIN)
    Customer.objects.create(name="Real customer")
    assert replacing.is_real()
    generate.fresh(three_years(3, 1, UNTIL))
    assert not replacing.is_real()
    assert Organisation.objects.get().name == "Hashi Software"
    assert User.objects.filter(role=Role.CSM).count() == 8
    assert User.objects.filter(language="ja").count() == 2
    assert not User.objects.filter(email="real@real.example").exists()
    assert Segment.objects.count() == 3
    assert Customer.objects.count() == 3
    assert Customer.objects.create(name="Added by hand").pk > 1_000
